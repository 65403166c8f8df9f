//! Whether a deployment may use a vendor, for all Clients or for one.

use actix_web::http::header::{ETAG, IF_NONE_MATCH};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use super::body::{parse, refused};
use super::caller::Caller;
use super::page::Paging;
use crate::actions;
use crate::db;
use crate::domain::access::Permission;
use crate::domain::canonical::sha256_hex;
use crate::domain::id::Id;
use crate::web::Error;

pub(super) async fn show(
    caller: Caller,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    caller.by.require(Permission::Read)?;
    let (id, paging): (Id, _) = (parse(&path)?, Paging::of(&request, &["client"])?);
    let client: Option<Id> = paging.text("client").map(parse).transpose()?;
    let (settings, now) = (caller.state.settings.clone(), caller.state.clock.now());
    let look = move |conn: &mut db::Conn| actions::clearance(conn, &settings, now, id, client);
    let found = caller.state.db.read(look).await.map_err(refused)?;
    let found = found.ok_or_else(|| Error::not_found("There is no such engagement."))?;
    let body = serde_json::to_string(&found).map_err(|_| Error::internal("a clearance that is no JSON"))?;
    let tag = format!("\"{}\"", sha256_hex(body.as_bytes()));
    let sent = request.headers().get(IF_NONE_MATCH).and_then(|sent| sent.to_str().ok()).unwrap_or_default();
    let known = sent.split(',').any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*");
    if known {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, tag)).finish());
    }
    Ok(HttpResponse::Ok().insert_header((ETAG, tag)).content_type("application/json").body(body))
}
