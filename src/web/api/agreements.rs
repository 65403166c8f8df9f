//! DPA versions, Clients' agreements, and what is withheld from them.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{self, Json, parse, refused};
use super::caller::{Caller, Seen};
use super::clients::known;
use super::page::Paging;
use super::view::etag;
use crate::actions::clients;
use crate::db;
use crate::domain::access::Permission;
use crate::domain::agreement::{Agreement, DpaVersion};
use crate::domain::deadline::day_of;
use crate::domain::hold_out::HoldOut;
use crate::domain::id::Id;
use crate::domain::terms::{Authorisation, Silence, Terms};
use crate::web::Error;

fn dpa_view(d: &DpaVersion) -> Value {
    json!({
        "id": d.id,
        "name": d.name,
        "terms": d.terms,
        "standard": d.standard,
        "ended_on": d.ended_on,
        "created_at": d.created_at,
        "revision": d.revision,
    })
}

fn view(a: &Agreement) -> Value {
    json!({
        "id": a.id,
        "client_id": a.client_id,
        "dpa_id": a.dpa_id,
        "signed_on": a.signed_on,
        "effective_on": a.effective_on,
        "ended_on": a.ended_on,
        "overrides": a.overrides,
        "list_version": a.list_version,
        "created_at": a.created_at,
        "revision": a.revision,
    })
}

fn hold_out_view(h: &HoldOut) -> Value {
    json!({
        "id": h.id,
        "client_id": h.client_id,
        "engagement_id": h.engagement_id,
        "until": h.until,
        "reason": h.reason,
        "by": h.by,
        "created_at": h.created_at,
        "ended_at": h.ended_at,
    })
}

pub(super) async fn dpas(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let paging = Paging::of(&request, &[])?;
    paging.answer_from(caller.read(db::dpa::all).await?, |d| d.id, dpa_view)
}

async fn known_dpa(caller: &Caller, id: Id) -> Result<DpaVersion, Error> {
    let found = caller.read(move |conn| db::dpa::get(conn, id)).await?;
    found.ok_or_else(|| Error::not_found("There is no such DPA version."))
}

pub(super) async fn dpa(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let dpa = known_dpa(&caller, parse(&path)?).await?;
    Ok(HttpResponse::Ok().insert_header(etag(dpa.revision)).json(dpa_view(&dpa)))
}

/// The four answers, or whole terms; members left out of the terms are those of the answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewDpa {
    name: String,
    authorisation: Authorisation,
    days: u16,
    objection_days: u16,
    silence: Silence,
    #[serde(default = "nothing")]
    terms: Value,
    #[serde(default)]
    standard: bool,
    ended_on: Option<Date>,
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

pub(super) async fn add_dpa(caller: Caller, sent: Json) -> Result<HttpResponse, Error> {
    caller.by.require(Permission::Write)?;
    let new: NewDpa = sent.read()?;
    let simple = Terms::simple(new.authorisation, new.days, new.objection_days, new.silence);
    let terms = body::merged("terms", new.terms, &simple)?;
    let draft = clients::DpaDraft {
        name: new.name,
        terms,
        standard: new.standard,
        ended_on: new.ended_on,
        amends: false,
    };
    let dpa = clients::save_dpa(&caller.state, &caller.by, None, draft).await.map_err(refused)?;
    let mut created = HttpResponse::Created();
    created.insert_header(("location", format!("/api/v1/dpas/{}", dpa.id)));
    Ok(created.insert_header(etag(dpa.revision)).json(dpa_view(&dpa)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditDpa {
    name: Option<String>,
    #[serde(default = "nothing")]
    terms: Value,
    standard: Option<bool>,
    #[serde(default, with = "said")]
    ended_on: Option<Option<Date>>,
    #[serde(default)]
    amends: bool,
}

/// Tells a member that is `null` from one that was not sent.
mod said {
    use serde::{Deserialize, Deserializer};

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        reader: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(reader).map(Some)
    }
}

pub(super) async fn save_dpa(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let Seen { caller, id, revision } = seen;
    caller.by.require(Permission::Write)?;
    let (edit, dpa) = (sent.read::<EditDpa>()?, known_dpa(&caller, id).await?);
    let draft = clients::DpaDraft {
        name: edit.name.unwrap_or(dpa.name),
        terms: body::merged("terms", edit.terms, &dpa.terms)?,
        standard: edit.standard.unwrap_or(dpa.standard),
        ended_on: edit.ended_on.unwrap_or(dpa.ended_on),
        amends: edit.amends,
    };
    let saved = clients::save_dpa(&caller.state, &caller.by, Some((id, revision)), draft).await;
    let dpa = saved.map_err(refused)?;
    Ok(HttpResponse::Ok().insert_header(etag(dpa.revision)).json(dpa_view(&dpa)))
}

pub(super) async fn list(
    caller: Caller,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    let (id, paging) = (parse(&path)?, Paging::of(&request, &[])?);
    known(&caller, id).await?;
    let all = caller.read(move |conn| db::agreement::of_client(conn, id)).await?;
    paging.answer_from(all, |a| a.id, view)
}

async fn of_client(caller: &Caller, client: Id, id: Id) -> Result<Agreement, Error> {
    let found = caller.state.db.read(move |conn| db::agreement::get(conn, id)).await?;
    found.filter(|a| a.client_id == client).ok_or_else(|| Error::not_found("There is no such agreement."))
}

pub(super) async fn show(caller: Caller, path: Path<(String, String)>) -> Result<HttpResponse, Error> {
    let (id, item) = (parse(&path.0)?, parse(&path.1)?);
    caller.by.require(Permission::Read)?;
    let agreement = of_client(&caller, id, item).await?;
    Ok(HttpResponse::Ok().insert_header(etag(agreement.revision)).json(view(&agreement)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAgreement {
    dpa_id: Id,
    signed_on: Option<Date>,
    effective_on: Date,
    ended_on: Option<Date>,
    #[serde(default = "nothing")]
    overrides: Value,
    list_version: Option<i64>,
}

pub(super) async fn sign(caller: Caller, path: Path<String>, sent: Json) -> Result<HttpResponse, Error> {
    caller.by.require(Permission::Write)?;
    let (id, new): (_, NewAgreement) = (parse(&path)?, sent.read()?);
    let draft = clients::AgreementDraft {
        dpa_id: new.dpa_id,
        signed_on: new.signed_on,
        effective_on: new.effective_on,
        ended_on: new.ended_on,
        overrides: body::facts("overrides", new.overrides, None)?,
        list_version: new.list_version,
    };
    let agreement = clients::sign_agreement(&caller.state, &caller.by, id, draft).await.map_err(refused)?;
    let mut created = HttpResponse::Created();
    created.insert_header(("location", format!("/api/v1/clients/{id}/agreements/{}", agreement.id)));
    Ok(created.insert_header(etag(agreement.revision)).json(view(&agreement)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditAgreement {
    dpa_id: Option<Id>,
    #[serde(default, with = "said")]
    signed_on: Option<Option<Date>>,
    effective_on: Option<Date>,
    #[serde(default, with = "said")]
    ended_on: Option<Option<Date>>,
    #[serde(default = "nothing")]
    overrides: Value,
    #[serde(default, with = "said")]
    list_version: Option<Option<i64>>,
}

/// `If-Match` holds the `ETag` of the agreement, not of its Client.
pub(super) async fn correct(
    seen: Seen,
    path: Path<(String, String)>,
    sent: Json,
) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, item) = (seen, parse(&path.1)?);
    caller.by.require(Permission::Write)?;
    let (edit, a) = (sent.read::<EditAgreement>()?, of_client(&caller, id, item).await?);
    let draft = clients::AgreementDraft {
        dpa_id: edit.dpa_id.unwrap_or(a.dpa_id),
        signed_on: edit.signed_on.unwrap_or(a.signed_on),
        effective_on: edit.effective_on.unwrap_or(a.effective_on),
        ended_on: edit.ended_on.unwrap_or(a.ended_on),
        overrides: body::facts("overrides", edit.overrides, Some(&a.overrides))?,
        list_version: edit.list_version.unwrap_or(a.list_version),
    };
    let saved = clients::correct_agreement(&caller.state, &caller.by, (item, revision), draft).await;
    let agreement = saved.map_err(refused)?;
    Ok(HttpResponse::Ok().insert_header(etag(agreement.revision)).json(view(&agreement)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    ended_on: Date,
}

/// As [`correct`], for the last day only.
pub(super) async fn end(seen: Seen, path: Path<(String, String)>, sent: Json) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, item) = (seen, parse(&path.1)?);
    caller.by.require(Permission::Write)?;
    let End { ended_on } = sent.read()?;
    of_client(&caller, id, item).await?;
    let ended = clients::end_agreement(&caller.state, &caller.by, (item, revision), ended_on).await;
    let agreement = ended.map_err(refused)?;
    Ok(HttpResponse::Ok().insert_header(etag(agreement.revision)).json(view(&agreement)))
}

pub(super) async fn hold_outs(
    caller: Caller,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    let (id, paging) = (parse(&path)?, Paging::of(&request, &["state"])?);
    known(&caller, id).await?;
    let today = day_of(caller.state.clock.now(), &caller.state.settings.zone());
    let state = paging.text("state").map(str::to_owned);
    let mut all = caller.read(move |conn| db::hold_out::of_client(conn, id)).await?;
    match state.as_deref() {
        None => {}
        Some("held") => all.retain(|h| h.holds_on(today)),
        Some("over") => all.retain(|h| !h.holds_on(today)),
        Some(_) => return Err(Error::Malformed("state: write held or over.".into())),
    }
    paging.answer_from(all, |h| h.id, hold_out_view)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewHoldOut {
    engagement_id: Id,
    until: Option<Date>,
    reason: String,
}

pub(super) async fn hold_out(caller: Caller, path: Path<String>, sent: Json) -> Result<HttpResponse, Error> {
    caller.by.require(Permission::Write)?;
    let (id, new): (_, NewHoldOut) = (parse(&path)?, sent.read()?);
    let draft =
        clients::HoldOutDraft { engagement_id: new.engagement_id, until: new.until, reason: new.reason };
    let held = clients::hold_out(&caller.state, &caller.by, id, draft).await.map_err(refused)?;
    Ok(HttpResponse::Created().json(hold_out_view(&held)))
}

pub(super) async fn end_hold_out(
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Error> {
    caller.by.require(Permission::Write)?;
    let (client, item) = (parse(&path.0)?, parse(&path.1)?);
    let held = caller.state.db.read(move |conn| db::hold_out::get(conn, item)).await?;
    held.filter(|h| h.client_id == client).ok_or_else(|| Error::not_found("There is no such hold-out."))?;
    let ended = clients::end_hold_out(&caller.state, &caller.by, item).await.map_err(refused)?;
    Ok(HttpResponse::Ok().json(hold_out_view(&ended)))
}
