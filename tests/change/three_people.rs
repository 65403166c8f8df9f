//! What takes three people: the author, an approver and a DPO (invariant 5).

use jiff::civil::date;
use subprocessors::actions::{self, By, Details, Error, record};
use subprocessors::domain::change::{Change, ChangeState};
use subprocessors::domain::id::Id;
use subprocessors::domain::record::{Risk, VettingWish};

use super::stage::{active, desk_on, h, submit};
use crate::staff::people::{draft, hire};
use crate::support::records::vetting;
use crate::support::*;

fn approve(desk: &Desk, by: &By, change: &Change) -> Result<Change, Error> {
    desk.run(actions::approve(&desk.state, by, change.id, change.revision, None, String::new()))
}

fn another(by: &By) -> By {
    By { staff: Id::new(jiff::Timestamp::now()), ..by.clone() }
}

fn late(desk: &Desk, name: &str) -> Change {
    let change = desk.begin("Late", None);
    let details = Details {
        title: "Late".into(),
        reason: "Bought by a team on its own.".into(),
        in_use_since: Some(date(2027, 1, 7)),
        ..Details::default()
    };
    let change = desk
        .run(actions::set_details(&desk.state, &desk.editor, change.id, change.revision, details))
        .unwrap();
    submit(desk, &desk.put(&change, desk.new_entry(name)))
}

on_both! {
    fn an_approver_and_a_dpo_decide_in_either_order(backend: Backend) {
        let desk = desk_on(backend);
        let change = approve(&desk, &desk.approver, &late(&desk, "Shadow Inc")).unwrap();
        assert_eq!(change.state, ChangeState::Submitted, "one decision is missing");
        let again = approve(&desk, &desk.approver, &change).unwrap_err().to_string();
        assert!(again.contains("You have approved C-1 already"), "{again}");
        let second = approve(&desk, &another(&desk.approver), &change).unwrap_err().to_string();
        assert!(second.contains("The decision of a DPO is missing") && second.contains("user add --role dpo"), "{second}");
        assert_eq!(approve(&desk, &desk.dpo, &change).unwrap().state, ChangeState::Effective);

        let change = approve(&desk, &desk.dpo, &late(&desk, "Second Inc")).unwrap();
        assert_eq!(change.state, ChangeState::Submitted);
        let again = approve(&desk, &desk.dpo, &change).unwrap_err().to_string();
        assert!(again.contains("The decision of an approver is missing"), "one person is not two: {again}");
        let done = approve(&desk, &another(&desk.dpo), &change).unwrap();
        assert_eq!(done.state, ChangeState::Effective, "a DPO may do what an approver may");
    }

    fn an_edit_voids_both_decisions(backend: Backend) {
        let desk = desk_on(backend);
        let change = approve(&desk, &desk.dpo, &late(&desk, "Shadow Inc")).unwrap();
        desk.go_to(date(2027, 3, 1), h(10));
        let change = desk.put(&change, desk.new_entry("Second Inc"));
        desk.go_to(date(2027, 3, 1), h(11));
        let change = submit(&desk, &change);
        let change = approve(&desk, &desk.approver, &change).unwrap();
        assert_eq!(change.state, ChangeState::Submitted, "the DPO saw another change");
        assert_eq!(approve(&desk, &desk.dpo, &change).unwrap().state, ChangeState::Effective);
    }

    fn high_risk_and_special_categories_take_three_people_and_a_typo_does_not(backend: Backend) {
        let desk = desk_on(backend);
        let id = active(&desk, "Clinic GmbH");
        let change = desk.begin("Health data", Some(date(2027, 9, 1)));
        let mut edit = desk.edit_of("Clinic GmbH");
        edit.engagement.special_categories = vec!["health data".into()];
        edit.engagement.necessity = [("health data".to_owned(), "appointments".to_owned())].into();
        let change = submit(&desk, &desk.put(&change, edit));
        let change = approve(&desk, &desk.approver, &change).unwrap();
        assert_eq!(change.state, ChangeState::Submitted);
        let voices = desk.state.db.read_blocking(|conn| actions::voices(conn, &change)).unwrap();
        assert_eq!(voices.why(), "It takes a DPO besides an approver: Clinic GmbH touches special categories of data.");
        desk.run(actions::cancel(&desk.state, &desk.editor, change.id, change.revision)).unwrap();

        let change = desk.begin("More data", Some(date(2027, 9, 1)));
        let mut edit = desk.edit_of("Clinic GmbH");
        edit.engagement.data_categories.push("Invoices".into());
        let change = desk.put(&change, edit);
        let risky = VettingWish { risk: Some(Risk::High), ..vetting(&desk.state) };
        desk.run(record::record_vetting(&desk.state, &desk.approver, id, risky)).unwrap();
        let change = submit(&desk, &change);
        let change = approve(&desk, &desk.approver, &change).unwrap();
        assert_eq!(change.state, ChangeState::Submitted);
        desk.run(actions::cancel(&desk.state, &desk.editor, change.id, change.revision)).unwrap();

        let change = desk.begin("A typo", None);
        let mut edit = desk.edit_of("Clinic GmbH");
        edit.vendor.website = "https://clinic.example".into();
        let change = submit(&desk, &desk.put(&change, edit));
        assert_eq!(approve(&desk, &desk.approver, &change).unwrap().state, ChangeState::Published);
    }

    fn a_risk_found_high_during_the_hold_returns_the_change(backend: Backend) {
        let desk = Desk::with(backend, &[("notices.hold", "60")]);
        desk.go_to(date(2027, 3, 1), h(9));
        let change = desk.begin("Add", Some(date(2027, 5, 1)));
        let change = desk.put(&change, desk.new_entry("Risky Inc"));
        let id = change.items[0].entry_id.unwrap();
        let held = desk.pass(&change);
        assert_eq!(held.state, ChangeState::Held);
        let risky = VettingWish { risk: Some(Risk::High), ..vetting(&desk.state) };
        desk.run(record::record_vetting(&desk.state, &desk.approver, id, risky)).unwrap();
        desk.go_to(date(2027, 3, 1), h(11));
        desk.run(actions::announce_due(&desk.state)).unwrap();
        let change = desk.state.db.read_blocking(|c| subprocessors::db::change::get(c, held.id)).unwrap().unwrap();
        assert_eq!(change.state, ChangeState::Draft);
        assert!(change.returned.contains("Risky Inc: its latest vetting found the risk high"), "{}", change.returned);
    }

    fn in_solo_mode_the_hold_replaces_all_of_them(backend: Backend) {
        let desk = Desk::with(backend, &[("notices.hold", "0"), ("approval.solo", "true")]);
        desk.go_to(date(2027, 3, 1), h(9));
        let alone = By { staff: desk.editor.staff, ..desk.approver.clone() };
        assert_eq!(approve(&desk, &alone, &late(&desk, "Shadow Inc")).unwrap().state, ChangeState::Held);
    }

    fn the_page_says_whose_decision_is_missing(backend: Backend) {
        let app = App::on(backend).start();
        let mut editor = hire(&app, "editor", "editor");
        let mut approver = hire(&app, "approver", "approver");
        let page = draft(&mut editor, "Shadow Inc");
        let details = [("effective_on", ""), ("in_use_since", "2026-01-05"), ("reason", "Bought by a team on its own.")];
        let page = editor.submit(&page, "form[action$='/details']", &details).expect(200);
        assert!(page.says("Three people.") && page.says("it is a late disclosure") && page.says("user add --role dpo"), "{page}");
        let mut dpo = hire(&app, "dpo", "dpo");
        let page = editor.submit(&page, "form[action$='/submit']", &[]).expect(200);
        let at = page.url.path().to_owned();
        let page = approver.get(&at).expect(200);
        assert!(page.says("The decisions of an approver and of a DPO are missing."), "{page}");
        let page = approver.submit(&page, "form[action$='/approve']", &[]).expect(200);
        assert!(page.says("It waits for the other decision it needs") && page.says("The decision of a DPO is missing."), "{page}");
        assert!(!page.says("voided"), "{page}");
        assert_eq!(page.all("form[action$='/approve']").len(), 0, "{page}");
        let page = dpo.get(&at).expect(200);
        let page = dpo.submit(&page, "form[action$='/approve']", &[]).expect(200);
        assert!(page.says("as DPO"), "{page}");
    }
}
