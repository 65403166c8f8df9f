//! What a change was written against, and what has moved since.

use super::{Error, publish};
use crate::db::{self, Conn};
use crate::domain::change::{Change, Edit, Item};
use crate::domain::engagement::EngagementStatus;
use crate::domain::entry::Entry;
use crate::domain::id::Id;

/// What this change was written against that has moved since, by name; empty if nothing has. An
/// announced modification that is not in force yet counts as moved.
pub(super) fn conflicts(conn: &mut Conn, change: &Change) -> Result<Vec<String>, Error> {
    let announced: Vec<Change> = db::change::announced(conn)?
        .into_iter()
        .filter(|c| c.id != change.id && Some(c.id) != change.corrects)
        .collect();
    let waiting: Vec<&Item> =
        announced.iter().flat_map(|c| &c.items).filter(|item| item.is_deferred()).collect();
    let mut found = Vec::new();
    for item in &change.items {
        if waiting.iter().any(|other| collide(other, item))
            || has_moved(conn, item, change.corrects.is_some())?
        {
            found.push(name(item));
        }
    }
    found.extend(known_already(conn, change)?);
    found.dedup();
    Ok(found)
}

/// Whether two items cannot both be under way.
fn collide(one: &Item, other: &Item) -> bool {
    if one.entry_id.is_none() || other.entry_id.is_none() {
        return one.entry_id.is_none() && other.entry_id.is_none();
    }
    // A vetting may move at any time: taking an approval back never waits.
    if is_vetting_only(one) || is_vetting_only(other) {
        return false;
    }
    lines(one).iter().any(|id| lines(other).contains(id)) || both_change_vendor(one, other)
}

/// The lines an item touches: its own, and for a new one the line it replaces.
fn lines(item: &Item) -> Vec<Id> {
    let replaced = item.entry().filter(|_| item.is_addition()).and_then(|e| e.engagement.replaces);
    item.entry_id.into_iter().chain(replaced).collect()
}

fn is_vetting_only(item: &Item) -> bool {
    let Edit::Entry { before: Some(before), after: Some(after) } = &item.edit else { return false };
    let mut same = Entry::clone(after);
    same.engagement.vetting = before.engagement.vetting.clone();
    same == **before
}

fn both_change_vendor(one: &Item, other: &Item) -> bool {
    let vendor_edit = |item: &Item| match &item.edit {
        Edit::Entry { before: Some(b), after: Some(a) } if b.vendor != a.vendor => Some(b.vendor_id),
        _ => None,
    };
    vendor_edit(one).is_some_and(|id| Some(id) == vendor_edit(other))
}

/// Whether the register is no longer what the item was written against.
fn has_moved(conn: &mut Conn, item: &Item, corrects: bool) -> Result<bool, Error> {
    match &item.edit {
        Edit::Statements { before, .. } => Ok(publish::statements(conn)? != *before),
        Edit::Entry { before: Some(before), .. } => {
            let now = db::register::entry(conn, before.id)?;
            Ok(now.is_none_or(|l| {
                !l.status.is_listed()
                    || l.revision != item.base_revision
                    || l.vendor_revision != item.base_vendor_revision
            }))
        }
        Edit::Entry { before: None, after: Some(after) } => {
            let vendor = db::register::vendor(conn, after.vendor_id)?;
            if vendor.is_some_and(|v| v.revision != item.base_vendor_revision) {
                return Ok(true);
            }
            // A correction finds the old line leaving already, as it was announced.
            let Some(old) = after.engagement.replaces.filter(|_| !corrects) else { return Ok(false) };
            Ok(db::register::entry(conn, old)?.is_none_or(|l| l.status != EngagementStatus::Active))
        }
        Edit::Entry { before: None, after: None } => Ok(false),
    }
}

/// New vendors whose name stands in the register under another id: two drafts may have added
/// the same one.
fn known_already(conn: &mut Conn, change: &Change) -> Result<Vec<String>, Error> {
    let added: Vec<&Entry> =
        change.items.iter().filter(|item| item.is_addition()).filter_map(Item::entry).collect();
    if added.is_empty() {
        return Ok(Vec::new());
    }
    let plain = |name: &str| name.to_lowercase();
    let known: std::collections::BTreeMap<String, Id> =
        db::register::vendors(conn)?.into_iter().map(|v| (plain(&v.facts.name), v.id)).collect();
    Ok(added
        .into_iter()
        .filter(|entry| known.get(&plain(&entry.vendor.name)).is_some_and(|id| *id != entry.vendor_id))
        .map(|entry| entry.vendor.name.clone())
        .collect())
}

fn name(item: &Item) -> String {
    item.entry().map_or_else(|| "The statements about the list".to_owned(), |e| e.vendor.name.clone())
}
