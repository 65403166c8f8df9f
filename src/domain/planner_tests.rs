use super::*;
use crate::domain::case::{Case, DataClass, RuleChange, VendorKind};
use crate::domain::client::ClientFacts;
use crate::domain::terms::{Authorisation, ObjectionEffect, Silence, Terms, Told};
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn addition(withholdable: bool) -> Concern {
    Concern {
        entry_id: None,
        name: "Example GmbH".into(),
        class: Class::Material,
        case: Case {
            change: RuleChange::Addition,
            data: DataClass::Ordinary,
            vendor: VendorKind::ThirdParty,
        },
        products: Vec::new(),
        regions: Vec::new(),
        withholdable,
        special: Vec::new(),
    }
}

fn question(effective_on: Date, concern: Concern) -> Question {
    Question {
        announce_at: at("2026-03-01T09:00:00Z"),
        effective_on: Some(effective_on),
        company: TimeZone::get("Europe/Berlin").unwrap(),
        concerns: vec![concern],
        emergency: false,
        in_use: false,
        products: vec!["CRM".into(), "Mail".into()],
        regions: Vec::new(),
    }
}

fn client(name: &str, facts: ClientFacts) -> Client {
    let now = at("2026-02-20T00:00:00Z");
    Client {
        id: Id::new(now),
        reference: name.into(),
        name: name.into(),
        facts,
        link_epoch: 0,
        created_at: now,
        checked_at: now,
        revision: 1,
    }
}

fn party<'a>(client: &'a Client, terms: &'a Terms) -> Party<'a> {
    Party {
        client,
        dpa: "Standard",
        terms,
        mails: 1,
        webhooks: 0,
        subscribed: false,
        held_out: false,
        consented: false,
    }
}

fn days(n: u16) -> Terms {
    Terms::simple(Authorisation::General, n, n, Silence::Accepts)
}

fn plan(question: Question, parties: &[Party<'_>]) -> Plan {
    let mut planner = Planner::new(question);
    for party in parties {
        planner.add(party);
    }
    planner.finish()
}

#[test]
fn the_slowest_client_sets_the_earliest_go_live_and_15_april_is_refused() {
    let (a, b) = (client("A", ClientFacts::default()), client("B", ClientFacts::default()));
    let (sixty, thirty) = (days(60), days(30));
    let parties = [party(&a, &sixty), party(&b, &thirty)];
    let plan = plan(question(date(2026, 4, 15), addition(true)), &parties);
    assert_eq!(plan.earliest, Some(date(2026, 5, 1)));
    assert_eq!(plan.sentence(), "Earliest go-live 1 May 2026; this Client sets it: A.");
    assert_eq!(plan.groups[0].earliest, Some(date(2026, 4, 1)), "B may from 1 April");
    assert_eq!(plan.too_early.count, 1);
    assert!(plan.blocks()[0].contains("Go live on 1 May 2026"), "{:?}", plan.blocks());
    assert!(plan.blocks()[0].contains("Hold out A"), "{:?}", plan.blocks());
}

#[test]
fn with_a_held_out_the_fifteenth_of_april_stands() {
    let (a, b) = (client("A", ClientFacts::default()), client("B", ClientFacts::default()));
    let (sixty, thirty) = (days(60), days(30));
    let parties = [Party { held_out: true, ..party(&a, &sixty) }, party(&b, &thirty)];
    let plan = plan(question(date(2026, 4, 15), addition(true)), &parties);
    assert!(plan.blocks().is_empty());
    assert_eq!((plan.earliest, plan.told), (Some(date(2026, 4, 1)), 2), "A is still told");
}

#[test]
fn told_and_not_told_add_up_to_all_agreements() {
    let crm = client("CRM user", ClientFacts { products: vec!["CRM".into()], ..ClientFacts::default() });
    let mail = client("Mail user", ClientFacts { products: vec!["Mail".into()], ..ClientFacts::default() });
    let odd = client("Unknown", ClientFacts { products: vec!["Crrm".into()], ..ClientFacts::default() });
    let dead = client("Dead mailbox", ClientFacts::default());
    let silent = client("Subscribers only", ClientFacts::default());
    let thirty = days(30);
    let subscribed = Terms { told: Told::Subscribed, ..days(30) };
    let parties = [
        party(&crm, &thirty),
        party(&mail, &thirty),
        party(&odd, &thirty),
        Party { mails: 0, ..party(&dead, &thirty) },
        party(&silent, &subscribed),
    ];
    let concern = Concern { products: vec!["CRM".into()], ..addition(false) };
    let plan = plan(question(date(2026, 5, 1), concern), &parties);
    assert_eq!(plan.told, 2, "who uses it, and whose product nobody knows");
    let not: usize = plan.not_told.iter().map(|(_, n)| n).sum();
    assert_eq!((plan.agreements, plan.told + not), (5, 5));
    assert_eq!(plan.unreachable.first[0].name, "Dead mailbox");
}

#[test]
fn a_client_that_nobody_can_tell_delays_the_change_as_everybody_else() {
    let dead = client("Dead mailbox", ClientFacts::default());
    let sixty = days(60);
    let party = Party { mails: 0, ..party(&dead, &sixty) };
    let plan = plan(question(date(2026, 3, 1), addition(false)), &[party]);
    assert_eq!((plan.earliest, plan.too_early.count), (Some(date(2026, 5, 1)), 1));
    assert!(!plan.blocks().is_empty());
}

#[test]
fn specific_authorisation_needs_consent_and_silence_refuses() {
    let one = client("Careful", ClientFacts::default());
    let specific = Terms::simple(Authorisation::Specific, 30, 30, Silence::Refuses);
    let asked = plan(question(date(2027, 1, 1), addition(false)), &[party(&one, &specific)]);
    assert_eq!(asked.needs_consent.count, 1);
    assert!(!asked.blocks().is_empty(), "cannot be held out");
    let held = plan(question(date(2027, 1, 1), addition(true)), &[party(&one, &specific)]);
    assert!(held.blocks().is_empty(), "held out until it consents");
    let agreed = Party { consented: true, ..party(&one, &specific) };
    assert!(plan(question(date(2026, 3, 2), addition(false)), &[agreed]).blocks().is_empty());
}

#[test]
fn an_emergency_without_a_clause_raises_an_exception_never_silence() {
    let one = client("Strict", ClientFacts::default());
    let strict = days(30);
    let emergency = Question { emergency: true, ..question(date(2026, 3, 1), addition(false)) };
    let raised = plan(emergency.clone(), &[party(&one, &strict)]);
    assert_eq!(raised.exceptions.count, 1);
    // It goes out at once; for that Client the gate stays closed until its day.
    assert_eq!((raised.too_early.count, raised.blocks().len()), (0, 0));
    let allowed = Terms { emergency_allowed: true, ..days(30) };
    let free = plan(emergency, &[party(&one, &allowed)]);
    assert_eq!((free.exceptions.count, free.blocks().len()), (0, 0));
    assert!(free.groups[0].object_by.is_some(), "the objection window stays open");
}

#[test]
fn an_informational_change_is_told_and_waits_for_nothing() {
    let one = client("A", ClientFacts::default());
    let terms = Terms {
        objection: crate::domain::terms::ObjectionRule {
            effect: ObjectionEffect::Blocks,
            ..days(30).objection
        },
        ..days(30)
    };
    let concern = Concern { class: Class::Informational, ..addition(false) };
    let plan = plan(question(date(2026, 3, 2), concern), &[party(&one, &terms)]);
    assert_eq!((plan.told, plan.earliest, plan.groups[0].object_by), (1, None, None));
}

#[test]
fn the_answer_is_the_same_in_any_order() {
    let clients: Vec<Client> = (0..40).map(|n| client(&format!("C{n}"), ClientFacts::default())).collect();
    let terms: Vec<Terms> = (0..40).map(|n| days(10 + n % 7)).collect();
    let mut parties: Vec<Party<'_>> = clients.iter().zip(&terms).map(|(c, t)| party(c, t)).collect();
    let one = plan(question(date(2026, 4, 1), addition(true)), &parties);
    parties.reverse();
    let other = plan(question(date(2026, 4, 1), addition(true)), &parties);
    assert_eq!(
        (one.groups, one.earliest, one.setters.count),
        (other.groups, other.earliest, other.setters.count)
    );
}
