//! The audit trail with its hashes: checked by hashing the canonical JSON of each event's
//! members (RFC 8785) without `hash`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde_json::Value;

use super::caller::Caller;
use super::page::{Paging, answer};
use crate::db;
use crate::state::State;
use crate::web::Error;

pub(super) async fn list(
    caller: Caller,
    state: Data<State>,
    query: Query<Paging>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let (limit, after) = (query.limit()?, query.after::<i64>()?.unwrap_or(0));
    let links = state.db.read(move |conn| db::audit::page(conn, after, limit)).await?;
    let mut rows = Vec::with_capacity(links.len());
    for (link, hash) in &links {
        let mut row = serde_json::to_value(link).map_err(Error::internal)?;
        if let Value::Object(members) = &mut row {
            members.insert("hash".into(), hash.clone().into());
        }
        rows.push(row);
    }
    Ok(answer("/audit", limit, &rows, links.last().map(|(link, _)| link.seq.to_string())))
}
