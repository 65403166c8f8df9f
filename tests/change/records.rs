//! Nothing new or material without what must be on record (invariant 4): each record that is
//! missing, run out or wrong closes the gate with a sentence of its own, and the record opens it.

use jiff::civil::{Date, date};
use subprocessors::actions::{self, By, Error, record};
use subprocessors::db;
use subprocessors::domain::agreement::{Agreement, DpaVersion};
use subprocessors::domain::change::{Change, ChangeState};
use subprocessors::domain::client::{Client, ClientFacts};
use subprocessors::domain::engagement::{Transfer, TransferMechanism};
use subprocessors::domain::entry::Entry;
use subprocessors::domain::id::Id;
use subprocessors::domain::place::Location;
use subprocessors::domain::record::{
    AssessmentWish, ContractKind, ContractWish, Outcome, VettingResult, VettingWish,
};
use subprocessors::domain::terms::{Authorisation, Silence, Terms};
use subprocessors::domain::vetting::VettingStatus;

use super::stage::{active, desk_on, h};
use crate::support::Desk;
use crate::support::records::{assessment, contract, vetting};

/// The day the lines of these tests are planned for.
const FIRST: Date = date(2027, 5, 1);

/// A draft of one new line with nothing on record.
fn bare(desk: &Desk, mend: impl FnOnce(&mut actions::Draft)) -> (Change, Entry) {
    let mut draft = desk.new_entry("Example GmbH");
    mend(&mut draft);
    let change = desk.begin("Add", Some(FIRST));
    let put = actions::put_entry(&desk.state, &desk.editor, change.id, change.revision, draft);
    let change = desk.run(put).unwrap();
    let entry = change.items[0].entry().unwrap().clone();
    (change, entry)
}

/// Why it cannot be submitted; empty if it could.
fn closed(desk: &Desk, change: &Change) -> Vec<String> {
    let (blocks, _) = desk
        .state
        .db
        .read_blocking(|c| actions::gate(c, &desk.state.settings, change, desk.state.clock.now()))
        .unwrap();
    blocks.into_iter().map(|b| b.reason).collect()
}

fn sign(desk: &Desk, entry: &Entry, wish: ContractWish) {
    desk.run(record::record_contract(&desk.state, &desk.editor, entry.vendor_id, wish)).unwrap();
}

fn vet(desk: &Desk, entry: &Entry, wish: VettingWish) {
    desk.run(record::record_vetting(&desk.state, &desk.approver, entry.id, wish)).unwrap();
}

fn assess(desk: &Desk, entry: &Entry, wish: AssessmentWish) {
    desk.run(record::record_assessment(&desk.state, &desk.editor, entry.id, wish)).unwrap();
}

#[track_caller]
fn one_saying(found: &[String], says: &str) {
    assert!(found.len() == 1 && found[0].contains(says), "{says}: {found:#?}");
}

/// The line is in the United States, under this tool.
fn overseas(mechanism: TransferMechanism) -> impl FnOnce(&mut actions::Draft) {
    move |draft| {
        draft.engagement.locations = vec![Location::in_country("US".parse().unwrap())];
        draft.engagement.transfers = vec![Transfer {
            jurisdiction: "EU".into(),
            destination: "US".parse().unwrap(),
            mechanism,
            checked_on: None,
            review_by: None,
        }];
    }
}

/// A Client with health data that uses `product`, bound from January.
fn health_client(desk: &Desk, product: &str, ended_on: Option<Date>) {
    let now = desk.state.clock.now();
    let dpa = DpaVersion {
        id: Id::new(now),
        name: format!("DPA {product}"),
        terms: Terms::simple(Authorisation::General, 30, 30, Silence::Accepts),
        standard: false,
        created_at: now,
        ended_on: None,
        revision: 1,
    };
    let facts = ClientFacts { health_data: true, products: vec![product.into()], ..ClientFacts::default() };
    let client = Client {
        id: Id::new(now),
        reference: product.into(),
        name: "Clinic".into(),
        facts,
        link_epoch: 0,
        created_at: now,
        checked_at: now,
        revision: 1,
    };
    let agreement = Agreement {
        id: Id::new(now),
        client_id: client.id,
        dpa_id: dpa.id,
        signed_on: None,
        effective_on: date(2027, 1, 1),
        ended_on,
        overrides: Default::default(),
        list_version: None,
        created_at: now,
        revision: 1,
    };
    let write = |c: &mut db::Conn| {
        db::dpa::save(c, &dpa)?;
        db::client::save(c, &client)?;
        db::agreement::save(c, &agreement)
    };
    desk.state.db.write_blocking(write).unwrap();
}

on_both! {
    fn a_new_line_needs_contract_and_vetting_on_record_and_then_goes_out(backend: Backend) {
        let desk = desk_on(backend);
        let (change, entry) = bare(&desk, |_| {});
        let found = closed(&desk, &change);
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(found[0].contains("No vetting result is on record") && found[1].contains("No signed contract"));
        let refused = desk.run(actions::submit(&desk.state, &desk.editor, change.id, change.revision));
        assert!(matches!(refused, Err(Error::Blocked(ref blocks)) if blocks.iter().all(|b| b.record.is_some())), "{refused:?}");
        sign(&desk, &entry, contract(&desk.state));
        vet(&desk, &entry, vetting(&desk.state));
        assert_eq!(closed(&desk, &change), Vec::<String>::new());
        assert_eq!(desk.pass(&change).state, ChangeState::Announced);
    }

    fn each_contract_that_does_not_do_closes_the_gate(backend: Backend) {
        let desk = desk_on(backend);
        let (change, entry) = bare(&desk, |_| {});
        vet(&desk, &entry, vetting(&desk.state));
        let good = contract(&desk.state);
        for wish in [
            ContractWish { flow_down: false, ..good.clone() },
            ContractWish { kind: Some(ContractKind::Scc), ..good.clone() },
            ContractWish { kind: Some(ContractKind::IntraGroup), ..good.clone() },
            ContractWish { effective_on: Some(date(2027, 5, 2)), ..good.clone() },
            ContractWish { ends_on: Some(date(2027, 4, 30)), ..good.clone() },
        ] {
            sign(&desk, &entry, wish);
            one_saying(&closed(&desk, &change), "in force on 1 May 2027 (GDPR Art. 28(4))");
        }
        sign(&desk, &entry, ContractWish { ends_on: Some(FIRST), ..good });
        assert_eq!(closed(&desk, &change), Vec::<String>::new());
    }

    fn a_company_of_the_group_may_rely_on_the_agreement_within_the_group(backend: Backend) {
        let desk = desk_on(backend);
        let (change, entry) = bare(&desk, |draft| draft.vendor.affiliate = true);
        vet(&desk, &entry, vetting(&desk.state));
        one_saying(&closed(&desk, &change), "or the agreement within the group");
        sign(&desk, &entry, ContractWish { kind: Some(ContractKind::IntraGroup), ..contract(&desk.state) });
        assert_eq!(closed(&desk, &change), Vec::<String>::new());
    }

    fn each_vetting_that_does_not_do_closes_the_gate(backend: Backend) {
        let desk = desk_on(backend);
        let (change, entry) = bare(&desk, |_| {});
        sign(&desk, &entry, contract(&desk.state));
        let good = vetting(&desk.state);
        for (wish, says) in [
            (VettingWish { result: Some(VettingResult::Rejected), ..good.clone() }, "ended as “Rejected”"),
            (VettingWish { valid_until: Some(date(2027, 4, 30)), ..good.clone() }, "valid to 30 April 2027, which is before 1 May 2027"),
            (VettingWish { result: Some(VettingResult::Conditional), conditions: "Encrypt".into(), ..good.clone() }, "Set the vetting status of the entry"),
            (VettingWish { result: Some(VettingResult::Revoked), ..good.clone() }, "Only a later approval"),
        ] {
            vet(&desk, &entry, wish);
            one_saying(&closed(&desk, &change), says);
        }
        desk.go_to(date(2027, 3, 2), h(9));
        vet(&desk, &entry, VettingWish { decided_on: Some(date(2027, 3, 2)), ..good });
        assert_eq!(closed(&desk, &change), Vec::<String>::new());
    }

    fn a_third_country_needs_a_tool_and_clauses_need_an_assessment(backend: Backend) {
        let desk = desk_on(backend);
        let (change, entry) = bare(&desk, |draft| draft.engagement.locations = vec![Location::in_country("US".parse().unwrap())]);
        sign(&desk, &entry, contract(&desk.state));
        vet(&desk, &entry, vetting(&desk.state));
        one_saying(&closed(&desk, &change), "Data is in United States, outside the EEA, and the entry names no tool");

        for mechanism in [TransferMechanism::Dpf, TransferMechanism::Adequacy] {
            let (change, entry) = bare(&desk, overseas(mechanism));
            sign(&desk, &entry, contract(&desk.state));
            vet(&desk, &entry, vetting(&desk.state));
            assert_eq!(closed(&desk, &change), Vec::<String>::new(), "{mechanism}");
        }

        let (change, entry) = bare(&desk, overseas(TransferMechanism::Scc));
        sign(&desk, &entry, contract(&desk.state));
        vet(&desk, &entry, vetting(&desk.state));
        one_saying(&closed(&desk, &change), "has no transfer impact assessment");
        let good = assessment(&desk.state);
        let day = |n: i8| Some(date(2027, 2, n));
        for (wish, says) in [
            (AssessmentWish { destination: "IN".parse().ok(), ..good.clone() }, "has no transfer impact assessment"),
            (AssessmentWish { mechanism: Some(TransferMechanism::Bcr), ..good.clone() }, "has no transfer impact assessment"),
            (AssessmentWish { jurisdiction: "UK".into(), ..good.clone() }, "has no transfer impact assessment"),
            (AssessmentWish { assessed_on: day(1), review_by: Some(date(2027, 4, 30)), ..good.clone() }, "to be reviewed by 30 April 2027, which is before 1 May 2027"),
            (AssessmentWish { assessed_on: day(2), outcome: Some(Outcome::Inadequate), ..good.clone() }, "found inadequate on 2 February 2027"),
        ] {
            assess(&desk, &entry, wish);
            one_saying(&closed(&desk, &change), says);
        }
        assess(&desk, &entry, good);
        assert_eq!(closed(&desk, &change), Vec::<String>::new());
    }

    fn the_framework_covers_one_country_only(backend: Backend) {
        let desk = desk_on(backend);
        let (change, entry) = bare(&desk, |draft| {
            overseas(TransferMechanism::Dpf)(draft);
            draft.engagement.locations = vec![Location::in_country("IN".parse().unwrap())];
            draft.engagement.transfers[0].destination = "IN".parse().unwrap();
        });
        sign(&desk, &entry, contract(&desk.state));
        vet(&desk, &entry, vetting(&desk.state));
        one_saying(&closed(&desk, &change), "covers the United States only, not India");
    }

    fn health_data_of_an_affected_client_needs_a_baa(backend: Backend) {
        let desk = desk_on(backend);
        let (change, entry) = bare(&desk, |draft| {
            draft.engagement.special_categories = vec!["health data".into()];
            draft.engagement.necessity = [("health data".to_owned(), "appointments".to_owned())].into();
            draft.engagement.products = vec!["Clinic".into()];
        });
        sign(&desk, &entry, contract(&desk.state));
        vet(&desk, &entry, vetting(&desk.state));
        assert_eq!(closed(&desk, &change), Vec::<String>::new(), "no such Client");
        health_client(&desk, "Shop", None);
        assert_eq!(closed(&desk, &change), Vec::<String>::new(), "not affected");
        health_client(&desk, "clinic", Some(date(2027, 2, 28)));
        assert_eq!(closed(&desk, &change), Vec::<String>::new(), "its agreement has ended");
        health_client(&desk, "CLINIC", None);
        one_saying(&closed(&desk, &change), "no BAA is in force on 1 May 2027");
        sign(&desk, &entry, ContractWish { kind: Some(ContractKind::Baa), flow_down: false, ..contract(&desk.state) });
        assert_eq!(closed(&desk, &change), Vec::<String>::new());
    }

    fn a_record_that_is_gone_by_the_day_holds_the_line_back_until_there_is_another(backend: Backend) {
        let desk = desk_on(backend);
        let (change, entry) = bare(&desk, |_| {});
        vet(&desk, &entry, vetting(&desk.state));
        let made = desk.run(record::record_contract(&desk.state, &desk.editor, entry.vendor_id, contract(&desk.state))).unwrap();
        desk.pass(&change);
        desk.go_to(date(2027, 4, 1), h(9));
        let ended = ContractWish { signed_on: Some(date(2027, 3, 1)), ends_on: Some(date(2027, 4, 1)), ..contract(&desk.state) };
        let of = (entry.vendor_id, made.id);
        desk.run(record::correct_contract(&desk.state, &desk.editor, of, 1, ended.clone())).unwrap();
        let stale = desk.run(record::correct_contract(&desk.state, &desk.editor, of, 1, ended)).unwrap_err();
        assert!(matches!(stale, Error::Conflict(_)), "{stale}");
        desk.go_to(FIRST, h(1));
        assert!(desk.run(actions::take_effect_due(&desk.state)).unwrap().is_empty());
        let waits = desk.state.db.read_blocking(|c| db::change::get(c, change.id)).unwrap().unwrap();
        assert!(waits.returned.contains("Example GmbH: No signed contract"), "{}", waits.returned);
        desk.go_to(date(2027, 5, 3), h(1));
        sign(&desk, &entry, contract(&desk.state));
        assert_eq!(desk.run(actions::take_effect_due(&desk.state)).unwrap(), [change.id]);
        assert_eq!(desk.list().entries[0].effective_from, Some(date(2027, 5, 3)));
        let told = "SELECT count(*) AS n FROM audit_event WHERE action = 'contract.corrected'";
        assert_eq!(desk.database.number(told), 1);
    }

    fn a_material_edit_asks_as_well_and_the_first_list_does_not(backend: Backend) {
        let desk = desk_on(backend);
        let id = active(&desk, "Example GmbH");
        let mut draft = desk.edit_of("Example GmbH");
        draft.engagement.locations.push(Location::in_country("CH".parse().unwrap()));
        draft.engagement.vetting.status = VettingStatus::Renewed;
        let change = desk.begin("Move", Some(date(2027, 6, 1)));
        let put = actions::put_entry(&desk.state, &desk.editor, change.id, change.revision, draft);
        let change = desk.run(put).unwrap();
        assert_eq!(change.items[0].entry_id, Some(id));
        one_saying(&closed(&desk, &change), "Data is in Switzerland");
    }

    fn only_somebody_who_may_approve_decides_a_vetting(backend: Backend) {
        let desk = desk_on(backend);
        let (_, entry) = bare(&desk, |_| {});
        let record = |by: &By, approver| {
            let wish = VettingWish { approver, ..vetting(&desk.state) };
            desk.run(record::record_vetting(&desk.state, by, entry.id, wish))
        };
        for named in [None, Some(desk.editor.staff), Some(entry.id)] {
            let refused = record(&desk.editor, named).unwrap_err();
            assert!(matches!(refused, Error::Invalid(ref p) if p[0].field == "approver"), "{refused}");
        }
        assert_eq!(record(&desk.approver, None).unwrap().approver, desk.approver.staff);
        let nobody = Id::new(desk.state.clock.now());
        let lost = desk.run(record::record_vetting(&desk.state, &desk.approver, nobody, vetting(&desk.state)));
        assert!(matches!(lost, Err(Error::NotFound("engagement"))));
        let lost = desk.run(record::record_contract(&desk.state, &desk.editor, nobody, contract(&desk.state)));
        assert!(matches!(lost, Err(Error::NotFound("vendor"))));
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM vetting_record"), 1);
    }
}
