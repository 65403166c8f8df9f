//! The second half of the double opt-in.

use std::net::IpAddr;

use jiff::Timestamp;

use super::{Holder, facts, load, owed};
use crate::actions::Error;
use crate::db::subscription::Stored;
use crate::db::{self, Conn};
use crate::delivery::webhook::signature::Secret;
use crate::domain::audit::{Actor, Event};
use crate::domain::id::Id;
use crate::domain::subscription::{Channel, Subscription, SubscriptionState};
use crate::keys::Keys;
use crate::state::State;

/// What came of confirming.
#[derive(Debug, Clone)]
pub struct Confirmation {
    /// As it stands now; `ended` if it was over before.
    pub subscription: Subscription,
    /// The webhook's secret, told this once.
    pub secret: Option<String>,
}

/// Confirms a subscription. A second click, or one at the same time, changes nothing and is a
/// success too; only the first tells a webhook's secret.
///
/// # Errors
/// There is no such subscription any more; the database failed.
pub async fn confirm(state: &State, holder: Holder) -> Result<Confirmation, Error> {
    let (now, keys) = (state.clock.now(), state.keys.clone());
    state.db.write(move |conn| confirm_in(conn, &keys, holder, now)).await
}

fn confirm_in(conn: &mut Conn, keys: &Keys, holder: Holder, now: Timestamp) -> Result<Confirmation, Error> {
    let mut stored = load(conn, holder.0)?;
    if stored.subscription.state != SubscriptionState::Pending {
        return Ok(Confirmation { subscription: stored.subscription, secret: None });
    }
    let s = &mut stored.subscription;
    s.state = SubscriptionState::Confirmed;
    s.confirmed_at = Some(now);
    s.revision += 1;
    let id = s.id;
    let secret = match s.channel {
        Channel::Email => None,
        Channel::Webhook => Some(new_secret(keys, &mut stored)?),
    };
    db::subscription::save(conn, &stored)?;
    let event = Event {
        actor: Actor::Subscriber(id),
        action: "subscription.confirmed",
        subject: id.to_string(),
        detail: facts(&stored.subscription),
    };
    db::audit::append(conn, now, event)?;
    Ok(Confirmation { subscription: stored.subscription, secret })
}

/// Gives a webhook a new secret, sealed for its place, and answers it in the receiver's form.
pub(super) fn new_secret(keys: &Keys, stored: &mut Stored) -> Result<String, Error> {
    let secret = Secret::generate().map_err(|e| Error::Conflict(e.to_string()))?;
    stored.secret = secret.seal(keys, stored.subscription.id)?;
    Ok(secret.reveal())
}

/// Sends the opt-in mail again, for somebody whose link (of subscription `id`) has expired.
/// Looks the same whatever became of the subscription, also beyond the limits.
///
/// # Errors
/// The database failed.
pub async fn send_confirmation_again(state: &State, id: Id, from: Option<IpAddr>) -> Result<(), Error> {
    let now = state.clock.now();
    let stored = state.db.read(move |conn| db::subscription::get(conn, id)).await?;
    let Some(Stored { subscription, .. }) = stored else { return Ok(()) };
    if subscription.state == SubscriptionState::Ended || !state.limits.take_mail(&subscription.email, from) {
        return Ok(());
    }
    state
        .db
        .write(move |conn| {
            let mut stored = load(conn, id)?;
            match stored.subscription.state {
                SubscriptionState::Ended => return Ok(()),
                SubscriptionState::Pending => {
                    stored.subscription.created_at = now;
                    stored.subscription.revision += 1;
                    db::subscription::save(conn, &stored)?;
                }
                _ => {}
            }
            owed::mail_link(conn, &stored.subscription, now)
        })
        .await
        .or_else(|e: Error| if matches!(e, Error::NotFound(_)) { Ok(()) } else { Err(e) })?;
    state.outbox_bell.notify_one();
    Ok(())
}
