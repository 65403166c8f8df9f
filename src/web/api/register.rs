//! Vendors and engagements as they stand now. They change through changes only.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde_json::{Value, json};

use super::caller::Caller;
use super::page::{Paging, answer};
use super::{body, view};
use crate::db;
use crate::domain::engagement::EngagementStatus;
use crate::domain::id::Id;
use crate::domain::vendor::Vendor;
use crate::state::State;
use crate::web::Error;

fn vendor_view(v: &Vendor) -> Value {
    json!({ "id": v.id, "slug": v.slug, "facts": v.facts, "revision": v.revision })
}

pub(super) async fn vendors(
    caller: Caller,
    state: Data<State>,
    query: Query<Paging>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let (limit, after) = (query.limit()?, query.after::<Id>()?);
    let mut all = state.db.read(db::register::vendors).await?;
    all.sort_by_key(|v| v.id);
    let rows: Vec<&Vendor> =
        all.iter().filter(|v| after.is_none_or(|id| v.id > id)).take(size(limit)).collect();
    let views: Vec<Value> = rows.iter().map(|v| vendor_view(v)).collect();
    Ok(answer("/vendors", limit, &views, rows.last().map(|v| v.id.to_string())))
}

pub(super) async fn vendor(
    caller: Caller,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let id = body::id(&path)?;
    let vendor = state.db.read(move |conn| db::register::vendor(conn, id)).await?;
    let vendor = vendor.ok_or_else(|| Error::not_found("There is no such vendor."))?;
    Ok(view::with_etag(HttpResponse::Ok(), vendor.revision, &vendor_view(&vendor)))
}

pub(super) async fn engagements(
    caller: Caller,
    state: Data<State>,
    query: Query<Paging>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let (limit, after) = (query.limit()?, query.after::<Id>()?);
    let wanted: Option<EngagementStatus> = match &query.state {
        None => None,
        Some(word) => Some(word.parse().map_err(|e| Error::Malformed(format!("state: {e}")))?),
    };
    let mut all = state.db.read(db::register::entries).await?;
    all.retain(|l| wanted.is_none_or(|status| l.status == status) && after.is_none_or(|id| l.entry.id > id));
    all.sort_by_key(|l| l.entry.id);
    all.truncate(size(limit));
    let path =
        query.state.as_ref().map_or_else(|| "/engagements".to_owned(), |s| format!("/engagements?state={s}"));
    let views: Vec<Value> = all.iter().map(view::engagement).collect();
    Ok(answer(&path, limit, &views, all.last().map(|l| l.entry.id.to_string())))
}

pub(super) async fn engagement(
    caller: Caller,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let id = body::id(&path)?;
    let listed = state.db.read(move |conn| db::register::entry(conn, id)).await?;
    let listed = listed.ok_or_else(|| Error::not_found("There is no such engagement."))?;
    Ok(view::with_etag(HttpResponse::Ok(), listed.revision, &view::engagement(&listed)))
}

fn size(limit: i64) -> usize {
    usize::try_from(limit).unwrap_or(0)
}
