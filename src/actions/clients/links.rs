//! Revoking what was mailed: every link of a Client stops at once.

use serde_json::json;

use super::record;
use crate::actions::{By, Error};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::client::Client;
use crate::domain::id::Id;
use crate::state::State;

/// Stops every link mailed to a Client so far: a mailbox fell into wrong hands, or a person left.
/// Later mails carry links of the next generation. It needs no look at the Client first: waiting
/// would do harm, and a link too few does none.
///
/// # Errors
/// Not allowed; there is no such Client; the database failed.
pub async fn revoke_links(state: &State, by: &By, id: Id) -> Result<Client, Error> {
    by.require(Permission::Write)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let mut client = db::client::get(conn, id)?.ok_or(Error::NotFound("Client"))?;
            client.link_epoch += 1;
            client.revision += 1;
            db::client::save(conn, &client)?;
            let detail = json!({ "generation": client.link_epoch });
            record(conn, now, &by, "client.links_revoked", id, detail)?;
            Ok(client)
        })
        .await
}
