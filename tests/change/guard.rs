//! The count typed for an unusually large audience holds only while it says how many they are.

use jiff::SignedDuration;
use jiff::civil::date;
use subprocessors::actions::{self, Announced};
use subprocessors::db;
use subprocessors::domain::change::{Change, ChangeState};

use super::stage::{h, subscriber};
use crate::support::{Backend, Desk};

fn confirm(desk: &Desk, from: usize, to: usize) {
    let now = desk.state.clock.now();
    for n in from..to {
        let stored = subscriber(&format!("s{n}@client.example"), now - SignedDuration::from_secs(1));
        desk.state.db.write_blocking(|c| db::subscription::save(c, &stored)).unwrap();
    }
}

/// A change approved for `before` receivers, whose hold ends when there are `after`.
fn held_while_it_grows(backend: Backend, before: usize, after: usize) -> (Desk, Change, Vec<Announced>) {
    let desk = Desk::with(backend, &[("notices.hold", "60")]);
    desk.go_to(date(2027, 3, 1), h(9));
    confirm(&desk, 0, before);
    let change = desk.begin("Add", Some(date(2027, 5, 1)));
    let held = desk.pass(&desk.put(&change, desk.new_entry("One GmbH")));
    assert_eq!(held.state, ChangeState::Held);
    confirm(&desk, before, after);
    desk.go_to(date(2027, 3, 1), h(11));
    let done = desk.run(actions::announce_due(&desk.state)).unwrap();
    let change = desk.state.db.read_blocking(|c| db::change::get(c, change.id)).unwrap().unwrap();
    (desk, change, done)
}

on_both! {
    fn an_audience_that_outgrew_an_untyped_approval_is_not_told(backend: Backend) {
        let (desk, change, done) = held_while_it_grows(backend, 40, 60);
        assert!(matches!(&done[..], [Announced::Returned(why)] if why.contains("60 receivers would be told; 40 were")), "{done:?}");
        assert_eq!(change.state, ChangeState::Draft);
        assert!(change.returned.contains("type the count"), "{}", change.returned);
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM notice"), 0);
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM expansion"), 0);
    }

    fn a_typed_count_holds_up_to_twice_and_no_further(backend: Backend) {
        let (_, change, done) = held_while_it_grows(backend, 60, 120);
        assert!(matches!(&done[..], [Announced::Published(Some(_))]), "{done:?}");
        assert_eq!(change.state, ChangeState::Announced);
        let (_, change, done) = held_while_it_grows(backend, 60, 121);
        assert!(matches!(&done[..], [Announced::Returned(why)] if why.contains("121 receivers would be told; 60 were")), "{done:?}");
        assert_eq!(change.state, ChangeState::Draft);
    }

    fn an_audience_that_stayed_small_needs_no_count(backend: Backend) {
        let (_, change, _) = held_while_it_grows(backend, 10, 50);
        assert_eq!(change.state, ChangeState::Announced);
    }

    fn two_changes_whose_hold_ends_together_are_both_told(backend: Backend) {
        let desk = Desk::with(backend, &[("notices.hold", "60")]);
        desk.go_to(date(2027, 3, 1), h(9));
        confirm(&desk, 0, 60);
        for name in ["One GmbH", "Two GmbH"] {
            let change = desk.begin("Add", Some(date(2027, 5, 1)));
            desk.pass(&desk.put(&change, desk.new_entry(name)));
        }
        desk.go_to(date(2027, 3, 1), h(11));
        let done = desk.run(actions::announce_due(&desk.state)).unwrap();
        assert_eq!(done.len(), 2);
        assert!(done.iter().all(|d| matches!(d, Announced::Published(Some(_)))), "{done:?}");
    }
}
