//! A withdrawn notice: what of its announcement is not sent any more, and who was told of it.

use std::collections::BTreeSet;

use diesel::prelude::*;
use jiff::Timestamp;

use crate::db::schema::{client_notice, delivery, expansion, notice_update};
use crate::db::{Conn, Error, client_notice as records};
use crate::domain::client_notice::ClientNoticeState;
use crate::domain::delivery::{Delivery, DeliveryState};
use crate::domain::id::Id;
use crate::domain::notice::NoticeEvent;

/// ClientNotices looked at in one query.
const CHUNK: i64 = 1_000;

/// Why it was not sent.
pub const WITHDRAWN: &str = "Not sent: the notice was withdrawn before.";

/// Stops everything about a notice in the transaction that withdraws it: deliveries that wait are
/// cancelled, audiences are closed, Clients' clocks stop. What is on its way this moment counts
/// as told. Answers how many deliveries were cancelled.
///
/// # Errors
/// The database failed.
pub fn stop(conn: &mut Conn, notice_id: Id, now: Timestamp) -> Result<usize, Error> {
    hold_all(conn, notice_id)?;
    let notice_id = notice_id.to_string();
    diesel::update(expansion::table)
        .filter(expansion::notice_id.eq(&notice_id))
        .filter(expansion::finished_at.is_null())
        .set(expansion::finished_at.eq(now.as_microsecond()))
        .execute(conn)?;
    diesel::update(client_notice::table.filter(client_notice::notice_id.eq(&notice_id)))
        .set(client_notice::state.eq(ClientNoticeState::Withdrawn.as_str()))
        .execute(conn)?;
    let waiting = delivery::table
        .filter(delivery::notice_id.eq(&notice_id))
        .filter(delivery::state.eq(DeliveryState::Queued.as_str()));
    Ok(diesel::update(waiting)
        .set((delivery::state.eq(DeliveryState::Cancelled.as_str()), delivery::last_answer.eq(WITHDRAWN)))
        .execute(conn)?)
}

/// Takes the Clients' records in the order in which the engine takes them to record results, so
/// that neither waits for the other for ever.
fn hold_all(conn: &mut Conn, notice_id: Id) -> Result<(), Error> {
    let mut cursor = String::new();
    loop {
        let found = records::of_notice(conn, notice_id, &cursor, CHUNK)?;
        let Some(last) = found.last() else { return Ok(()) };
        cursor = last.id.to_string();
        records::hold(conn, &found.iter().map(|one| one.id).collect())?;
    }
}

/// Whether `claimed` tells of a notice that was withdrawn since it was owed.
///
/// # Errors
/// The database failed.
pub fn is_withdrawn(conn: &mut Conn, claimed: &Delivery) -> Result<bool, Error> {
    let Some(notice_id) = claimed.notice_id else { return Ok(false) };
    if claimed.event == NoticeEvent::Withdrawn.as_str() {
        return Ok(false);
    }
    let withdrawn = notice_update::table
        .filter(notice_update::notice_id.eq(notice_id.to_string()))
        .filter(notice_update::event.eq(NoticeEvent::Withdrawn.as_str()));
    Ok(diesel::select(diesel::dsl::exists(withdrawn)).get_result(conn)?)
}

/// Who of these was told of a notice, or may have been: whoever was sent anything of it.
#[derive(Debug, Default)]
pub(super) struct WasTold {
    /// Subscriptions, as a courtesy.
    pub(super) subscriptions: BTreeSet<String>,
    /// ClientNotices.
    pub(super) client_notices: BTreeSet<String>,
}

/// Who was told, or may have been: a claim counts, whatever came of it. The process may have been
/// killed between the peer's answer and our commit, and then nothing but the claim's token says
/// that something was sent.
///
/// # Errors
/// The database failed.
pub(super) fn was_told(
    conn: &mut Conn,
    notice_id: Id,
    subscriptions: &[Id],
    client_notices: &[Id],
) -> Result<WasTold, Error> {
    let text = |ids: &[Id]| ids.iter().map(Id::to_string).collect::<Vec<_>>();
    let (subscriptions, client_notices) = (text(subscriptions), text(client_notices));
    let rows: Vec<(String, Option<String>)> = delivery::table
        .filter(delivery::notice_id.eq(notice_id.to_string()))
        .filter(delivery::event.ne(NoticeEvent::Withdrawn.as_str()))
        .filter(delivery::token.gt(0))
        .filter(
            delivery::subscription_id
                .eq_any(subscriptions)
                .or(delivery::client_notice_id.assume_not_null().eq_any(client_notices)),
        )
        .select((delivery::subscription_id, delivery::client_notice_id))
        .load(conn)?;
    let mut told = WasTold::default();
    for (subscription, client_notice) in rows {
        match client_notice {
            Some(id) => told.client_notices.insert(id),
            None => told.subscriptions.insert(subscription),
        };
    }
    Ok(told)
}
