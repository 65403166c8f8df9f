//! What must be true before a change may be announced. Each reason says how to open the gate.

use jiff::civil::Date;

use super::change::{Change, ChangeKind, Class, Edit, Operation};
use super::deadline::earliest_effective;
use super::diff::long_date;
use super::planner::Plan;

/// One thing that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Block {
    /// The line concerned, by its vendor's name; empty for the change as a whole.
    pub entry: String,
    /// What is missing and how to mend it, in one or two sentences.
    pub reason: String,
}

/// What the gate looks at beside the change.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The day of the announcement in the company's zone.
    pub today: Date,
    /// Days of notice under the standard DPA: they rule while no agreement is entered.
    pub standard_days: u16,
    /// What the agreements in force ask for; `None` while there are none.
    pub plan: Option<&'a Plan>,
}

/// Everything that stands in the way of announcing `change`. The baseline is exempt: it tells
/// nobody and starts no clock.
#[must_use]
pub fn blocks(change: &Change, known: &Known<'_>) -> Vec<Block> {
    let today = known.today;
    let mut found = Vec::new();
    let mut add = |entry: &str, reason: String| found.push(Block { entry: entry.to_owned(), reason });
    if change.items.is_empty() {
        add("", "The change has no items. Edit or add an entry first.".to_owned());
    }
    // The approval must hold when it comes into force, not only when it is announced.
    let first_day = change.effective_on.map_or(today, |day| day.max(today));
    for item in &change.items {
        let name = item.entry().map(|e| e.vendor.name.as_str()).unwrap_or_default();
        if !item.doubt.is_empty() {
            add(name, format!("A person must settle this first: {}", item.doubt));
        }
        let Edit::Entry { after: Some(after), .. } = &item.edit else { continue };
        for missing in missing_facts(after) {
            add(name, missing.to_owned());
        }
        let is_new = matches!(item.operation, Operation::Added | Operation::Replaced);
        if change.kind == ChangeKind::Regular && (is_new || item.class == Class::Material) {
            let vetting = &after.engagement.vetting;
            if !vetting.status.is_approval() {
                add(
                    name,
                    format!(
                        "Vetting is “{}”. Record an approved vetting before the announcement (GDPR Art. 28(1)).",
                        vetting.status.label()
                    ),
                );
            } else if !vetting.holds_on(first_day) {
                add(
                    name,
                    format!(
                        "The vetting approval has no review date, or not one on or after {}. Review again and set a later date.",
                        long_date(first_day)
                    ),
                );
            }
        }
    }
    if change.kind == ChangeKind::Regular {
        found.extend(date_blocks(change, known));
    }
    found
}

fn date_blocks(change: &Change, known: &Known<'_>) -> Option<Block> {
    let (today, period_days) = (known.today, known.standard_days);
    let block = |reason: String| Some(Block { entry: String::new(), reason });
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
    if let Some(plan) = known.plan {
        let reasons = plan.blocks();
        return if reasons.is_empty() { None } else { block(reasons.join(" ")) };
    }
    let earliest = earliest_effective(today, period_days);
    if change.class() == Class::Material && effective < earliest {
        return block(format!(
            "The effective date {effective} leaves less than {period_days} days' notice under the standard DPA. Announced today, the earliest is {earliest}."
        ));
    }
    None
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
