//! What must be true before a change may be announced. Each reason says how to open the gate.

use jiff::civil::Date;

pub use super::block::{Block, Missing};
use super::change::{Change, ChangeKind, Class, Edit, Item, Operation};
use super::evidence::{Evidence, lacks};
use super::planner::Plan;
use super::standard::Promise;

/// The first day on which the lines of `change` can be in use, if it is announced on `today`.
/// Approvals and contracts must hold on that day, not only at the announcement.
#[must_use]
pub fn first_day(change: &Change, today: Date) -> Date {
    change.effective_on.map_or(today, |day| day.max(today))
}

/// Whether `item` may neither be announced nor come into force without its records: anything new
/// or material. The baseline is exempt: it takes over what is public already.
#[must_use]
pub fn needs_records(change: &Change, item: &Item) -> bool {
    let is_new = matches!(item.operation, Operation::Added | Operation::Replaced);
    let goes_on = matches!(&item.edit, Edit::Entry { after: Some(_), .. });
    change.kind == ChangeKind::Regular && goes_on && (is_new || item.class == Class::Material)
}

/// What the gate looks at beside the change.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The day of the announcement in the company's zone.
    pub today: Date,
    /// What the standard DPA asks for: it rules while no agreement is entered.
    pub promise: Option<Promise>,
    /// What the agreements in force ask for; `None` while there are none.
    pub plan: Option<&'a Plan>,
    /// What is on record for the lines of the change.
    pub evidence: &'a Evidence,
}

/// Everything that stands in the way of announcing `change`. The baseline is exempt: it tells
/// nobody and starts no clock.
#[must_use]
pub fn blocks(change: &Change, known: &Known<'_>) -> Vec<Block> {
    let today = known.today;
    let mut found = Vec::new();
    if change.items.is_empty() {
        found.push(Block::new("", "The change has no items. Edit or add an entry first.".to_owned()));
    }
    let first_day = first_day(change, today);
    for item in &change.items {
        let name = item.entry().map(|e| e.vendor.name.as_str()).unwrap_or_default();
        if !item.doubt.is_empty() {
            found.push(Block::new(name, format!("A person must settle this first: {}", item.doubt)));
        }
        let Edit::Entry { after: Some(after), .. } = &item.edit else { continue };
        found.extend(missing_facts(after).into_iter().map(|missing| Block::new(name, missing.to_owned())));
        if needs_records(change, item) {
            found.extend(lacks(after, first_day, today, known.evidence));
        }
    }
    if change.kind == ChangeKind::Regular {
        found.extend(date_blocks(change, known));
    }
    found
}

fn date_blocks(change: &Change, known: &Known<'_>) -> Option<Block> {
    let today = known.today;
    let block = |reason: String| Some(Block::new("", reason));
    if let Some(since) = change.in_use_since {
        if since > today {
            return block("“In use since” lies in the future. A late disclosure is about a day that has passed; otherwise plan an effective date.".to_owned());
        }
        if change.reason.is_empty() {
            return block("A late disclosure needs a reason. Say how it came about.".to_owned());
        }
        return None;
    }
    if change.class() == Class::Editorial {
        if change.effective_on.is_some_and(|day| day > today) {
            return block("An editorial change is in force as soon as it is published. Clear the effective date, or raise the class of an item.".to_owned());
        }
        return None;
    }
    let Some(effective) = change.effective_on else {
        return block("Set the date from which the change takes effect.".to_owned());
    };
    if effective < today {
        return block(format!(
            "The effective date {effective} lies before the announcement. Choose a later day, or make it a late disclosure."
        ));
    }
    let replaces = change.items.iter().any(|item| item.operation == Operation::Replaced);
    if change.is_emergency() && !replaces {
        return block("An emergency replacement puts one sub-processor in the place of another, and no item does. Say on the new entry what it takes the place of, or make it an ordinary change.".to_owned());
    }
    if let Some(plan) = known.plan {
        let reasons = plan.blocks();
        return if reasons.is_empty() { None } else { block(reasons.join(" ")) };
    }
    let promise = known.promise.filter(|promise| effective < promise.earliest && !change.is_emergency())?;
    let (notice, earliest) = (promise.period.notice(), promise.earliest);
    block(format!(
        "The effective date {effective} leaves less than {notice} under the standard DPA. Announced then, the earliest is {earliest}."
    ))
}

/// What a draft may lack and a published line may not: purpose, data, place.
fn missing_facts(after: &super::entry::Entry) -> Vec<&'static str> {
    let facts = &after.engagement;
    let baseline = facts.vetting.status == super::vetting::VettingStatus::NotReviewed;
    let mut missing = Vec::new();
    if after.vendor.name.is_empty() {
        missing.push("The sub-processor has no name. Enter one.");
    }
    // A list taken over may say less than we ask of new lines: it is published as it stood.
    if baseline {
        return missing;
    }
    if facts.purposes.is_empty() {
        missing.push("No purpose. Say what the sub-processor does.");
    }
    if facts.data_categories.is_empty() {
        missing.push("No data categories. Say which personal data it processes.");
    }
    if facts.locations.is_empty() {
        missing.push("No place. Say where the data is processed; a phrase will do.");
    }
    for special in &facts.special_categories {
        if facts.necessity.get(special).is_none_or(String::is_empty) {
            missing.push("A special category has no reason why it must be processed (GDPR Art. 9). Enter its necessity.");
            break;
        }
    }
    missing
}
