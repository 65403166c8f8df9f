//! The outbox as staff and operators look at it.

use diesel::prelude::*;
use jiff::Timestamp;

use super::Row;
use crate::db::schema::{delivery, subscription};
use crate::db::stored::{parse, time_maybe};
use crate::db::subscription::Row as ReceiverRow;
use crate::db::{Conn, Error, expansion};
use crate::domain::delivery::{Delivery, DeliveryKind, DeliveryState};
use crate::domain::id::Id;
use crate::domain::notice::NoticeEvent;
use crate::domain::subscription::{Channel, Subscription};

/// Which deliveries; the default is all of them.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// In this state only.
    pub state: Option<DeliveryState>,
    /// Through this channel only.
    pub channel: Option<Channel>,
    /// Of this kind only.
    pub kind: Option<DeliveryKind>,
    /// About this notice only.
    pub notice_id: Option<Id>,
    /// To this subscription only.
    pub subscription_id: Option<Id>,
    /// Older than this one: the last of the page before.
    pub before: Option<Id>,
}

/// A delivery and its receiver.
#[derive(Debug, Clone)]
pub struct Listed {
    /// What.
    pub delivery: Delivery,
    /// To whom.
    pub receiver: Subscription,
}

/// Whether a delivery of the announcement to this ClientNotice's contacts still waits or runs.
///
/// # Errors
/// The database failed.
pub fn is_under_way(conn: &mut Conn, client_notice_id: Id) -> Result<bool, Error> {
    let open = [DeliveryState::Queued, DeliveryState::Sending];
    let count: i64 = delivery::table
        .filter(delivery::client_notice_id.eq(client_notice_id.to_string()))
        .filter(delivery::event.eq(NoticeEvent::Announced.as_str()))
        .filter(delivery::state.eq_any(open.map(DeliveryState::as_str)))
        .count()
        .get_result(conn)?;
    Ok(count > 0)
}

/// At most `limit` deliveries, newest first.
///
/// # Errors
/// The database failed.
pub fn list(conn: &mut Conn, wanted: &Wanted, limit: i64) -> Result<Vec<Listed>, Error> {
    let mut query = delivery::table
        .inner_join(subscription::table)
        .order(delivery::id.desc())
        .limit(limit)
        .select((Row::as_select(), ReceiverRow::as_select()))
        .into_boxed();
    if let Some(state) = wanted.state {
        query = query.filter(delivery::state.eq(state.as_str()));
    }
    if let Some(channel) = wanted.channel {
        query = query.filter(delivery::channel.eq(channel.as_str()));
    }
    if let Some(kind) = wanted.kind {
        query = query.filter(delivery::kind.eq(kind.as_str()));
    }
    if let Some(id) = wanted.notice_id {
        query = query.filter(delivery::notice_id.eq(id.to_string()));
    }
    if let Some(id) = wanted.subscription_id {
        query = query.filter(delivery::subscription_id.eq(id.to_string()));
    }
    if let Some(id) = wanted.before {
        query = query.filter(delivery::id.lt(id.to_string()));
    }
    let rows: Vec<(Row, ReceiverRow)> = query.load(conn)?;
    rows.into_iter()
        .map(|(row, receiver)| {
            Ok(Listed { delivery: row.delivery()?, receiver: receiver.stored()?.subscription })
        })
        .collect()
}

/// How many deliveries stand in each state; states nobody is in are left out.
///
/// # Errors
/// The database failed.
pub fn counts(conn: &mut Conn) -> Result<Vec<(DeliveryState, i64)>, Error> {
    let rows: Vec<(String, i64)> = delivery::table
        .group_by(delivery::state)
        .select((delivery::state, diesel::dsl::count_star()))
        .load(conn)?;
    rows.into_iter().map(|(state, n)| Ok((parse(&state)?, n))).collect()
}

/// How many deliveries of one notice stand in each state, its follow-ups among them.
///
/// # Errors
/// The database failed.
pub fn counts_of_notice(conn: &mut Conn, notice_id: Id) -> Result<Vec<(DeliveryState, i64)>, Error> {
    let rows: Vec<(String, i64)> = delivery::table
        .filter(delivery::notice_id.eq(notice_id.to_string()))
        .group_by(delivery::state)
        .select((delivery::state, diesel::dsl::count_star()))
        .load(conn)?;
    rows.into_iter().map(|(state, n)| Ok((parse(&state)?, n))).collect()
}

/// How many messages announced a notice to Clients, by channel.
///
/// # Errors
/// The database failed.
pub fn announced_to_clients(conn: &mut Conn, notice_id: Id) -> Result<Vec<(Channel, usize)>, Error> {
    let rows: Vec<(String, i64)> = delivery::table
        .filter(delivery::notice_id.eq(notice_id.to_string()))
        .filter(delivery::event.eq(NoticeEvent::Announced.as_str()))
        .filter(delivery::client_notice_id.is_not_null())
        .filter(delivery::state.ne(DeliveryState::Cancelled.as_str()))
        .group_by(delivery::channel)
        .select((delivery::channel, diesel::dsl::count_star()))
        .load(conn)?;
    let counted = |n: i64| usize::try_from(n).unwrap_or_default();
    rows.into_iter().map(|(channel, n)| Ok((parse(&channel)?, counted(n)))).collect()
}

/// How much waits to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Waiting, due or not.
    pub queued: i64,
    /// Due now.
    pub due: i64,
    /// Claimed by a worker.
    pub sending: i64,
    /// When the one longest due was due.
    pub oldest_due: Option<Timestamp>,
}

/// How much waits at `now`.
///
/// # Errors
/// The database failed.
pub fn depth(conn: &mut Conn, now: Timestamp) -> Result<Depth, Error> {
    let in_state = |state: DeliveryState| delivery::table.filter(delivery::state.eq(state.as_str()));
    let queued: i64 = in_state(DeliveryState::Queued).count().get_result(conn)?;
    let sending: i64 = in_state(DeliveryState::Sending).count().get_result(conn)?;
    let (due, oldest): (i64, Option<i64>) = in_state(DeliveryState::Queued)
        .filter(delivery::due_at.le(now.as_microsecond()))
        .select((diesel::dsl::count_star(), diesel::dsl::min(delivery::due_at)))
        .first(conn)?;
    Ok(Depth { queued, due, sending, oldest_due: time_maybe(oldest)? })
}

/// Makes a delivery that failed, or waits for its next attempt, due at once; it keeps its ID
/// and its attempts. An announcement tells the effective date as it was moved meanwhile. False if
/// it is in another state.
///
/// # Errors
/// The database failed.
pub fn resend(conn: &mut Conn, id: Id, now: Timestamp) -> Result<bool, Error> {
    let states = [DeliveryState::Failed.as_str(), DeliveryState::Queued.as_str()];
    let notice_id: Option<Option<String>> = delivery::table
        .find(id.to_string())
        .filter(delivery::event.eq(NoticeEvent::Announced.as_str()))
        .select(delivery::notice_id)
        .first(conn)
        .optional()?;
    if let Some(Some(notice_id)) = notice_id
        && let Some(audience) = expansion::of_announcement(conn, parse(&notice_id)?)?
    {
        diesel::update(delivery::table.find(id.to_string()))
            .filter(delivery::state.eq_any(states))
            .set(delivery::list_version.eq(Some(audience.list_version)))
            .execute(conn)?;
    }
    let changed = diesel::update(delivery::table.find(id.to_string()))
        .filter(delivery::state.eq_any(states))
        .set((delivery::state.eq(DeliveryState::Queued.as_str()), delivery::due_at.eq(now.as_microsecond())))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Makes everything that waits for one endpoint due, the oldest first: it is back.
///
/// # Errors
/// The database failed.
pub fn hasten(conn: &mut Conn, subscription_id: Id, now: Timestamp) -> Result<usize, Error> {
    Ok(diesel::update(delivery::table)
        .filter(delivery::subscription_id.eq(subscription_id.to_string()))
        .filter(delivery::channel.eq(Channel::Webhook.as_str()))
        .filter(delivery::state.eq(DeliveryState::Queued.as_str()))
        .filter(delivery::due_at.gt(now.as_microsecond()))
        .set(delivery::due_at.eq(delivery::created_at))
        .execute(conn)?)
}
