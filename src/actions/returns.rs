//! A gate that closed during the hold sends the change back to its author.

use jiff::Timestamp;
use serde_json::json;

use super::Error;
use super::publish::record;
use crate::db::{self, Conn};
use crate::domain::change::{Change, ChangeState};

/// Makes the change a draft again and says why. Nobody was told.
pub(super) fn by_gate(
    conn: &mut Conn,
    now: Timestamp,
    mut change: Change,
    reasons: &[String],
) -> Result<String, Error> {
    let why = format!("Not announced: {}", reasons.join(" "));
    change.state = ChangeState::Draft;
    change.submitted_at = None;
    change.held_until = None;
    change.returned.clone_from(&why);
    change.revision += 1;
    db::change::save_head(conn, &change)?;
    record(conn, now, "change.returned", &change, json!({ "reasons": reasons }))?;
    Ok(why)
}
