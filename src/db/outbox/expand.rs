//! From an audience to deliveries, one chunk per transaction. Cursor and rows commit together,
//! so that it goes on exactly where it was after a kill at any point.

use jiff::Timestamp;

use super::enqueue::owed;
use super::insert;
use crate::db::expansion::{self, Expansion};
use crate::db::{Conn, Error, change, notice, subscription};
use crate::domain::delivery::{Delivery, DeliveryKind};
use crate::domain::notice::NoticeItem;
use crate::domain::subscription::{Channel, Level, Subscription};

/// What one chunk did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Subscriptions looked at.
    pub seen: usize,
    /// Deliveries created.
    pub created: usize,
    /// Subscriptions that could not be read and are not told.
    pub unreadable: usize,
    /// Whether this audience is done.
    pub finished: bool,
}

/// Works off the next `limit` subscriptions of the oldest open audience, in the caller's write
/// transaction; `None` if every audience is done. Judges by the public items alone: courtesy
/// subscribers never hear of hidden ones.
///
/// # Errors
/// The database failed; nothing of this chunk is kept.
pub fn expand_next(conn: &mut Conn, limit: i64, now: Timestamp) -> Result<Option<Progress>, Error> {
    let Some(audience) = expansion::next_open(conn)? else { return Ok(None) };
    let told = items_told(conn, &audience)?;
    let chunk = subscription::audience(conn, audience.audience_at, &audience.cursor, limit)?;
    let mut created = 0;
    for receiver in chunk.receivers.iter().filter(|s| is_told(s, &audience, &told)) {
        let sequence = next_sequence(conn, receiver)?;
        insert(conn, &message(sequence, receiver, &audience, now))?;
        created += 1;
    }
    let finished = i64::try_from(chunk.seen).unwrap_or(i64::MAX) < limit;
    let cursor = chunk.cursor.unwrap_or_else(|| audience.cursor.clone());
    let total = audience.created + i64::try_from(created).unwrap_or_default();
    expansion::advance(conn, audience.id, &cursor, total, finished.then_some(now))?;
    let unreadable = chunk.unreadable.len();
    Ok(Some(Progress { seen: chunk.seen, created, unreadable, finished }))
}

fn items_told(conn: &mut Conn, audience: &Expansion) -> Result<Vec<NoticeItem>, Error> {
    match audience.notice_id {
        Some(id) => Ok(notice::get(conn, id)?.and_then(|n| n.public).map(|n| n.items).unwrap_or_default()),
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

fn next_sequence(conn: &mut Conn, receiver: &Subscription) -> Result<i64, Error> {
    match receiver.channel {
        Channel::Email => Ok(0),
        Channel::Webhook => subscription::next_sequence(conn, receiver.id),
    }
}

fn message(sequence: i64, receiver: &Subscription, audience: &Expansion, now: Timestamp) -> Delivery {
    let kind = if audience.notice_id.is_some() { DeliveryKind::Notice } else { DeliveryKind::Update };
    Delivery {
        notice_id: audience.notice_id,
        list_version: Some(audience.list_version),
        event: audience.event.clone(),
        sequence,
        ..owed(kind, receiver.id, receiver.channel, now)
    }
}
