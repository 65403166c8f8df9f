//! What was published, with what the public does not see.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::caller::Caller;
use super::page::Paging;
use crate::db;
use crate::domain::list_document::ListDocument;
use crate::domain::notice::Notice;
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

pub(super) async fn notices(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let paging = Paging::of(&request, &[])?;
    let (limit, after) = (paging.limit, paging.after::<crate::domain::id::Id>()?);
    let cursor = after.map(|id| id.to_string());
    let notices = caller.read(move |conn| db::notice::page(conn, cursor.as_deref(), limit)).await?;
    let views: Vec<Value> = notices.iter().map(notice_view).collect();
    Ok(paging.answer(&views, notices.last().map(|n| n.id.to_string())))
}

pub(super) async fn notice(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let number = path.into_inner();
    let notice = caller.read(move |conn| db::notice::by_number(conn, &number)).await?;
    let notice = notice.ok_or_else(|| Error::not_found("There is no notice with this number."))?;
    Ok(HttpResponse::Ok().json(notice_view(&notice)))
}

/// The full document of a list version: the very bytes that were hashed.
pub(super) async fn version(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let missing = || Error::not_found("There is no list version with this number.");
    let number: i64 = path.parse().map_err(|_| missing())?;
    let document = caller.read(move |conn| db::list::full(conn, number)).await?.ok_or_else(missing)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header(("etag", format!("\"{}\"", document.sha256)))
        .body(document.text))
}

/// The statements about the whole list, as published now.
pub(super) async fn statements(caller: Caller) -> Result<HttpResponse, Error> {
    let read = |conn: &mut db::Conn| {
        let number = db::list::current_number(conn)?;
        Ok((number, db::list::full(conn, number)?))
    };
    let (version, document) = caller.read(read).await?;
    let list = document.map(|d| serde_json::from_str::<ListDocument>(&d.text)).transpose();
    let statements = list.map_err(Error::internal)?.map(|l| l.statements).unwrap_or_default();
    Ok(HttpResponse::Ok().json(json!({ "list_version": version, "statements": statements })))
}
