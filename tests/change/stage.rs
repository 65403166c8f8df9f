//! Small steps that several tests of changes take.

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::date;
use subprocessors::actions;
use subprocessors::db;
use subprocessors::domain::change::Change;
use subprocessors::domain::entry::ListedEntry;
use subprocessors::domain::id::Id;
use subprocessors::domain::notice::Notice;
use subprocessors::domain::subscription::{Channel, Filter, Subscription, SubscriptionState};

use crate::support::{Backend, Desk};

pub fn h(n: i64) -> SignedDuration {
    SignedDuration::from_hours(n)
}

/// A desk on 1 March 2027, nine in the morning.
pub fn desk_on(backend: Backend) -> Desk {
    let desk = Desk::on(backend);
    desk.go_to(date(2027, 3, 1), h(9));
    desk
}

/// A line that is in force since 1 April.
pub fn active(desk: &Desk, name: &str) -> Id {
    let change = desk.begin("Add", Some(date(2027, 4, 1)));
    let change = desk.put(&change, desk.new_entry(name));
    let id = change.items[0].entry_id.unwrap();
    desk.pass(&change);
    desk.go_to(date(2027, 4, 1), h(1));
    desk.run(actions::take_effect_due(&desk.state)).unwrap();
    desk.go_to(date(2027, 4, 1), h(2));
    id
}

/// A second line of the vendor of `first`, in force since 1 June.
pub fn second_line(desk: &Desk, first: Id, name: &str) -> Id {
    let change = desk.begin("Second purpose", Some(date(2027, 6, 1)));
    let mut second = desk.edit_of(name);
    second.entry_id = None;
    second.vendor_id = Some(entry(desk, first).entry.vendor_id);
    second.engagement.purposes[0].text = "messaging".into();
    let change = desk.put(&change, second);
    let id = change.items[0].entry_id.unwrap();
    desk.pass(&change);
    desk.go_to(date(2027, 6, 1), h(1));
    desk.run(actions::take_effect_due(&desk.state)).unwrap();
    id
}

pub fn notice(desk: &Desk, number: &str) -> Notice {
    desk.state.db.read_blocking(|c| db::notice::by_number(c, number)).unwrap().unwrap()
}

pub fn submit(desk: &Desk, change: &Change) -> Change {
    desk.run(actions::submit(&desk.state, &desk.editor, change.id, change.revision)).unwrap()
}

pub fn entry(desk: &Desk, id: Id) -> ListedEntry {
    desk.state.db.read_blocking(|c| db::register::entry(c, id)).unwrap().unwrap()
}

/// Somebody who confirmed at a moment.
pub fn subscriber(mail: &str, confirmed: Timestamp) -> db::subscription::Stored {
    let subscription = Subscription {
        id: Id::new(confirmed),
        channel: Channel::Email,
        email: mail.parse().unwrap(),
        url: String::new(),
        filter: Filter::default(),
        language: "en".into(),
        state: SubscriptionState::Confirmed,
        created_at: confirmed,
        confirmed_at: Some(confirmed),
        consented_at: None,
        ended_at: None,
        sequence: 0,
        contact_id: None,
        revision: 1,
    };
    db::subscription::Stored { subscription, secret: String::new() }
}

/// Turns every audience into deliveries.
pub fn expand(desk: &Desk) {
    let now = desk.state.clock.now();
    while desk
        .state
        .db
        .write_blocking(|c| db::outbox::expand_next(c, 1_000, now, &jiff::tz::TimeZone::UTC))
        .unwrap()
        .is_some()
    {}
}
