//! What is owed to webhooks that do not take it: which message may knock at a suspended endpoint,
//! and the mail to its contact instead.

use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use jiff::Timestamp;

use super::enqueue::owed;
use super::{Row, insert};
use crate::db::schema::{delivery, subscription};
use crate::db::{Conn, Error};
use crate::domain::delivery::{Delivery, DeliveryKind, DeliveryState};
use crate::domain::id::Id;
use crate::domain::subscription::{Channel, SubscriptionState};

/// Whether nothing older is owed to the endpoint of `d`.
///
/// # Errors
/// The database failed.
pub fn is_oldest_owed(conn: &mut Conn, d: &Delivery) -> Result<bool, Error> {
    let open = [DeliveryState::Queued.as_str(), DeliveryState::Sending.as_str()];
    let news = [DeliveryKind::Notice.as_str(), DeliveryKind::Update.as_str()];
    let older: Option<String> = delivery::table
        .filter(delivery::subscription_id.eq(d.subscription_id.to_string()))
        .filter(delivery::channel.eq(Channel::Webhook.as_str()))
        .filter(delivery::kind.eq_any(news))
        .filter(delivery::state.eq_any(open))
        .filter(delivery::sequence.lt(d.sequence))
        .select(delivery::id)
        .first(conn)
        .optional()?;
    Ok(older.is_none())
}

/// Whether the endpoint of a subscription took anything at or after `since`.
///
/// # Errors
/// The database failed.
pub fn accepted_since(conn: &mut Conn, subscription_id: Id, since: Timestamp) -> Result<bool, Error> {
    let one: Option<String> = delivery::table
        .filter(delivery::subscription_id.eq(subscription_id.to_string()))
        .filter(delivery::channel.eq(Channel::Webhook.as_str()))
        .filter(delivery::accepted_at.ge(since.as_microsecond()))
        .select(delivery::id)
        .first(conn)
        .optional()?;
    Ok(one.is_some())
}

/// Puts off what waits for an endpoint that was suspended, until then at least.
///
/// # Errors
/// The database failed.
pub fn put_off(conn: &mut Conn, subscription_id: Id, until: Timestamp) -> Result<usize, Error> {
    Ok(diesel::update(delivery::table)
        .filter(delivery::subscription_id.eq(subscription_id.to_string()))
        .filter(delivery::channel.eq(Channel::Webhook.as_str()))
        .filter(delivery::state.eq(DeliveryState::Queued.as_str()))
        .filter(delivery::due_at.lt(until.as_microsecond()))
        .set(delivery::due_at.eq(until.as_microsecond()))
        .execute(conn)?)
}

/// Makes a delivery that was put off due after all, if its endpoint is not suspended any more.
pub(super) fn let_go(conn: &mut Conn, id: Id) -> Result<(), Error> {
    let suspended = subscription::table
        .filter(subscription::id.eq(delivery::subscription_id))
        .filter(subscription::state.eq(SubscriptionState::Suspended.as_str()));
    diesel::update(delivery::table.find(id.to_string()))
        .filter(not(exists(suspended)))
        .set(delivery::due_at.eq(delivery::created_at))
        .execute(conn)?;
    Ok(())
}

/// Owes a mail to the contact of each webhook that a notice has not reached: because its endpoint
/// is suspended, or because the notice was owed before `before` and was tried in vain (requirement
/// R10). Each notice
/// once; at most `limit` at a time. Answers how many.
///
/// # Errors
/// The database failed; nothing is kept.
pub fn fall_back(conn: &mut Conn, before: Timestamp, limit: i64, now: Timestamp) -> Result<usize, Error> {
    let missed = unreached(conn, before, limit)?;
    let count = missed.len();
    for d in missed {
        let mail = Delivery {
            notice_id: d.notice_id,
            list_version: d.list_version,
            event: d.event,
            client_notice_id: d.client_notice_id,
            ..owed(DeliveryKind::Notice, d.subscription_id, Channel::Email, now)
        };
        insert(conn, &mail)?;
    }
    Ok(count)
}

/// Whether [`fall_back`] would owe anything: takes no lock.
///
/// # Errors
/// The database failed.
pub fn is_unreached(conn: &mut Conn, before: Timestamp) -> Result<bool, Error> {
    Ok(!unreached(conn, before, 1)?.is_empty())
}

fn unreached(conn: &mut Conn, before: Timestamp, limit: i64) -> Result<Vec<Delivery>, Error> {
    let mail = diesel::alias!(delivery as mail);
    let told =
        mail.filter(mail.field(delivery::channel).eq(Channel::Email.as_str()))
            .filter(mail.field(delivery::notice_id).eq(delivery::notice_id))
            .filter(mail.field(delivery::event).eq(delivery::event))
            .filter(mail.field(delivery::subscription_id).eq(delivery::subscription_id))
            .filter(mail.field(delivery::client_notice_id).eq(delivery::client_notice_id).or(
                mail.field(delivery::client_notice_id).is_null().and(delivery::client_notice_id.is_null()),
            ));
    let suspended = subscription::state.eq(SubscriptionState::Suspended.as_str());
    // What was never tried has not failed: after a pause or a downtime the webhook comes first.
    let late = delivery::attempts.gt(0).and(delivery::created_at.le(before.as_microsecond()));
    let rows: Vec<Row> = delivery::table
        .inner_join(subscription::table)
        // In the text: only so is the partial index used.
        .filter(sql::<Bool>("delivery.state = 'queued'"))
        .filter(delivery::channel.eq(Channel::Webhook.as_str()))
        .filter(delivery::kind.eq(DeliveryKind::Notice.as_str()))
        .filter(subscription::state.ne(SubscriptionState::Ended.as_str()))
        .filter(suspended.or(late))
        .filter(not(exists(told)))
        .order(delivery::created_at.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::delivery).collect()
}
