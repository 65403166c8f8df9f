//! Claims with lease and fencing token; results.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use jiff::Timestamp;

use super::{Row, clock, endpoint};
use crate::db::schema::{delivery, subscription};
use crate::db::stored::time_maybe;
use crate::db::subscription::{Row as ReceiverRow, Stored};
use crate::db::{Conn, Error, attempt};
use crate::domain::delivery::{Attempt, Delivery, DeliveryState};
use crate::domain::id::Id;
use crate::domain::subscription::Channel;

/// A delivery that this worker, and no other, may send until its lease ends.
#[derive(Debug, Clone)]
pub struct Claim {
    /// What.
    pub delivery: Delivery,
    /// To whom, as it stood when claimed.
    pub receiver: Stored,
    /// One more than that of every claim before: a result counts only with the newest.
    pub token: i64,
    /// When it was claimed.
    pub at: Timestamp,
}

/// What became of a claim.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Of which delivery.
    pub delivery_id: Id,
    /// The claim's token.
    pub token: i64,
    /// Where it stands now; never `sending`.
    pub state: DeliveryState,
    /// When it is due again, for `queued`.
    pub due_at: Timestamp,
    /// The attempt made; `None` if nothing was tried.
    pub attempt: Option<Attempt>,
    /// What the peer last said, or why nothing was sent.
    pub last_answer: String,
    /// It waits only because its endpoint is suspended: if that has ended since, it does not.
    pub kept: bool,
}

/// How much may be claimed.
#[derive(Debug, Clone, Default)]
pub struct Room {
    /// Deliveries in all.
    pub all: usize,
    /// Of them such as were tried before.
    pub repeats: usize,
    /// Hosts (see `Subscription::host`) with enough waiting already: nothing more for them.
    pub full_hosts: BTreeSet<String>,
}

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = Text)]
    id: String,
}

// The states stand in the text, not in parameters: only so does SQLite use the partial indices.
// SQLite numbers $n by first appearance, so they appear in order.
const FRESH: &str = "UPDATE delivery SET state = 'sending', token = token + 1, lease_until = $1 \
    WHERE state = 'queued' AND id IN (SELECT id FROM delivery WHERE state = 'queued' AND channel = $2 \
    AND attempts = 0 AND due_at <= $3 {hosts} ORDER BY due_at LIMIT $5) RETURNING id";
const AGAIN: &str = "UPDATE delivery SET state = 'sending', token = token + 1, lease_until = $1 \
    WHERE state = 'queued' AND id IN (SELECT id FROM delivery WHERE state = 'queued' AND channel = $2 \
    AND attempts > 0 AND due_at <= $3 {hosts} ORDER BY due_at LIMIT $5) RETURNING id";
const EXPIRED: &str = "UPDATE delivery SET token = token + 1, lease_until = $1 \
    WHERE state = 'sending' AND id IN (SELECT id FROM delivery WHERE state = 'sending' AND channel = $2 \
    AND lease_until <= $3 {hosts} ORDER BY lease_until LIMIT $5) AND lease_until <= $3 RETURNING id";
// The full hosts are one text, each between two bars, which no host contains.
const NOT_FULL: &str = "AND NOT EXISTS (SELECT 1 FROM subscription WHERE subscription.id = subscription_id \
    AND $4 LIKE '%|' || subscription.host || '|%')";
const ANY_HOST: &str = "AND $4 = '|'";

/// Claims deliveries of `channel` that are due, as far as there is `room`: those whose lease ran
/// out, then first attempts, then repeats, each by their time.
///
/// # Errors
/// The database failed.
pub fn claim(
    conn: &mut Conn,
    channel: Channel,
    room: &Room,
    lease_until: Timestamp,
    now: Timestamp,
) -> Result<Vec<Claim>, Error> {
    let hosts = if room.full_hosts.is_empty() { ANY_HOST } else { NOT_FULL };
    let full: String = room.full_hosts.iter().fold("|".to_owned(), |all, host| all + host + "|");
    let mut ids: Vec<String> = Vec::new();
    for (sql, most) in [(EXPIRED, room.all), (FRESH, room.all), (AGAIN, room.repeats)] {
        let left = i64::try_from(room.all.saturating_sub(ids.len()).min(most)).unwrap_or(i64::MAX);
        if left == 0 {
            continue;
        }
        let claimed: Vec<Claimed> = diesel::sql_query(sql.replace("{hosts}", hosts))
            .bind::<BigInt, _>(lease_until.as_microsecond())
            .bind::<Text, _>(channel.as_str())
            .bind::<BigInt, _>(now.as_microsecond())
            .bind::<Text, _>(&full)
            .bind::<BigInt, _>(left)
            .get_results(conn)?;
        ids.extend(claimed.into_iter().map(|c| c.id));
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Row, ReceiverRow)> = delivery::table
        .inner_join(subscription::table)
        .filter(delivery::id.eq_any(ids))
        .order((delivery::attempts.asc(), delivery::due_at.asc(), delivery::id.asc()))
        .select((Row::as_select(), ReceiverRow::as_select()))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(row, receiver)| readable(row, receiver, now)).collect())
}

/// One row that a newer release or a person wrote must not stop all others: it stays under its
/// lease, is tried again when that ends, and is told of each time.
fn readable(row: Row, receiver: ReceiverRow, now: Timestamp) -> Option<Claim> {
    let (id, token) = (row.id.clone(), row.token);
    match row.delivery().and_then(|delivery| Ok((delivery, receiver.stored()?))) {
        Ok((delivery, receiver)) => Some(Claim { delivery, receiver, token, at: now }),
        Err(error) => {
            tracing::error!(alarm = "delivery_unreadable", delivery = %id, %error, "a delivery cannot be read");
            None
        }
    }
}

/// Whether a claim would find anything: cheap, and takes no lock.
///
/// # Errors
/// The database failed.
pub fn has_due(conn: &mut Conn, now: Timestamp) -> Result<bool, Error> {
    let now = now.as_microsecond();
    for channel in Channel::ALL {
        let due: Option<String> = delivery::table
            .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'queued'"))
            .filter(delivery::channel.eq(channel.as_str()))
            .filter(delivery::due_at.le(now))
            .select(delivery::id)
            .first(conn)
            .optional()?;
        if due.is_some() {
            return Ok(true);
        }
    }
    let expired: Option<String> = delivery::table
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'sending'"))
        .filter(delivery::lease_until.le(now))
        .select(delivery::id)
        .first(conn)
        .optional()?;
    Ok(expired.is_some())
}

/// Until when a claim is its worker's; `None` if it is so no more: its lease ran out and somebody
/// else took it, or it ended.
///
/// # Errors
/// The database failed.
pub fn lease(conn: &mut Conn, id: Id, token: i64) -> Result<Option<Timestamp>, Error> {
    let until: Option<i64> = delivery::table
        .find(id.to_string())
        .filter(delivery::token.eq(token))
        .filter(delivery::state.eq(DeliveryState::Sending.as_str()))
        .select(delivery::lease_until)
        .first(conn)
        .optional()?;
    time_maybe(until)
}

/// Prolongs the lease of a claim that is still worked on. False if the claim is no longer ours.
///
/// # Errors
/// The database failed.
pub fn renew(conn: &mut Conn, id: Id, token: i64, lease_until: Timestamp) -> Result<bool, Error> {
    let changed = diesel::update(delivery::table.find(id.to_string()))
        .filter(delivery::token.eq(token))
        .filter(delivery::state.eq(DeliveryState::Sending.as_str()))
        .set(delivery::lease_until.eq(lease_until.as_microsecond()))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Records what became of a claim, with its attempt. False, and nothing recorded, if the lease
/// ran out and somebody else claimed it since.
///
/// # Errors
/// The database failed.
pub fn finish(conn: &mut Conn, o: &Outcome) -> Result<bool, Error> {
    Ok(finish_all(conn, &[o])?.is_empty())
}

/// Records what became of claims, as [`finish`]; answers those it refused. What follows for the
/// Clients is worked out once all are recorded, so that its locks are taken in one order.
///
/// # Errors
/// The database failed.
pub fn finish_all(conn: &mut Conn, outcomes: &[&Outcome]) -> Result<Vec<Id>, Error> {
    let (mut refused, mut recorded) = (Vec::new(), Vec::new());
    for o in outcomes {
        if !record(conn, o)? {
            refused.push(o.delivery_id);
        } else if o.attempt.is_some() || o.state == DeliveryState::Cancelled {
            recorded.push((o.delivery_id, o.attempt.as_ref().map_or(o.due_at, |made| made.at)));
        }
    }
    clock::follow(conn, &recorded)?;
    Ok(refused)
}

fn record(conn: &mut Conn, o: &Outcome) -> Result<bool, Error> {
    let accepted_at = match (o.state, &o.attempt) {
        (DeliveryState::Accepted, Some(attempt)) => Some(attempt.at.as_microsecond()),
        _ => None,
    };
    let made = i32::from(o.attempt.is_some());
    let changed = diesel::update(delivery::table.find(o.delivery_id.to_string()))
        .filter(delivery::token.eq(o.token))
        .filter(delivery::state.eq(DeliveryState::Sending.as_str()))
        .set((
            delivery::state.eq(o.state.as_str()),
            delivery::due_at.eq(o.due_at.as_microsecond()),
            delivery::lease_until.eq(0),
            delivery::attempts.eq(delivery::attempts + made),
            delivery::accepted_at.eq(accepted_at),
            delivery::last_answer.eq(&o.last_answer),
        ))
        .execute(conn)?;
    if changed == 0 {
        return Ok(false);
    }
    if o.kept {
        endpoint::let_go(conn, o.delivery_id)?;
    }
    if let Some(made) = &o.attempt {
        attempt::insert(conn, o.delivery_id, made)?;
    }
    Ok(true)
}

/// Gives a claim back unsent.
///
/// # Errors
/// The database failed.
pub fn release(conn: &mut Conn, id: Id, token: i64) -> Result<(), Error> {
    diesel::update(delivery::table.find(id.to_string()))
        .filter(delivery::token.eq(token))
        .filter(delivery::state.eq(DeliveryState::Sending.as_str()))
        .set((delivery::state.eq(DeliveryState::Queued.as_str()), delivery::lease_until.eq(0)))
        .execute(conn)?;
    Ok(())
}

/// Gives back what this very transaction has claimed.
///
/// # Errors
/// The database failed.
pub fn unclaim(conn: &mut Conn, ids: &[Id]) -> Result<(), Error> {
    let ids: Vec<String> = ids.iter().map(Id::to_string).collect();
    diesel::update(delivery::table)
        .filter(delivery::id.eq_any(ids))
        .set((delivery::state.eq(DeliveryState::Queued.as_str()), delivery::lease_until.eq(0)))
        .execute(conn)?;
    Ok(())
}

/// Gives back every claim there is. Only for a process that knows itself to be the database's
/// only one: what is claimed then was claimed by a predecessor that died.
///
/// # Errors
/// The database failed.
pub fn release_all(conn: &mut Conn) -> Result<usize, Error> {
    Ok(diesel::update(delivery::table)
        .filter(delivery::state.eq(DeliveryState::Sending.as_str()))
        .set((delivery::state.eq(DeliveryState::Queued.as_str()), delivery::lease_until.eq(0)))
        .execute(conn)?)
}
