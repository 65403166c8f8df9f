//! The Clients a change waits for; their consents, and waivers of those nobody could reach.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Json, parse, refused};
use super::caller::Caller;
use super::page::Paging;
use crate::actions::{self, Unready, clients};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::id::Id;
use crate::domain::in_the_way::Why;
use crate::web::Error;

fn view(row: &Unready) -> Value {
    let gate = row.gate;
    json!({
        "client": { "id": row.client.id, "reference": row.client.reference, "name": row.client.name },
        "client_notice_id": row.client_notice,
        "why": gate.why.code(),
        "words": gate.why.words(gate.delays),
        "not_before": match gate.why { Why::NotBefore(day) => Some(day), _ => None },
        "delays": gate.delays,
        "attempts": row.tried.attempts,
        "last_attempt_at": row.tried.last_at,
        "last_answer": row.tried.answer,
    })
}

pub(super) async fn list(
    caller: Caller,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    caller.by.require(Permission::Read)?;
    let (id, paging): (Id, _) = (parse(&path)?, Paging::of(&request, &[])?);
    let after = paging.after::<Id>()?.map(|id| id.to_string()).unwrap_or_default();
    let limit = usize::try_from(paging.limit).unwrap_or(0);
    let (settings, now) = (caller.state.settings.clone(), caller.state.clock.now());
    let look = move |conn: &mut db::Conn| {
        let Some(change) = db::change::get(conn, id)? else { return Ok(None) };
        actions::unready(conn, &settings, &change, now, &after, limit).map(Some)
    };
    let page = caller.state.db.read(look).await.map_err(refused)?;
    let page = page.ok_or_else(|| Error::not_found("There is no such change."))?;
    let rows: Vec<Value> = page.rows.iter().map(view).collect();
    Ok(paging.answer(&rows, page.next))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewConsent {
    given_on: Date,
    evidence: String,
}

pub(super) async fn consent(
    caller: Caller,
    path: Path<(String, String)>,
    sent: Json,
) -> Result<HttpResponse, Error> {
    caller.by.require(Permission::Write)?;
    let (change, client) = (parse(&path.0)?, parse(&path.1)?);
    let NewConsent { given_on, evidence } = sent.read()?;
    let draft = clients::ConsentDraft { given_on: Some(given_on), evidence };
    let consent = clients::record_consent(&caller.state, &caller.by, change, client, draft).await;
    let consent = consent.map_err(refused)?;
    Ok(HttpResponse::Ok().json(json!({
        "id": consent.id,
        "change_id": consent.change_id,
        "client_id": consent.client_id,
        "given_on": consent.given_on,
        "evidence": consent.evidence,
        "by": consent.by,
        "created_at": consent.created_at,
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewWaiver {
    clients: Vec<Id>,
    reason: String,
}

pub(super) async fn waive(caller: Caller, path: Path<String>, sent: Json) -> Result<HttpResponse, Error> {
    caller.by.require(Permission::Approve)?;
    let (id, NewWaiver { clients, reason }) = (parse(&path)?, sent.read()?);
    let draft = clients::WaiverDraft { clients, reason };
    let waived = clients::waive(&caller.state, &caller.by, id, draft).await.map_err(refused)?;
    Ok(HttpResponse::Ok().json(json!({ "waived": waived })))
}
