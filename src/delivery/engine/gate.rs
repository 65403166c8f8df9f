//! The last look before a message leaves.

use jiff::SignedDuration;

use crate::db::outbox::Claim;
use crate::db::subscription::Stored;
use crate::db::{self, outbox};
use crate::domain::subscription::{Channel, SubscriptionState};
use crate::state::State;

use super::book::MAIL_LEASE;
use super::pause::is_paused;

/// A whole exchange with a webhook takes 20 s at most (R4); two more to write and to record it.
const WEBHOOK_NEEDS: SignedDuration = SignedDuration::from_secs(22);

/// What the look showed.
pub(super) enum Seen {
    /// Nothing may be sent with this claim now: all sending is paused, or the lease is gone or
    /// too short.
    Closed,
    /// To this receiver, as it stands now (R20: who unsubscribes is not written to any more).
    Open(Box<Stored>),
    /// The endpoint is suspended and something older is owed to it.
    Kept,
    /// Not owed any more, and why: the notice was withdrawn, or the contact removed.
    Void(&'static str),
}

/// Looks.
///
/// # Errors
/// The database failed.
pub(super) async fn look(state: &State, claim: &Claim) -> Result<Seen, db::Error> {
    let (clock, delivery, token) = (state.clock.clone(), claim.delivery.clone(), claim.token);
    let needs = match delivery.channel {
        // A mail may take longer than its lease, which is prolonged while it is under way: one
        // that was not prolonged in time says that this does not work at the moment.
        Channel::Email => MAIL_LEASE / 3,
        Channel::Webhook => WEBHOOK_NEEDS,
    };
    state
        .db
        .read(move |conn| {
            if is_paused(conn)? {
                return Ok(Seen::Closed);
            }
            let lease = outbox::lease(conn, delivery.id, token)?;
            if lease.is_none_or(|until| until.duration_since(clock.now()) < needs) {
                return Ok(Seen::Closed);
            }
            if outbox::is_withdrawn(conn, &delivery)? {
                return Ok(Seen::Void(outbox::WITHDRAWN));
            }
            let Some(receiver) = db::subscription::get(conn, delivery.subscription_id)? else {
                return Ok(Seen::Closed);
            };
            if outbox::is_to_ended_contact(conn, &delivery, receiver.subscription.contact_id)? {
                return Ok(Seen::Void("Not sent: the contact was removed."));
            }
            let held = receiver.subscription.state == SubscriptionState::Suspended
                && delivery.is_news()
                && delivery.channel == Channel::Webhook;
            if held && !outbox::is_oldest_owed(conn, &delivery)? {
                return Ok(Seen::Kept);
            }
            Ok(Seen::Open(Box::new(receiver)))
        })
        .await
}
