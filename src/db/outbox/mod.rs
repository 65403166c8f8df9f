//! The outbox: every message owed to a receiver is a row here from the moment it is owed to the
//! moment it ends. Rows are claimed with a lease and a fencing token, so that a worker that
//! died, or was stopped for longer than its lease, can neither lose a message nor overwrite
//! what its successor recorded.

use diesel::prelude::*;

use super::schema::delivery;
use super::stored::{parse, parse_maybe, time, time_maybe};
use super::subscription::Stored;
use super::{Conn, Error};
use crate::domain::delivery::{Attempt, Delivery};
use crate::domain::id::Id;

mod cancel;
mod claim;
mod clients;
mod clock;
mod endpoint;
mod enqueue;
mod expand;
mod next;
mod reach;
mod shown;
mod told;
mod withdraw;

pub use cancel::cancel_queued;
pub use claim::{
    Claim, Outcome, Room, claim, finish, finish_all, has_due, lease, release, release_all, renew, unclaim,
};
pub use clients::tell_latecomers;
pub use clock::{acknowledge, follow_endpoint, recompute};
pub use endpoint::{accepted_since, fall_back, is_oldest_owed, is_unreached, put_off};
pub use enqueue::{enqueue_confirm, enqueue_letter, enqueue_preferences, enqueue_test};
pub use expand::{Progress, expand_next};
pub use reach::{end_contact, is_to_ended_contact, reach_again, reachable_again};
pub use shown::{
    Depth, Listed, Wanted, announced_to_clients, counts, counts_of_notice, depth, hasten, is_under_way, list,
    resend,
};
pub use withdraw::{WITHDRAWN, is_withdrawn, stop};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = delivery)]
pub(super) struct Row {
    id: String,
    kind: String,
    notice_id: Option<String>,
    list_version: Option<i64>,
    event: String,
    subscription_id: String,
    client_notice_id: Option<String>,
    channel: String,
    state: String,
    due_at: i64,
    lease_until: i64,
    token: i64,
    attempts: i32,
    sequence: i64,
    created_at: i64,
    accepted_at: Option<i64>,
    last_answer: String,
}

impl Row {
    fn new(d: &Delivery) -> Self {
        Self {
            id: d.id.to_string(),
            kind: d.kind.to_string(),
            notice_id: d.notice_id.map(|id| id.to_string()),
            list_version: d.list_version,
            event: d.event.clone(),
            subscription_id: d.subscription_id.to_string(),
            client_notice_id: d.client_notice_id.map(|id| id.to_string()),
            channel: d.channel.to_string(),
            state: d.state.to_string(),
            due_at: d.due_at.as_microsecond(),
            lease_until: 0,
            token: 0,
            attempts: d.attempts,
            sequence: d.sequence,
            created_at: d.created_at.as_microsecond(),
            accepted_at: d.accepted_at.map(jiff::Timestamp::as_microsecond),
            last_answer: d.last_answer.clone(),
        }
    }

    fn delivery(self) -> Result<Delivery, Error> {
        Ok(Delivery {
            id: parse(&self.id)?,
            kind: parse(&self.kind)?,
            notice_id: parse_maybe(self.notice_id.as_deref())?,
            list_version: self.list_version,
            event: self.event,
            subscription_id: parse(&self.subscription_id)?,
            client_notice_id: parse_maybe(self.client_notice_id.as_deref())?,
            channel: parse(&self.channel)?,
            state: parse(&self.state)?,
            due_at: time(self.due_at)?,
            attempts: self.attempts,
            sequence: self.sequence,
            created_at: time(self.created_at)?,
            accepted_at: time_maybe(self.accepted_at)?,
            last_answer: self.last_answer,
        })
    }
}

fn insert(conn: &mut Conn, d: &Delivery) -> Result<(), Error> {
    diesel::insert_into(delivery::table).values(Row::new(d)).execute(conn)?;
    Ok(())
}

/// One delivery and its receiver.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<(Delivery, Stored)>, Error> {
    let row = delivery::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    let Some(found) = row.map(Row::delivery).transpose()? else { return Ok(None) };
    Ok(super::subscription::get(conn, found.subscription_id)?.map(|receiver| (found, receiver)))
}

/// The attempt log of a delivery, oldest first.
///
/// # Errors
/// The database failed.
pub fn attempts(conn: &mut Conn, id: Id) -> Result<Vec<Attempt>, Error> {
    super::attempt::of_delivery(conn, id)
}
