//! The audit trail with its hashes: checked by hashing the canonical JSON of each event's
//! members (RFC 8785) without `hash` and `texts`. The latter holds what `detail` has digests of,
//! until it is erased.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::caller::Caller;
use super::page::Paging;
use crate::db;
use crate::domain::audit::texts_of;
use crate::web::Error;

pub(super) async fn list(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let paging = Paging::of(&request, &[])?;
    let (limit, after) = (paging.limit, paging.after::<i64>()?.unwrap_or(0));
    let read = move |conn: &mut db::Conn| {
        let links = db::audit::page(conn, after, limit)?;
        let last = links.last().map_or(after, |(link, _)| link.seq);
        let texts = db::audit::texts(conn, after.saturating_add(1), last)?;
        Ok((links, texts))
    };
    let (links, texts) = caller.read(read).await?;
    let mut rows = Vec::with_capacity(links.len());
    for (link, hash) in &links {
        let mut row = serde_json::to_value(link).map_err(Error::internal)?;
        if let Value::Object(members) = &mut row {
            members.insert("hash".into(), hash.clone().into());
            let texts = texts.get(&link.seq).map_or(&[] as &[_], Vec::as_slice);
            members.insert("texts".into(), texts_of(&link.detail, texts));
        }
        rows.push(row);
    }
    Ok(paging.answer(&rows, links.last().map(|(link, _)| link.seq.to_string())))
}
