//! Subscriptions as staff see them. They are begun and changed by the subscribers themselves.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Path, Query};
use serde::Deserialize;
use serde_json::Value;

use super::caller::Caller;
use super::page::{Paging, answer};
use super::{body, view};
use crate::actions::subscribe;
use crate::db;
use crate::domain::id::Id;
use crate::state::State;
use crate::web::Error;

pub(super) async fn list(
    caller: Caller,
    state: Data<State>,
    query: Query<Paging>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let (limit, after) = (query.limit()?, query.after::<Id>()?);
    let cursor = after.map_or_else(String::new, |id| id.to_string());
    let found = state.db.read(move |conn| db::subscription::page(conn, &cursor, limit)).await?;
    let views: Vec<Value> = found.iter().map(view::subscription).collect();
    Ok(answer("/subscriptions", limit, &views, found.last().map(|s| s.id.to_string())))
}

pub(super) async fn show(
    caller: Caller,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let id = body::id(&path)?;
    let found = state.db.read(move |conn| db::subscription::get(conn, id)).await?;
    let found = found.ok_or_else(|| Error::not_found("There is no such subscription."))?;
    Ok(HttpResponse::Ok().json(view::subscription(&found.subscription)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndBody {
    reason: String,
}

/// Ends a courtesy subscription; what waits for it is cancelled.
pub(super) async fn end(
    caller: Caller,
    state: Data<State>,
    path: Path<String>,
    bytes: Bytes,
) -> Result<HttpResponse, Error> {
    let (id, said): (_, EndBody) = (body::id(&path)?, body::read(&bytes)?);
    let ended = subscribe::end_by_staff(&state, &caller.0, id, said.reason).await.map_err(body::refused)?;
    Ok(HttpResponse::Ok().json(view::subscription(&ended)))
}
