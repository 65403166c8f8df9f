//! One message at a time: those a person asked for (the opt-in mail, the link to the preferences,
//! a test), and what a Client's contact is owed under its agreement.

use jiff::Timestamp;

use super::insert;
use crate::db::expansion::Expansion;
use crate::db::{Conn, Error, subscription};
use crate::domain::client::Contact;
use crate::domain::delivery::{Delivery, DeliveryKind, DeliveryState};
use crate::domain::id::Id;
use crate::domain::subscription::{Channel, Subscription};

/// Owes the opt-in mail to the subscription's mailbox (for a webhook: its contact's).
///
/// # Errors
/// The database failed.
pub fn enqueue_confirm(conn: &mut Conn, to: &Subscription, now: Timestamp) -> Result<Id, Error> {
    one(conn, to, DeliveryKind::Confirm, Channel::Email, 0, now)
}

/// Owes a mail with a link to the preferences.
///
/// # Errors
/// The database failed.
pub fn enqueue_preferences(conn: &mut Conn, to: &Subscription, now: Timestamp) -> Result<Id, Error> {
    one(conn, to, DeliveryKind::Preferences, Channel::Email, 0, now)
}

/// Owes a harmless test through the subscription's own channel. Call it in a write transaction
/// in which nothing else saves the same subscription afterwards: a webhook's sequence moves on.
///
/// # Errors
/// The database failed.
pub fn enqueue_test(conn: &mut Conn, to: &Subscription, now: Timestamp) -> Result<Id, Error> {
    let sequence = match to.channel {
        Channel::Email => 0,
        Channel::Webhook => subscription::next_sequence(conn, to.id)?,
    };
    one(conn, to, DeliveryKind::Test, to.channel, sequence, now)
}

/// Owes a letter of `kind` about `event` to a contact's mailbox; see
/// [`Delivery::event`](crate::domain::delivery::Delivery).
///
/// # Errors
/// The database failed.
pub fn enqueue_letter(
    conn: &mut Conn,
    to: &Subscription,
    kind: DeliveryKind,
    event: &str,
    now: Timestamp,
) -> Result<Id, Error> {
    let owed = Delivery { event: event.to_owned(), ..owed(kind, to.id, Channel::Email, now) };
    insert(conn, &owed)?;
    Ok(owed.id)
}

fn one(
    conn: &mut Conn,
    to: &Subscription,
    kind: DeliveryKind,
    channel: Channel,
    sequence: i64,
    now: Timestamp,
) -> Result<Id, Error> {
    let owed = Delivery { sequence, ..owed(kind, to.id, channel, now) };
    insert(conn, &owed)?;
    Ok(owed.id)
}

/// A delivery that begins now.
pub(super) fn owed(kind: DeliveryKind, subscription_id: Id, channel: Channel, now: Timestamp) -> Delivery {
    Delivery {
        id: Id::new(now),
        kind,
        notice_id: None,
        list_version: None,
        event: String::new(),
        subscription_id,
        client_notice_id: None,
        channel,
        state: DeliveryState::Queued,
        due_at: now,
        attempts: 0,
        sequence: 0,
        created_at: now,
        accepted_at: None,
        last_answer: String::new(),
    }
}

/// Owes `contact` the message of `audience` under a ClientNotice.
pub(super) fn owe(
    conn: &mut Conn,
    audience: &Expansion,
    client_notice_id: Id,
    contact: &Contact,
    now: Timestamp,
) -> Result<(), Error> {
    let receiver = subscription::carrier(conn, contact, now)?;
    let sequence = next_sequence(conn, &receiver)?;
    let client_notice_id = Some(client_notice_id);
    insert(conn, &Delivery { client_notice_id, ..message(sequence, &receiver, audience, now) })
}

pub(super) fn next_sequence(conn: &mut Conn, receiver: &Subscription) -> Result<i64, Error> {
    match receiver.channel {
        Channel::Email => Ok(0),
        Channel::Webhook => subscription::next_sequence(conn, receiver.id),
    }
}

pub(super) fn message(
    sequence: i64,
    receiver: &Subscription,
    audience: &Expansion,
    now: Timestamp,
) -> Delivery {
    let kind = if audience.notice_id.is_some() { DeliveryKind::Notice } else { DeliveryKind::Update };
    Delivery {
        notice_id: audience.notice_id,
        list_version: Some(audience.list_version),
        event: audience.event.clone(),
        sequence,
        ..owed(kind, receiver.id, receiver.channel, now)
    }
}
