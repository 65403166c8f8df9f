//! What a subscriber may choose afterwards.

use std::net::IpAddr;

use serde_json::json;

use super::wish::address;
use super::{FilterWish, Holder, load, owed};
use crate::actions::Error;
use crate::db;
use crate::domain::audit::{Actor, Event};
use crate::domain::subscription::{Channel, Subscription, SubscriptionState};
use crate::state::State;

/// Changes what a subscriber hears of, from the next announcement on.
///
/// # Errors
/// Fields to mend; the subscription has ended or waits for its confirmation; the database failed.
pub async fn change_preferences(
    state: &State,
    holder: Holder,
    wish: FilterWish,
) -> Result<Subscription, Error> {
    let now = state.clock.now();
    state
        .db
        .write(move |conn| {
            let mut stored = load(conn, holder.0)?;
            active(&stored.subscription)?;
            let s = &mut stored.subscription;
            let filter = wish.checked(conn, &s.filter.products)?;
            if s.filter == filter {
                return Ok(stored.subscription);
            }
            let before = std::mem::replace(&mut s.filter, filter);
            s.revision += 1;
            let detail = json!({ "before": before, "after": s.filter });
            let id = s.id;
            db::subscription::save(conn, &stored)?;
            let (actor, subject) = (Actor::Subscriber(id), id.to_string());
            let event = Event { actor, action: "subscription.preferences_changed", subject, detail };
            db::audit::append(conn, now, event)?;
            Ok(stored.subscription)
        })
        .await
}

/// Only what is confirmed and has not ended can be changed.
pub(super) fn active(s: &Subscription) -> Result<(), Error> {
    match s.state {
        SubscriptionState::Ended => {
            Err(Error::Conflict("This subscription has ended. Subscribe again to be told of changes.".into()))
        }
        SubscriptionState::Pending => Err(Error::Conflict(
            "This subscription is not confirmed yet. Use the link in the mail we sent for that.".into(),
        )),
        _ => Ok(()),
    }
}

/// Mails the links to everything that is subscribed with an address: its own subscription and
/// the webhooks it is the contact of. Looks the same if there is nothing, and beyond the limits.
///
/// # Errors
/// The field `email` to mend; the database failed.
pub async fn request_preferences_link(state: &State, email: &str, from: Option<IpAddr>) -> Result<(), Error> {
    let email = address(email)?;
    if !state.limits.take_mail(&email, from) {
        return Ok(());
    }
    let now = state.clock.now();
    state
        .db
        .write(move |conn| {
            for channel in [Channel::Email, Channel::Webhook] {
                for stored in db::subscription::open_of(conn, &email, channel)? {
                    // Nobody agreed to these yet: a stranger may have piled them up.
                    if channel == Channel::Webhook && stored.subscription.state == SubscriptionState::Pending
                    {
                        continue;
                    }
                    owed::mail_link(conn, &stored.subscription, now)?;
                }
            }
            Ok::<_, Error>(())
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(())
}
