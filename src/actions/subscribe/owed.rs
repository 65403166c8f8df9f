//! What a subscriber's own acts put into the outbox, or take out of it.

use jiff::Timestamp;

use crate::actions::Error;
use crate::db::{self, Conn};
use crate::domain::id::Id;
use crate::domain::subscription::{Subscription, SubscriptionState};

/// The mail that brings a subscriber further: the opt-in link while that is open, the link to
/// the preferences afterwards.
pub(super) fn mail_link(conn: &mut Conn, s: &Subscription, now: Timestamp) -> Result<(), Error> {
    match s.state {
        SubscriptionState::Pending => db::outbox::enqueue_confirm(conn, s, now)?,
        _ => db::outbox::enqueue_preferences(conn, s, now)?,
    };
    Ok(())
}

/// A harmless test to the subscription's channel.
pub(super) fn test(conn: &mut Conn, s: &Subscription, now: Timestamp) -> Result<(), Error> {
    db::outbox::enqueue_test(conn, s, now)?;
    Ok(())
}

/// Nothing more is owed to a subscription that ended. What it was to tell a Client under its
/// agreement is told through the Client's other contacts; a person should know that one is gone.
pub(super) fn cancel(conn: &mut Conn, id: Id, now: Timestamp) -> Result<(), Error> {
    for contact in db::contact::through(conn, id)? {
        tracing::error!(
            alarm = "contact_unsubscribed", client = %contact.client_id, contact = %contact.id, subscription = %id,
            "a Client's contact ended the subscription it was told through"
        );
    }
    db::outbox::cancel_queued(conn, id, now)?;
    Ok(())
}
