//! Editing lines within a change. The register itself is not touched before the announcement.

use serde_json::json;

use super::draft::open_for_edit;
use super::{By, Error};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::change::{Change, Edit, Item, Operation};
use crate::domain::classify::classify;
use crate::domain::diff::differences;
use crate::domain::engagement::EngagementFacts;
use crate::domain::entry::{Entry, ListedEntry};
use crate::domain::id::Id;
use crate::domain::slug::slug_for;
use crate::domain::text::FieldError;
use crate::domain::tidy::tidy;
use crate::domain::vendor::{Alias, VendorFacts};
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
            let mut change = open_for_edit(conn, change_id, revision)?;
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

fn put(
    conn: &mut Conn,
    now: jiff::Timestamp,
    change: &mut Change,
    draft: Draft,
) -> Result<serde_json::Value, Error> {
    // A line that this change itself adds is not in the register yet.
    let own = draft
        .entry_id
        .and_then(|id| change.items.iter().position(|i| i.entry_id == Some(id) && is_addition(i)));
    if let Some(entry) = own.and_then(|at| change.items.get(at)).and_then(Item::entry).cloned() {
        let after = Entry { vendor: draft.vendor, engagement: draft.engagement, ..entry };
        return Ok(place(change, now, None, Some(after), (0, 0)));
    }
    if let Some(id) = draft.entry_id {
        let listed = db::register::entry(conn, id)?.ok_or(Error::NotFound("entry"))?;
        if !listed.status.is_listed() {
            return Err(Error::Conflict(
                "This entry is no longer on the list. Add a new one instead.".into(),
            ));
        }
        let vendor = with_alias(&listed.entry.vendor, draft.vendor);
        if vendor != listed.entry.vendor {
            edit_siblings(conn, now, change, &listed, &vendor)?;
        }
        let after = Entry { vendor, engagement: draft.engagement, ..listed.entry.clone() };
        let revisions = (listed.revision, listed.vendor_revision);
        return Ok(place(change, now, Some(listed.entry), Some(after), revisions));
    }
    let (vendor_id, slug, vendor, vendor_revision) = match draft.vendor_id {
        Some(id) => {
            let known = db::register::vendor(conn, id)?.ok_or(Error::NotFound("vendor"))?;
            if draft.vendor != known.facts {
                return Err(FieldError::new(
                    "vendor.name",
                    "This sub-processor is on the list already. Edit its own facts on its existing entry; here add only the new engagement.",
                )
                .into());
            }
            (id, known.slug, known.facts, known.revision)
        }
        None => {
            let mut taken: Vec<String> = db::register::vendors(conn)?.into_iter().map(|v| v.slug).collect();
            taken.extend(change.items.iter().filter_map(Item::entry).map(|e| e.slug.clone()));
            let slug = slug_for(&draft.vendor.name, |s| taken.iter().any(|t| t == s));
            (Id::new(now), slug, draft.vendor, 0)
        }
    };
    let after = Entry {
        id: Id::new(now),
        vendor_id,
        slug,
        vendor,
        engagement: draft.engagement,
        effective_from: None,
    };
    Ok(place(change, now, None, Some(after), (0, vendor_revision)))
}

fn is_addition(item: &Item) -> bool {
    matches!(item.operation, Operation::Added | Operation::Replaced)
}

/// Both names find the vendor in the history.
fn with_alias(was: &VendorFacts, mut now: VendorFacts) -> VendorFacts {
    let differs_in_spelling = was.name != now.name && !now.aliases.iter().any(|a| a.name == was.name);
    if differs_in_spelling {
        now.aliases.push(Alias { name: was.name.clone(), until: None });
    }
    now
}

fn edit_siblings(
    conn: &mut Conn,
    now: jiff::Timestamp,
    change: &mut Change,
    edited: &ListedEntry,
    vendor: &VendorFacts,
) -> Result<(), Error> {
    for sibling in db::register::listed_entries(conn)? {
        if sibling.entry.vendor_id != edited.entry.vendor_id || sibling.entry.id == edited.entry.id {
            continue;
        }
        let held = change.items.iter().find(|i| i.entry_id == Some(sibling.entry.id));
        let basis = held.and_then(Item::entry).unwrap_or(&sibling.entry);
        if held.is_some_and(|i| i.operation == Operation::Removed) {
            continue;
        }
        let after = Entry { vendor: vendor.clone(), ..basis.clone() };
        let revisions = (sibling.revision, sibling.vendor_revision);
        place(change, now, Some(sibling.entry), Some(after), revisions);
    }
    Ok(())
}

/// Puts one item in place of the line's former item, or at the end. An edit that changes
/// nothing takes the item out.
pub(super) fn place(
    change: &mut Change,
    now: jiff::Timestamp,
    before: Option<Entry>,
    after: Option<Entry>,
    (base_revision, base_vendor_revision): (i64, i64),
) -> serde_json::Value {
    let Some(entry_id) = after.as_ref().or(before.as_ref()).map(|e| e.id) else { return json!(null) };
    let former = change.items.iter().position(|i| i.entry_id == Some(entry_id));
    let operation = match (&before, &after) {
        (None, Some(a)) if a.engagement.replaces.is_some() => Operation::Replaced,
        (None, _) => Operation::Added,
        (Some(_), None) => Operation::Removed,
        (Some(_), Some(_)) => Operation::Changed,
    };
    if before.is_some() && before == after {
        if let Some(at) = former {
            change.items.remove(at);
        }
        return json!({ "entry": entry_id, "operation": "unchanged" });
    }
    let fields: Vec<_> = differences(before.as_ref(), after.as_ref());
    let detail = json!({ "entry": entry_id, "operation": operation, "fields": fields });
    let edit = Edit::Entry { before: before.map(Box::new), after: after.map(Box::new) };
    let ruling = classify(operation, &edit);
    let item = Item {
        id: former.and_then(|at| change.items.get(at)).map_or_else(|| Id::new(now), |i| i.id),
        entry_id: Some(entry_id),
        operation,
        edit,
        ruled: ruling.class,
        class: ruling.class,
        class_reason: String::new(),
        grounds: ruling.grounds,
        base_revision,
        base_vendor_revision,
        doubt: String::new(),
    };
    match former.and_then(|at| change.items.get_mut(at)) {
        Some(place) => *place = item,
        None => change.items.push(item),
    }
    detail
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
            let mut change = open_for_edit(conn, change_id, revision)?;
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
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let mut change = open_for_edit(conn, change_id, revision)?;
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

/// Takes an item out of a change again.
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
            let mut change = open_for_edit(conn, change_id, revision)?;
            let at = change.items.iter().position(|i| i.id == item_id).ok_or(Error::NotFound("item"))?;
            change.items.remove(at);
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
