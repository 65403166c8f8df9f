//! Putting approved items into the register: at the announcement they are announced, on the
//! effective date they come into force.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Error, publish};
use crate::db::{self, Conn};
use crate::domain::change::{Change, ChangeKind, Edit, Item};
use crate::domain::engagement::{Engagement, EngagementFacts, EngagementStatus};
use crate::domain::entry::Entry;
use crate::domain::id::Id;
use crate::domain::slug::slug_for;
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
            slug: after.slug.clone(),
            facts: after.vendor.clone(),
            contact: String::new(),
            revision: 1,
        };
        db::register::save_vendor(conn, &vendor)?;
    }
    // A line that was withdrawn comes again under its old identity.
    let revision = db::register::engagement(conn, after.id)?.map_or(1, |known| known.revision + 1);
    let engagement = Engagement {
        id: after.id,
        vendor_id: after.vendor_id,
        facts: after.engagement.clone(),
        status,
        effective_from: from,
        effective_to: None,
        revision,
    };
    Ok(db::register::save_engagement(conn, &engagement)?)
}

/// Two drafts may have taken the same slug; the first to be announced keeps it. Settled before
/// anything is published, so that a notice and its list name the same page.
pub(super) fn settle_slugs(conn: &mut Conn, change: &mut Change) -> Result<(), Error> {
    let known = db::register::vendors(conn)?;
    let mut taken: BTreeSet<String> = known.iter().map(|v| v.slug.clone()).collect();
    let ids: BTreeSet<Id> = known.iter().map(|v| v.id).collect();
    let mut given: BTreeMap<Id, String> = BTreeMap::new();
    let mut moved = false;
    for item in &mut change.items {
        let Edit::Entry { before: None, after: Some(after) } = &mut item.edit else { continue };
        if ids.contains(&after.vendor_id) {
            continue;
        }
        let slug =
            given.entry(after.vendor_id).or_insert_with(|| slug_for(&after.slug, |s| taken.contains(s)));
        taken.insert(slug.clone());
        moved |= after.slug != *slug;
        after.slug.clone_from(slug);
    }
    if moved {
        db::change::save(conn, change)?;
    }
    Ok(())
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

/// Takes back what [`announce`] did for `items`: new lines leave the list, leaving ones stay.
pub(super) fn withdraw(conn: &mut Conn, items: &[Item]) -> Result<(), Error> {
    for item in items {
        let Edit::Entry { before, after } = &item.edit else { continue };
        match (before.as_deref(), after.as_deref()) {
            (None, Some(after)) => {
                retire(conn, after.id, EngagementStatus::Withdrawn, None)?;
                if let Some(old) = after.engagement.replaces {
                    retire(conn, old, EngagementStatus::Active, None)?;
                }
            }
            (Some(before), None) => retire(conn, before.id, EngagementStatus::Active, None)?,
            _ => {}
        }
    }
    Ok(())
}

/// Moves the day of announced `items` to `day`.
pub(super) fn postpone(conn: &mut Conn, items: &[Item], day: Date) -> Result<(), Error> {
    for item in items {
        let Edit::Entry { before, after } = &item.edit else { continue };
        match (before.as_deref(), after.as_deref()) {
            (None, Some(after)) => {
                let mut coming = db::register::engagement(conn, after.id)?.ok_or(Error::NotFound("entry"))?;
                coming.effective_from = Some(day);
                coming.revision += 1;
                db::register::save_engagement(conn, &coming)?;
                if let Some(old) = after.engagement.replaces {
                    retire(conn, old, EngagementStatus::Retiring, Some(day))?;
                }
            }
            (Some(before), None) => retire(conn, before.id, EngagementStatus::Retiring, Some(day))?,
            _ => {}
        }
    }
    Ok(())
}

/// Puts the corrected facts of an announced `change` where its coming lines show them. Lines that
/// change only on the day keep what is in force until then. A company that has other lines keeps
/// its facts until then too.
pub(super) fn correct(conn: &mut Conn, change: &Change) -> Result<(), Error> {
    let coming: Vec<&Entry> =
        change.items.iter().filter(|item| item.is_addition()).filter_map(Item::entry).collect();
    for after in &coming {
        let mut line = db::register::engagement(conn, after.id)?.ok_or(Error::NotFound("entry"))?;
        let vetting = line.facts.vetting.clone();
        if line.facts != (EngagementFacts { vetting: vetting.clone(), ..after.engagement.clone() }) {
            line.facts = EngagementFacts { vetting, ..after.engagement.clone() };
            line.revision += 1;
            db::register::save_engagement(conn, &line)?;
        }
        let lines = db::register::lines_of(conn, after.vendor_id)?;
        let others = lines
            .iter()
            .any(|line| line.status.is_listed() && !coming.iter().any(|one| one.id == line.entry.id));
        let mut vendor = db::register::vendor(conn, after.vendor_id)?.ok_or(Error::NotFound("vendor"))?;
        if !others && vendor.facts != after.vendor {
            vendor.facts = after.vendor.clone();
            vendor.revision += 1;
            db::register::save_vendor(conn, &vendor)?;
        }
    }
    Ok(())
}

/// Whether an item of an announced change waits for the effective date. Late disclosures tell of
/// what is so already.
pub(super) fn waits(change: &Change, item: &Item, today: Date) -> bool {
    // An emergency may be meant for today: it comes into force all the same when the gate of every
    // Client has been asked, once their notices are made.
    let later = |day| day > today || change.is_emergency();
    change.in_use_since.is_none() && item.is_deferred() && change.effective_on.is_some_and(later)
}

/// Today, where the company is.
pub(super) fn today(now: Timestamp, settings: &crate::config::Settings) -> Date {
    crate::domain::deadline::day_of(now, &settings.zone())
}
