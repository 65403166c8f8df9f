//! Vendors and engagements as they stand now. They change through changes only.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::body::parse;
use super::caller::Caller;
use super::page::Paging;
use super::view;
use crate::db;
use crate::domain::change::ChangeState;
use crate::domain::engagement::EngagementStatus;
use crate::domain::vendor::Vendor;
use crate::domain::vetting::VettingStatus;
use crate::web::Error;

fn vendor_view(v: &Vendor) -> Value {
    json!({ "id": v.id, "slug": v.slug, "facts": v.facts, "revision": v.revision })
}

pub(super) async fn vendors(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let paging = Paging::of(&request, &[])?;
    paging.answer_from(caller.read(db::register::vendors).await?, |v| v.id, vendor_view)
}

pub(super) async fn vendor(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse(&path)?;
    let vendor = caller.read(move |conn| db::register::vendor(conn, id)).await?;
    let vendor = vendor.ok_or_else(|| Error::not_found("There is no such vendor."))?;
    Ok(HttpResponse::Ok().insert_header(view::etag(vendor.revision)).json(vendor_view(&vendor)))
}

pub(super) async fn engagements(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let paging = Paging::of(&request, &["state", "vetting", "product"])?;
    let status: Option<EngagementStatus> = paging.word("state")?;
    let vetting: Option<VettingStatus> = paging.word("vetting")?;
    let product = paging.text("product");
    let mut all = caller.read(db::register::entries).await?;
    all.retain(|l| {
        let facts = &l.entry.engagement;
        // A line that names no product is part of all of them.
        let has = |p: &str| facts.products.is_empty() || facts.products.iter().any(|known| known == p);
        status.is_none_or(|s| l.status == s)
            && vetting.is_none_or(|v| facts.vetting.status == v)
            && product.is_none_or(has)
    });
    paging.answer_from(all, |l| l.entry.id, view::engagement)
}

fn missing() -> Error {
    Error::not_found("There is no such engagement.")
}

pub(super) async fn engagement(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse(&path)?;
    let listed = caller.read(move |conn| db::register::entry(conn, id)).await?.ok_or_else(missing)?;
    Ok(HttpResponse::Ok().insert_header(view::etag(listed.revision)).json(view::engagement(&listed)))
}

/// What was published about a line, newest first, and the open changes it is part of.
pub(super) async fn history(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse(&path)?;
    let read = move |conn: &mut db::Conn| {
        let Some(listed) = db::register::entry(conn, id)? else { return Ok(None) };
        let mut past = db::history::of_vendor(conn, &listed.entry.slug)?;
        past.retain(|p| p.item.entry_id == Some(id));
        let states = [ChangeState::Draft, ChangeState::Submitted, ChangeState::Held, ChangeState::Announced];
        let mut open = Vec::new();
        for head in db::change::in_states(conn, &states, 200)? {
            let whole = db::change::get(conn, head.id)?;
            open.extend(whole.filter(|c| c.items.iter().any(|i| i.entry_id == Some(id))));
        }
        Ok(Some((past, open)))
    };
    let (past, open) = caller.read(read).await?.ok_or_else(missing)?;
    let published: Vec<Value> = past
        .iter()
        .map(|p| {
            json!({
                "list_version": p.version,
                "at": p.at,
                "cause": p.cause,
                "notice": p.notice,
                "item": view::item(&p.item),
            })
        })
        .collect();
    let open: Vec<Value> = open.iter().map(view::head).collect();
    Ok(HttpResponse::Ok().json(json!({ "published": published, "open": open })))
}
