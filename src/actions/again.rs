//! Drafting anew what was withdrawn or cancelled: to correct it, or for an earlier day, which is a
//! new notice with clocks of its own (invariants 12 and 16). Lines keep their identity, and with
//! it what is on record for them.

use jiff::Timestamp;
use serde_json::json;

use super::apply::today;
use super::draft::empty;
use super::place::place;
use super::{By, Details, Error, edit};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::change::{Change, ChangeKind, ChangeState, Edit, Item};
use crate::domain::entry::Entry;
use crate::domain::id::Id;
use crate::state::State;

/// Begins a draft with the items of the change `id`, written against what is on the list now.
/// Its effective date is kept where it is still to come.
///
/// # Errors
/// Not allowed; there is no such change, or it was neither withdrawn nor cancelled.
pub async fn draft_again(state: &State, by: &By, id: Id) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let (now, by, settings) = (state.clock.now(), by.clone(), state.settings.clone());
    state
        .db
        .write(move |conn| {
            let old = db::change::get(conn, id)?.ok_or(Error::NotFound("change"))?;
            let ended = matches!(old.state, ChangeState::Withdrawn | ChangeState::Cancelled);
            if !ended || old.corrects.is_some() || old.kind != ChangeKind::Regular {
                return Err(Error::Conflict(format!(
                    "{} is {}. Only a change that was withdrawn or cancelled can be drafted again.",
                    old.reference(),
                    old.state
                )));
            }
            let details = Details {
                title: old.title.clone(),
                reason: old.reason.clone(),
                effective_on: old.effective_on.filter(|day| *day > today(now, &settings)),
                in_use_since: old.in_use_since,
            };
            let mut draft = empty(conn, now, &by, details)?;
            for item in &old.items {
                copy(conn, now, &mut draft, item)?;
            }
            db::change::save(conn, &draft)?;
            let detail = json!({ "of": old.id });
            let event =
                Event { actor: by.actor, action: "change.drafted_again", subject: draft.reference(), detail };
            db::audit::append(conn, now, event)?;
            Ok(draft)
        })
        .await
}

/// Puts an item of the old change into the draft. What is so already, or is about a line that is
/// gone, is left out.
fn copy(conn: &mut Conn, now: Timestamp, draft: &mut Change, item: &Item) -> Result<(), Error> {
    match &item.edit {
        Edit::Statements { after, .. } => edit::put_statements(conn, now, draft, after.clone()).map(|_| ()),
        Edit::Entry { before: None, after: Some(after) } => add(conn, now, draft, after),
        Edit::Entry { before: Some(before), after } => {
            let Some(listed) = db::register::entry(conn, before.id)?.filter(|l| l.status.is_listed()) else {
                return Ok(());
            };
            let after = after.as_deref().cloned();
            let base = (listed.revision, listed.vendor_revision);
            place(draft, now, Some(listed.entry), after, base);
            Ok(())
        }
        Edit::Entry { before: None, after: None } => Ok(()),
    }
}

fn add(conn: &mut Conn, now: Timestamp, draft: &mut Change, after: &Entry) -> Result<(), Error> {
    if db::register::entry(conn, after.id)?.is_some_and(|listed| listed.status.is_listed()) {
        return Ok(());
    }
    let known = db::register::vendor(conn, after.vendor_id)?;
    let revision = known.as_ref().map_or(0, |vendor| vendor.revision);
    let after = match known {
        Some(vendor) => Entry { slug: vendor.slug, vendor: vendor.facts, ..after.clone() },
        None => after.clone(),
    };
    place(draft, now, None, Some(after), (0, revision));
    Ok(())
}
