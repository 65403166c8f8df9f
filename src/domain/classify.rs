//! How much an edit weighs. Material gets a notice and an objection window, informational is
//! told, editorial is only published.
//!
//! Spelling, spacing and punctuation never weigh. Where the rules leave room the heavier class
//! is taken: a person may lower it with a reason, and the approver sees that.

use super::change::{Class, Edit, Operation};
use super::engagement::{EngagementFacts, Group, Transfer};
use super::entry::Entry;
use super::place::{Location, LocationKind};
use super::text::fold;
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
    if lacks(before, after) {
        ruling.say(Class::Material, "A statement about the whole list goes or changes");
    } else if lacks(after, before) {
        ruling.say(Class::Informational, "A statement about the whole list is added");
    }
}

/// Whether something in `all` is missing in `some`, spelling aside.
fn lacks(all: &[String], some: &[String]) -> bool {
    all.iter().any(|text| !some.iter().any(|other| fold(other) == fold(text)))
}

fn entry(ruling: &mut Ruling, before: &Entry, after: &Entry) {
    match (before.is_public(), after.is_public()) {
        (true, false) => ruling.say(Class::Informational, "It disappears from the public list"),
        (false, true) => ruling.say(Class::Material, "It appears on the public list for the first time"),
        _ => {}
    }
    vendor(ruling, &before.vendor, &after.vendor);
    engagement(ruling, &before.engagement, &after.engagement);
}

fn vendor(ruling: &mut Ruling, was: &VendorFacts, now: &VendorFacts) {
    match (was.seat, now.seat) {
        (None, Some(_)) => ruling.say(Class::Informational, "The company's seat is filled in"),
        (Some(_), None) => ruling.say(Class::Informational, "The company's seat is no longer stated"),
        (a, b) if a != b => ruling.say(Class::Material, "The contracting entity moves country"),
        _ => {}
    }
    if !was.affiliate && now.affiliate {
        ruling.say(Class::Material, "It becomes a company of the group");
    }
    if was.affiliate && !now.affiliate {
        ruling.say(Class::Informational, "It leaves the group of companies");
    }
    if fold(&was.parent) != fold(&now.parent) {
        ruling.say(Class::Informational, "It is acquired; the entity stays");
    }
    let other = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && fold(a) != fold(b);
    if other(&was.register_number, &now.register_number) || other(&was.lei, &now.lei) {
        ruling.say(Class::Material, "Another register number or LEI: another company contracts");
    }
    if was.name != now.name || was.legal_name != now.legal_name {
        ruling.say(Class::Editorial, "Name: editorial once a second person confirms it is the same company");
    }
}

fn engagement(ruling: &mut Ruling, was: &EngagementFacts, now: &EngagementFacts) {
    let texts = |facts: &EngagementFacts| facts.purposes.iter().map(|p| p.text.clone()).collect::<Vec<_>>();
    compare(ruling, &texts(was), &texts(now), "New purpose", "Purpose narrowed");
    compare(ruling, &was.data_categories, &now.data_categories, "New data category", "Data narrowed");
    // No special category stated means none is processed: the first is never a blank filled in.
    if lacks(&now.special_categories, &was.special_categories) {
        ruling.say(Class::Material, "New special category");
    } else if lacks(&was.special_categories, &now.special_categories) {
        ruling.say(Class::Informational, "Special categories narrowed");
    }
    compare(
        ruling,
        &was.data_subjects,
        &now.data_subjects,
        "New group of people",
        "Groups of people narrowed",
    );
    reach(ruling, &was.products, &now.products, "New product", "Fewer products");
    reach(ruling, &was.regions, &now.regions, "New region of Clients", "Fewer regions of Clients");
    places(ruling, &was.locations, &now.locations);
    transfers(ruling, was, now);
    if was.via != now.via && now.via.is_some() {
        ruling.say(Class::Material, "New level in the chain of sub-processors");
    }
    if was.via.is_some() && now.via.is_none() {
        ruling.say(Class::Informational, "Engaged directly, no longer through another");
    }
    relation(ruling, was, now);
    if fold(&was.retention) != fold(&now.retention) || fold(&was.safeguards) != fold(&now.safeguards) {
        ruling.say(Class::Informational, "Retention or safeguards change");
    }
    if was.pseudonymised == Some(true) && now.pseudonymised != Some(true) {
        ruling.say(Class::Material, "Data is no longer pseudonymised");
    }
    vetting(ruling, was.vetting.status, now.vetting.status);
}

/// Something in `now` that `was` lacks weighs as material, something gone as informational.
/// A blank filled in tells a fact that did not change.
fn compare(ruling: &mut Ruling, was: &[String], now: &[String], more: &str, less: &str) {
    if was.is_empty() && !now.is_empty() {
        ruling.say(Class::Informational, &format!("{more}: a blank is filled in"));
    } else if lacks(now, was) {
        ruling.say(Class::Material, more);
    } else if lacks(was, now) {
        ruling.say(Class::Informational, less);
    }
}

/// As [`compare`], where an empty list means all.
fn reach(ruling: &mut Ruling, was: &[String], now: &[String], more: &str, less: &str) {
    match (was.is_empty(), now.is_empty()) {
        (true, true) => {}
        (true, false) => ruling.say(Class::Informational, less),
        (false, true) => ruling.say(Class::Material, more),
        (false, false) if lacks(now, was) => ruling.say(Class::Material, more),
        (false, false) if lacks(was, now) => ruling.say(Class::Informational, less),
        (false, false) => {}
    }
}

/// A country of a region named before is no new place; remote access is, wherever it is added.
fn places(ruling: &mut Ruling, was: &[Location], now: &[Location]) {
    let known = |place: &Location| was.iter().any(|old| old.includes(place));
    let remote = |place: &&Location| place.kind == LocationKind::RemoteAccess;
    let seen_from = |place: &Location| was.iter().filter(remote).any(|old| old.includes(place));
    if was.is_empty() {
        if now.iter().any(|place| remote(&place)) {
            ruling.say(Class::Material, "Remote access is added");
        } else if !now.is_empty() {
            ruling.say(Class::Informational, "A blank place is filled in");
        }
        return;
    }
    if now.iter().any(|place| !known(place)) {
        ruling.say(Class::Material, "Data goes to a new place");
    }
    if now.iter().filter(remote).any(|place| !seen_from(place)) {
        ruling.say(Class::Material, "Remote access is added");
    }
    let sign = |place: &Location| (place.kind, place.country, place.region, fold(&place.text));
    let bare = |place: &Location| {
        let (kind, country, region, text) = sign(place);
        let words = country.is_none() && region.is_none();
        (kind, country, region, if words { text } else { String::new() })
    };
    if was.iter().any(|old| !now.iter().any(|place| bare(place) == bare(old))) {
        ruling.say(Class::Informational, "Places narrowed, or named more closely");
    } else if now.iter().any(|place| known(place) && !was.iter().any(|old| bare(old) == bare(place))) {
        ruling.say(Class::Informational, "A place is named more closely");
    }
}

fn transfers(ruling: &mut Ruling, facts_before: &EngagementFacts, facts_after: &EngagementFacts) {
    let (was, now) = (&facts_before.transfers, &facts_after.transfers);
    let same =
        |a: &Transfer, b: &Transfer| a.jurisdiction == b.jurisdiction && a.destination == b.destination;
    for new in now {
        match was.iter().find(|old| same(old, new)) {
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
    for gone in was.iter().filter(|old| !now.iter().any(|new| same(old, new))) {
        // Without its tool the transfer goes on unprotected: nothing is weaker than none.
        if facts_after.locations.iter().any(|l| l.country == Some(gone.destination)) {
            ruling.say(Class::Material, "A transfer mechanism falls away, and the data still goes there");
        } else {
            ruling.say(Class::Informational, "A transfer ends");
        }
    }
}

fn relation(ruling: &mut Ruling, was: &EngagementFacts, now: &EngagementFacts) {
    match (was.group, now.group) {
        (a, b) if a == b => {}
        (_, Group::Affiliate) => ruling.say(Class::Material, "It becomes a company of the group"),
        (Group::Optional, Group::Core) => {
            ruling.say(Class::Material, "An optional part becomes part of the product for every Client");
        }
        _ => ruling.say(Class::Informational, "Relation to the product changes"),
    }
    if fold(&was.feature) != fold(&now.feature) {
        ruling.say(Class::Informational, "It applies to another feature");
    }
}

/// Revoked, rejected or newly conditional is told; due, overdue and renewed are only published.
fn vetting(ruling: &mut Ruling, was: VettingStatus, now: VettingStatus) {
    if was == now {
        return;
    }
    match now {
        VettingStatus::Revoked | VettingStatus::Rejected => {
            ruling.say(Class::Informational, "The vetting approval was taken back");
        }
        VettingStatus::Conditional => {
            ruling.say(Class::Informational, "The vetting approval has conditions now");
        }
        _ => ruling.say(Class::Editorial, "The vetting status moves"),
    }
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
