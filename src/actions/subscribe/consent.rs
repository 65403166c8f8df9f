//! The endpoint's own agreement: a webhook is told nothing before it has answered a signed
//! challenge, so that nobody can point our messages at somebody else's server.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::confirm::new_secret;
use super::preferences::active;
use super::{Holder, load, owed};
use crate::actions::Error;
use crate::db::subscription::Stored;
use crate::db::{self, Conn};
use crate::delivery::webhook::signature::Secret;
use crate::domain::audit::{Actor, Event};
use crate::domain::id::Id;
use crate::domain::subscription::{Channel, Subscription};
use crate::limits::CALLS_TO_ENDPOINT;
use crate::state::State;

/// Makes a new secret and answers it, this once. The old one stops at once.
///
/// # Errors
/// Not an active webhook; the database failed.
pub async fn renew_secret(state: &State, holder: Holder) -> Result<String, Error> {
    let (now, keys) = (state.clock.now(), state.keys.clone());
    state
        .db
        .write(move |conn| {
            let mut stored = active_webhook(conn, holder.0)?;
            let secret = new_secret(&keys, &mut stored)?;
            stored.subscription.revision += 1;
            db::subscription::save(conn, &stored)?;
            record(conn, holder.0, "subscription.secret_renewed", json!({}), now)?;
            Ok(secret)
        })
        .await
}

/// An endpoint to be asked, with the secret the challenge is signed with.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Whose endpoint.
    pub subscription: Subscription,
    /// Its secret.
    pub secret: Secret,
}

/// What an endpoint did instead of answering its challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status; 0 if there was no answer.
    pub code: u16,
    /// A sentence for the endpoint's owner.
    pub told: String,
}

/// Sends the signed challenge to the endpoint and, if it answers it, from then on tells it of
/// changes. Can be repeated; the first success counts. `ask` sends the challenge; nothing is
/// held while it does.
///
/// # Errors
/// Not an active webhook; too many in the last hour; the endpoint did not answer as it should
/// (the text says what it did); the secret was renewed meanwhile; the database failed.
pub async fn consent_webhook<A, F>(state: &State, holder: Holder, ask: A) -> Result<Subscription, Error>
where
    A: FnOnce(Endpoint) -> F,
    F: Future<Output = Result<(), Refusal>>,
{
    let stored = state.db.read(move |conn| active_webhook(conn, holder.0)).await?;
    within_limits(state, holder.0)?;
    let sealed = stored.secret.clone();
    let secret = Secret::unseal(&state.keys, holder.0, &sealed)?;
    let answered = ask(Endpoint { subscription: stored.subscription, secret }).await;
    let now = state.clock.now();
    state
        .db
        .write(move |conn| {
            let mut stored = active_webhook(conn, holder.0)?;
            if let Err(refusal) = answered {
                let detail = json!({ "code": refusal.code });
                record(conn, holder.0, "subscription.challenge_failed", detail, now)?;
                return Ok(Err(Error::Conflict(refusal.told)));
            }
            if stored.secret != sealed {
                return Ok(Err(Error::Conflict(
                    "The secret was renewed while the challenge was under way. Send the challenge again."
                        .into(),
                )));
            }
            if stored.subscription.consented_at.is_none() {
                stored.subscription.consented_at = Some(now);
                stored.subscription.revision += 1;
                db::subscription::save(conn, &stored)?;
                record(conn, holder.0, "subscription.consented", json!({}), now)?;
            }
            Ok::<_, Error>(Ok(stored.subscription))
        })
        .await?
}

/// Queues a harmless test for the endpoint, signed like every message.
///
/// # Errors
/// Not an active webhook, or one that has not answered the challenge; too many in the last
/// hour; the database failed.
pub async fn request_test(state: &State, holder: Holder) -> Result<(), Error> {
    within_limits(state, holder.0)?;
    let now = state.clock.now();
    state
        .db
        .write(move |conn| {
            let stored = active_webhook(conn, holder.0)?;
            if stored.subscription.consented_at.is_none() {
                return Err(Error::Conflict(
                    "The endpoint has not answered the challenge yet. Send the challenge first.".into(),
                ));
            }
            owed::test(conn, &stored.subscription, now)?;
            record(conn, holder.0, "subscription.test_requested", json!({}), now)
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(())
}

fn within_limits(state: &State, id: Id) -> Result<(), Error> {
    if state.limits.take_call(id) {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "This endpoint was called {CALLS_TO_ENDPOINT} times in the last hour. Wait a few minutes, then try again."
    )))
}

fn active_webhook(conn: &mut Conn, id: Id) -> Result<Stored, Error> {
    let stored = load(conn, id)?;
    active(&stored.subscription)?;
    match stored.subscription.channel {
        Channel::Webhook => Ok(stored),
        Channel::Email => Err(Error::Conflict(
            "This subscription is by mail; only a webhook has a secret and a test.".into(),
        )),
    }
}

fn record(conn: &mut Conn, id: Id, action: &'static str, detail: Value, now: Timestamp) -> Result<(), Error> {
    let event = Event { actor: Actor::Subscriber(id), action, subject: id.to_string(), detail };
    Ok(db::audit::append(conn, now, event)?)
}
