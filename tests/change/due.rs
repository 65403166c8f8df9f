//! What has come due: who is owed news, and what may come into force.

use jiff::SignedDuration;
use jiff::civil::date;
use subprocessors::actions;
use subprocessors::db;
use subprocessors::domain::change::Class;
use subprocessors::domain::vetting::VettingStatus;

use super::stage::{desk_on, expand, h, submit, subscriber};
use crate::support::Desk;

on_both! {
    fn a_confirmed_subscriber_is_told_although_the_clock_went_back(backend: Backend) {
        let desk = desk_on(backend);
        desk.go_to(date(2027, 3, 1), h(12));
        let stored = subscriber("a@example.com", desk.state.clock.now());
        desk.state.db.write_blocking(|c| db::subscription::save(c, &stored)).unwrap();
        desk.go_to(date(2027, 3, 1), h(11)); // set back one hour
        let change = desk.begin("Add", Some(date(2027, 5, 1)));
        desk.pass(&desk.put(&change, desk.new_entry("One GmbH")));
        desk.go_to(date(2027, 3, 2), h(1));
        expand(&desk);
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM delivery"), 1);
    }

    fn nothing_comes_into_force_with_a_vetting_that_was_taken_back(backend: Backend) {
        let desk = desk_on(backend);
        let change = desk.begin("Add", Some(date(2027, 5, 1)));
        let added = desk.pass(&desk.put(&change, desk.new_entry("One GmbH")));
        let judge = |status: VettingStatus, day| {
            let change = desk.begin("Vetting", Some(day));
            let mut draft = desk.edit_of("One GmbH");
            draft.engagement.vetting.status = status;
            desk.pass(&desk.put(&change, draft));
        };
        judge(VettingStatus::Revoked, date(2027, 3, 1));
        desk.go_to(date(2027, 5, 1), h(1));
        assert!(desk.run(actions::take_effect_due(&desk.state)).unwrap().is_empty());
        assert!(desk.run(actions::take_effect_due(&desk.state)).unwrap().is_empty(), "said once, tried each time");
        assert_eq!(desk.list().entries[0].status, "announced");
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM audit_event WHERE action = 'change.effect_withheld'"), 1);
        desk.go_to(date(2027, 5, 4), h(1));
        judge(VettingStatus::Renewed, date(2027, 5, 4));
        assert_eq!(desk.run(actions::take_effect_due(&desk.state)).unwrap(), [added.id]);
        let line = &desk.list().entries[0];
        assert_eq!((line.status.as_str(), line.effective_from), ("active", Some(date(2027, 5, 4))));
    }

    fn an_editorial_change_cannot_be_planned_for_later(backend: Backend) {
        let desk = desk_on(backend);
        let change = desk.begin("Later", Some(date(2027, 9, 1)));
        let change = desk.put(&change, desk.new_entry("One GmbH"));
        let item = change.items[0].id;
        let change = desk
            .run(actions::set_class(&desk.state, &desk.editor, change.id, change.revision, item, Class::Editorial, "known".into()))
            .unwrap();
        let refused = desk.run(actions::submit(&desk.state, &desk.editor, change.id, change.revision)).unwrap_err();
        assert!(refused.to_string().contains("Clear the effective date"), "{refused}");
    }

    fn whoever_confirms_while_an_announcement_waits_its_turn_is_told(backend: Backend) {
        let desk = Desk::on(backend);
        let change = desk.begin("Add", Some(date(2036, 5, 1)));
        let mut draft = desk.new_entry("One GmbH");
        draft.engagement.vetting.review_by = Some(date(2040, 1, 1));
        let change = submit(&desk, &desk.put(&change, draft));
        let (writing, told) = (std::sync::Barrier::new(2), &desk);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                // A writer is at work; the announcement has to wait for it, and somebody confirms.
                told.state
                    .db
                    .write_blocking(|c| {
                        writing.wait();
                        let begun = told.state.clock.now();
                        while told.state.clock.now().duration_since(begun) < SignedDuration::from_millis(300) {
                            std::thread::yield_now();
                        }
                        db::subscription::save(c, &subscriber("a@example.com", told.state.clock.now()))
                    })
                    .unwrap();
            });
            writing.wait();
            desk.approve(&change).unwrap();
        });
        expand(&desk);
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM delivery"), 1);
    }
}
