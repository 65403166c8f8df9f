//! Acknowledging a notice: a person read it. Clocks that an agreement starts on reading start.

use serde_json::json;

use super::Visitor;
use crate::actions::Error;
use crate::db;
use crate::domain::acknowledgement::{Acknowledgement, tidy_person};
use crate::domain::client_notice::{ClientNotice, ClientNoticeState};
use crate::domain::id::Id;
use crate::state::State;

/// Acknowledges the notice `number` in the name of `person`. The first one counts for the clocks;
/// the same name again changes nothing and is a success too.
///
/// # Errors
/// The field `person`; the notice was withdrawn; the link does not open it; the database failed.
pub async fn acknowledge(
    state: &State,
    visitor: &Visitor,
    number: &str,
    person: &str,
) -> Result<ClientNotice, Error> {
    let person = tidy_person(person)?;
    let (now, visitor, number) = (state.clock.now(), visitor.clone(), number.to_owned());
    state
        .db
        .write(move |conn| {
            let one = visitor.owed(conn, &number)?.one;
            if one.state == ClientNoticeState::Withdrawn {
                return Err(Error::Conflict(format!(
                    "Notice {number} was withdrawn. There is nothing to acknowledge any more, and nothing was stored."
                )));
            }
            let before = db::acknowledgement::of_client_notice(conn, one.id)?;
            if before.iter().any(|known| known.person == person) {
                return Ok(one);
            }
            let made = Acknowledgement {
                id: Id::new(now),
                client_notice_id: one.id,
                contact_id: visitor.contact().id,
                person,
                at: now,
            };
            db::acknowledgement::insert(conn, &made)?;
            let saved = db::outbox::acknowledge(conn, one, visitor.delivery(), now)?;
            let detail = json!({
                "notice": number,
                "client": visitor.client().id,
                "person": made.person,
                "first": before.is_empty(),
            });
            db::audit::append(conn, now, visitor.event("client_notice.acknowledged", saved.id, detail))?;
            Ok(saved)
        })
        .await
}
