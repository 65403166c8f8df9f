//! One transaction of the desk: leases kept, results in, next batch out.

use std::collections::HashMap;

use jiff::Timestamp;

use super::book::{self, CLAIMS_PER_HOST};
use super::pause::is_paused;
use crate::db::outbox::{self, Claim, Outcome, Room};
use crate::db::{self, Conn};
use crate::domain::id::Id;
use crate::domain::subscription::Channel;

/// How often a batch is filled up with other hosts' messages in one transaction.
const ROUNDS: usize = 4;

/// What goes in.
pub(super) struct Work<'a> {
    pub(super) results: Vec<&'a Outcome>,
    pub(super) backs: &'a [(Id, i64)],
    pub(super) renewals: &'a [(Id, i64, Channel)],
    pub(super) wanted: &'a [(Channel, Room)],
    /// Held for each host already.
    pub(super) hosts: &'a HashMap<String, usize>,
}

/// What comes out.
pub(super) struct Turn {
    pub(super) claimed: Vec<Claim>,
    /// Results that came too late.
    pub(super) refused: Vec<Id>,
    /// Channels that had less than was asked for: nothing more is due there.
    pub(super) sated: Vec<Channel>,
}

/// Leases come first, so that a process whose clock jumped does not take its own claims for
/// abandoned ones.
pub(super) fn transact(conn: &mut Conn, now: Timestamp, work: &Work<'_>) -> Result<Turn, db::Error> {
    for (id, token, channel) in work.renewals {
        outbox::renew(conn, *id, *token, book::until(now, *channel))?;
    }
    let refused = outbox::finish_all(conn, &work.results)?;
    for (id, token) in work.backs {
        outbox::release(conn, *id, *token)?;
    }
    let (mut claimed, mut sated) = (Vec::new(), Vec::new());
    let paused = !work.wanted.is_empty() && is_paused(conn)?;
    for (channel, room) in work.wanted {
        if paused || claim_fairly(conn, *channel, room.clone(), work.hosts, now, &mut claimed)? {
            sated.push(*channel);
        }
    }
    Ok(Turn { claimed, refused, sated })
}

/// Claims no more than [`CLAIMS_PER_HOST`] for one host, and fills up with others' messages.
/// True if nothing more is due that may be claimed.
fn claim_fairly(
    conn: &mut Conn,
    channel: Channel,
    mut room: Room,
    hosts: &HashMap<String, usize>,
    now: Timestamp,
    claimed: &mut Vec<Claim>,
) -> Result<bool, db::Error> {
    let mut hosts = hosts.clone();
    for _ in 0..ROUNDS {
        if room.all == 0 {
            return Ok(false);
        }
        let found = outbox::claim(conn, channel, &room, book::until(now, channel), now)?;
        let short = found.len() < room.all;
        let mut surplus = Vec::new();
        for claim in found {
            let host = book::host(&claim);
            let count = hosts.entry(host.clone()).or_default();
            if channel == Channel::Webhook && *count >= CLAIMS_PER_HOST {
                surplus.push(claim.delivery.id);
                room.full_hosts.insert(host);
                continue;
            }
            *count += 1;
            room.all -= 1;
            room.repeats = room.repeats.saturating_sub(usize::from(claim.delivery.attempts > 0));
            claimed.push(claim);
        }
        if surplus.is_empty() {
            return Ok(short);
        }
        outbox::unclaim(conn, &surplus)?;
        if short {
            return Ok(true);
        }
    }
    Ok(false)
}
