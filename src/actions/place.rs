//! Where an edit goes within a change: one item per line, and one set of vendor facts per vendor,
//! so that a notice and the list it publishes can never disagree about a company.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Draft, Error};
use crate::db::{self, Conn};
use crate::domain::change::{Change, Edit, Item, Operation};
use crate::domain::classify::classify;
use crate::domain::diff::differences;
use crate::domain::entry::Entry;
use crate::domain::id::Id;
use crate::domain::slug::slug_for;
use crate::domain::text::FieldError;
use crate::domain::vendor::{Alias, VendorFacts};

/// Puts a checked draft into the change.
pub(super) fn put(
    conn: &mut Conn,
    now: Timestamp,
    change: &mut Change,
    draft: Draft,
) -> Result<Value, Error> {
    match draft.entry_id {
        Some(id) => match change.items.iter().position(|i| i.entry_id == Some(id) && i.is_addition()) {
            // A line that this change itself adds is not in the register yet.
            Some(at) => mend_addition(conn, now, change, at, draft),
            None => edit_line(conn, now, change, id, draft),
        },
        None => add_line(conn, now, change, draft),
    }
}

fn mend_addition(
    conn: &mut Conn,
    now: Timestamp,
    change: &mut Change,
    at: usize,
    draft: Draft,
) -> Result<Value, Error> {
    let Some(item) = change.items.get(at).cloned() else { return Err(Error::NotFound("item")) };
    let Some(entry) = item.entry().cloned() else { return Err(Error::NotFound("entry")) };
    let vendor = match db::register::vendor(conn, entry.vendor_id)? {
        Some(known) => with_alias(&known.facts, draft.vendor),
        None => draft.vendor,
    };
    let vendor_id = entry.vendor_id;
    let after = Entry { vendor: vendor.clone(), engagement: draft.engagement, ..entry };
    let detail = place(change, now, None, Some(after), (0, item.base_vendor_revision));
    share_vendor(conn, now, change, vendor_id, Some(vendor))?;
    Ok(detail)
}

fn edit_line(
    conn: &mut Conn,
    now: Timestamp,
    change: &mut Change,
    id: Id,
    draft: Draft,
) -> Result<Value, Error> {
    let listed = db::register::entry(conn, id)?.ok_or(Error::NotFound("entry"))?;
    if !listed.status.is_listed() {
        return Err(Error::Conflict("This entry is no longer on the list. Add a new one instead.".into()));
    }
    if draft.engagement.replaces != listed.entry.engagement.replaces {
        return Err(FieldError::new(
            "replaces",
            "An entry on the list cannot begin to replace another. Add a new entry that replaces it, or remove the other one.",
        )
        .into());
    }
    let vendor = with_alias(&listed.entry.vendor, draft.vendor);
    let vendor_id = listed.entry.vendor_id;
    let after = Entry { vendor: vendor.clone(), engagement: draft.engagement, ..listed.entry.clone() };
    let detail =
        place(change, now, Some(listed.entry), Some(after), (listed.revision, listed.vendor_revision));
    share_vendor(conn, now, change, vendor_id, Some(vendor))?;
    Ok(detail)
}

fn add_line(conn: &mut Conn, now: Timestamp, change: &mut Change, draft: Draft) -> Result<Value, Error> {
    let (vendor_id, slug, vendor, vendor_revision) = match draft.vendor_id {
        Some(id) => {
            let known = db::register::vendor(conn, id)?.ok_or(Error::NotFound("vendor"))?;
            let in_change = facts_of(conn, change, id)?;
            if draft.vendor != known.facts && Some(&draft.vendor) != in_change.as_ref() {
                return Err(FieldError::new(
                    "vendor.name",
                    "This sub-processor is on the list already. Edit its own facts on its existing entry; here add only the new engagement.",
                )
                .into());
            }
            (id, known.slug, in_change.unwrap_or(known.facts), known.revision)
        }
        None => {
            let mut taken = db::register::slugs(conn)?;
            taken.extend(change.items.iter().filter_map(Item::entry).map(|e| e.slug.clone()));
            let slug = slug_for(&draft.vendor.name, |slug| taken.iter().any(|t| t == slug));
            (Id::new(now), slug, draft.vendor, 0)
        }
    };
    let engagement = draft.engagement;
    let after = Entry { id: Id::new(now), vendor_id, slug, vendor, engagement, effective_from: None };
    Ok(place(change, now, None, Some(after), (0, vendor_revision)))
}

/// Both names find the vendor in the history.
fn with_alias(was: &VendorFacts, mut now: VendorFacts) -> VendorFacts {
    if was.name != now.name && !now.aliases.iter().any(|a| a.name == was.name) {
        now.aliases.push(Alias { name: was.name.clone(), until: None });
    }
    now
}

/// The facts that a change gives a vendor: those of any item that differs from before, else of
/// an addition; `None` if no item is about it.
pub(super) fn facts_of(
    conn: &mut Conn,
    change: &Change,
    vendor_id: Id,
) -> Result<Option<VendorFacts>, Error> {
    let known = db::register::vendor(conn, vendor_id)?.map(|v| v.facts);
    let mut of_vendor = change
        .items
        .iter()
        .filter_map(|item| match &item.edit {
            Edit::Entry { after: Some(after), .. } if after.vendor_id == vendor_id => Some(&after.vendor),
            _ => None,
        })
        .peekable();
    let first = of_vendor.peek().map(|facts| (*facts).clone());
    Ok(of_vendor.find(|facts| Some(*facts) != known.as_ref()).cloned().or(first))
}

/// Gives every line of a vendor the same facts within the change: lines on the list join it, or
/// leave it again where nothing is left to change. Lines that the change removes stay removed.
pub(super) fn share_vendor(
    conn: &mut Conn,
    now: Timestamp,
    change: &mut Change,
    vendor_id: Id,
    facts: Option<VendorFacts>,
) -> Result<(), Error> {
    let Some(facts) = facts else { return Ok(()) };
    let additions: Vec<Entry> = change
        .items
        .iter()
        .filter(|item| item.is_addition())
        .filter_map(Item::entry)
        .filter(|entry| entry.vendor_id == vendor_id && entry.vendor != facts)
        .cloned()
        .collect();
    for entry in additions {
        let base =
            change.items.iter().find(|i| i.entry_id == Some(entry.id)).map_or(0, |i| i.base_vendor_revision);
        place(change, now, None, Some(Entry { vendor: facts.clone(), ..entry }), (0, base));
    }
    let Some(known) = db::register::vendor(conn, vendor_id)? else { return Ok(()) };
    for line in db::register::lines_of(conn, vendor_id)? {
        let held = change.items.iter().find(|i| i.entry_id == Some(line.entry.id));
        if !line.status.is_listed()
            || held.is_some_and(|i| i.operation == Operation::Removed || i.is_addition())
        {
            continue;
        }
        if held.is_none() && facts == known.facts {
            continue;
        }
        let basis = held.and_then(Item::entry).unwrap_or(&line.entry);
        let after = Entry { vendor: facts.clone(), ..basis.clone() };
        place(change, now, Some(line.entry), Some(after), (line.revision, line.vendor_revision));
    }
    Ok(())
}

/// Puts one item in place of the line's former item, or at the end. An edit that changes
/// nothing takes the item out. What a person said of the item stays: a doubt until it is
/// settled, a class that was raised.
pub(super) fn place(
    change: &mut Change,
    now: Timestamp,
    before: Option<Entry>,
    after: Option<Entry>,
    (base_revision, base_vendor_revision): (i64, i64),
) -> Value {
    let Some(entry_id) = after.as_ref().or(before.as_ref()).map(|e| e.id) else { return json!(null) };
    let at = change.items.iter().position(|i| i.entry_id == Some(entry_id));
    let operation = match (&before, &after) {
        (None, Some(a)) if a.engagement.replaces.is_some() => Operation::Replaced,
        (None, _) => Operation::Added,
        (Some(_), None) => Operation::Removed,
        (Some(_), Some(_)) => Operation::Changed,
    };
    if before.is_some() && before == after {
        if let Some(at) = at {
            change.items.remove(at);
        }
        return json!({ "entry": entry_id, "operation": "unchanged" });
    }
    let fields: Vec<_> = differences(before.as_ref(), after.as_ref());
    let detail = json!({ "entry": entry_id, "operation": operation, "fields": fields });
    let edit = Edit::Entry { before: before.map(Box::new), after: after.map(Box::new) };
    let ruling = classify(operation, &edit);
    let former = at.and_then(|at| change.items.get(at));
    let raised = former.filter(|item| item.class > item.ruled && item.class > ruling.class);
    let item = Item {
        id: former.map_or_else(|| Id::new(now), |item| item.id),
        entry_id: Some(entry_id),
        operation,
        edit,
        ruled: ruling.class,
        class: raised.map_or(ruling.class, |item| item.class),
        class_reason: raised.map_or_else(String::new, |item| item.class_reason.clone()),
        grounds: ruling.grounds,
        base_revision,
        base_vendor_revision,
        doubt: former.map_or_else(String::new, |item| item.doubt.clone()),
    };
    match at.and_then(|at| change.items.get_mut(at)) {
        Some(place) => *place = item,
        None => change.items.push(item),
    }
    detail
}
