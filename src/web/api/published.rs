//! What was published, with what the public does not see.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde_json::{Value, json};

use super::caller::Caller;
use super::page::{Paging, answer};
use crate::db;
use crate::domain::notice::Notice;
use crate::state::State;
use crate::web::Error;

fn notice_view(n: &Notice) -> Value {
    let updates: Vec<Value> = n
        .updates
        .iter()
        .map(|u| json!({ "event": u.event, "at": u.at, "day": u.day, "list_version": u.list_version }))
        .collect();
    json!({
        "id": n.id,
        "number": n.number,
        "change_id": n.change_id,
        "sha256": n.sha256,
        "public": n.public,
        "updates": updates,
    })
}

pub(super) async fn notices(
    caller: Caller,
    state: Data<State>,
    query: Query<Paging>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let (limit, after) = (query.limit()?, query.after.clone());
    let notices = state.db.read(move |conn| db::notice::page(conn, after.as_deref(), limit)).await?;
    let views: Vec<Value> = notices.iter().map(notice_view).collect();
    Ok(answer("/notices", limit, &views, notices.last().map(|n| n.id.to_string())))
}

pub(super) async fn notice(
    caller: Caller,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let number = path.into_inner();
    let notice = state.db.read(move |conn| db::notice::by_number(conn, &number)).await?;
    let notice = notice.ok_or_else(|| Error::not_found("There is no notice with this number."))?;
    Ok(HttpResponse::Ok().json(notice_view(&notice)))
}

/// The full document of a list version: the very bytes that were hashed.
pub(super) async fn version(
    caller: Caller,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let missing = || Error::not_found("There is no list version with this number.");
    let number: i64 = path.parse().map_err(|_| missing())?;
    let document = state.db.read(move |conn| db::list::full(conn, number)).await?.ok_or_else(missing)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header(("etag", format!("\"{}\"", document.sha256)))
        .body(document.text))
}
