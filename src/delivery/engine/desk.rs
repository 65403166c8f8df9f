//! The outbox's one database thread: each transaction writes up to 500 results and claims the
//! next deliveries. One transaction per message would reach a tenth of the speed.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;

use super::book::{Book, until};
use super::lanes::in_flight;
use super::pause::is_paused;
use super::turn::{Work, transact};
use crate::db;
use crate::db::outbox::{self, Claim, Outcome, Room};
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

/// What the desk is told.
#[derive(Debug)]
pub enum Note {
    /// An attempt ended.
    Done(Box<Outcome>, Flight),
    /// A claim comes back unsent.
    Back(Id, i64),
    /// There may be something due.
    Look,
    /// Claim nothing more; give everything back by then.
    Stop(Instant),
}

/// One of the messages that may be under way at once. It stays so until its result is recorded:
/// a kill can repeat no more than that (R13).
#[derive(Debug)]
pub struct Flight {
    /// In which lane.
    pub channel: Channel,
    /// Gone with the flight, so that the next may begin.
    pub permit: OwnedSemaphorePermit,
}

/// The thread's state.
pub(super) struct Desk {
    state: State,
    inbox: Receiver<Note>,
    mails: UnboundedSender<Claim>,
    webhooks: UnboundedSender<Claim>,
    book: Book,
    results: Vec<(Outcome, Flight)>,
    backs: Vec<(Id, i64)>,
    /// Channels that may have something due.
    hungry: Vec<Channel>,
    stop: Option<Instant>,
}

impl Desk {
    pub(super) fn new(
        state: State,
        inbox: Receiver<Note>,
        mails: UnboundedSender<Claim>,
        webhooks: UnboundedSender<Claim>,
    ) -> Self {
        let (book, results, backs) = (Book::default(), Vec::new(), Vec::new());
        Self {
            state,
            inbox,
            mails,
            webhooks,
            book,
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
                self.backs.extend(self.book.all());
            }
            match self.turn() {
                Ok(()) => broken = false,
                Err(error) => {
                    // Results stay here until the database takes them; leases keep others off.
                    tracing::error!(%error, "the outbox cannot be written; trying again");
                    broken = true;
                }
            }
            let done = self.book.is_empty() && self.results.is_empty() && self.backs.is_empty();
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
        let end = Instant::now() + COMPANY;
        while self.results.len() < BATCH {
            let waits = !self.results.is_empty() && !self.is_pressing();
            let wait = if waits { end.saturating_duration_since(Instant::now()) } else { Duration::ZERO };
            match self.inbox.recv_timeout(wait) {
                Ok(note) => self.take(note),
                Err(_) => break,
            }
        }
        true
    }

    /// Whether half of a lane waits for its results to be recorded.
    fn is_pressing(&self) -> bool {
        let waiting = |c: Channel| self.results.iter().filter(|(_, flight)| flight.channel == c).count();
        Channel::ALL.iter().any(|c| waiting(*c) >= in_flight(*c) / 2)
    }

    fn take(&mut self, note: Note) {
        match note {
            Note::Done(outcome, flight) => self.results.push((*outcome, flight)),
            Note::Back(id, token) => self.backs.push((id, token)),
            Note::Look => self.hungry = Channel::ALL.to_vec(),
            Note::Stop(deadline) => self.stop = Some(deadline),
        }
    }

    fn turn(&mut self) -> Result<(), db::Error> {
        let now = self.state.clock.now();
        let renewals = self.book.ageing(now);
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
        let work = Work {
            results: self.results.iter().take(count).map(|(outcome, _)| outcome).collect(),
            backs: &self.backs,
            renewals: &renewals,
            wanted: &wanted,
            hosts: self.book.hosts(),
        };
        let turn = self.state.db.outbox_blocking(|conn| transact(conn, now, &work))?;
        self.hungry.retain(|channel| !turn.sated.contains(channel));
        let recorded = self.results.drain(..count).map(|(outcome, flight)| {
            drop(flight.permit);
            (outcome.delivery_id, outcome.token)
        });
        for (id, token) in recorded.chain(self.backs.drain(..)) {
            if self.book.strike(id, token) && !self.hungry.contains(&Channel::Webhook) {
                self.hungry.push(Channel::Webhook);
            }
        }
        for (id, token, channel) in renewals {
            self.book.prolong(id, token, until(now, channel));
        }
        for id in turn.refused {
            tracing::warn!(delivery = %id, "a late result was refused: somebody else had claimed the delivery since");
        }
        self.hand_out(turn.claimed, now);
        Ok(())
    }

    fn hand_out(&mut self, claimed: Vec<Claim>, now: Timestamp) {
        for claim in claimed {
            let (id, token, channel) = (claim.delivery.id, claim.token, claim.delivery.channel);
            self.book.enter(&claim, until(now, channel));
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
    fn wanted(&self) -> Vec<(Channel, Room)> {
        if self.stop.is_some() {
            return Vec::new();
        }
        let rooms = self.hungry.iter().map(|channel| (*channel, self.book.room(*channel, BATCH)));
        rooms.filter(|(_, room)| room.all >= WORTH).collect()
    }

    fn has_work(&self, now: Timestamp) -> Result<bool, db::Error> {
        self.state.db.read_blocking(|conn| Ok(!is_paused(conn)? && outbox::has_due(conn, now)?))
    }
}
