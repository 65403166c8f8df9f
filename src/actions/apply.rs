//! Putting approved items into the register: at the announcement they are announced, on the
//! effective date they come into force.

use jiff::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Error, publish};
use crate::db::{self, Conn};
use crate::domain::change::{Change, ChangeKind, Class, Edit, Item, Operation};
use crate::domain::engagement::{Engagement, EngagementStatus};
use crate::domain::entry::Entry;
use crate::domain::id::Id;
use crate::domain::vendor::{Vendor, VendorFacts};

/// What the register shows of `items` from the announcement on: new lines as announced, leaving
/// lines as retiring. Modifications stay pending.
pub(super) fn announce(conn: &mut Conn, change: &Change, items: &[Item]) -> Result<(), Error> {
    for item in items {
        let Edit::Entry { before, after } = &item.edit else { continue };
        match (before.as_deref(), after.as_deref()) {
            (None, Some(after)) => {
                insert(conn, after, EngagementStatus::Announced, change.effective_on)?;
                if let Some(old) = after.engagement.replaces {
                    retire(conn, old, EngagementStatus::Retiring, change.effective_on)?;
                }
            }
            (Some(before), None) => retire(conn, before.id, EngagementStatus::Retiring, change.effective_on)?,
            _ => {}
        }
    }
    Ok(())
}

/// Brings `items` into force on `day`.
pub(super) fn take_effect<'a>(
    conn: &mut Conn,
    change: &Change,
    items: impl IntoIterator<Item = &'a Item>,
    day: Date,
) -> Result<(), Error> {
    for item in items {
        match &item.edit {
            Edit::Statements { after, .. } => publish::put_statements(conn, after)?,
            Edit::Entry { before, after } => match (before.as_deref(), after.as_deref()) {
                (None, Some(after)) => {
                    activate(conn, change, after, day)?;
                    if let Some(old) = after.engagement.replaces {
                        retire(conn, old, EngagementStatus::Retired, Some(day))?;
                    }
                }
                (Some(before), Some(after)) => modify(conn, before, after, day)?,
                (Some(before), None) => retire(conn, before.id, EngagementStatus::Retired, Some(day))?,
                (None, None) => {}
            },
        }
    }
    Ok(())
}

fn insert(conn: &mut Conn, after: &Entry, status: EngagementStatus, from: Option<Date>) -> Result<(), Error> {
    if db::register::vendor(conn, after.vendor_id)?.is_none() {
        let vendor = Vendor {
            id: after.vendor_id,
            slug: free_slug(conn, &after.slug)?,
            facts: after.vendor.clone(),
            contact: String::new(),
            revision: 1,
        };
        db::register::save_vendor(conn, &vendor)?;
    }
    let engagement = Engagement {
        id: after.id,
        vendor_id: after.vendor_id,
        facts: after.engagement.clone(),
        status,
        effective_from: from,
        effective_to: None,
        revision: 1,
    };
    Ok(db::register::save_engagement(conn, &engagement)?)
}

/// Two drafts may have taken the same slug; the first to be announced keeps it.
fn free_slug(conn: &mut Conn, wanted: &str) -> Result<String, Error> {
    let vendors = db::register::vendors(conn)?;
    Ok(crate::domain::slug::slug_for(wanted, |s| vendors.iter().any(|v| v.slug == s)))
}

/// A new line comes into force. The baseline's lines keep the day their list gave, if any; a
/// late disclosure keeps the day it names.
fn activate(conn: &mut Conn, change: &Change, after: &Entry, day: Date) -> Result<(), Error> {
    let from = match change.kind {
        ChangeKind::Baseline => after.effective_from,
        ChangeKind::Regular => change.in_use_since.or(Some(day)),
    };
    match db::register::engagement(conn, after.id)? {
        None => insert(conn, after, EngagementStatus::Active, from),
        Some(mut engagement) => {
            engagement.status = EngagementStatus::Active;
            engagement.effective_from = from;
            engagement.revision += 1;
            Ok(db::register::save_engagement(conn, &engagement)?)
        }
    }
}

fn modify(conn: &mut Conn, before: &Entry, after: &Entry, day: Date) -> Result<(), Error> {
    let mut engagement = db::register::engagement(conn, after.id)?.ok_or(Error::NotFound("entry"))?;
    let vetting = engagement.facts.vetting.clone();
    engagement.facts = after.engagement.clone();
    if before.engagement.vetting == after.engagement.vetting {
        // The vetting status may have moved with time since the edit was written.
        engagement.facts.vetting = vetting;
    }
    engagement.revision += 1;
    db::register::save_engagement(conn, &engagement)?;
    if before.vendor != after.vendor {
        let mut vendor = db::register::vendor(conn, after.vendor_id)?.ok_or(Error::NotFound("vendor"))?;
        let facts = dated_aliases(&before.vendor, &after.vendor, day);
        // Several lines of one vendor carry the same edit; it counts once.
        if vendor.facts != facts {
            vendor.facts = facts;
            vendor.revision += 1;
            db::register::save_vendor(conn, &vendor)?;
        }
    }
    Ok(())
}

/// The name given up gets its last day: the day before the new one comes into force.
fn dated_aliases(before: &VendorFacts, after: &VendorFacts, day: Date) -> VendorFacts {
    let mut facts = after.clone();
    if before.name != after.name {
        for alias in facts.aliases.iter_mut().filter(|a| a.name == before.name && a.until.is_none()) {
            alias.until = Some(day.saturating_sub(1.day()));
        }
    }
    facts
}

fn retire(conn: &mut Conn, id: Id, status: EngagementStatus, to: Option<Date>) -> Result<(), Error> {
    let mut engagement = db::register::engagement(conn, id)?.ok_or(Error::NotFound("entry"))?;
    engagement.status = status;
    engagement.effective_to = to;
    engagement.revision += 1;
    Ok(db::register::save_engagement(conn, &engagement)?)
}

/// Entries this change was written against that have moved since, by name; empty if none. An
/// announced modification that is not in force yet counts as moved.
pub(super) fn conflicts(conn: &mut Conn, change: &Change) -> Result<Vec<String>, Error> {
    let waiting: Vec<Change> =
        db::change::announced(conn)?.into_iter().filter(|c| c.id != change.id).collect();
    let mut found = Vec::new();
    for item in &change.items {
        let Edit::Entry { before, after } = &item.edit else {
            if let Edit::Statements { before, .. } = &item.edit
                && publish::statements(conn)? != *before
            {
                found.push("the statements about the list".to_owned());
            }
            continue;
        };
        let replaced = after.as_deref().and_then(|e| e.engagement.replaces);
        let touches = |other: &Item| {
            let same =
                other.entry_id.is_some() && (other.entry_id == item.entry_id || other.entry_id == replaced);
            same || both_change_vendor(other, item)
        };
        if waiting.iter().flat_map(|c| &c.items).any(touches) {
            found.push(name(item));
            continue;
        }
        if let Some(old) = replaced {
            let on_list =
                db::register::entry(conn, old)?.is_some_and(|l| l.status == EngagementStatus::Active);
            if !on_list {
                found.push(format!("the entry that {} replaces", name(item)));
            }
        }
        let Some(before) = before.as_deref() else { continue };
        let now = db::register::entry(conn, before.id)?;
        let moved = now.is_none_or(|l| {
            !l.status.is_listed()
                || l.revision != item.base_revision
                || l.vendor_revision != item.base_vendor_revision
        });
        if moved {
            found.push(name(item));
        }
    }
    Ok(found)
}

fn both_change_vendor(one: &Item, other: &Item) -> bool {
    let vendor_edit = |item: &Item| match &item.edit {
        Edit::Entry { before: Some(b), after: Some(a) } if b.vendor != a.vendor => Some(b.vendor_id),
        _ => None,
    };
    vendor_edit(one).is_some_and(|id| Some(id) == vendor_edit(other))
}

fn name(item: &Item) -> String {
    item.entry().map(|e| e.vendor.name.clone()).unwrap_or_default()
}

/// Whether an item of an announced change waits for the effective date. Late disclosures tell of
/// what is so already.
pub(super) fn waits(change: &Change, item: &Item, today: Date) -> bool {
    change.in_use_since.is_none() && is_deferred(item) && change.effective_on.is_some_and(|day| day > today)
}

/// Whether an item comes into force on the effective date; editorial modifications do so at the
/// announcement.
pub(super) fn is_deferred(item: &Item) -> bool {
    item.class > Class::Editorial || item.operation != Operation::Changed
}

/// Today, where the company is.
pub(super) fn today(now: Timestamp, settings: &crate::config::Settings) -> Date {
    crate::domain::deadline::day_of(now, &settings.zone())
}
