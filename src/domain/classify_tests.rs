use super::*;
use crate::domain::engagement::{Purpose, PurposeCode, TransferMechanism};
use crate::domain::id::Id;
use crate::domain::place::Region;
use crate::domain::vendor::Alias;

fn id(n: u8) -> Id {
    Id::from_bytes(&[n; 16]).unwrap()
}

fn purpose(text: &str) -> Purpose {
    Purpose { code: PurposeCode::Other, text: text.into() }
}

fn transfer(mechanism: TransferMechanism) -> Transfer {
    Transfer {
        jurisdiction: "EU".into(),
        destination: "US".parse().unwrap(),
        mechanism,
        checked_on: None,
        review_by: None,
    }
}

fn country(code: &str) -> Location {
    Location::in_country(code.parse().unwrap())
}

/// A line with every fact stated, so that an edit changes one thing only.
fn line() -> Entry {
    Entry {
        id: id(1),
        vendor_id: id(2),
        slug: "example".into(),
        vendor: VendorFacts {
            name: "Example Inc.".into(),
            seat: "US".parse().ok(),
            register_number: "HRB 1".into(),
            website: "https://example.com".into(),
            ..VendorFacts::default()
        },
        engagement: EngagementFacts {
            purposes: vec![purpose("customer support")],
            data_categories: vec!["contact data".into()],
            data_subjects: vec!["staff of Clients".into()],
            locations: vec![country("US"), Location::in_region(Region::Eea)],
            transfers: vec![transfer(TransferMechanism::Scc)],
            products: vec!["mail".into()],
            ..EngagementFacts::default()
        },
        effective_from: None,
    }
}

fn after(edit: impl FnOnce(&mut Entry)) -> Ruling {
    let (before, mut after) = (line(), line());
    edit(&mut after);
    judged(before, after)
}

fn judged(before: Entry, after: Entry) -> Ruling {
    classify(
        Operation::Changed,
        &Edit::Entry { before: Some(Box::new(before)), after: Some(Box::new(after)) },
    )
}

#[test]
fn additions_and_replacements_are_material_and_removals_are_told() {
    let new = Edit::Entry { before: None, after: Some(Box::new(line())) };
    assert_eq!(classify(Operation::Added, &new).class, Class::Material);
    assert_eq!(classify(Operation::Replaced, &new).class, Class::Material);
    let gone = Edit::Entry { before: Some(Box::new(line())), after: None };
    assert_eq!(classify(Operation::Removed, &gone).class, Class::Informational);
}

#[test]
fn a_new_purpose_data_category_or_product_is_material() {
    for edit in [
        |e: &mut Entry| e.engagement.purposes.push(purpose("analytics")),
        |e: &mut Entry| e.engagement.data_categories.push("usage data".into()),
        |e: &mut Entry| e.engagement.special_categories.push("health data".into()),
        |e: &mut Entry| e.engagement.data_subjects.push("visitors".into()),
        |e: &mut Entry| e.engagement.products.push("chat".into()),
        |e: &mut Entry| e.engagement.products.clear(),
    ] {
        assert_eq!(after(edit).class, Class::Material);
    }
}

#[test]
fn a_new_country_or_region_is_material() {
    for edit in [
        |e: &mut Entry| e.engagement.locations.push(country("IN")),
        |e: &mut Entry| e.engagement.locations.push(country("CH")),
        |e: &mut Entry| e.engagement.locations = vec![Location::in_region(Region::Europe)],
        |e: &mut Entry| e.engagement.locations.push(Location::in_region(Region::ChosenByClient)),
        |e: &mut Entry| e.engagement.locations.push(Location::in_words("near the equator")),
    ] {
        assert_eq!(after(edit).class, Class::Material);
    }
}

#[test]
fn remote_access_added_is_material_even_where_data_rests_already() {
    let remote = |e: &mut Entry| {
        e.engagement.locations.push(Location { kind: LocationKind::RemoteAccess, ..country("US") });
    };
    assert_eq!(after(remote).class, Class::Material);
    let storage = |e: &mut Entry| {
        e.engagement.locations.push(Location { kind: LocationKind::Storage, ..country("US") });
    };
    assert_eq!(after(storage).class, Class::Informational);
}

#[test]
fn a_weaker_or_missing_mechanism_is_material_and_a_stronger_one_is_told() {
    let set = |mechanism| move |e: &mut Entry| e.engagement.transfers = vec![transfer(mechanism)];
    assert_eq!(after(set(TransferMechanism::Derogation)).class, Class::Material);
    assert_eq!(after(set(TransferMechanism::Adequacy)).class, Class::Informational);
    assert_eq!(after(|e| e.engagement.transfers.clear()).class, Class::Material);
    let ends = |e: &mut Entry| {
        e.engagement.transfers.clear();
        e.engagement.locations.remove(0);
    };
    assert_eq!(after(ends).class, Class::Informational);
}

#[test]
fn a_new_affiliate_or_chain_level_is_material() {
    assert_eq!(after(|e| e.vendor.affiliate = true).class, Class::Material);
    assert_eq!(after(|e| e.engagement.group = Group::Affiliate).class, Class::Material);
    assert_eq!(after(|e| e.engagement.via = Some(id(9))).class, Class::Material);
}

#[test]
fn the_contracting_entity_moving_country_is_material() {
    assert_eq!(after(|e| e.vendor.seat = "IE".parse().ok()).class, Class::Material);
    assert_eq!(after(|e| e.vendor.seat = None).class, Class::Informational);
    assert_eq!(after(|e| e.vendor.register_number = "HRB 2".into()).class, Class::Material);
}

#[test]
fn a_statement_weakened_is_material_one_added_is_told_and_respelt_is_neither() {
    let judge = |before: &[&str], after: &[&str]| {
        let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        classify(Operation::Changed, &Edit::Statements { before: owned(before), after: owned(after) }).class
    };
    assert_eq!(judge(&["Data stays in Canada."], &[]), Class::Material);
    assert_eq!(judge(&["Data stays in Canada."], &["Some data stays in Canada."]), Class::Material);
    assert_eq!(judge(&[], &["Data stays in Canada."]), Class::Informational);
    assert_eq!(judge(&["Data stays in Canada"], &["Data stays in Canada."]), Class::Editorial);
}

#[test]
fn an_acquisition_of_the_same_entity_is_told() {
    assert_eq!(after(|e| e.vendor.parent = "Bigger Inc.".into()).class, Class::Informational);
}

#[test]
fn narrowing_is_told() {
    let with_more = |more: fn(&mut Entry)| {
        let mut before = line();
        more(&mut before);
        judged(before, line()).class
    };
    for more in [
        |e: &mut Entry| e.engagement.purposes.push(purpose("analytics")),
        |e: &mut Entry| e.engagement.data_categories.push("usage data".into()),
        |e: &mut Entry| e.engagement.special_categories.push("health data".into()),
        |e: &mut Entry| e.engagement.locations.push(country("IN")),
        |e: &mut Entry| e.engagement.products.push("chat".into()),
        |e: &mut Entry| e.engagement.products.clear(),
    ] {
        assert_eq!(with_more(more), Class::Informational);
    }
}

#[test]
fn a_part_of_a_region_named_before_is_told() {
    let narrower = |from: Location, to: Location| {
        let (mut before, mut after) = (line(), line());
        before.engagement.locations = vec![from];
        after.engagement.locations = vec![to];
        judged(before, after).class
    };
    let region = Location::in_region;
    assert_eq!(narrower(region(Region::Europe), region(Region::Eea)), Class::Informational);
    assert_eq!(narrower(region(Region::Eea), country("DE")), Class::Informational);
    assert_eq!(narrower(region(Region::Eu), region(Region::Eea)), Class::Material);
    assert_eq!(narrower(country("DE"), region(Region::Eu)), Class::Material);
}

#[test]
fn a_blank_filled_in_is_told() {
    let filled = |blank: fn(&mut Entry)| {
        let mut before = line();
        blank(&mut before);
        judged(before, line()).class
    };
    for blank in [
        |e: &mut Entry| e.vendor.seat = None,
        |e: &mut Entry| e.engagement.locations.clear(),
        |e: &mut Entry| e.engagement.purposes.clear(),
        |e: &mut Entry| e.engagement.data_categories.clear(),
        |e: &mut Entry| e.engagement.transfers.clear(),
    ] {
        assert_eq!(filled(blank), Class::Informational);
    }
    let (mut before, mut after) = (line(), line());
    before.engagement.locations = vec![Location::in_words("Frankfurt")];
    after.engagement.locations = vec![Location { text: "Frankfurt".into(), ..country("DE") }];
    assert_eq!(judged(before, after).class, Class::Informational);
}

#[test]
fn spelling_links_and_order_are_editorial() {
    for edit in [
        |e: &mut Entry| e.vendor.name = "Example, LLC".into(),
        |e: &mut Entry| e.vendor.legal_name = "Example Incorporated".into(),
        |e: &mut Entry| e.vendor.website = "https://example.org".into(),
        |e: &mut Entry| e.vendor.privacy_url = "https://example.org/privacy".into(),
        |e: &mut Entry| e.vendor.address = "1 Road".into(),
        |e: &mut Entry| e.vendor.aliases.push(Alias { name: "Ex".into(), until: None }),
        |e: &mut Entry| e.engagement.purposes = vec![purpose("Customer-Support")],
        |e: &mut Entry| e.engagement.purposes.iter_mut().for_each(|p| p.code = PurposeCode::Support),
        |e: &mut Entry| e.engagement.data_categories = vec!["Contact  data".into()],
        |e: &mut Entry| e.engagement.locations.reverse(),
        |e: &mut Entry| e.engagement.locations.iter_mut().for_each(|l| l.text = "main site".into()),
    ] {
        let ruling = after(edit);
        assert_eq!(ruling.class, Class::Editorial, "{:?}", ruling.grounds);
    }
    let renamed = after(|e| e.vendor.name = "Sample".into());
    assert!(renamed.grounds.iter().any(|g| g.contains("second person")), "{:?}", renamed.grounds);
}

#[test]
fn becoming_part_of_every_clients_product_is_material() {
    let mut before = line();
    before.engagement.group = Group::Optional;
    assert_eq!(judged(before.clone(), line()).class, Class::Material);
    assert_eq!(judged(line(), before).class, Class::Informational);
}

#[test]
fn a_vetting_taken_back_or_newly_conditional_is_told_the_rest_is_only_published() {
    for (status, class) in [
        (VettingStatus::Revoked, Class::Informational),
        (VettingStatus::Rejected, Class::Informational),
        (VettingStatus::Conditional, Class::Informational),
        (VettingStatus::Due, Class::Editorial),
        (VettingStatus::Overdue, Class::Editorial),
        (VettingStatus::Renewed, Class::Editorial),
        (VettingStatus::Approved, Class::Editorial),
    ] {
        let ruling = after(|e| e.engagement.vetting.status = status);
        assert_eq!(ruling.class, class, "{status}");
        assert!(!ruling.grounds.is_empty());
    }
}

#[test]
fn the_heaviest_rule_decides_and_every_ground_is_told() {
    let ruling = after(|e| {
        e.vendor.name = "Sample".into();
        e.engagement.locations.push(country("IN"));
        e.engagement.data_categories.clear();
    });
    assert_eq!(ruling.class, Class::Material);
    assert_eq!(ruling.grounds.len(), 3);
}
