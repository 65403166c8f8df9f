use jiff::SignedDuration;
use jiff::civil::date;
use subprocessors::actions::{self, Error};
use subprocessors::domain::change::ChangeState;

use crate::support::Desk;
use crate::support::records::put_on_record;

on_both! {
    fn the_author_never_approves_and_an_editor_may_not(backend: Backend) {
        let desk = Desk::on(backend);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let change = desk.begin("Add", Some(date(2027, 5, 1)));
        let change = desk.put(&change, desk.new_entry("One GmbH"));
        let change = desk.run(actions::submit(&desk.state, &desk.editor, change.id, change.revision)).unwrap();
        let approve = |by: &actions::By| desk.run(actions::approve(&desk.state, by, change.id, change.revision, None, String::new()));
        assert!(matches!(approve(&desk.editor), Err(Error::Forbidden(_))));
        let mut author = desk.approver.clone();
        author.staff = desk.editor.staff;
        let refused = approve(&author).unwrap_err();
        assert!(refused.to_string().contains("a second person"), "{refused}");
        assert!(approve(&desk.approver).is_ok());
    }

    fn solo_mode_holds_for_a_day_and_is_marked(backend: Backend) {
        let desk = Desk::with(backend, &[("notices.hold", "0"), ("approval.solo", "true")]);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let mut alone = desk.approver.clone();
        alone.staff = desk.editor.staff;
        let change = desk.begin("Add", Some(date(2027, 5, 1)));
        let change = desk.put(&change, desk.new_entry("One GmbH"));
        let change = desk.run(actions::submit(&desk.state, &desk.editor, change.id, change.revision)).unwrap();
        let held = desk.run(actions::approve(&desk.state, &alone, change.id, change.revision, None, String::new())).unwrap();
        assert_eq!(held.state, ChangeState::Held);
        desk.go_to(date(2027, 3, 2), SignedDuration::from_hours(8));
        assert!(desk.run(actions::announce_due(&desk.state)).unwrap().is_empty());
        desk.go_to(date(2027, 3, 2), SignedDuration::from_mins(9 * 60 + 1));
        assert_eq!(desk.run(actions::announce_due(&desk.state)).unwrap().len(), 1);
        let approvals = desk.state.db.read_blocking(|c| subprocessors::db::change::approvals(c, change.id)).unwrap();
        assert!(approvals[0].solo);
    }

    fn an_edit_voids_what_was_approved(backend: Backend) {
        let desk = Desk::with(backend, &[("notices.hold", "60")]);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let change = desk.begin("Add", Some(date(2027, 5, 1)));
        let held = desk.pass(&desk.put(&change, desk.new_entry("One GmbH")));
        let edited = desk.put(&held, desk.new_entry("Two GmbH"));
        assert_eq!(edited.state, ChangeState::Draft);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(11));
        assert!(desk.run(actions::announce_due(&desk.state)).unwrap().is_empty());
    }

    fn a_stale_save_gets_theirs_and_stores_nothing(backend: Backend) {
        let desk = Desk::on(backend);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let change = desk.begin("Add", Some(date(2027, 5, 1)));
        let theirs = desk.put(&change, desk.new_entry("One GmbH"));
        let stale = desk.run(actions::put_entry(&desk.state, &desk.editor, change.id, change.revision, desk.new_entry("Two GmbH")));
        let Err(Error::Stale(shown)) = stale else { panic!("{stale:?}") };
        assert_eq!(*shown, theirs);
    }

    fn more_than_five_additions_take_typing_the_count(backend: Backend) {
        let desk = Desk::on(backend);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let mut change = desk.begin("Add six", Some(date(2027, 5, 1)));
        for n in 1..=6 {
            change = desk.put(&change, desk.new_entry(&format!("Vendor {n}")));
        }
        let change = desk.run(actions::submit(&desk.state, &desk.editor, change.id, change.revision)).unwrap();
        let approve = |typed| desk.run(actions::approve(&desk.state, &desk.approver, change.id, change.revision, typed, String::new()));
        for typed in [None, Some(5)] {
            assert!(approve(typed).unwrap_err().to_string().contains("Type 6"));
        }
        assert!(approve(Some(6)).is_ok());
    }

    fn two_approvers_at_once_announce_once(backend: Backend) {
        let desk = Desk::on(backend);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let change = desk.begin("Add", Some(date(2027, 5, 1)));
        let change = desk.put(&change, desk.new_entry("One GmbH"));
        let change = desk.run(actions::submit(&desk.state, &desk.editor, change.id, change.revision)).unwrap();
        let approve = || actions::approve(&desk.state, &desk.approver, change.id, change.revision, None, String::new());
        let (one, two) = desk.run(async { tokio::join!(approve(), approve()) });
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(), 1);
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM notice"), 1);
    }

    fn whoever_wrote_a_part_does_not_approve_either(backend: Backend) {
        let desk = Desk::on(backend);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let change = desk.begin("Add", Some(date(2027, 5, 1)));
        let mine = desk.new_entry("Mine GmbH");
        let change =
            desk.run(actions::put_entry(&desk.state, &desk.approver, change.id, change.revision, mine)).unwrap();
        desk.run(put_on_record(&desk.state, &desk.approver, change.items.iter())).unwrap();
        let change = desk.run(actions::submit(&desk.state, &desk.editor, change.id, change.revision)).unwrap();
        let done = desk.approve(&change);
        assert!(matches!(done, Err(Error::Forbidden(_))), "{:?}", done.map(|c| c.state));
    }
}
