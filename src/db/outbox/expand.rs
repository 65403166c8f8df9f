//! From an audience to deliveries, one chunk per transaction. Cursor and rows commit together,
//! so that it goes on exactly where it was after a kill at any point. Clients who are owed the
//! notice come first; then whoever subscribed, unless the same mailbox is told already.

use std::collections::BTreeSet;

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::enqueue::{message, next_sequence};
use super::{clients, insert, withdraw};
use crate::db::expansion::{self, Expansion, SUBSCRIBERS};
use crate::db::schema::{delivery, subscription as receiver};
use crate::db::{Conn, Error, change, notice, subscription};
use crate::domain::delivery::{Delivery, DeliveryState};
use crate::domain::id::Id;
use crate::domain::notice::{NoticeEvent, NoticeItem};
use crate::domain::subscription::{Channel, Level, Subscription};

/// What one chunk did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Clients or subscriptions looked at.
    pub seen: usize,
    /// Deliveries created.
    pub created: usize,
    /// Clients or subscriptions that could not be read and are not told.
    pub unreadable: usize,
    /// Whether this audience is done.
    pub finished: bool,
}

/// Works off the next `limit` Clients or subscriptions of the oldest open audience, in the
/// caller's write transaction; `None` if every audience is done. `company` is the zone whose days
/// agreements are in force on.
///
/// # Errors
/// The database failed; nothing of this chunk is kept.
pub fn expand_next(
    conn: &mut Conn,
    limit: i64,
    now: Timestamp,
    company: &TimeZone,
) -> Result<Option<Progress>, Error> {
    let Some(audience) = expansion::next_open(conn, now)? else { return Ok(None) };
    if let (Some(notice_id), false) = (audience.notice_id, audience.is_past_clients()) {
        return tell_clients(conn, &audience, notice_id, limit, now, company).map(Some);
    }
    tell_subscribers(conn, &audience, limit, now).map(Some)
}

fn tell_clients(
    conn: &mut Conn,
    audience: &Expansion,
    notice_id: crate::domain::id::Id,
    limit: i64,
    now: Timestamp,
    company: &TimeZone,
) -> Result<Progress, Error> {
    let done = clients::chunk(conn, audience, notice_id, limit, now, company)?;
    let cursor = done.cursor.unwrap_or_else(|| SUBSCRIBERS.to_owned());
    let total = audience.created + i64::try_from(done.created).unwrap_or_default();
    expansion::advance(conn, audience.id, &cursor, total, None)?;
    Ok(Progress { seen: done.seen, created: done.created, unreadable: done.unreadable, finished: false })
}

/// Judges by the public items alone: courtesy subscribers never hear of hidden ones.
fn tell_subscribers(
    conn: &mut Conn,
    audience: &Expansion,
    limit: i64,
    now: Timestamp,
) -> Result<Progress, Error> {
    let told = items_told(conn, audience)?;
    let after = audience.cursor.strip_prefix(SUBSCRIBERS).unwrap_or_default();
    let chunk = subscription::audience(conn, audience.audience_at, after, limit)?;
    let mut admitted: Vec<&Subscription> =
        chunk.receivers.iter().filter(|s| is_told(s, audience, &told)).collect();
    if let (Some(notice_id), Some(NoticeEvent::Withdrawn)) =
        (audience.notice_id, NoticeEvent::of(&audience.event))
    {
        // Who was told nothing needs no withdrawal.
        let ids: Vec<Id> = admitted.iter().map(|s| s.id).collect();
        let was_told = withdraw::was_told(conn, notice_id, &ids, &[])?.subscriptions;
        admitted.retain(|s| was_told.contains(&s.id.to_string()));
    }
    let covered = covered(conn, audience, &admitted)?;
    let mut created = 0;
    for receiver in admitted {
        let one = if covered.contains(&receiver.id.to_string())
            || (receiver.channel == Channel::Email && covered.contains(&receiver.email.key()))
        {
            let why = "covered: the notice under an agreement goes to the same mailbox";
            let state = DeliveryState::Cancelled;
            Delivery { state, last_answer: why.to_owned(), ..message(0, receiver, audience, now) }
        } else {
            created += 1;
            message(next_sequence(conn, receiver)?, receiver, audience, now)
        };
        insert(conn, &one)?;
    }
    let finished = i64::try_from(chunk.seen).unwrap_or(i64::MAX) < limit;
    let last = chunk.cursor.unwrap_or_else(|| after.to_owned());
    let total = audience.created + i64::try_from(created).unwrap_or_default();
    let cursor = format!("{SUBSCRIBERS}{last}");
    expansion::advance(conn, audience.id, &cursor, total, finished.then_some(now))?;
    Ok(Progress { seen: chunk.seen, created, unreadable: chunk.unreadable.len(), finished })
}

/// Of these subscribers, whose mailbox or endpoint gets the notice under an agreement: ids and
/// mailbox keys.
fn covered(
    conn: &mut Conn,
    audience: &Expansion,
    admitted: &[&Subscription],
) -> Result<BTreeSet<String>, Error> {
    let Some(notice_id) = audience.notice_id else { return Ok(BTreeSet::new()) };
    let keys: Vec<String> = admitted.iter().map(|s| s.email.key()).collect();
    let rows: Vec<(String, String, String)> = delivery::table
        .inner_join(receiver::table)
        .filter(delivery::notice_id.eq(notice_id.to_string()))
        .filter(delivery::event.eq(&audience.event))
        .filter(delivery::client_notice_id.is_not_null())
        .filter(receiver::email_key.eq_any(keys))
        .select((receiver::id, receiver::email_key, delivery::channel))
        .load(conn)?;
    let mut found = BTreeSet::new();
    for (id, key, channel) in rows {
        found.insert(id);
        if channel == Channel::Email.as_str() {
            found.insert(key);
        }
    }
    Ok(found)
}

fn items_told(conn: &mut Conn, audience: &Expansion) -> Result<Vec<NoticeItem>, Error> {
    match audience.notice_id {
        Some(id) => {
            let told = notice::get(conn, id)?;
            // A correction of what is hidden leaves no trace.
            let told = told.filter(|n| !n.updates.iter().any(|u| u.word == audience.event && u.is_hidden()));
            Ok(told.and_then(|n| n.public).map(|n| n.items).unwrap_or_default())
        }
        None => {
            let told = change::get(conn, audience.change_id)?;
            Ok(told.map(|c| crate::domain::notice::public_items(&c, |_| None)).unwrap_or_default())
        }
    }
}

fn is_told(receiver: &Subscription, audience: &Expansion, told: &[NoticeItem]) -> bool {
    let admitted = told.iter().any(|item| receiver.filter.admits(item));
    let asked = audience.notice_id.is_some() || receiver.filter.level == Level::Everything;
    admitted && asked && receiver.ended_at.is_none()
}
