//! Makes one attempt and judges what it means. Holds no connection to the database while it
//! sends.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::carrier::{Carrier, Ended, Way};
use super::content::Contents;
use super::endpoint::PROBE;
use super::gate::{self, Seen};
use crate::db::{self, outbox::Claim, outbox::Outcome};
use crate::delivery::message::{Content, Owed, Writer};
use crate::delivery::outcome::{Exchange, Verdict, said};
use crate::delivery::redact::without_recipient;
use crate::delivery::schedule::{self, Next, Tried};
use crate::delivery::webhook::sender::{Post, Sender};
use crate::delivery::webhook::signature::{self, Secret};
use crate::domain::delivery::{Attempt, DeliveryState, OWN_FAULT};
use crate::domain::subscription::{Channel, SubscriptionState};
use crate::keys;
use crate::state::State;

/// How long a delivery waits after the database failed under it.
const STUMBLE: SignedDuration = SignedDuration::from_secs(30);

/// Writes and sends; shared by both lanes.
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
    async fn post(&self, claim: &Claim, content: &Content) -> Outcome {
        let body = match self.writer.payload(&claim.delivery, content) {
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

    /// Sends a mail: to the relay if there is a connection, or else into the folder.
    async fn mail(&self, claim: &Claim, content: &Content, way: &mut Way) -> Outcome {
        let mail = match self.writer.mail(&claim.delivery, &claim.receiver.subscription, content) {
            Ok(mail) => mail,
            Err(error) => return self.unwritten(claim, &error.to_string()).await,
        };
        let exchange = match way {
            Way::Relay(connection) => connection.send(&mail).await,
            Way::Folder(folder) => folder.send(&claim.delivery.id.to_string(), &mail).await,
            Way::Post => {
                let why = "a mail was given to the lane of webhooks";
                Exchange::without_answer(b"", why, Duration::ZERO, Verdict::RETRY)
            }
        };
        self.judge(claim, exchange).await
    }

    /// What there is to tell, and to whom; or, if nothing is to be sent, why.
    async fn prepare(&self, claim: Claim) -> Result<(Claim, Content), Ended> {
        let stumbled = |error: db::Error| {
            tracing::error!(%error, delivery = %claim.delivery.id, "a delivery could not be read");
            let due = later(self.state.clock.now(), STUMBLE);
            left(&claim, DeliveryState::Queued, due, "not tried: the database failed")
        };
        let content = self.contents.of(&self.state, &claim.delivery).await.map_err(stumbled)?;
        let content = self.for_client(&claim, content).await.map_err(stumbled)?;
        let seen = gate::look(&self.state, &claim).await.map_err(stumbled)?;
        let now = self.state.clock.now();
        let receiver = match seen {
            Seen::Closed => return Err(Ended::Untouched),
            Seen::Void(why) => return Err(left(&claim, DeliveryState::Cancelled, now, why)),
            Seen::Kept => {
                let why = "kept: the endpoint is suspended; it is asked once a day whether it is back";
                return Err(match left(&claim, DeliveryState::Queued, later(now, PROBE), why) {
                    Ended::Tried(outcome) => Ended::Tried(Box::new(Outcome { kept: true, ..*outcome })),
                    Ended::Untouched => Ended::Untouched,
                });
            }
            Seen::Open(receiver) => *receiver,
        };
        let to = &receiver.subscription;
        let ended = to.state == SubscriptionState::Ended && !claim.delivery.is_for_another();
        if ended || (claim.delivery.is_news() && to.confirmed_at.is_none()) {
            return Err(left(&claim, DeliveryState::Cancelled, now, "the subscription had ended"));
        }
        let claim = Claim { receiver, ..claim };
        match content {
            Some(content) => Ok((claim, content)),
            None => {
                let outcome = self.unwritten(&claim, "what it should tell is not there").await;
                Err(Ended::Tried(Box::new(outcome)))
            }
        }
    }

    /// What is owed under an agreement is told with the Client's own deadline.
    async fn for_client(
        &self,
        claim: &Claim,
        content: Option<Content>,
    ) -> Result<Option<Content>, db::Error> {
        let (Some(id), Some(Content::Notice(notice))) = (claim.delivery.client_notice_id, &content) else {
            return Ok(content);
        };
        let read = move |conn: &mut db::Conn| {
            let Some(found) = db::client_notice::get(conn, id)? else { return Ok(None) };
            Ok::<_, db::Error>(db::client::get(conn, found.client_id)?.map(|client| (found, client)))
        };
        let found = self.state.db.read(read).await?;
        let now = self.state.clock.now();
        Ok(found.map(|(client_notice, client)| {
            let owed =
                Owed { client_notice, now, link_epoch: client.link_epoch, language: client.facts.language };
            Content::Owed(Arc::clone(notice), Box::new(owed))
        }))
    }

    /// A message that cannot be written fails for good, with an alarm.
    async fn unwritten(&self, claim: &Claim, why: &str) -> Outcome {
        self.judge(claim, Exchange::without_answer(b"", why, Duration::ZERO, Verdict::Permanent)).await
    }

    async fn judge(&self, claim: &Claim, exchange: Exchange) -> Outcome {
        let now = self.state.clock.now();
        let probe = self.of_endpoint(claim, &exchange.verdict, now).await;
        self.outcome(claim, exchange, probe, now)
    }

    /// What an attempt leads to; `probe` is when a suspended endpoint is asked again.
    fn outcome(
        &self,
        claim: &Claim,
        exchange: Exchange,
        probe: Option<Timestamp>,
        now: Timestamp,
    ) -> Outcome {
        let delivery = &claim.delivery;
        let number = delivery.attempts.saturating_add(1);
        let (state, due_at) = match (&exchange.verdict, probe) {
            (_, Some(at)) => (DeliveryState::Queued, at),
            (Verdict::Accepted, _) => (DeliveryState::Accepted, now),
            (Verdict::Permanent | Verdict::Gone, _) => (DeliveryState::Failed, now),
            (Verdict::Temporary { retry_after }, _) => match next(claim, number, *retry_after, now) {
                Next::At { at, .. } => (DeliveryState::Queued, at),
                Next::GiveUp => (DeliveryState::Failed, now),
            },
        };
        let verdict = word(&exchange.verdict);
        self.state.metrics.attempted(delivery.channel.as_str(), verdict);
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
            verdict: if exchange.ours { OWN_FAULT } else { verdict }.to_owned(),
            body_sha256: exchange.body_sha256,
        };
        Outcome {
            delivery_id: delivery.id,
            token: claim.token,
            state,
            due_at,
            attempt: Some(attempt),
            last_answer: said(exchange.code, &answer),
            kept: false,
        }
    }
}

impl Carrier for Courier {
    async fn carry(&self, claim: Claim, way: &mut Way) -> Ended {
        let (claim, content) = match self.prepare(claim).await {
            Ok(ready) => ready,
            Err(ended) => return ended,
        };
        let outcome = match claim.delivery.channel {
            Channel::Webhook => self.post(&claim, &content).await,
            Channel::Email => self.mail(&claim, &content, way).await,
        };
        Ended::Tried(Box::new(outcome))
    }

    fn broke_off(&self, claim: &Claim, took: Duration) -> Outcome {
        let why = "the attempt broke off by a fault of this program; see its log";
        let exchange = Exchange::without_answer(b"", why, took, Verdict::RETRY);
        self.outcome(claim, exchange, None, self.state.clock.now())
    }
}

/// The end of a claim with which nothing was tried.
fn left(claim: &Claim, state: DeliveryState, due_at: Timestamp, why: &str) -> Ended {
    Ended::Tried(Box::new(Outcome {
        delivery_id: claim.delivery.id,
        token: claim.token,
        state,
        due_at,
        attempt: None,
        last_answer: why.to_owned(),
        kept: false,
    }))
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
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
