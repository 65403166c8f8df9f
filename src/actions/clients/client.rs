//! Entering a Client, correcting what is known of it, and confirming that it is still right.

use jiff::Timestamp;
use serde_json::json;

use super::{Seen, as_seen, record, touch};
use crate::actions::{By, Error};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::client::{Client, ClientFacts, tidy_names};
use crate::domain::id::Id;
use crate::domain::text::FieldError;
use crate::state::State;

/// A Client as typed.
#[derive(Debug, Clone, Default)]
pub struct ClientDraft {
    /// The company's own number for it.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// What is known.
    pub facts: ClientFacts,
}

impl ClientDraft {
    /// Made fit to be stored.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn tidy(self) -> Result<Self, Vec<FieldError>> {
        match (tidy_names(&self.reference, &self.name), self.facts.tidy()) {
            (Ok((reference, name)), Ok(facts)) => Ok(Self { reference, name, facts }),
            (names, facts) => Err(names.err().into_iter().chain(facts.err()).flatten().collect()),
        }
    }

    /// A new Client made of it.
    #[must_use]
    pub fn client(self, now: Timestamp) -> Client {
        Client {
            id: Id::new(now),
            reference: self.reference,
            name: self.name,
            facts: self.facts,
            link_epoch: 0,
            created_at: now,
            checked_at: now,
            revision: 1,
        }
    }
}

/// Enters a Client, or saves one that was `seen`. Its data counts as looked at.
///
/// # Errors
/// Not allowed; a field is wrong; the reference is another Client's; somebody saved in between.
pub async fn save_client(
    state: &State,
    by: &By,
    seen: Option<Seen>,
    draft: ClientDraft,
) -> Result<Client, Error> {
    by.require(Permission::Write)?;
    let draft = draft.tidy().map_err(Error::Invalid)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let known = seen.map(|seen| as_seen(conn, seen)).transpose()?;
            let holder = db::client::by_reference(conn, &draft.reference)?;
            if let Some(other) = holder.filter(|other| Some(other.id) != known.as_ref().map(|k| k.id)) {
                return Err(FieldError::new(
                    "reference",
                    format!(
                        "The Client “{}” has this number already. Choose another, or edit that one.",
                        other.name
                    ),
                )
                .into());
            }
            let Some(known) = known else {
                let client = draft.client(now);
                db::client::save(conn, &client)?;
                record(conn, now, &by, "client.added", client.id, json!({}))?;
                return Ok(client);
            };
            let before = known.facts.clone();
            let ClientDraft { reference, name, facts } = draft;
            let client = touch(conn, Client { reference, name, facts, ..known }, now)?;
            let detail = json!({
                "revision": client.revision,
                "time_zone": { "was": before.time_zone, "now": client.facts.time_zone },
                "language": { "was": before.language, "now": client.facts.language },
                "role": client.facts.role,
                "health_data": client.facts.health_data,
                "financial_entity": client.facts.financial_entity,
            });
            record(conn, now, &by, "client.saved", client.id, detail)?;
            Ok(client)
        })
        .await
}

/// Notes that somebody looked at a Client's data and found it right.
///
/// # Errors
/// Not allowed; there is no such Client; somebody saved in between.
pub async fn confirm_client(state: &State, by: &By, seen: Seen) -> Result<Client, Error> {
    by.require(Permission::Write)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let client = as_seen(conn, seen)?;
            let client = touch(conn, client, now)?;
            record(conn, now, &by, "client.confirmed", client.id, json!({ "revision": client.revision }))?;
            Ok(client)
        })
        .await
}
