//! What this process has claimed and not recorded yet, and how much more it may claim.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::db::outbox::{Claim, Room};
use crate::domain::id::Id;
use crate::domain::subscription::Channel;

/// A webhook's lease (R14).
pub const WEBHOOK_LEASE: SignedDuration = SignedDuration::from_secs(60);
/// A mail's lease (R14); prolonged while it is worked on.
pub const MAIL_LEASE: SignedDuration = SignedDuration::from_mins(15);
/// Claimed for one host at most, so that a host that hangs leaves the room to others (R16).
pub const CLAIMS_PER_HOST: usize = 16;

/// One claim.
pub(super) struct Held {
    /// Its token.
    pub(super) token: i64,
    /// How it is sent.
    pub(super) channel: Channel,
    lease_until: Timestamp,
    host: String,
    repeat: bool,
}

/// All of them.
#[derive(Default)]
pub(super) struct Book {
    held: HashMap<Id, Held>,
    hosts: HashMap<String, usize>,
}

/// When a lease of `channel` taken now ends.
pub(super) fn until(now: Timestamp, channel: Channel) -> Timestamp {
    now.saturating_add(lease(channel)).unwrap_or(Timestamp::MAX)
}

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

impl Book {
    /// Whether nothing is held.
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Every claim.
    pub(super) fn all(&self) -> impl Iterator<Item = (Id, i64)> {
        self.held.iter().map(|(id, held)| (*id, held.token))
    }

    /// Enters a claim; one of the same delivery that was lost before makes way.
    pub(super) fn enter(&mut self, claim: &Claim, lease_until: Timestamp) {
        let (id, token, channel) = (claim.delivery.id, claim.token, claim.delivery.channel);
        let host = host(claim);
        if let Some(lost) = self.held.get(&id).map(|lost| lost.token) {
            self.strike(id, lost);
        }
        *self.hosts.entry(host.clone()).or_default() += 1;
        let repeat = claim.delivery.attempts > 0;
        self.held.insert(id, Held { token, channel, lease_until, host, repeat });
    }

    /// Strikes a claim out. True if its host, which may have been full, has room again. A newer
    /// claim of the same delivery stays.
    pub(super) fn strike(&mut self, id: Id, token: i64) -> bool {
        if self.held.get(&id).is_none_or(|held| held.token != token) {
            return false;
        }
        let Some(held) = self.held.remove(&id) else { return false };
        let left = self.hosts.get(&held.host).map_or(0, |n| n.saturating_sub(1));
        if left == 0 {
            self.hosts.remove(&held.host);
        } else {
            self.hosts.insert(held.host, left);
        }
        held.channel == Channel::Webhook && left == CLAIMS_PER_HOST / 2
    }

    /// Claims whose lease is half over.
    pub(super) fn ageing(&self, now: Timestamp) -> Vec<(Id, i64, Channel)> {
        let old = |held: &Held| held.lease_until.duration_since(now) < lease(held.channel) / 2;
        let ageing = self.held.iter().filter(|(_, held)| old(held));
        ageing.map(|(id, held)| (*id, held.token, held.channel)).collect()
    }

    /// Notes that a lease was prolonged.
    pub(super) fn prolong(&mut self, id: Id, token: i64, lease_until: Timestamp) {
        if let Some(held) = self.held.get_mut(&id).filter(|held| held.token == token) {
            held.lease_until = lease_until;
        }
    }

    /// How much may be claimed, `batch` at most; a tenth of it is kept for first attempts.
    pub(super) fn room(&self, channel: Channel, batch: usize) -> Room {
        let of = self.held.values().filter(|held| held.channel == channel);
        let (mut all, mut repeats) = (0, 0);
        for held in of {
            all += 1;
            repeats += usize::from(held.repeat);
        }
        let capacity = capacity(channel);
        Room {
            all: capacity.saturating_sub(all).min(batch),
            repeats: (capacity - capacity / 10).saturating_sub(repeats).min(batch),
            full_hosts: match channel {
                Channel::Email => Default::default(),
                Channel::Webhook => {
                    let full = self.hosts.iter().filter(|(_, n)| **n >= CLAIMS_PER_HOST);
                    full.map(|(host, _)| host.clone()).collect()
                }
            },
        }
    }

    /// How many are held for each host.
    pub(super) fn hosts(&self) -> &HashMap<String, usize> {
        &self.hosts
    }
}

/// The host a claim goes to; empty for mail.
pub(super) fn host(claim: &Claim) -> String {
    match claim.delivery.channel {
        Channel::Email => String::new(),
        Channel::Webhook => claim.receiver.subscription.host(),
    }
}
