//! Makes one attempt and judges what it means. Holds no connection to the database while it
//! sends.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::content::Contents;
use super::lanes::Slot;
use crate::db::{self, outbox::Claim, outbox::Outcome};
use crate::delivery::message::{Content, Writer};
use crate::delivery::outcome::{Exchange, Verdict};
use crate::delivery::redact::without_recipient;
use crate::delivery::schedule::{self, Next, Tried};
use crate::delivery::webhook::sender::{Post, Sender};
use crate::delivery::webhook::signature::{self, Secret};
use crate::domain::delivery::{Attempt, DeliveryKind, DeliveryState};
use crate::domain::subscription::{Channel, SubscriptionState};
use crate::keys;
use crate::state::State;

/// How long a suspended endpoint is left alone before its messages are looked at again.
const HELD: SignedDuration = SignedDuration::from_hours(24);
/// A claim that waited longer than this looks its receiver up again, so that who unsubscribes is
/// not written to any more (R20: within 5 s).
const STALE: SignedDuration = SignedDuration::from_secs(2);
/// How long a delivery waits after the database failed under it.
const STUMBLE: SignedDuration = SignedDuration::from_secs(30);

/// What a slot needs; shared by all of them.
pub(super) struct Courier {
    pub(super) state: State,
    writer: Writer,
    sender: Arc<Sender>,
    contents: Contents,
}

impl Courier {
    pub(super) fn new(state: State, writer: Writer, sender: Arc<Sender>, contents: Contents) -> Self {
        Self { state, writer, sender, contents }
    }

    /// Sends a webhook.
    pub(super) async fn post(&self, claim: Claim) -> Outcome {
        let claim = &self.refreshed(claim).await;
        let content = match self.prepare(claim).await {
            Ok(content) => content,
            Err(outcome) => return *outcome,
        };
        let body = match self.writer.payload(&claim.delivery, &content) {
            Ok(body) => body,
            Err(error) => return self.unwritten(claim, &error.to_string()).await,
        };
        let now = self.state.clock.now();
        let id = claim.receiver.subscription.id;
        let secret = match Secret::unseal(&self.state.keys, id, &claim.receiver.secret) {
            Ok(secret) => secret,
            Err(error) => return self.unwritten(claim, &error.to_string()).await,
        };
        let name = format!("msg_{}", claim.delivery.id);
        let headers = signature::headers(&name, now, &body, &[secret]);
        let url = &claim.receiver.subscription.url;
        let exchange = self.sender.send(&Post { url, headers, body, now }).await;
        self.judge(claim, exchange).await
    }

    /// Sends a mail through one slot's way out.
    pub(super) async fn mail(&self, claim: Claim, slot: &mut Slot) -> Outcome {
        let claim = &self.refreshed(claim).await;
        let content = match self.prepare(claim).await {
            Ok(content) => content,
            Err(outcome) => return *outcome,
        };
        let mail = match self.writer.mail(&claim.delivery, &claim.receiver.subscription, &content) {
            Ok(mail) => mail,
            Err(error) => return self.unwritten(claim, &error.to_string()).await,
        };
        let exchange = match slot {
            Slot::Relay(connection) => connection.send(&mail).await,
            Slot::Folder(folder) => folder.send(&claim.delivery.id.to_string(), &mail).await,
        };
        self.judge(claim, exchange).await
    }

    async fn refreshed(&self, claim: Claim) -> Claim {
        if self.state.clock.now().duration_since(claim.at) < STALE {
            return claim;
        }
        let id = claim.receiver.subscription.id;
        match self.state.db.read(move |conn| db::subscription::get(conn, id)).await {
            Ok(Some(receiver)) => Claim { receiver, ..claim },
            // If the database is away, what was read with the claim has to do.
            Ok(None) | Err(_) => claim,
        }
    }

    /// What there is to tell; or, if nothing is to be sent, why.
    async fn prepare(&self, claim: &Claim) -> Result<Content, Box<Outcome>> {
        let now = self.state.clock.now();
        let receiver = &claim.receiver.subscription;
        let news = matches!(claim.delivery.kind, DeliveryKind::Notice | DeliveryKind::Update);
        let left = |state, due_at, why: &str| {
            Box::new(Outcome {
                delivery_id: claim.delivery.id,
                token: claim.token,
                state,
                due_at,
                attempt: None,
                last_answer: why.to_owned(),
            })
        };
        if receiver.state == SubscriptionState::Ended || (news && receiver.confirmed_at.is_none()) {
            return Err(left(DeliveryState::Cancelled, now, "the subscription had ended"));
        }
        if news && receiver.channel == Channel::Webhook && receiver.state == SubscriptionState::Suspended {
            let due = now.saturating_add(HELD).unwrap_or(now);
            return Err(left(DeliveryState::Queued, due, "kept: the endpoint is suspended"));
        }
        match self.contents.of(&self.state, &claim.delivery).await {
            Ok(Some(content)) => Ok(content),
            Ok(None) => Err(Box::new(self.unwritten(claim, "what it should tell is not there").await)),
            Err(error) => {
                tracing::error!(%error, delivery = %claim.delivery.id, "a delivery could not be read");
                let due = now.saturating_add(STUMBLE).unwrap_or(now);
                Err(left(DeliveryState::Queued, due, "not tried: the database failed"))
            }
        }
    }

    /// A message that cannot be written fails for good, with an alarm.
    async fn unwritten(&self, claim: &Claim, why: &str) -> Outcome {
        self.judge(claim, Exchange::without_answer(b"", why, Duration::ZERO, Verdict::Permanent)).await
    }

    async fn judge(&self, claim: &Claim, exchange: Exchange) -> Outcome {
        let now = self.state.clock.now();
        let delivery = &claim.delivery;
        let number = delivery.attempts.saturating_add(1);
        let (state, due_at) = match &exchange.verdict {
            Verdict::Accepted => (DeliveryState::Accepted, now),
            Verdict::Permanent | Verdict::Gone => (DeliveryState::Failed, now),
            Verdict::Temporary { retry_after } => match next(claim, number, *retry_after, now) {
                Next::At { at, .. } => (DeliveryState::Queued, at),
                Next::GiveUp => (DeliveryState::Failed, now),
            },
        };
        let verdict = word(&exchange.verdict);
        self.state.metrics.attempted(delivery.channel.as_str(), verdict);
        if exchange.verdict == Verdict::Gone {
            self.suspend(claim).await;
        }
        if state == DeliveryState::Failed {
            // The peer's words may hold an address; they stand in the attempt log.
            tracing::error!(
                alarm = "delivery_failed", delivery = %delivery.id, kind = %delivery.kind,
                channel = %delivery.channel, code = exchange.code, verdict, attempts = number,
                "a delivery failed for good; see its attempts"
            );
        }
        let answer = without_recipient(&exchange.answer, &claim.receiver.subscription.email);
        let attempt = Attempt {
            number,
            at: now,
            took_ms: i64::try_from(exchange.took.as_millis()).unwrap_or(i64::MAX),
            peer: exchange.peer.unwrap_or_default(),
            tls: exchange.tls.unwrap_or_default(),
            code: i32::from(exchange.code.unwrap_or_default()),
            answer: answer.clone(),
            verdict: verdict.to_owned(),
            body_sha256: exchange.body_sha256,
        };
        Outcome {
            delivery_id: delivery.id,
            token: claim.token,
            state,
            due_at,
            attempt: Some(attempt),
            last_answer: answer,
        }
    }

    async fn suspend(&self, claim: &Claim) {
        let id = claim.receiver.subscription.id;
        match self.state.db.write(move |conn| db::subscription::suspend(conn, id)).await {
            Ok(_) => tracing::warn!(subscription = %id, "an endpoint is gone (410); suspended"),
            Err(error) => tracing::error!(%error, subscription = %id, "an endpoint could not be suspended"),
        }
    }
}

fn next(claim: &Claim, attempts: i32, retry_after: Option<Duration>, now: Timestamp) -> Next {
    let channel = match claim.delivery.channel {
        Channel::Email => schedule::Channel::Mail,
        Channel::Webhook => schedule::Channel::Webhook,
    };
    let tried = Tried {
        channel,
        attempts: u32::try_from(attempts).unwrap_or_default(),
        // The first attempt follows at once; a pause in between only lengthens the schedule's days.
        first_attempt: claim.delivery.created_at,
        last_lawful: None,
        retry_after,
    };
    schedule::next(&tried, jitter(), now)
}

/// A fraction from 0 to 1; without random bytes none, which is still a valid schedule.
fn jitter() -> f64 {
    keys::random::<2>().map_or(0.0, |bytes| f64::from(u16::from_be_bytes(bytes)) / f64::from(u16::MAX))
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::Temporary { .. } => "temporary",
        Verdict::Permanent => "permanent",
        Verdict::Gone => "gone",
    }
}
