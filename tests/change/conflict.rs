use jiff::SignedDuration;
use jiff::civil::date;
use subprocessors::actions::{self, Announced, Error};
use subprocessors::domain::change::ChangeState;

use crate::support::{Backend, Desk};

fn desk_with_one_line(backend: Backend, hold: &str) -> Desk {
    let desk = Desk::with(backend, &[("notices.hold", hold)]);
    desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
    let change = desk.begin("Add", Some(date(2027, 5, 1)));
    desk.pass(&desk.put(&change, desk.new_entry("One GmbH")));
    desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(11));
    desk.run(actions::announce_due(&desk.state)).unwrap();
    desk.go_to(date(2027, 5, 1), SignedDuration::from_hours(1));
    desk.run(actions::take_effect_due(&desk.state)).unwrap();
    assert_eq!(desk.list().entries[0].status, "active");
    desk
}

on_both! {
    fn the_second_of_two_changes_to_one_line_is_returned(backend: Backend) {
        let desk = desk_with_one_line(backend, "60");
        let edit = |retention: &str| {
            let change = desk.begin("Keep data", Some(date(2027, 9, 1)));
            let mut draft = desk.edit_of("One GmbH");
            draft.engagement.retention = retention.into();
            desk.pass(&desk.put(&change, draft))
        };
        let (first, second) = (edit("30 days"), edit("60 days"));
        assert_eq!((first.state, second.state), (ChangeState::Held, ChangeState::Held));
        desk.go_to(date(2027, 5, 2), SignedDuration::from_hours(1));
        let done = desk.run(actions::announce_due(&desk.state)).unwrap();
        assert!(matches!(&done[..], [Announced::Published(Some(_)), Announced::Returned(_)]), "{done:?}");
        assert_eq!(desk.list().entries[0].pending.len(), 1);
        desk.go_to(date(2027, 9, 1), SignedDuration::from_hours(1));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        assert_eq!(desk.list().entries[0].retention.as_deref(), Some("30 days"));
    }

    fn a_line_with_an_announced_modification_cannot_be_changed_again_before_it_is_in_force(backend: Backend) {
        let desk = desk_with_one_line(backend, "0");
        let change = desk.begin("More data", Some(date(2027, 9, 1)));
        let mut draft = desk.edit_of("One GmbH");
        draft.engagement.data_categories.push("addresses".into());
        desk.pass(&desk.put(&change, draft));

        let change = desk.begin("Website", None);
        let mut draft = desk.edit_of("One GmbH");
        draft.vendor.website = "https://one.example".into();
        let change = desk.put(&change, draft);
        let change = desk.run(actions::submit(&desk.state, &desk.editor, change.id, change.revision)).unwrap();
        assert!(matches!(desk.approve(&change), Err(Error::Blocked(_))));
    }

    fn a_vetting_that_ran_out_meanwhile_stays_so_when_an_edit_comes_into_force(backend: Backend) {
        let desk = Desk::on(backend);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let change = desk.begin("Add", Some(date(2027, 4, 1)));
        let mut draft = desk.new_entry("One GmbH");
        draft.engagement.vetting.review_by = Some(date(2027, 5, 10));
        desk.pass(&desk.put(&change, draft));
        desk.go_to(date(2027, 4, 2), SignedDuration::from_hours(9));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        let change = desk.begin("Keeps it shorter", Some(date(2027, 6, 1)));
        let mut draft = desk.edit_of("One GmbH");
        draft.engagement.retention = "30 days".into();
        desk.pass(&desk.put(&change, draft));
        desk.go_to(date(2027, 6, 1), SignedDuration::from_hours(1));
        desk.run(actions::mark_overdue_reviews(&desk.state)).unwrap();
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        let line = &desk.list().entries[0];
        assert_eq!(line.vetting.status.as_str(), "overdue");
        assert_eq!(line.retention.as_deref(), Some("30 days"));
    }
}
