//! The signed challenge an endpoint answers before it is told anything (requirement R11), so
//! that nobody can point our messages at somebody else's server.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use tokio::time::Instant;

use super::engine::{StartError, is_paused};
use super::message::payload;
use super::outcome::{Exchange, Verdict, said};
use super::tls;
use super::webhook::address::UrlPolicy;
use super::webhook::resolve::Resolver;
use super::webhook::sender::{Limits, Post, Sender};
use super::webhook::signature::{self, Secret};
use crate::db;
use crate::domain::id::Id;
use crate::keys;
use crate::state::State;

/// Why no challenge was sent.
#[derive(Debug, thiserror::Error)]
pub enum ChallengeError {
    /// All sending is paused.
    #[error("All sending is paused at the moment, so no challenge was sent. Try again later.")]
    Paused,
    /// The database.
    #[error("The database failed, so no challenge was sent. Try again later.")]
    Database(#[from] db::Error),
}

#[derive(Deserialize)]
struct Answer {
    challenge: String,
}

/// Asks the endpoint at `url` whether it agrees. Its verdict is [`Verdict::Accepted`] only if it
/// answered 200 with `{"challenge": …}` and the value it was sent; otherwise `answer` says what
/// it did. Takes up to 20 s; hold nothing meanwhile.
///
/// # Errors
/// All sending is paused, or the database failed; nothing was sent.
pub async fn send_challenge(state: &State, url: &str, secret: &Secret) -> Result<Exchange, ChallengeError> {
    if state.db.read(is_paused).await? {
        return Err(ChallengeError::Paused);
    }
    Ok(challenge(state, url, secret).await)
}

async fn challenge(state: &State, url: &str, secret: &Secret) -> Exchange {
    let now = state.clock.now();
    let started = Instant::now();
    let failed = |reason: String| Exchange::without_answer(b"", &reason, started.elapsed(), Verdict::RETRY);
    let challenge = match keys::random::<24>() {
        Ok(bytes) => URL_SAFE_NO_PAD.encode(bytes),
        Err(error) => return failed(error.to_string()),
    };
    let sender = match sender(state) {
        Ok(sender) => sender,
        Err(error) => return failed(error.to_string()),
    };
    let body = payload::challenge(&challenge, now);
    let id = format!("msg_{}", Id::new(now));
    let headers = signature::headers(&id, now, &body, std::slice::from_ref(secret));
    let (mut exchange, answer) = sender.send_and_read(&Post { url, headers, body, now }).await;
    let echoed = serde_json::from_slice::<Answer>(&answer).is_ok_and(|a| a.challenge == challenge);
    if exchange.verdict == Verdict::Accepted && (exchange.code != Some(200) || !echoed) {
        exchange.verdict = Verdict::RETRY;
        let wanted =
            "the endpoint must answer 200 with {\"challenge\": the value it was sent}; it answered: ";
        exchange.answer = format!("{wanted}{}", said(exchange.code, &exchange.answer));
    }
    exchange
}

/// A sender of webhooks as the settings say.
///
/// # Errors
/// TLS or the name resolver cannot be set up.
pub(super) fn sender(state: &State) -> Result<Sender, StartError> {
    let limits = Limits::default();
    let policy = UrlPolicy::of(&state.settings.webhooks);
    Ok(Sender::new(Resolver::system(limits.dns)?, policy, limits, tls::client_config([])?))
}
