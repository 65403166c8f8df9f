//! Withholding an engagement from one Client.

use jiff::civil::Date;
use serde_json::json;

use super::gate::{closed_after, closed_now};
use super::record;
use crate::actions::{By, Error};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::change::ChangeState;
use crate::domain::deadline::day_of;
use crate::domain::entry::Entry;
use crate::domain::hold_out::HoldOut;
use crate::domain::id::Id;
use crate::domain::text::{FieldError, TEXT_LIMIT, is_legible, paragraph};
use crate::state::State;

/// A hold-out as typed.
#[derive(Debug, Clone)]
pub struct HoldOutDraft {
    /// From what; also an engagement that a change still under way adds.
    pub engagement_id: Id,
    /// Last day; `None` until somebody ends it.
    pub until: Option<Date>,
    /// Why.
    pub reason: String,
}

/// The engagements that can be withheld from a single Client: those on the list, and those that
/// open changes add.
///
/// # Errors
/// The database failed.
pub fn withholdable(conn: &mut Conn) -> Result<Vec<Entry>, Error> {
    let can = |entry: &Entry| !entry.engagement.withholding.trim().is_empty();
    let mut found: Vec<Entry> =
        db::register::listed_entries(conn)?.into_iter().map(|l| l.entry).filter(can).collect();
    for entry in planned(conn)?.into_iter().filter(can) {
        if !found.iter().any(|known| known.id == entry.id) {
            found.push(entry);
        }
    }
    Ok(found)
}

/// Entries as open changes would have them.
fn planned(conn: &mut Conn) -> Result<Vec<Entry>, Error> {
    let open = [ChangeState::Draft, ChangeState::Submitted, ChangeState::Held];
    let mut found = Vec::new();
    for head in db::change::in_states(conn, &open, 200)? {
        let Some(change) = db::change::get(conn, head.id)? else { continue };
        found.extend(change.items.iter().filter_map(|item| item.entry().cloned()));
    }
    Ok(found)
}

/// Withholds an engagement from a Client. Its list shows the version without it.
///
/// # Errors
/// Not allowed; a field is wrong; the engagement cannot be withheld from a single Client; the
/// Client is held out of it already; it would end before the engagement may be active for the
/// Client; there is no such Client.
pub async fn hold_out(state: &State, by: &By, client_id: Id, draft: HoldOutDraft) -> Result<HoldOut, Error> {
    by.require(Permission::Write)?;
    let now = state.clock.now();
    let today = day_of(now, &state.settings.zone());
    let reason = checked(&draft, today)?;
    let by = by.clone();
    state
        .db
        .write(move |conn| withhold(conn, &by, client_id, HoldOutDraft { reason, ..draft }, now, today))
        .await
}

/// Withholds in a transaction of somebody else, from a draft that was checked.
pub(in crate::actions) fn withhold(
    conn: &mut Conn,
    by: &By,
    client_id: Id,
    draft: HoldOutDraft,
    now: jiff::Timestamp,
    today: Date,
) -> Result<HoldOut, Error> {
    db::client::get(conn, client_id)?.ok_or(Error::NotFound("Client"))?;
    check_engagement(conn, draft.engagement_id)?;
    let others = db::hold_out::of_client(conn, client_id)?;
    if others.iter().any(|h| h.engagement_id == draft.engagement_id && h.holds_on(today)) {
        return Err(Error::Conflict(
            "This Client is held out of this engagement already. End that hold-out first to change it."
                .into(),
        ));
    }
    if let Some(last) = draft.until
        && let Some(closed) = closed_after(conn, client_id, draft.engagement_id, last)?
    {
        return Err(FieldError::new("until", closed.until()).into());
    }
    let held = HoldOut {
        id: Id::new(now),
        client_id,
        engagement_id: draft.engagement_id,
        until: draft.until,
        reason: draft.reason,
        by: by.staff,
        created_at: now,
        ended_at: None,
    };
    db::hold_out::save(conn, &held)?;
    let detail = json!({ "hold_out": held.id, "engagement": held.engagement_id, "until": held.until });
    record(conn, now, by, "client.held_out", client_id, detail)?;
    Ok(held)
}

fn checked(draft: &HoldOutDraft, today: Date) -> Result<String, Error> {
    let mut problems = Vec::new();
    let reason = paragraph("reason", &draft.reason, TEXT_LIMIT).unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    if problems.is_empty() && !is_legible(&reason) {
        problems.push(FieldError::new("reason", "Say why, so that others can judge it later."));
    }
    if draft.until.is_some_and(|last| last < today) {
        problems.push(FieldError::new("until", "This day is over. Name a day to come, or leave it empty."));
    }
    if problems.is_empty() { Ok(reason) } else { Err(Error::Invalid(problems)) }
}

fn check_engagement(conn: &mut Conn, id: Id) -> Result<(), Error> {
    let listed = db::register::entry(conn, id)?.map(|listed| listed.entry);
    let planned = planned(conn)?.into_iter().find(|entry| entry.id == id);
    let Some(entry) = planned.or(listed) else {
        return Err(FieldError::new(
            "engagement_id",
            "There is no such engagement. Choose one of those shown.",
        )
        .into());
    };
    if entry.engagement.withholding.trim().is_empty() {
        return Err(FieldError::new(
            "engagement_id",
            format!(
                "{} cannot be withheld from a single Client. If it can, say how on its entry first (“Can be withheld from a single Client”).",
                entry.vendor.name
            ),
        )
        .into());
    }
    Ok(())
}

/// Ends a hold-out: the engagement is the Client's from now on, as far as its gate is open.
///
/// # Errors
/// Not allowed; there is no such hold-out; it has ended; the engagement is in force and may not be
/// active for this Client yet.
pub async fn end_hold_out(state: &State, by: &By, id: Id) -> Result<HoldOut, Error> {
    by.require(Permission::Write)?;
    let (now, by) = (state.clock.now(), by.clone());
    let today = day_of(now, &state.settings.zone());
    state
        .db
        .write(move |conn| {
            let held = db::hold_out::get(conn, id)?.ok_or(Error::NotFound("hold-out"))?;
            if held.ended_at.is_some() {
                return Err(Error::Conflict("This hold-out was ended before.".into()));
            }
            if let Some(closed) = closed_now(conn, held.client_id, held.engagement_id, today)? {
                return Err(Error::Conflict(closed.end()));
            }
            let ended = HoldOut { ended_at: Some(now), ..held };
            db::hold_out::save(conn, &ended)?;
            let detail = json!({ "hold_out": ended.id, "engagement": ended.engagement_id });
            record(conn, now, &by, "client.hold_out_ended", ended.client_id, detail)?;
            Ok(ended)
        })
        .await
}
