//! Marking a change as an emergency replacement (invariant 6): the notice goes out at once, it
//! may be in use the same day, and the objection window stays open.

use serde_json::json;

use super::{By, Error};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::change::{Change, ChangeKind, ChangeState};
use crate::domain::id::Id;
use crate::domain::text::{FieldError, TEXT_LIMIT, is_legible, paragraph};
use crate::state::State;

/// Makes a draft an emergency replacement for `reason`, or an ordinary change again where the
/// reason is empty.
///
/// # Errors
/// Not allowed; no draft, or a baseline; the reason cannot be read; somebody saved in between.
pub async fn set_emergency(
    state: &State,
    by: &By,
    id: Id,
    revision: i64,
    reason: String,
) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let reason = paragraph("emergency", &reason, TEXT_LIMIT)?;
    if !reason.is_empty() && !is_legible(&reason) {
        return Err(FieldError::new(
            "emergency",
            "Say what happened, so that a Client can judge it. Leave it empty where it is no emergency.",
        )
        .into());
    }
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let mut change = db::change::get(conn, id)?.ok_or(Error::NotFound("change"))?;
            if change.revision != revision {
                return Err(Error::Stale(Box::new(change)));
            }
            if change.state != ChangeState::Draft || change.kind == ChangeKind::Baseline {
                return Err(Error::Conflict(format!(
                    "{} is {}. Only a draft can be made an emergency replacement or an ordinary change again; edit it first.",
                    change.reference(),
                    change.state
                )));
            }
            if change.emergency == reason {
                return Ok(change);
            }
            change.emergency = reason;
            if !change.editors.contains(&by.staff) {
                change.editors.push(by.staff);
            }
            change.revision += 1;
            db::change::save_head(conn, &change)?;
            let event = Event {
                actor: by.actor,
                action: "change.emergency_set",
                subject: change.reference(),
                detail: json!({ "emergency": change.emergency }),
            };
            db::audit::append(conn, now, event)?;
            Ok(change)
        })
        .await
}
