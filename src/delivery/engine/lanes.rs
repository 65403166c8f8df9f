//! The lanes: how many messages are on their way at once, and to whom. What is claimed and not
//! begun waits here, in memory, under its lease.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::Sender as Notes;
use std::time::Instant;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{Id as TaskId, JoinError, JoinSet};

use super::book;
use super::carrier::{Carrier, Ended, Way};
use super::desk::{Flight, Note};
use crate::db::outbox::Claim;
use crate::domain::id::Id;
use crate::domain::subscription::Channel;

/// Webhooks on their way at once.
pub const WEBHOOKS: usize = 64;
/// Of them to one host (R16).
pub const WEBHOOKS_PER_HOST: usize = 2;
/// Connections to the relay; no mail domain can have more mails on their way than that.
pub const MAILS: usize = 8;

/// How many messages of a channel may be on their way or not yet recorded.
pub(super) fn in_flight(channel: Channel) -> usize {
    match channel {
        Channel::Email => MAILS,
        Channel::Webhook => WEBHOOKS,
    }
}

/// One lane.
pub(super) struct Lane<C> {
    channel: Channel,
    carrier: Arc<C>,
    notes: Notes<Note>,
    make: Box<dyn Fn() -> Way + Send>,
    /// Ways out that nobody uses at the moment.
    ways: Vec<Way>,
    /// With the host of each.
    waiting: VecDeque<(String, Claim)>,
    hosts: HashMap<String, usize>,
    endpoints: HashSet<Id>,
    repeats: usize,
    flying: JoinSet<(Ended, Way)>,
    flights: HashMap<TaskId, Begun>,
    permits: Arc<Semaphore>,
    spare: Option<OwnedSemaphorePermit>,
    /// Something could begin if only results were recorded.
    starved: bool,
}

/// What is on its way.
struct Begun {
    host: String,
    claim: Claim,
    permit: OwnedSemaphorePermit,
    since: Instant,
}

impl<C: Carrier> Lane<C> {
    /// A lane; `make` makes a way out.
    pub(super) fn new(
        channel: Channel,
        carrier: Arc<C>,
        notes: Notes<Note>,
        make: impl Fn() -> Way + Send + 'static,
    ) -> Self {
        let slots = in_flight(channel);
        Self {
            channel,
            carrier,
            notes,
            ways: (0..slots).map(|_| make()).collect(),
            make: Box::new(make),
            waiting: VecDeque::new(),
            hosts: HashMap::new(),
            endpoints: HashSet::new(),
            repeats: 0,
            flying: JoinSet::new(),
            flights: HashMap::new(),
            permits: Arc::new(Semaphore::new(slots)),
            spare: None,
            starved: false,
        }
    }

    /// Sends what it is given until it is told to stop; then gives back what it has not begun.
    pub(super) async fn run(
        mut self,
        mut take: UnboundedReceiver<Claim>,
        mut stopping: watch::Receiver<bool>,
    ) {
        let mut open = true;
        loop {
            if open {
                self.begin();
            }
            tokio::select! {
                claim = take.recv(), if open => match claim {
                    Some(claim) => self.wait(claim),
                    None => open = false,
                },
                Some(landed) = self.flying.join_next_with_id(), if !self.flying.is_empty() => {
                    self.landed(landed);
                }
                Ok(permit) = self.permits.clone().acquire_owned(), if open && self.starved => {
                    (self.spare, self.starved) = (Some(permit), false);
                }
                _ = stopping.wait_for(|stop| *stop), if open => {
                    open = false;
                    take.close();
                    while let Ok(claim) = take.try_recv() {
                        self.wait(claim);
                    }
                    for (_, claim) in self.waiting.drain(..) {
                        give_back(&claim, &self.notes);
                    }
                }
                else => break,
            }
        }
        for way in &mut self.ways {
            way.close().await;
        }
    }

    /// In the order of claims, but an endpoint's messages by their number.
    fn wait(&mut self, claim: Claim) {
        let (receiver, number) = (claim.delivery.subscription_id, claim.delivery.sequence);
        let later = |(_, other): &(String, Claim)| {
            other.delivery.subscription_id == receiver && other.delivery.sequence > number
        };
        let at = self.waiting.iter().position(later).unwrap_or(self.waiting.len());
        self.waiting.insert(at, (book::host(&claim), claim));
    }

    /// Begins what may begin.
    fn begin(&mut self) {
        let mut at = 0;
        while !self.ways.is_empty() {
            let Some((host, claim)) = self.waiting.get(at) else { return };
            if !self.may_begin(host, claim) {
                at += 1;
                continue;
            }
            let permit = self.spare.take().or_else(|| self.permits.clone().try_acquire_owned().ok());
            let Some(permit) = permit else {
                self.starved = true;
                return;
            };
            let Some(((host, claim), way)) = self.waiting.remove(at).zip(self.ways.pop()) else { return };
            self.fly(host, claim, way, permit);
        }
    }

    /// A tenth of the slots is kept for first attempts, a host has no more than its share, and
    /// an endpoint's messages go one after the other.
    fn may_begin(&self, host: &str, claim: &Claim) -> bool {
        let slots = in_flight(self.channel);
        let kept = (slots / 10).max(1);
        if claim.delivery.attempts > 0 && self.repeats >= slots - kept {
            return false;
        }
        self.channel == Channel::Email
            || (self.hosts.get(host).is_none_or(|busy| *busy < WEBHOOKS_PER_HOST)
                && !self.endpoints.contains(&claim.delivery.subscription_id))
    }

    fn fly(&mut self, host: String, claim: Claim, mut way: Way, permit: OwnedSemaphorePermit) {
        *self.hosts.entry(host.clone()).or_default() += 1;
        self.endpoints.insert(claim.delivery.subscription_id);
        self.repeats += usize::from(claim.delivery.attempts > 0);
        let (carrier, sent) = (self.carrier.clone(), claim.clone());
        let task = self.flying.spawn(async move {
            let ended = carrier.carry(sent, &mut way).await;
            (ended, way)
        });
        self.flights.insert(task.id(), Begun { host, claim, permit, since: Instant::now() });
    }

    /// Frees the slot, however the sending ended, and tells the desk.
    fn landed(&mut self, landed: Result<(TaskId, (Ended, Way)), JoinError>) {
        let (id, ended) = match landed {
            Ok((id, (ended, way))) => {
                self.ways.push(way);
                (id, Some(ended))
            }
            Err(error) => {
                tracing::error!(%error, alarm = "sending_broke_off", channel = %self.channel, "sending a message broke off; it is tried again");
                // The old one may be in the midst of a conversation.
                self.ways.push((self.make)());
                (error.id(), None)
            }
        };
        let Some(Begun { host, claim, permit, since }) = self.flights.remove(&id) else { return };
        let left = self.hosts.get(&host).map_or(0, |n| n.saturating_sub(1));
        if left == 0 {
            self.hosts.remove(&host);
        } else {
            self.hosts.insert(host, left);
        }
        self.endpoints.remove(&claim.delivery.subscription_id);
        self.repeats = self.repeats.saturating_sub(usize::from(claim.delivery.attempts > 0));
        let outcome = match ended {
            Some(Ended::Tried(outcome)) => outcome,
            Some(Ended::Untouched) => return give_back(&claim, &self.notes),
            None => Box::new(self.carrier.broke_off(&claim, since.elapsed())),
        };
        // A desk that is gone has left the claim to its lease.
        let _ = self.notes.send(Note::Done(outcome, Flight { channel: self.channel, permit }));
    }
}

fn give_back(claim: &Claim, notes: &Notes<Note>) {
    let _ = notes.send(Note::Back(claim.delivery.id, claim.token));
}

#[cfg(test)]
#[path = "lanes_tests.rs"]
mod tests;
