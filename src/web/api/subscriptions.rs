//! Subscriptions as staff see them. They are begun and changed by the subscribers themselves.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::Value;

use super::body::{Json, parse};
use super::caller::Caller;
use super::page::Paging;
use super::view;
use crate::actions::subscribe;
use crate::db;
use crate::domain::id::Id;
use crate::web::Error;

pub(super) async fn list(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let paging = Paging::of(&request, &[])?;
    let (limit, after) = (paging.limit, paging.after::<Id>()?);
    let cursor = after.map_or_else(String::new, |id| id.to_string());
    let found = caller.read(move |conn| db::subscription::page(conn, &cursor, limit)).await?;
    let views: Vec<Value> = found.iter().map(view::subscription).collect();
    Ok(paging.answer(&views, found.last().map(|s| s.id.to_string())))
}

pub(super) async fn show(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse(&path)?;
    let found = caller.read(move |conn| db::subscription::get(conn, id)).await?;
    let found = found.ok_or_else(|| Error::not_found("There is no such subscription."))?;
    Ok(HttpResponse::Ok().json(view::subscription(&found.subscription)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndBody {
    reason: String,
}

/// Ends a courtesy subscription; what waits for it is cancelled.
pub(super) async fn end(caller: Caller, path: Path<String>, sent: Json) -> Result<HttpResponse, Error> {
    let (id, said): (_, EndBody) = (parse(&path)?, sent.read()?);
    let ended = subscribe::end_by_staff(&caller.state, &caller.by, id, said.reason).await?;
    Ok(HttpResponse::Ok().json(view::subscription(&ended)))
}
