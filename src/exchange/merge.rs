//! A row laid over what the register says. The row speaks only of what it states: vetting,
//! safeguards, special categories and everything else a list does not tell stay as they are.

use super::names::words;
use super::row::Row;
use crate::domain::engagement::{EngagementFacts, Group, Purpose};
use crate::domain::place::{Location, LocationKind};
use crate::domain::vendor::{Alias, VendorFacts};

/// What the words of a transfer's basis begin with among the safeguards.
const BASIS: &str = "Transfer basis as stated: ";

fn folded(text: &str) -> String {
    words(text).join(" ")
}

/// The vendor as the row has it. A name the vendor is known by is no new name.
#[must_use]
pub fn onto_vendor(was: &VendorFacts, row: &Row) -> VendorFacts {
    let mut now = was.clone();
    let known_by = was.legal_name == row.name || was.aliases.iter().any(|a| a.name == row.name);
    if was.name != row.name && (was.name.is_empty() || !known_by) {
        if !was.name.is_empty() {
            now.aliases.push(Alias { name: was.name.clone(), until: None });
        }
        now.name.clone_from(&row.name);
    }
    if !row.website.is_empty() {
        now.website.clone_from(&row.website);
    }
    now.seat = row.seat.or(was.seat);
    now.affiliate |= row.affiliate;
    now
}

/// The engagement as the row has it.
#[must_use]
pub fn onto_engagement(was: &EngagementFacts, row: &Row) -> EngagementFacts {
    let mut now = was.clone();
    if !row.purposes.is_empty() {
        now.purposes = row.purposes.iter().map(|p| purpose(&was.purposes, p)).collect();
    }
    if !row.data_categories.is_empty() {
        now.data_categories.clone_from(&row.data_categories);
    }
    if !row.locations.is_empty() {
        now.locations = locations(&was.locations, &row.locations);
    }
    for transfer in &row.transfers {
        let same = |t: &&mut crate::domain::engagement::Transfer| {
            t.jurisdiction == transfer.jurisdiction && t.destination == transfer.destination
        };
        match now.transfers.iter_mut().find(same) {
            Some(known) => known.mechanism = transfer.mechanism,
            None => now.transfers.push(transfer.clone()),
        }
    }
    if !row.transfer_basis.is_empty() {
        now.safeguards = with_basis(&was.safeguards, &row.transfer_basis);
    }
    if let Some(group) = row.group {
        now.group = group;
    } else if row.affiliate {
        now.group = Group::Affiliate;
    }
    if !row.feature.is_empty() {
        now.feature.clone_from(&row.feature);
    }
    if !was.products.is_empty() {
        now.products.extend(row.products.iter().filter(|p| !was.products.contains(p)).cloned());
    }
    now
}

/// Keeps the code a person may have chosen for the same words.
fn purpose(known: &[Purpose], stated: &Purpose) -> Purpose {
    let same = known.iter().find(|k| folded(&k.text) == folded(&stated.text));
    Purpose { code: same.map_or(stated.code, |k| k.code), text: stated.text.clone() }
}

/// Keeps what the register knows of a place the row names again: storage, remote access, a note.
fn locations(known: &[Location], stated: &[Location]) -> Vec<Location> {
    let sign = |l: &Location| {
        let words = if l.country.is_none() && l.region.is_none() { folded(&l.text) } else { String::new() };
        (l.country, l.region, words)
    };
    let goes_on = |l: &&Location| stated.iter().any(|s| sign(s) == sign(l));
    if known.iter().all(|k| goes_on(&k)) && stated.iter().all(|s| known.iter().any(|k| sign(k) == sign(s))) {
        return known.to_vec();
    }
    let mut found: Vec<Location> = Vec::new();
    for place in stated {
        let kept: Vec<Location> = known.iter().filter(|k| sign(k) == sign(place)).cloned().collect();
        if kept.is_empty() {
            found.push(Location { kind: LocationKind::Processing, ..place.clone() });
        }
        found.extend(kept);
    }
    found
}

fn with_basis(safeguards: &str, basis: &str) -> String {
    let kept = safeguards.lines().filter(|l| !l.starts_with(BASIS)).map(str::to_owned);
    kept.chain([format!("{BASIS}{basis}")]).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::engagement::PurposeCode;
    use crate::domain::place::Region;
    use crate::domain::vetting::{Vetting, VettingStatus};

    #[test]
    fn a_row_blanks_nothing_it_does_not_state() {
        let was = EngagementFacts {
            purposes: vec![Purpose { code: PurposeCode::Email, text: "Mail".into() }],
            special_categories: vec!["health".into()],
            safeguards: "Encrypted at rest.".into(),
            vetting: Vetting { status: VettingStatus::Approved, ..Vetting::default() },
            ..EngagementFacts::default()
        };
        assert_eq!(onto_engagement(&was, &Row::default()), was);
        let row = Row { transfer_basis: "GDPR".into(), ..Row::default() };
        let now = onto_engagement(&was, &row);
        assert_eq!(now.safeguards, "Encrypted at rest.\nTransfer basis as stated: GDPR");
        assert_eq!(onto_engagement(&now, &row), now);
    }

    #[test]
    fn a_place_named_again_keeps_its_kind() {
        let storage = Location { kind: LocationKind::Storage, ..Location::in_region(Region::Eu) };
        let was = EngagementFacts { locations: vec![storage.clone()], ..EngagementFacts::default() };
        let us = Location::in_country("US".parse().unwrap());
        let row = Row { locations: vec![us.clone(), Location::in_region(Region::Eu)], ..Row::default() };
        assert_eq!(onto_engagement(&was, &row).locations, [us, storage]);
    }

    #[test]
    fn a_rename_keeps_the_old_name_and_an_alias_is_no_rename() {
        let was = VendorFacts { name: "Helpscout".into(), ..VendorFacts::default() };
        let row = Row { name: "Help Scout".into(), ..Row::default() };
        let now = onto_vendor(&was, &row);
        assert_eq!((now.name.as_str(), now.aliases.len()), ("Help Scout", 1));
        assert_eq!(onto_vendor(&now, &Row { name: "Helpscout".into(), ..Row::default() }), now);
    }
}
