use jiff::SignedDuration;
use jiff::civil::date;
use subprocessors::actions::{self, Announced, Details};
use subprocessors::domain::audit;
use subprocessors::domain::change::{ChangeState, Class};
use subprocessors::domain::vetting::VettingStatus;

use crate::support::Desk;

on_both! {
    fn an_addition_is_announced_then_in_force_on_its_day(backend: Backend) {
        let desk = Desk::on(backend);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let change = desk.begin("Add Example GmbH", Some(date(2027, 4, 1)));
        let change = desk.put(&change, desk.new_entry("Example GmbH"));
        assert_eq!(change.class(), Class::Material);
        let change = desk.pass(&change);
        assert_eq!(change.state, ChangeState::Announced);

        let list = desk.list();
        assert_eq!(list.version, 1);
        assert_eq!((list.entries[0].status.as_str(), list.entries[0].effective_from), ("announced", Some(date(2027, 4, 1))));
        let notice = desk.state.db.read_blocking(|c| subprocessors::db::notice::by_number(c, "N-2027-001")).unwrap().unwrap();
        let public = notice.public.unwrap();
        assert_eq!(public.object_by, Some(date(2027, 3, 31)));
        assert_eq!(public.sentence(), "From 1 April 2027 Acme adds Example GmbH as a sub-processor.");
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM expansion WHERE event = 'announced'"), 1);

        // The last minute of 31 March in Berlin, then the first of April.
        desk.go_to(date(2027, 3, 31), SignedDuration::from_mins(23 * 60 + 59));
        assert!(desk.run(actions::take_effect_due(&desk.state)).unwrap().is_empty());
        desk.go_to(date(2027, 4, 1), SignedDuration::from_secs(1));
        assert_eq!(desk.run(actions::take_effect_due(&desk.state)).unwrap(), [change.id]);
        assert!(desk.run(actions::take_effect_due(&desk.state)).unwrap().is_empty(), "once only");
        assert_eq!((desk.list().version, desk.list().entries[0].status.clone()), (2, "active".to_owned()));
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM expansion WHERE event = 'effective'"), 1);

        let links = desk.state.db.read_blocking(|c| subprocessors::db::audit::page(c, 0, 100)).unwrap();
        assert_eq!(audit::verify(links.iter().map(|(l, h)| (l, h.as_str()))), Ok(()));
    }

    fn a_date_that_leaves_less_than_the_notice_period_is_refused_with_the_earliest(backend: Backend) {
        let desk = Desk::on(backend);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        for (day, says) in [(date(2027, 3, 31), "the earliest is 2027-04-01"), (date(2027, 2, 1), "before the announcement")] {
            let change = desk.begin("Add", Some(day));
            let change = desk.put(&change, desk.new_entry("Example GmbH"));
            let refused = desk.run(actions::submit(&desk.state, &desk.editor, change.id, change.revision)).unwrap_err();
            assert!(refused.to_string().contains(says), "{refused}");
        }
    }

    fn nothing_is_announced_without_an_approved_unexpired_vetting(backend: Backend) {
        let desk = Desk::on(backend);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        for (status, review_by) in [(VettingStatus::InReview, Some(date(2030, 1, 1))), (VettingStatus::Approved, Some(date(2027, 2, 28))), (VettingStatus::Approved, None)] {
            let change = desk.begin("Add", Some(date(2027, 6, 1)));
            let mut draft = desk.new_entry("Example GmbH");
            draft.engagement.vetting.status = status;
            draft.engagement.vetting.review_by = review_by;
            let change = desk.put(&change, draft);
            let refused = desk.run(actions::submit(&desk.state, &desk.editor, change.id, change.revision));
            assert!(matches!(refused, Err(actions::Error::Blocked(_))), "{status} {review_by:?}");
        }
    }

    fn a_held_change_is_announced_when_the_hold_ends_and_can_be_cancelled_before(backend: Backend) {
        let desk = Desk::with(backend, &[("notices.hold", "60")]);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let draft = desk.begin("Add", Some(date(2027, 5, 1)));
        let held = desk.pass(&desk.put(&draft, desk.new_entry("One GmbH")));
        let draft = desk.begin("Add", Some(date(2027, 5, 1)));
        let other = desk.pass(&desk.put(&draft, desk.new_entry("Two GmbH")));
        assert_eq!((held.state, other.state), (ChangeState::Held, ChangeState::Held));
        assert!(desk.run(actions::announce_due(&desk.state)).unwrap().is_empty());
        desk.run(actions::cancel(&desk.state, &desk.editor, other.id, other.revision)).unwrap();
        desk.go_to(date(2027, 3, 1), SignedDuration::from_mins(10 * 60 + 1));
        let done = desk.run(actions::announce_due(&desk.state)).unwrap();
        assert_eq!(done, [Announced::Published(Some("N-2027-001".into()))]);
        assert_eq!(desk.list().entries.len(), 1, "the cancelled one tells nobody");
    }

    fn a_hold_that_eats_the_notice_period_returns_the_change(backend: Backend) {
        let desk = Desk::with(backend, &[("notices.hold", "60")]);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let change = desk.begin("Add", Some(date(2027, 4, 1)));
        let change = desk.pass(&desk.put(&change, desk.new_entry("One GmbH")));
        // The process was down for a day.
        desk.go_to(date(2027, 3, 2), SignedDuration::from_hours(9));
        let done = desk.run(actions::announce_due(&desk.state)).unwrap();
        assert!(matches!(&done[..], [Announced::Returned(why)] if why.contains("2027-04-02")), "{done:?}");
        let back = desk.state.db.read_blocking(|c| subprocessors::db::change::get(c, change.id)).unwrap().unwrap();
        assert_eq!(back.state, ChangeState::Draft);
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM notice"), 0);
    }

    fn a_removal_is_told_and_the_line_stays_until_its_day(backend: Backend) {
        let desk = Desk::on(backend);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let change = desk.begin("Add", Some(date(2027, 4, 1)));
        desk.pass(&desk.put(&change, desk.new_entry("Old Ltd")));
        desk.go_to(date(2027, 4, 1), SignedDuration::from_hours(1));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();

        let id = desk.list().entries[0].id;
        let change = desk.begin("Remove", Some(date(2027, 4, 10)));
        let change = desk.run(actions::remove_entry(&desk.state, &desk.editor, change.id, change.revision, id)).unwrap();
        assert_eq!(change.class(), Class::Informational);
        desk.pass(&change);
        let line = &desk.list().entries[0];
        assert_eq!((line.status.as_str(), line.effective_to), ("retiring", Some(date(2027, 4, 10))));
        assert_eq!(line.pending[0].notice, "N-2027-002");
        desk.go_to(date(2027, 4, 10), SignedDuration::from_hours(1));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        assert!(desk.list().entries.is_empty());
    }

    fn a_late_disclosure_says_since_when_and_takes_effect_at_once(backend: Backend) {
        let desk = Desk::on(backend);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let details = Details { title: "Late".into(), in_use_since: Some(date(2027, 1, 7)), ..Details::default() };
        let change = desk.run(actions::start_change(&desk.state, &desk.editor, details.clone())).unwrap();
        let change = desk.put(&change, desk.new_entry("Shadow Inc"));
        let refused = desk.run(actions::submit(&desk.state, &desk.editor, change.id, change.revision)).unwrap_err();
        assert!(refused.to_string().contains("needs a reason"), "{refused}");
        let details = Details { reason: "Bought by a team on its own.".into(), ..details };
        let change = desk.run(actions::set_details(&desk.state, &desk.editor, change.id, change.revision, details)).unwrap();
        let change = desk.pass(&change);
        assert_eq!(change.state, ChangeState::Effective);
        let line = &desk.list().entries[0];
        assert_eq!((line.status.as_str(), line.effective_from), ("active", Some(date(2027, 1, 7))));
        let notice = desk.state.db.read_blocking(|c| subprocessors::db::notice::by_number(c, "N-2027-001")).unwrap().unwrap();
        let public = notice.public.unwrap();
        assert!(public.sentence().contains("in use since 7 January 2027"));
        assert_eq!(public.object_by, Some(date(2027, 3, 31)), "no clock is backdated");
    }

    fn a_hidden_entry_leaves_no_trace_in_anything_public(backend: Backend) {
        let desk = Desk::on(backend);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let change = desk.begin("Add Sentinel Secret", Some(date(2027, 4, 1)));
        let mut hidden = desk.new_entry("Sentinel Secret");
        hidden.engagement.visibility = subprocessors::domain::engagement::Visibility::Nda;
        let change = desk.put(&change, hidden);
        let change = desk.put(&change, desk.new_entry("Open GmbH"));
        desk.pass(&change);
        let public = desk.state.db.read_blocking(|c| subprocessors::db::notice::by_number(c, "N-2027-001")).unwrap().unwrap();
        let notice = serde_json::to_string(&public.public).unwrap();
        let list = serde_json::to_string(&desk.list()).unwrap();
        assert!(!notice.contains("Sentinel") && !list.contains("Sentinel"));
        assert!(notice.contains("Open GmbH") && list.contains("Open GmbH"));
        let full = desk.state.db.read_blocking(|c| subprocessors::db::list::full(c, 1)).unwrap().unwrap();
        assert!(full.text.contains("Sentinel Secret"));
    }

    fn a_review_date_that_passes_is_published_without_a_notice(backend: Backend) {
        let desk = Desk::on(backend);
        desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
        let change = desk.begin("Add", Some(date(2027, 4, 1)));
        let mut draft = desk.new_entry("Example GmbH");
        draft.engagement.vetting.review_by = Some(date(2027, 4, 20));
        desk.pass(&desk.put(&change, draft));
        desk.go_to(date(2027, 4, 20), SignedDuration::from_hours(12));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        assert!(desk.run(actions::mark_overdue_reviews(&desk.state)).unwrap().is_empty());
        desk.go_to(date(2027, 4, 21), SignedDuration::from_secs(5));
        assert_eq!(desk.run(actions::mark_overdue_reviews(&desk.state)).unwrap().len(), 1);
        assert!(desk.run(actions::mark_overdue_reviews(&desk.state)).unwrap().is_empty());
        assert_eq!(desk.list().entries[0].vetting.status, VettingStatus::Overdue);
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM notice"), 1);
    }
}
