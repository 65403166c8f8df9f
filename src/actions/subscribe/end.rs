//! The end of a subscription, and what is forgotten with it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Holder, load, owed};
use crate::actions::objections::tell_desk;
use crate::actions::{By, Error};
use crate::db::subscription::Stored;
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::{Actor, Event};
use crate::domain::client::{Contact, ContactState};
use crate::domain::email::Email;
use crate::domain::id::Id;
use crate::domain::subscription::{Channel, Subscription, SubscriptionState};
use crate::state::State;

/// How long an unconfirmed request keeps its address.
const UNCONFIRMED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How many are forgotten in one transaction.
const CHUNK: i64 = 200;

/// Ends a subscription; what is queued for it is not sent any more. Ending it again changes
/// nothing and is a success too.
///
/// # Errors
/// There is no such subscription; the database failed.
pub async fn unsubscribe(state: &State, holder: Holder) -> Result<Subscription, Error> {
    let (now, settings) = (state.clock.now(), state.settings.clone());
    let ended = state
        .db
        .write(move |conn| {
            let stored = load(conn, holder.0)?;
            let was_open = stored.subscription.state != SubscriptionState::Ended;
            let told_under = contacts_behind(conn, &stored.subscription)?;
            let actor = Actor::Subscriber(holder.0);
            let ended = end(conn, stored, actor, "subscription.unsubscribed", json!({}), now)?;
            if was_open {
                warn(conn, &told_under, &settings.company.privacy_contact, now)?;
            }
            Ok::<_, Error>(ended)
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(ended)
}

/// The Clients' contacts that a subscriber is: linked by staff, or with the same mailbox.
///
/// # Errors
/// The database failed.
pub fn contacts_behind(conn: &mut Conn, s: &Subscription) -> Result<Vec<Contact>, db::Error> {
    // Of an address that was erased nobody is left.
    let mut found =
        if s.email == Email::erased() { Vec::new() } else { db::contact::with_email(conn, &s.email)? };
    found.retain(|contact| contact.state != ContactState::Ended);
    if s.channel == Channel::Webhook {
        found.retain(|contact| contact.subscription_id == Some(s.id));
    }
    Ok(found)
}

/// What an agreement owes is owed on, but a person must look: the Client may want somebody else
/// to be told.
fn warn(conn: &mut Conn, contacts: &[Contact], privacy_contact: &str, now: Timestamp) -> Result<(), Error> {
    for contact in contacts {
        tracing::warn!(
            alarm = "contact_unsubscribed", client = %contact.client_id, contact = %contact.id,
            "a Client's contact ended a subscription; its notices under the agreement go on"
        );
        let detail = json!({ "client": contact.client_id });
        let (actor, subject) = (Actor::System, contact.id.to_string());
        db::audit::append(
            conn,
            now,
            Event { actor, action: "client.contact_unsubscribed", subject, detail },
        )?;
        tell_desk(conn, contact, privacy_contact, &format!("left:{}", contact.id), now)?;
    }
    Ok(())
}

/// Ends a subscription for staff, who say why.
///
/// # Errors
/// Not allowed; there is no such subscription; the database failed.
pub async fn end_by_staff(state: &State, by: &By, id: Id, reason: String) -> Result<Subscription, Error> {
    by.require(Permission::Write)?;
    let reason = crate::domain::text::paragraph("reason", &reason, crate::domain::text::TEXT_LIMIT)?;
    let (now, actor) = (state.clock.now(), by.actor);
    state
        .db
        .write(move |conn| {
            let stored = load(conn, id)?;
            end(conn, stored, actor, "subscription.ended", json!({ "reason": reason }), now)
        })
        .await
}

fn end(
    conn: &mut Conn,
    mut stored: Stored,
    actor: Actor,
    action: &'static str,
    detail: Value,
    now: Timestamp,
) -> Result<Subscription, Error> {
    let s = &mut stored.subscription;
    if s.state == SubscriptionState::Ended {
        return Ok(stored.subscription);
    }
    s.state = SubscriptionState::Ended;
    s.ended_at = Some(now);
    s.revision += 1;
    let id = s.id;
    // Nothing is signed for it any more.
    stored.secret.clear();
    db::subscription::save(conn, &stored)?;
    owed::cancel(conn, id, now)?;
    db::audit::append(conn, now, Event { actor, action, subject: id.to_string(), detail })?;
    Ok(stored.subscription)
}

/// Ends requests that nobody confirmed within 30 days and erases their addresses: nobody
/// agreed to be kept here (GDPR Art. 5(1)(e)). The row stays, because the attempts to deliver
/// its opt-in mail refer to it. Answers how many.
///
/// # Errors
/// The database failed; what was done before stays done.
pub async fn purge_unconfirmed(state: &State) -> Result<usize, Error> {
    let now = state.clock.now();
    let before = now.saturating_sub(UNCONFIRMED).map_err(|e| db::Error::Corrupt(e.to_string()))?;
    let due = state.db.read(move |conn| db::subscription::unconfirmed_before(conn, before, 1)).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let mut purged = 0;
    loop {
        let done = state.db.write(move |conn| purge_chunk(conn, before, now)).await?;
        purged += done;
        if done == 0 {
            return Ok(purged);
        }
    }
}

fn purge_chunk(conn: &mut Conn, before: Timestamp, now: Timestamp) -> Result<usize, Error> {
    let stale = db::subscription::unconfirmed_before(conn, before, CHUNK)?;
    let count = stale.len();
    for mut stored in stale {
        stored.subscription.email = Email::erased();
        stored.subscription.url.clear();
        end(conn, stored, Actor::System, "subscription.purged", json!({}), now)?;
    }
    Ok(count)
}
