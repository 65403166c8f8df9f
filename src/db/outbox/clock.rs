//! What becomes of a ClientNotice when one of its deliveries ends: its clocks are computed anew
//! from everything that happened, and where nobody was reached the next contact takes over.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use jiff::Timestamp;

use super::next::{Step, take_over};
use super::told;
use crate::db::schema::delivery;
use crate::db::stored::parse;
use crate::db::{Conn, Error, client_notice};
use crate::domain::client_notice::{ClientNotice, ClientNoticeState};
use crate::domain::delivery::DeliveryState;
use crate::domain::id::Id;
use crate::domain::notice::NoticeEvent;

/// Brings the ClientNotices of these deliveries up to what happened, each once. The moments are
/// those of the results.
pub(super) fn follow(conn: &mut Conn, ended: &[(Id, Timestamp)]) -> Result<(), Error> {
    if ended.is_empty() {
        return Ok(());
    }
    let moments: BTreeMap<String, Timestamp> = ended.iter().map(|(id, at)| (id.to_string(), *at)).collect();
    let rows: Vec<(String, Option<String>)> = delivery::table
        .filter(delivery::id.eq_any(moments.keys()))
        .filter(delivery::client_notice_id.is_not_null())
        .filter(delivery::event.eq(NoticeEvent::Announced.as_str()))
        .select((delivery::id, delivery::client_notice_id))
        .load(conn)?;
    let mut due: BTreeMap<Id, Timestamp> = BTreeMap::new();
    for (delivery_id, id) in rows {
        let (Some(id), Some(at)) = (id, moments.get(&delivery_id)) else { continue };
        let latest = due.entry(parse(&id)?).or_insert(*at);
        *latest = (*latest).max(*at);
    }
    let ids: BTreeSet<Id> = due.keys().copied().collect();
    client_notice::hold(conn, &ids)?;
    for (id, now) in due {
        recompute_held(conn, id, now)?;
    }
    Ok(())
}

/// Brings the ClientNotices that wait for the endpoint of a subscription up to what happened to it.
///
/// # Errors
/// The database failed.
pub fn follow_endpoint(conn: &mut Conn, subscription_id: Id, now: Timestamp) -> Result<(), Error> {
    let waiting = waiting_for(conn, subscription_id)?;
    recompute_all(conn, &waiting, now)
}

/// The ClientNotices an announcement waits under for a subscription.
pub(super) fn waiting_for(conn: &mut Conn, subscription_id: Id) -> Result<BTreeSet<Id>, Error> {
    let open = [DeliveryState::Queued.as_str(), DeliveryState::Sending.as_str()];
    let ids: Vec<Option<String>> = delivery::table
        .filter(delivery::subscription_id.eq(subscription_id.to_string()))
        .filter(delivery::client_notice_id.is_not_null())
        .filter(delivery::event.eq(NoticeEvent::Announced.as_str()))
        .filter(delivery::state.eq_any(open))
        .select(delivery::client_notice_id)
        .load(conn)?;
    ids.iter().flatten().map(|id| parse(id)).collect()
}

/// Stores that somebody acknowledged the notice; the first one counts. It starts the clocks that
/// wait for reading, and what was accepted through `delivery_id` is acknowledged.
///
/// # Errors
/// The database failed.
pub fn acknowledge(
    conn: &mut Conn,
    one: ClientNotice,
    delivery_id: Option<Id>,
    now: Timestamp,
) -> Result<ClientNotice, Error> {
    let id = one.id;
    client_notice::hold(conn, &BTreeSet::from([id]))?;
    if let Some(id) = delivery_id {
        diesel::update(delivery::table.find(id.to_string()))
            .filter(delivery::state.eq(DeliveryState::Accepted.as_str()))
            .set(delivery::state.eq(DeliveryState::Acknowledged.as_str()))
            .execute(conn)?;
    }
    client_notice::acknowledge(conn, id, now)?;
    look_again(conn, id, now)?;
    Ok(client_notice::get(conn, id)?.unwrap_or(one))
}

/// Computes the clocks and the state of a ClientNotice anew, from what happened to its deliveries
/// and whether it was acknowledged; where nobody was reached, the next contact is told.
///
/// # Errors
/// The database failed.
pub fn recompute(conn: &mut Conn, id: Id, now: Timestamp) -> Result<(), Error> {
    recompute_all(conn, &BTreeSet::from([id]), now)
}

pub(super) fn recompute_all(conn: &mut Conn, ids: &BTreeSet<Id>, now: Timestamp) -> Result<(), Error> {
    client_notice::hold(conn, ids)?;
    for id in ids {
        recompute_held(conn, *id, now)?;
    }
    Ok(())
}

/// One row that a newer release or a person wrote must not keep the results of all others from
/// being recorded.
fn recompute_held(conn: &mut Conn, id: Id, now: Timestamp) -> Result<(), Error> {
    match look_again(conn, id, now) {
        Err(Error::Corrupt(_)) => {
            tracing::error!(alarm = "client_notice_unreadable", client_notice = %id, "what a Client is owed cannot be read, so its clocks are not brought up to date; see its row");
            Ok(())
        }
        done => done,
    }
}

fn look_again(conn: &mut Conn, id: Id, now: Timestamp) -> Result<(), Error> {
    let Some(mut one) = client_notice::get(conn, id)? else { return Ok(()) };
    let mut sent = told::of(conn, &one)?;
    let step = take_over(conn, &one, &sent, now)?;
    if step == Step::Told {
        sent = told::of(conn, &one)?;
    }
    let facts = told::facts(&one, &sent);
    let before = one.clone();
    one.clocks = one.rules.clocks(one.issued_at, &facts);
    one.state = one.standing(&facts, now, false, false);
    // Whoever waits for a suspended endpoint alone is reached by nobody either.
    let waits = matches!(one.state, ClientNoticeState::Planned | ClientNoticeState::Issued);
    if waits && one.waived_at.is_none() && !sent.is_empty() && !told::is_reached(&one, &sent) {
        one.state = ClientNoticeState::Suspended;
    }
    if one != before {
        client_notice::save_clocks(conn, &one)?;
    }
    if step == Step::Nobody && before.state != ClientNoticeState::Suspended {
        tracing::error!(alarm = "client_unreachable", client_notice = %one.id, "nobody of a Client could be reached; a person must");
    }
    Ok(())
}
