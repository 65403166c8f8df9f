//! The outbox's one database thread: each transaction writes up to 500 results and claims the
//! next deliveries. One transaction per message would reach a tenth of the speed.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::UnboundedSender;

use super::pause::is_paused;
use crate::db::outbox::{self, Claim, Outcome};
use crate::db::{self, Conn};
use crate::domain::id::Id;
use crate::domain::subscription::Channel;
use crate::state::State;

/// Results, or claims, in one transaction.
pub const BATCH: usize = 500;
/// Room for fewer than this is not worth a transaction of its own.
const WORTH: usize = 64;
/// How long a result waits for company.
const COMPANY: Duration = Duration::from_millis(10);
/// The desk looks by itself at least this often.
const LOOK: Duration = Duration::from_secs(1);
/// A webhook's lease (R14).
pub const WEBHOOK_LEASE: SignedDuration = SignedDuration::from_secs(60);
/// A mail's lease (R14).
pub const MAIL_LEASE: SignedDuration = SignedDuration::from_mins(15);

/// What the desk is told.
#[derive(Debug)]
pub enum Note {
    /// An attempt ended.
    Done(Box<Outcome>),
    /// A claim comes back unsent.
    Back(Id, i64),
    /// There may be something due.
    Look,
    /// Claim nothing more; give everything back by then.
    Stop(Instant),
}

struct Held {
    token: i64,
    lease_until: Timestamp,
    channel: Channel,
}

/// The thread's state.
pub(super) struct Desk {
    state: State,
    inbox: Receiver<Note>,
    mails: UnboundedSender<Claim>,
    webhooks: UnboundedSender<Claim>,
    held: HashMap<Id, Held>,
    results: Vec<Outcome>,
    backs: Vec<(Id, i64)>,
    /// Channels that may have something due.
    hungry: Vec<Channel>,
    stop: Option<Instant>,
}

/// What one transaction brought.
struct Turn {
    claimed: Vec<Claim>,
    refused: Vec<Id>,
    /// Channels that had less than was asked for: nothing more is due there.
    sated: Vec<Channel>,
}

/// The lease of a channel's claims.
fn lease(channel: Channel) -> SignedDuration {
    match channel {
        Channel::Email => MAIL_LEASE,
        Channel::Webhook => WEBHOOK_LEASE,
    }
}

/// Claimed and unfinished at most: enough to keep the lane busy between two transactions.
fn capacity(channel: Channel) -> usize {
    match channel {
        Channel::Email => 256,
        Channel::Webhook => 512,
    }
}

impl Desk {
    pub(super) fn new(
        state: State,
        inbox: Receiver<Note>,
        mails: UnboundedSender<Claim>,
        webhooks: UnboundedSender<Claim>,
    ) -> Self {
        let (held, results, backs) = (HashMap::new(), Vec::new(), Vec::new());
        Self {
            state,
            inbox,
            mails,
            webhooks,
            held,
            results,
            backs,
            hungry: Channel::ALL.to_vec(),
            stop: None,
        }
    }

    /// Runs until stopped.
    pub(super) fn run(mut self) {
        let mut broken = false;
        loop {
            if !self.gather(broken) {
                return;
            }
            if let Some(deadline) = self.stop
                && Instant::now() >= deadline
            {
                self.backs.extend(self.held.iter().map(|(id, held)| (*id, held.token)));
            }
            match self.turn() {
                Ok(()) => broken = false,
                Err(error) => {
                    // Results stay here until the database takes them; leases keep others off.
                    tracing::error!(%error, "the outbox cannot be written; trying again");
                    broken = true;
                }
            }
            let done = self.held.is_empty() && self.results.is_empty() && self.backs.is_empty();
            let late = self.stop.is_some_and(|deadline| Instant::now() >= deadline);
            if self.stop.is_some() && (done || (late && broken)) {
                return;
            }
        }
    }

    /// Waits for notes: for the first up to a second, then 10 ms for a result's company. False
    /// when nobody is left who could send any.
    fn gather(&mut self, broken: bool) -> bool {
        let busy = !broken && (!self.results.is_empty() || !self.wanted().is_empty());
        let patience = match self.stop {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()).min(LOOK),
            None if busy => Duration::ZERO,
            None => LOOK,
        };
        match self.inbox.recv_timeout(patience) {
            Ok(note) => self.take(note),
            Err(RecvTimeoutError::Timeout) => {
                if !busy {
                    self.hungry = Channel::ALL.to_vec();
                }
                return true;
            }
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        let until = Instant::now() + COMPANY;
        while self.results.len() < BATCH {
            let waits = !self.results.is_empty();
            let wait = if waits { until.saturating_duration_since(Instant::now()) } else { Duration::ZERO };
            match self.inbox.recv_timeout(wait) {
                Ok(note) => self.take(note),
                Err(_) => break,
            }
        }
        true
    }

    fn take(&mut self, note: Note) {
        match note {
            Note::Done(outcome) => self.results.push(*outcome),
            Note::Back(id, token) => self.backs.push((id, token)),
            Note::Look => self.hungry = Channel::ALL.to_vec(),
            Note::Stop(deadline) => self.stop = Some(deadline),
        }
    }

    fn turn(&mut self) -> Result<(), db::Error> {
        let now = self.state.clock.now();
        let renewals: Vec<(Id, i64, Channel)> = self
            .held
            .iter()
            .filter(|(_, held)| held.lease_until.duration_since(now) < lease(held.channel) / 2)
            .map(|(id, held)| (*id, held.token, held.channel))
            .collect();
        let wanted = self.wanted();
        if self.results.is_empty() && self.backs.is_empty() && renewals.is_empty() {
            if wanted.is_empty() {
                return Ok(());
            }
            if !self.has_work(now)? {
                self.hungry.clear();
                return Ok(());
            }
        }
        let count = self.results.len().min(BATCH);
        let (results, backs) = (self.results.get(..count).unwrap_or_default(), &self.backs);
        let turn =
            self.state.db.outbox_blocking(|conn| transact(conn, now, results, backs, &renewals, &wanted))?;
        for outcome in self.results.drain(..count) {
            self.held.remove(&outcome.delivery_id);
        }
        for (id, _) in self.backs.drain(..) {
            self.held.remove(&id);
        }
        for (id, _, channel) in renewals {
            if let Some(held) = self.held.get_mut(&id) {
                held.lease_until = until(now, channel);
            }
        }
        for id in turn.refused {
            tracing::warn!(delivery = %id, "a late result was refused: somebody else had claimed the delivery since");
        }
        self.hungry.retain(|channel| !turn.sated.contains(channel));
        self.hand_out(turn.claimed, now);
        Ok(())
    }

    fn hand_out(&mut self, claimed: Vec<Claim>, now: Timestamp) {
        for claim in claimed {
            let (id, token, channel) = (claim.delivery.id, claim.token, claim.delivery.channel);
            self.held.insert(id, Held { token, lease_until: until(now, channel), channel });
            let lane = match channel {
                Channel::Email => &self.mails,
                Channel::Webhook => &self.webhooks,
            };
            if lane.send(claim).is_err() {
                self.backs.push((id, token));
            }
        }
    }

    /// Which channels may have something due and have room for a batch worth a transaction.
    fn wanted(&self) -> Vec<(Channel, usize)> {
        if self.stop.is_some() {
            return Vec::new();
        }
        let room = |channel: Channel| {
            let held = self.held.values().filter(|held| held.channel == channel).count();
            capacity(channel).saturating_sub(held).min(BATCH)
        };
        self.hungry.iter().map(|c| (*c, room(*c))).filter(|(_, room)| *room >= WORTH).collect()
    }

    fn has_work(&self, now: Timestamp) -> Result<bool, db::Error> {
        self.state.db.read_blocking(|conn| Ok(!is_paused(conn)? && outbox::has_due(conn, now)?))
    }
}

fn until(now: Timestamp, channel: Channel) -> Timestamp {
    now.saturating_add(lease(channel)).unwrap_or(Timestamp::MAX)
}

/// One transaction: leases kept, results in, next batch out. Leases come first, so that a
/// process whose clock jumped does not take its own claims for abandoned ones.
fn transact(
    conn: &mut Conn,
    now: Timestamp,
    results: &[Outcome],
    backs: &[(Id, i64)],
    renewals: &[(Id, i64, Channel)],
    room: &[(Channel, usize)],
) -> Result<Turn, db::Error> {
    for (id, token, channel) in renewals {
        outbox::renew(conn, *id, *token, until(now, *channel))?;
    }
    let mut refused = Vec::new();
    for outcome in results {
        if !outbox::finish(conn, outcome)? {
            refused.push(outcome.delivery_id);
        }
    }
    for (id, token) in backs {
        outbox::release(conn, *id, *token)?;
    }
    let (mut claimed, mut sated) = (Vec::new(), Vec::new());
    let paused = !room.is_empty() && is_paused(conn)?;
    for (channel, room) in room {
        let before = claimed.len();
        if !paused {
            claimed.extend(outbox::claim(conn, *channel, *room, until(now, *channel), now)?);
        }
        if claimed.len() - before < *room {
            sated.push(*channel);
        }
    }
    Ok(Turn { claimed, refused, sated })
}
