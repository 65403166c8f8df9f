//! Endpoints that are gone, or were not reached for days: suspended, asked once a day whether they
//! are back, and their contacts written to meanwhile (requirements R9 and R10). Nothing is thrown
//! away.

use std::sync::mpsc::Sender as Notes;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::sleep;

use super::courier::Courier;
use super::desk::Note;
use crate::db::{self, outbox, outbox::Claim};
use crate::delivery::outcome::Verdict;
use crate::domain::subscription::{Channel, SubscriptionState};
use crate::state::State;

/// How long a suspended endpoint is left alone before the oldest message knocks again.
pub(super) const PROBE: SignedDuration = SignedDuration::from_hours(24);
/// Without success for so long an endpoint is suspended.
const SILENT: SignedDuration = SignedDuration::from_hours(5 * 24);
/// A notice not accepted for so long is mailed to the contact as well.
const UNREACHED: SignedDuration = SignedDuration::from_hours(24);
/// How often contacts to be written to are looked for.
const SWEEP: Duration = Duration::from_secs(10);
/// Contacts written to in one transaction.
const CONTACTS: i64 = 500;

impl Courier {
    /// What an attempt means for the endpoint itself. Some: it is suspended now, and this message
    /// is owed on and asks again then.
    pub(super) async fn of_endpoint(
        &self,
        claim: &Claim,
        verdict: &Verdict,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let (delivery, receiver) = (&claim.delivery, &claim.receiver.subscription);
        if delivery.channel != Channel::Webhook {
            return None;
        }
        let suspended = receiver.state == SubscriptionState::Suspended;
        let probe = now.saturating_add(PROBE).unwrap_or(Timestamp::MAX);
        match verdict {
            Verdict::Accepted => {
                if suspended {
                    self.resume(claim, now).await;
                }
                None
            }
            Verdict::Permanent => None,
            Verdict::Temporary { .. } if !suspended && !self.was_silent(claim, now).await => None,
            Verdict::Temporary { .. } | Verdict::Gone => {
                if !suspended {
                    self.suspend(claim, probe, now).await;
                }
                delivery.is_news().then_some(probe)
            }
        }
    }

    async fn was_silent(&self, claim: &Claim, now: Timestamp) -> bool {
        if !claim.delivery.is_news() || now.duration_since(claim.delivery.created_at) < SILENT {
            return false;
        }
        let (id, since) = (claim.receiver.subscription.id, now.saturating_sub(SILENT));
        let Ok(since) = since else { return false };
        let accepted = self.state.db.read(move |conn| outbox::accepted_since(conn, id, since)).await;
        // If that cannot be read, the next attempt asks again.
        accepted.is_ok_and(|accepted| !accepted)
    }

    async fn suspend(&self, claim: &Claim, probe: Timestamp, now: Timestamp) {
        let id = claim.receiver.subscription.id;
        let suspended = self.state.db.write(move |conn| {
            outbox::put_off(conn, id, probe)?;
            let suspended = db::subscription::suspend(conn, id)?;
            outbox::follow_endpoint(conn, id, now)?;
            Ok::<_, db::Error>(suspended)
        });
        match suspended.await {
            Ok(_) => tracing::warn!(
                subscription = %id, alarm = "endpoint_suspended",
                "an endpoint is gone (410) or was not reached for five days; suspended"
            ),
            Err(error) => tracing::error!(%error, subscription = %id, "an endpoint could not be suspended"),
        }
    }

    async fn resume(&self, claim: &Claim, now: Timestamp) {
        let id = claim.receiver.subscription.id;
        let resumed = self.state.db.write(move |conn| {
            db::subscription::resume(conn, id)?;
            outbox::hasten(conn, id, now)
        });
        match resumed.await {
            Ok(waiting) => tracing::info!(subscription = %id, waiting, "a suspended endpoint is back"),
            Err(error) => tracing::error!(%error, subscription = %id, "an endpoint could not be resumed"),
        }
        self.state.outbox_bell.notify_one();
    }
}

/// Writes to the contacts of endpoints that a notice has not reached, whenever there are any.
pub(super) async fn reach_contacts(state: State, notes: Notes<Note>, mut stopping: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = sleep(SWEEP) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        match sweep(&state).await {
            Ok(0) => {}
            Ok(count) => {
                tracing::warn!(count, "webhooks were not reached; their contacts are written to");
                let _ = notes.send(Note::Look);
            }
            Err(error) => {
                tracing::error!(%error, "contacts of webhooks could not be written to; trying again")
            }
        }
    }
}

async fn sweep(state: &State) -> Result<usize, db::Error> {
    let now = state.clock.now();
    let before = now.saturating_sub(UNREACHED).unwrap_or(Timestamp::MIN);
    if !state.db.read(move |conn| outbox::is_unreached(conn, before)).await? {
        return Ok(0);
    }
    state.db.write(move |conn| outbox::fall_back(conn, before, CONTACTS, now)).await
}
