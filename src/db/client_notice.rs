//! ClientNotices: what one Client is owed for one notice.

use std::collections::BTreeSet;

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{client_notice, contact};
use super::stored::{day, from_json, parse, parse_maybe, put, time, time_maybe, to_json};
use super::{Conn, Error};
use crate::domain::client::ContactState;
use crate::domain::client_notice::{ClientNotice, ClientNoticeState, Clocks};
use crate::domain::id::Id;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = client_notice, treat_none_as_null = true)]
struct Row {
    id: String,
    notice_id: String,
    client_id: String,
    agreement_id: String,
    rules: String,
    state: String,
    issued_at: i64,
    notice_start: Option<i64>,
    notice_until: Option<i64>,
    objection_start: Option<i64>,
    objection_until: Option<i64>,
    earliest_effective: Option<String>,
    acknowledged_at: Option<i64>,
    consented_at: Option<i64>,
    waived_at: Option<i64>,
}

impl Row {
    fn new(n: &ClientNotice) -> Result<Self, Error> {
        let micros = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
        Ok(Self {
            id: n.id.to_string(),
            notice_id: n.notice_id.to_string(),
            client_id: n.client_id.to_string(),
            agreement_id: n.agreement_id.to_string(),
            rules: to_json(&n.rules)?,
            state: n.state.to_string(),
            issued_at: n.issued_at.as_microsecond(),
            notice_start: micros(n.clocks.notice_start),
            notice_until: micros(n.clocks.notice_until),
            objection_start: micros(n.clocks.objection_start),
            objection_until: micros(n.clocks.objection_until),
            earliest_effective: day(n.clocks.earliest_effective),
            acknowledged_at: micros(n.acknowledged_at),
            consented_at: micros(n.consented_at),
            waived_at: micros(n.waived_at),
        })
    }

    fn client_notice(self) -> Result<ClientNotice, Error> {
        Ok(ClientNotice {
            id: parse(&self.id)?,
            notice_id: parse(&self.notice_id)?,
            client_id: parse(&self.client_id)?,
            agreement_id: parse(&self.agreement_id)?,
            rules: from_json(&self.rules)?,
            state: parse(&self.state)?,
            issued_at: time(self.issued_at)?,
            clocks: Clocks {
                notice_start: time_maybe(self.notice_start)?,
                notice_until: time_maybe(self.notice_until)?,
                objection_start: time_maybe(self.objection_start)?,
                objection_until: time_maybe(self.objection_until)?,
                earliest_effective: parse_maybe(self.earliest_effective.as_deref())?,
            },
            acknowledged_at: time_maybe(self.acknowledged_at)?,
            consented_at: time_maybe(self.consented_at)?,
            waived_at: time_maybe(self.waived_at)?,
        })
    }
}

/// One.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<ClientNotice>, Error> {
    let row = client_notice::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::client_notice).transpose()
}

/// What `client_id` is owed for `notice_id`.
///
/// # Errors
/// The database failed.
pub fn of(conn: &mut Conn, notice_id: Id, client_id: Id) -> Result<Option<ClientNotice>, Error> {
    let row = client_notice::table
        .filter(client_notice::notice_id.eq(notice_id.to_string()))
        .filter(client_notice::client_id.eq(client_id.to_string()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Row::client_notice).transpose()
}

/// A Client's, newest first.
///
/// # Errors
/// The database failed.
pub fn of_client(conn: &mut Conn, client_id: Id) -> Result<Vec<ClientNotice>, Error> {
    let rows: Vec<Row> = client_notice::table
        .filter(client_notice::client_id.eq(client_id.to_string()))
        .order((client_notice::issued_at.desc(), client_notice::id.desc()))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::client_notice).collect()
}

/// Up to `limit` of a notice in the order of their ids, after `cursor` (an id; empty to begin).
///
/// # Errors
/// The database failed.
pub fn of_notice(
    conn: &mut Conn,
    notice_id: Id,
    cursor: &str,
    limit: i64,
) -> Result<Vec<ClientNotice>, Error> {
    let rows: Vec<Row> = client_notice::table
        .filter(client_notice::notice_id.eq(notice_id.to_string()))
        .filter(client_notice::id.gt(cursor.to_owned()))
        .order(client_notice::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::client_notice).collect()
}

/// How many of a notice stand where.
///
/// # Errors
/// The database failed.
pub fn count_by_state(conn: &mut Conn, notice_id: Id) -> Result<Vec<(ClientNoticeState, i64)>, Error> {
    let rows: Vec<(String, i64)> = client_notice::table
        .filter(client_notice::notice_id.eq(notice_id.to_string()))
        .group_by(client_notice::state)
        .select((client_notice::state, diesel::dsl::count_star()))
        .load(conn)?;
    rows.into_iter().map(|(state, count)| Ok((parse(&state)?, count))).collect()
}

/// Up to `limit` whose window is over at `now` and that are still called running, after `cursor`.
///
/// # Errors
/// The database failed.
pub fn window_over(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<ClientNotice>, Error> {
    let rows: Vec<Row> = client_notice::table
        .filter(client_notice::state.eq(ClientNoticeState::Running.as_str()))
        .filter(client_notice::objection_until.le(now.as_microsecond()))
        .order(client_notice::objection_until.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::client_notice).collect()
}

/// Up to `limit` of whom nobody was reached, though one of the Client's contacts is not known to
/// refuse.
///
/// # Errors
/// The database failed.
pub fn suspended_with_contact(conn: &mut Conn, limit: i64) -> Result<Vec<ClientNotice>, Error> {
    let reachable = [ContactState::Working.as_str(), ContactState::Leaving.as_str()];
    let contacts = contact::table
        .filter(contact::client_id.eq(client_notice::client_id))
        .filter(contact::state.eq_any(reachable));
    let rows: Vec<Row> = client_notice::table
        .filter(client_notice::state.eq(ClientNoticeState::Suspended.as_str()))
        .filter(diesel::dsl::exists(contacts))
        .order(client_notice::issued_at.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::client_notice).collect()
}

/// Stores one, new or known.
///
/// # Errors
/// The database failed.
pub fn save(conn: &mut Conn, notice: &ClientNotice) -> Result<(), Error> {
    put!(conn, client_notice, Row::new(notice)?);
    Ok(())
}

/// Stores what a look at its deliveries computes, and nothing else: a consent or a waiver that
/// was recorded meanwhile stays.
///
/// # Errors
/// The database failed.
pub fn save_clocks(conn: &mut Conn, notice: &ClientNotice) -> Result<(), Error> {
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    diesel::update(client_notice::table.find(notice.id.to_string()))
        .set((
            client_notice::state.eq(notice.state.as_str()),
            client_notice::notice_start.eq(micros(notice.clocks.notice_start)),
            client_notice::notice_until.eq(micros(notice.clocks.notice_until)),
            client_notice::objection_start.eq(micros(notice.clocks.objection_start)),
            client_notice::objection_until.eq(micros(notice.clocks.objection_until)),
            client_notice::earliest_effective.eq(day(notice.clocks.earliest_effective)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Records that a Client consented, of its own.
///
/// # Errors
/// The database failed.
pub fn consent(conn: &mut Conn, id: Id, at: Timestamp) -> Result<(), Error> {
    diesel::update(client_notice::table.find(id.to_string()))
        .set(client_notice::consented_at.eq(at.as_microsecond()))
        .execute(conn)?;
    Ok(())
}

/// Records that a person waived reaching a Client, or its date in an emergency.
///
/// # Errors
/// The database failed.
pub fn waive(conn: &mut Conn, id: Id, at: Timestamp) -> Result<(), Error> {
    diesel::update(client_notice::table.find(id.to_string()))
        .set(client_notice::waived_at.eq(at.as_microsecond()))
        .execute(conn)?;
    Ok(())
}

/// Keeps every other transaction from recomputing these until this one ends, so that what is read
/// afterwards holds. The outbox's transactions take no lock for the whole database on PostgreSQL;
/// SQLite has one writer. Always in the order of the ids: two who take the same ones cannot
/// wait for each other.
///
/// # Errors
/// The database failed.
pub fn hold(conn: &mut Conn, ids: &BTreeSet<Id>) -> Result<(), Error> {
    if !conn.is_postgres() {
        return Ok(());
    }
    for id in ids {
        diesel::update(client_notice::table.find(id.to_string()))
            .set(client_notice::state.eq(client_notice::state))
            .execute(conn)?;
    }
    Ok(())
}

/// A Client's under which something may still be sent: a withdrawn one too, of which it is told.
///
/// # Errors
/// The database failed.
pub fn open_of_client(conn: &mut Conn, client_id: Id) -> Result<BTreeSet<Id>, Error> {
    let ids: Vec<String> = client_notice::table
        .filter(client_notice::client_id.eq(client_id.to_string()))
        .filter(client_notice::state.ne(ClientNoticeState::Settled.as_str()))
        .select(client_notice::id)
        .load(conn)?;
    ids.iter().map(|id| parse(id)).collect()
}

/// Closes up to `limit` windows whose last moment has passed at `now`. Answers how many.
///
/// # Errors
/// The database failed.
pub fn close_windows(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<usize, Error> {
    let over = client_notice::state
        .eq(ClientNoticeState::Running.as_str())
        .and(client_notice::objection_until.le(now.as_microsecond()));
    let ids: Vec<String> = client_notice::table
        .filter(over)
        .order(client_notice::objection_until.asc())
        .limit(limit)
        .select(client_notice::id)
        .load(conn)?;
    // Asked again: a clock may have moved since they were read.
    Ok(diesel::update(client_notice::table.filter(client_notice::id.eq_any(ids)).filter(over))
        .set(client_notice::state.eq(ClientNoticeState::WindowClosed.as_str()))
        .execute(conn)?)
}

/// Records that somebody there acknowledged it; the first one counts.
///
/// # Errors
/// The database failed.
pub fn acknowledge(conn: &mut Conn, id: Id, at: Timestamp) -> Result<(), Error> {
    diesel::update(client_notice::table.find(id.to_string()))
        .filter(client_notice::acknowledged_at.is_null())
        .set(client_notice::acknowledged_at.eq(at.as_microsecond()))
        .execute(conn)?;
    Ok(())
}
