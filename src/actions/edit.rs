//! Editing lines within a change. The register itself is not touched before the announcement.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::draft::open_for_edit;
use super::place::{facts_of, place, put, share_vendor};
use super::{By, Error};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::change::{Change, Edit, Item, Operation};
use crate::domain::classify::classify;
use crate::domain::engagement::EngagementFacts;
use crate::domain::id::Id;
use crate::domain::text::{FieldError, TEXT_LIMIT, line};
use crate::domain::tidy::{LIST_LIMIT, tidy};
use crate::domain::vendor::VendorFacts;
use crate::state::State;

/// A line as a person wants it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The line edited; `None` for a new one.
    pub entry_id: Option<Id>,
    /// For a new line: the vendor it belongs to, if known already.
    pub vendor_id: Option<Id>,
    /// The vendor; checked when it is put.
    pub vendor: VendorFacts,
    /// The engagement; checked when it is put.
    pub engagement: EngagementFacts,
}

/// Puts a line into a change, or edits it there. Renaming keeps the old name as an alias. When
/// the vendor's facts change, its other lines on the list join the change, each on its own.
///
/// # Errors
/// Not allowed; a field is wrong; the line or vendor is unknown; somebody saved in between.
pub async fn put_entry(
    state: &State,
    by: &By,
    change_id: Id,
    revision: i64,
    draft: Draft,
) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let draft = checked(draft)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let mut change = open_for_edit(conn, change_id, revision, &by)?;
            let detail = put(conn, now, &mut change, draft)?;
            db::change::save(conn, &change)?;
            db::audit::append(
                conn,
                now,
                Event { actor: by.actor, action: "change.entry_put", subject: change.reference(), detail },
            )?;
            Ok(change)
        })
        .await
}

/// A draft needs name and purpose; the rest may come later.
fn checked(draft: Draft) -> Result<Draft, Error> {
    let (vendor, engagement) = tidy(draft.vendor, draft.engagement).map_err(Error::Invalid)?;
    if engagement.purposes.is_empty() {
        return Err(FieldError::new("purposes", "Say what the sub-processor does.").into());
    }
    Ok(Draft { vendor, engagement, ..draft })
}

/// Takes a line off the list.
///
/// # Errors
/// Not allowed; the line is unknown or not on the list; somebody saved in between.
pub async fn remove_entry(
    state: &State,
    by: &By,
    change_id: Id,
    revision: i64,
    entry_id: Id,
) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let mut change = open_for_edit(conn, change_id, revision, &by)?;
            let listed = db::register::entry(conn, entry_id)?.ok_or(Error::NotFound("entry"))?;
            if !listed.status.is_listed() {
                return Err(Error::Conflict("This entry is not on the list any more.".into()));
            }
            let detail =
                place(&mut change, now, Some(listed.entry), None, (listed.revision, listed.vendor_revision));
            db::change::save(conn, &change)?;
            db::audit::append(
                conn,
                now,
                Event {
                    actor: by.actor,
                    action: "change.entry_removed",
                    subject: change.reference(),
                    detail,
                },
            )?;
            Ok(change)
        })
        .await
}

/// Changes the statements about the whole list.
///
/// # Errors
/// Not allowed; somebody saved in between.
pub async fn edit_statements(
    state: &State,
    by: &By,
    change_id: Id,
    revision: i64,
    after: Vec<String>,
) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let after = tidy_statements(after)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let mut change = open_for_edit(conn, change_id, revision, &by)?;
            let detail = put_statements(conn, now, &mut change, after)?;
            db::change::save(conn, &change)?;
            db::audit::append(
                conn,
                now,
                Event {
                    actor: by.actor,
                    action: "change.statements_put",
                    subject: change.reference(),
                    detail,
                },
            )?;
            Ok(change)
        })
        .await
}

/// Puts statements into a change. Answers what happened, for the audit trail.
pub(super) fn put_statements(
    conn: &mut Conn,
    now: Timestamp,
    change: &mut Change,
    after: Vec<String>,
) -> Result<Value, Error> {
    let before = super::publish::statements(conn)?;
    change.items.retain(|i| i.entry_id.is_some());
    let detail = json!({ "before": before, "after": after });
    if before != after {
        let edit = Edit::Statements { before, after };
        let ruling = classify(Operation::Changed, &edit);
        change.items.push(Item {
            id: Id::new(now),
            entry_id: None,
            operation: Operation::Changed,
            edit,
            ruled: ruling.class,
            class: ruling.class,
            class_reason: String::new(),
            grounds: ruling.grounds,
            base_revision: 0,
            base_vendor_revision: 0,
            doubt: String::new(),
        });
    }
    Ok(detail)
}

fn tidy_statements(statements: Vec<String>) -> Result<Vec<String>, Error> {
    if statements.len() > LIST_LIMIT {
        return Err(FieldError::new("statements", "Has too many items. Name at most 200.").into());
    }
    let mut kept: Vec<String> = Vec::new();
    for statement in &statements {
        let statement = line("statements", statement, TEXT_LIMIT)?;
        if !statement.is_empty() && !kept.contains(&statement) {
            kept.push(statement);
        }
    }
    Ok(kept)
}

/// Takes an item out of a change again. If it was the last to change its vendor's facts, the
/// vendor's other lines in the change go back to what the register says.
///
/// # Errors
/// Not allowed; there is no such item; somebody saved in between.
pub async fn undo_item(
    state: &State,
    by: &By,
    change_id: Id,
    revision: i64,
    item_id: Id,
) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let mut change = open_for_edit(conn, change_id, revision, &by)?;
            let at = change.items.iter().position(|i| i.id == item_id).ok_or(Error::NotFound("item"))?;
            let undone = change.items.remove(at);
            if let Some(entry) = undone.entry() {
                let facts = facts_of(conn, &change, entry.vendor_id)?;
                share_vendor(conn, now, &mut change, entry.vendor_id, facts)?;
            }
            db::change::save(conn, &change)?;
            let detail = json!({ "item": item_id });
            db::audit::append(
                conn,
                now,
                Event { actor: by.actor, action: "change.item_undone", subject: change.reference(), detail },
            )?;
            Ok(change)
        })
        .await
}
