//! Subscriptions. Mail addresses live in this table only, so that they can be erased.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::subscription;
use super::stored::{from_json, parse, parse_maybe, time, time_maybe, to_json};
use super::{Conn, Error};
use crate::domain::client::Contact;
use crate::domain::email::Email;
use crate::domain::id::Id;
use crate::domain::subscription::{Channel, Filter, Subscription, SubscriptionState};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = subscription, treat_none_as_null = true)]
pub(super) struct Row {
    id: String,
    channel: String,
    email: String,
    email_key: String,
    url: String,
    host: String,
    secret: String,
    filter: String,
    language: String,
    state: String,
    created_at: i64,
    confirmed_at: Option<i64>,
    consented_at: Option<i64>,
    ended_at: Option<i64>,
    sequence: i64,
    contact_id: Option<String>,
    revision: i64,
}

/// A subscription with its sealed webhook secret; empty for mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The subscription.
    pub subscription: Subscription,
    /// The sealed secret, see [`crate::keys::Keys::seal`].
    pub secret: String,
}

impl Row {
    fn new(s: &Stored) -> Result<Self, Error> {
        let Stored { subscription: s, secret } = s;
        Ok(Self {
            id: s.id.to_string(),
            channel: s.channel.to_string(),
            email: s.email.to_string(),
            email_key: s.email.key(),
            url: s.url.clone(),
            host: s.host(),
            secret: secret.clone(),
            filter: to_json(&s.filter)?,
            language: s.language.clone(),
            state: s.state.to_string(),
            created_at: s.created_at.as_microsecond(),
            confirmed_at: s.confirmed_at.map(Timestamp::as_microsecond),
            consented_at: s.consented_at.map(Timestamp::as_microsecond),
            ended_at: s.ended_at.map(Timestamp::as_microsecond),
            sequence: s.sequence,
            contact_id: s.contact_id.map(|id| id.to_string()),
            revision: s.revision,
        })
    }

    pub(super) fn stored(self) -> Result<Stored, Error> {
        let subscription = Subscription {
            id: parse(&self.id)?,
            channel: parse(&self.channel)?,
            email: parse(&self.email)?,
            url: self.url,
            filter: from_json(&self.filter)?,
            language: self.language,
            state: parse(&self.state)?,
            created_at: time(self.created_at)?,
            confirmed_at: time_maybe(self.confirmed_at)?,
            consented_at: time_maybe(self.consented_at)?,
            ended_at: time_maybe(self.ended_at)?,
            sequence: self.sequence,
            contact_id: parse_maybe(self.contact_id.as_deref())?,
            revision: self.revision,
        };
        Ok(Stored { subscription, secret: self.secret })
    }
}

/// One subscription.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<Stored>, Error> {
    let row = subscription::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::stored).transpose()
}

/// Subscriptions of one mailbox and channel that have not ended, oldest first.
///
/// # Errors
/// The database failed.
pub fn open_of(conn: &mut Conn, email: &Email, channel: Channel) -> Result<Vec<Stored>, Error> {
    let rows: Vec<Row> = subscription::table
        .filter(subscription::contact_id.is_null())
        .filter(subscription::email_key.eq(email.key()))
        .filter(subscription::channel.eq(channel.as_str()))
        .filter(subscription::state.ne(SubscriptionState::Ended.as_str()))
        .order(subscription::id.asc())
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::stored).collect()
}

/// Up to `limit` subscriptions that have not ended and whose mailbox is at `domain` (ASCII,
/// lowercase), oldest first.
///
/// # Errors
/// The database failed.
pub fn open_of_domain(conn: &mut Conn, domain: &str, limit: i64) -> Result<Vec<Subscription>, Error> {
    let wild = domain.replace(['\\', '%', '_'], "");
    let rows: Vec<Row> = subscription::table
        .filter(subscription::contact_id.is_null())
        .filter(subscription::email_key.like(format!("%@{wild}")))
        .filter(subscription::state.ne(SubscriptionState::Ended.as_str()))
        .order(subscription::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| row.stored().map(|s| s.subscription)).collect()
}

/// Stores a subscription, new or known. The caller has set its revision.
///
/// # Errors
/// The database failed.
pub fn save(conn: &mut Conn, stored: &Stored) -> Result<(), Error> {
    let row = Row::new(stored)?;
    let changed = diesel::update(subscription::table.find(&row.id)).set(&row).execute(conn)?;
    if changed == 0 {
        diesel::insert_into(subscription::table).values(&row).execute(conn)?;
    }
    Ok(())
}

/// The row that carries the notices of `contact`: the subscription it came through, or one of
/// its own, made on first use and brought up to its address.
///
/// # Errors
/// The database failed, or the subscription is gone.
pub fn carrier(conn: &mut Conn, contact: &Contact, now: Timestamp) -> Result<Subscription, Error> {
    if let Some(id) = contact.subscription_id {
        let linked = get(conn, id)?.ok_or_else(|| Error::Corrupt(format!("subscription {id} is gone")))?;
        return Ok(linked.subscription);
    }
    let row: Option<Row> = subscription::table
        .filter(subscription::contact_id.eq(contact.id.to_string()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    let known = row.map(Row::stored).transpose()?;
    if let Some(known) = known.as_ref().filter(|known| known.subscription.email == contact.email) {
        return Ok(known.subscription.clone());
    }
    let mut stored = known.unwrap_or_else(|| Stored {
        subscription: Subscription {
            id: Id::new(now),
            channel: Channel::Email,
            email: contact.email.clone(),
            url: String::new(),
            filter: Filter::default(),
            language: "en".to_owned(),
            state: SubscriptionState::Confirmed,
            created_at: now,
            confirmed_at: Some(now),
            consented_at: None,
            ended_at: None,
            sequence: 0,
            contact_id: Some(contact.id),
            revision: 0,
        },
        secret: String::new(),
    });
    stored.subscription.email = contact.email.clone();
    stored.subscription.revision += 1;
    save(conn, &stored)?;
    Ok(stored.subscription)
}

/// Some of an audience.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chunk {
    /// Those that could be read.
    pub receivers: Vec<Subscription>,
    /// How many there were, readable or not.
    pub seen: usize,
    /// Ids of those that could not; each was told of in the log.
    pub unreadable: Vec<String>,
    /// The last id, readable or not; `None` if there was none.
    pub cursor: Option<String>,
}

/// The next `limit` subscriptions after `cursor` (an id, empty to begin) that were owed news at
/// `audience_at`: confirmed by then, webhooks consented too, and not ended by then. One row that a
/// newer release or a person wrote must not keep the news from all others: it is left out and
/// told of.
///
/// # Errors
/// The database failed.
pub fn audience(conn: &mut Conn, audience_at: Timestamp, cursor: &str, limit: i64) -> Result<Chunk, Error> {
    let at = audience_at.as_microsecond();
    let rows: Vec<Row> = subscription::table
        .filter(subscription::id.gt(cursor))
        .filter(subscription::contact_id.is_null())
        .filter(subscription::confirmed_at.le(at))
        .filter(subscription::channel.eq(Channel::Email.as_str()).or(subscription::consented_at.le(at)))
        .filter(subscription::ended_at.is_null().or(subscription::ended_at.gt(at)))
        .order(subscription::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    let mut chunk = Chunk { seen: rows.len(), cursor: rows.last().map(|r| r.id.clone()), ..Chunk::default() };
    for row in rows {
        let id = row.id.clone();
        match row.stored() {
            Ok(stored) => chunk.receivers.push(stored.subscription),
            // Not the error: it may quote an address.
            Err(_) => {
                tracing::error!(alarm = "subscription_unreadable", subscription = %id, "a subscription cannot be read and is not told; see its row");
                chunk.unreadable.push(id);
            }
        }
    }
    Ok(chunk)
}

/// How many were owed news at `audience_at`, by channel and filter; see [`audience`]. Those whose
/// channel or filter cannot be read are left out.
///
/// # Errors
/// The database failed.
pub fn audience_by_filter(
    conn: &mut Conn,
    audience_at: Timestamp,
) -> Result<Vec<(Channel, Filter, usize)>, Error> {
    let at = audience_at.as_microsecond();
    let rows: Vec<(String, String, i64)> = subscription::table
        .filter(subscription::contact_id.is_null())
        .filter(subscription::confirmed_at.le(at))
        .filter(subscription::channel.eq(Channel::Email.as_str()).or(subscription::consented_at.le(at)))
        .filter(subscription::ended_at.is_null().or(subscription::ended_at.gt(at)))
        .group_by((subscription::channel, subscription::filter))
        .select((subscription::channel, subscription::filter, diesel::dsl::count_star()))
        .load(conn)?;
    let readable = |(channel, filter, count): (String, String, i64)| -> Result<_, Error> {
        Ok((parse(&channel)?, from_json(&filter)?, usize::try_from(count).unwrap_or(usize::MAX)))
    };
    Ok(rows.into_iter().filter_map(|row| readable(row).ok()).collect())
}

/// When the last subscriber so far confirmed or consented.
///
/// # Errors
/// The database failed.
pub fn latest_confirmation(conn: &mut Conn) -> Result<Option<Timestamp>, Error> {
    let latest: (Option<i64>, Option<i64>) = subscription::table
        .select((diesel::dsl::max(subscription::confirmed_at), diesel::dsl::max(subscription::consented_at)))
        .first(conn)?;
    time_maybe(latest.0.max(latest.1))
}

/// Subscriptions newest first, `before` an id (empty to begin), for staff.
///
/// # Errors
/// The database failed.
pub fn page(conn: &mut Conn, before: &str, limit: i64) -> Result<Vec<Subscription>, Error> {
    let mut query = subscription::table
        .filter(subscription::contact_id.is_null())
        .order(subscription::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if !before.is_empty() {
        query = query.filter(subscription::id.lt(before.to_owned()));
    }
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(|row| row.stored().map(|s| s.subscription)).collect()
}

/// Takes the next sequence number of an endpoint's messages. In a write transaction only.
///
/// # Errors
/// The database failed.
pub fn next_sequence(conn: &mut Conn, id: Id) -> Result<i64, Error> {
    diesel::update(subscription::table.find(id.to_string()))
        .set(subscription::sequence.eq(subscription::sequence + 1))
        .execute(conn)?;
    Ok(subscription::table.find(id.to_string()).select(subscription::sequence).first(conn)?)
}

/// Suspends a confirmed subscription whose endpoint is gone or was not reached for days; everything owed to it is
/// kept. False if it was not confirmed.
///
/// # Errors
/// The database failed.
pub fn suspend(conn: &mut Conn, id: Id) -> Result<bool, Error> {
    let changed = diesel::update(subscription::table.find(id.to_string()))
        .filter(subscription::state.eq(SubscriptionState::Confirmed.as_str()))
        .set((
            subscription::state.eq(SubscriptionState::Suspended.as_str()),
            subscription::revision.eq(subscription::revision + 1),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Ends a suspension: the endpoint has taken a message again. False if there was none.
///
/// # Errors
/// The database failed.
pub fn resume(conn: &mut Conn, id: Id) -> Result<bool, Error> {
    let changed = diesel::update(subscription::table.find(id.to_string()))
        .filter(subscription::state.eq(SubscriptionState::Suspended.as_str()))
        .set((
            subscription::state.eq(SubscriptionState::Confirmed.as_str()),
            subscription::revision.eq(subscription::revision + 1),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Up to `limit` requests made before `before` and never confirmed.
///
/// # Errors
/// The database failed.
pub fn unconfirmed_before(conn: &mut Conn, before: Timestamp, limit: i64) -> Result<Vec<Stored>, Error> {
    let rows: Vec<Row> = subscription::table
        .filter(subscription::state.eq(SubscriptionState::Pending.as_str()))
        .filter(subscription::created_at.lt(before.as_microsecond()))
        .order(subscription::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::stored).collect()
}
