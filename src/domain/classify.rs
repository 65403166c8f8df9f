//! How much an edit weighs. The table of the domain: material gets a notice and an objection
//! window, informational is told, editorial is only published.

use super::change::{Class, Edit, Operation};
use super::engagement::{EngagementFacts, Transfer};
use super::entry::Entry;
use super::vendor::VendorFacts;
use super::vetting::VettingStatus;

/// The class by the rules and, in words, why each rule spoke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// The heaviest that spoke; editorial if none did.
    pub class: Class,
    /// Why.
    pub grounds: Vec<String>,
}

impl Ruling {
    fn new() -> Self {
        Self { class: Class::Editorial, grounds: Vec::new() }
    }

    fn say(&mut self, class: Class, ground: &str) {
        self.class = self.class.max(class);
        self.grounds.push(ground.to_owned());
    }
}

/// Judges one item.
#[must_use]
pub fn classify(operation: Operation, edit: &Edit) -> Ruling {
    let mut ruling = Ruling::new();
    match edit {
        Edit::Statements { before, after } => statements(&mut ruling, before, after),
        Edit::Entry { before, after } => match (before.as_deref(), after.as_deref()) {
            (None, Some(_)) if operation == Operation::Replaced => {
                ruling.say(Class::Material, "A sub-processor takes the place of another");
            }
            (None, _) => ruling.say(Class::Material, "New sub-processor or new engagement"),
            (Some(_), None) => ruling.say(Class::Informational, "A sub-processor leaves the list"),
            (Some(before), Some(after)) => entry(&mut ruling, before, after),
        },
    }
    ruling
}

fn statements(ruling: &mut Ruling, before: &[String], after: &[String]) {
    if before.iter().any(|s| !after.contains(s)) {
        ruling.say(Class::Material, "A statement about the whole list goes or changes");
    } else if after.iter().any(|s| !before.contains(s)) {
        ruling.say(Class::Informational, "A statement about the whole list is added");
    }
}

fn entry(ruling: &mut Ruling, before: &Entry, after: &Entry) {
    vendor(ruling, &before.vendor, &after.vendor);
    engagement(ruling, &before.engagement, &after.engagement);
}

fn vendor(ruling: &mut Ruling, was: &VendorFacts, now: &VendorFacts) {
    match (was.seat, now.seat) {
        (None, Some(_)) => ruling.say(Class::Informational, "The company's seat is filled in"),
        (a, b) if a != b => ruling.say(Class::Material, "The contracting entity moves country"),
        _ => {}
    }
    if !was.affiliate && now.affiliate {
        ruling.say(Class::Material, "It becomes a company of the group");
    }
    if was.parent != now.parent && !now.parent.is_empty() {
        ruling.say(Class::Informational, "It is acquired; the entity stays");
    }
    if was.name != now.name || was.legal_name != now.legal_name {
        ruling.say(Class::Editorial, "Name: editorial once a second person confirms it is the same company");
    }
}

fn engagement(ruling: &mut Ruling, was: &EngagementFacts, now: &EngagementFacts) {
    let texts =
        |facts: &EngagementFacts| facts.purposes.iter().map(|p| (p.code, p.text.clone())).collect::<Vec<_>>();
    compare(ruling, &texts(was), &texts(now), "New purpose", "Purpose narrowed");
    compare(ruling, &was.data_categories, &now.data_categories, "New data category", "Data narrowed");
    compare(
        ruling,
        &was.special_categories,
        &now.special_categories,
        "New special category",
        "Special categories narrowed",
    );
    compare(
        ruling,
        &was.data_subjects,
        &now.data_subjects,
        "New group of people",
        "Groups of people narrowed",
    );
    products(ruling, &was.products, &now.products, "New product", "Fewer products");
    products(ruling, &was.regions, &now.regions, "New region of Clients", "Fewer regions of Clients");
    places(ruling, was, now);
    transfers(ruling, &was.transfers, &now.transfers);
    if was.via != now.via && now.via.is_some() {
        ruling.say(Class::Material, "New level in the chain of sub-processors");
    }
    if was.group != now.group || was.feature != now.feature {
        ruling.say(Class::Informational, "Relation to the product changes");
    }
    if was.retention != now.retention || was.safeguards != now.safeguards {
        ruling.say(Class::Informational, "Retention or safeguards change");
    }
    if was.pseudonymised == Some(true) && now.pseudonymised != Some(true) {
        ruling.say(Class::Material, "Data is no longer pseudonymised");
    }
    vetting(ruling, was.vetting.status, now.vetting.status);
}

/// Something in `now` that `was` lacks weighs as material, something gone as informational.
/// A blank filled in tells a fact that did not change.
fn compare<T: PartialEq>(ruling: &mut Ruling, was: &[T], now: &[T], more: &str, less: &str) {
    if was.is_empty() && !now.is_empty() {
        ruling.say(Class::Informational, &format!("{more}: a blank is filled in"));
    } else if now.iter().any(|item| !was.contains(item)) {
        ruling.say(Class::Material, more);
    } else if was.iter().any(|item| !now.contains(item)) {
        ruling.say(Class::Informational, less);
    }
}

/// As [`compare`], where an empty list means all.
fn products(ruling: &mut Ruling, was: &[String], now: &[String], more: &str, less: &str) {
    if was.is_empty() && now.is_empty() {
        return;
    }
    if was.is_empty() {
        ruling.say(Class::Informational, less);
    } else if now.is_empty() || now.iter().any(|item| !was.contains(item)) {
        ruling.say(Class::Material, more);
    } else if was.iter().any(|item| !now.contains(item)) {
        ruling.say(Class::Informational, less);
    }
}

fn places(ruling: &mut Ruling, was: &EngagementFacts, now: &EngagementFacts) {
    let keys = |facts: &EngagementFacts| {
        facts
            .locations
            .iter()
            .map(|l| {
                (
                    l.kind,
                    l.country,
                    l.region,
                    if l.country.is_none() && l.region.is_none() { l.text.clone() } else { String::new() },
                )
            })
            .collect::<Vec<_>>()
    };
    compare(ruling, &keys(was), &keys(now), "Data goes to a new place", "Places narrowed");
}

fn transfers(ruling: &mut Ruling, was: &[Transfer], now: &[Transfer]) {
    for new in now {
        match was
            .iter()
            .find(|old| old.jurisdiction == new.jurisdiction && old.destination == new.destination)
        {
            None if was.is_empty() => ruling.say(Class::Informational, "A transfer tool is filled in"),
            None => ruling.say(Class::Material, "New transfer to a third country"),
            Some(old) if new.mechanism.strength() < old.mechanism.strength() => {
                ruling.say(Class::Material, "Weaker transfer mechanism");
            }
            Some(old) if new.mechanism != old.mechanism => {
                ruling.say(Class::Informational, "Stronger or equal transfer mechanism");
            }
            Some(_) => {}
        }
    }
    let gone = |old: &&Transfer| {
        !now.iter().any(|new| new.jurisdiction == old.jurisdiction && new.destination == old.destination)
    };
    if was.iter().any(|old| gone(&old)) {
        ruling.say(Class::Informational, "A transfer ends");
    }
}

/// Revoked, rejected or newly conditional is told; due, overdue and renewed are only published.
fn vetting(ruling: &mut Ruling, was: VettingStatus, now: VettingStatus) {
    if was == now {
        return;
    }
    match now {
        VettingStatus::Revoked | VettingStatus::Rejected => {
            ruling.say(Class::Informational, "The vetting approval was taken back")
        }
        VettingStatus::Conditional => {
            ruling.say(Class::Informational, "The vetting approval has conditions now")
        }
        _ => ruling.say(Class::Editorial, "The vetting status moves"),
    }
}
