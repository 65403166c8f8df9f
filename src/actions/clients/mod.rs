//! Clients, the DPA versions they sign, their agreements and contacts, and what is withheld from
//! them. Who and what is told of a change follows from these records; nothing here tells anybody.

mod agreement;
mod client;
mod consent;
mod contact;
mod dpa;
mod gate;
mod hold_out;
pub mod import;
mod links;
mod subscribed;
mod waive;
mod withheld;

use jiff::Timestamp;
use serde_json::Value;

use super::{By, Error};
use crate::db::{self, Conn};
use crate::domain::audit::Event;
use crate::domain::client::Client;
use crate::domain::id::Id;

pub use agreement::{AgreementDraft, correct_agreement, end_agreement, sign_agreement};
pub use client::{ClientDraft, confirm_client, save_client};
pub use consent::{ConsentDraft, record_consent};
pub use contact::{ContactDraft, end_contact, move_contact, restore_contact, save_contact};
pub use dpa::{DpaDraft, save_dpa};
pub use gate::keep_held_out;
pub(in crate::actions) use hold_out::withhold;
pub use hold_out::{HoldOutDraft, end_hold_out, hold_out, withholdable};
pub use links::revoke_links;
pub use subscribed::{WebhookDraft, add_webhook, link_subscription, suggested};
pub use waive::{WAIVED_AT_ONCE, WaiverDraft, waive};
pub use withheld::{Withheld, withheld};

/// A record as a person saw it: its id and revision.
pub type Seen = (Id, i64);

/// The Client, if it is still as the person saw it. Saving any part of it counts.
fn as_seen(conn: &mut Conn, (id, revision): Seen) -> Result<Client, Error> {
    let client = db::client::get(conn, id)?.ok_or(Error::NotFound("Client"))?;
    if client.revision == revision { Ok(client) } else { Err(Error::Outdated("Client")) }
}

/// Stores that a part of `client` was saved: its data counts as looked at.
fn touch(conn: &mut Conn, mut client: Client, now: Timestamp) -> Result<Client, Error> {
    let seen = client.revision;
    client.revision += 1;
    client.checked_at = now;
    // The outbox notes a refusal of a contact in a transaction of its own, beside this one.
    if db::client::save_seen(conn, &client, seen)? { Ok(client) } else { Err(Error::Outdated("Client")) }
}

/// Records what was done. Ids and codes only: names and addresses never enter a hash.
fn record(
    conn: &mut Conn,
    now: Timestamp,
    by: &By,
    action: &'static str,
    id: Id,
    detail: Value,
) -> Result<(), Error> {
    let event = Event { actor: by.actor, action, subject: id.to_string(), detail };
    Ok(db::audit::append(conn, now, event)?)
}
