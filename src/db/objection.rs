//! Objections.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{client_notice, objection};
use super::stored::{parse, parse_maybe, time, time_maybe};
use super::{Conn, Error};
use crate::domain::id::Id;
use crate::domain::objection::{Objection, ObjectionState, number};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = objection, treat_none_as_null = true)]
struct Row {
    id: String,
    number: String,
    client_notice_id: String,
    contact_id: Option<String>,
    person: String,
    email: String,
    received_by: String,
    received_at: i64,
    grounds: String,
    wish: String,
    in_time: bool,
    state: String,
    remedy: Option<String>,
    answer: String,
    fix_by: Option<i64>,
    merged_into: Option<String>,
    revision: i64,
}

impl Row {
    fn new(o: &Objection) -> Self {
        Self {
            id: o.id.to_string(),
            number: o.number.clone(),
            client_notice_id: o.client_notice_id.to_string(),
            contact_id: o.contact_id.map(|id| id.to_string()),
            person: o.person.clone(),
            email: o.email.clone(),
            received_by: o.received_by.clone(),
            received_at: o.received_at.as_microsecond(),
            grounds: o.grounds.clone(),
            wish: o.wish.clone(),
            in_time: o.in_time,
            state: o.state.to_string(),
            remedy: o.remedy.map(|remedy| remedy.to_string()),
            answer: o.answer.clone(),
            fix_by: o.fix_by.map(Timestamp::as_microsecond),
            merged_into: o.merged_into.map(|id| id.to_string()),
            revision: o.revision,
        }
    }

    fn objection(self) -> Result<Objection, Error> {
        Ok(Objection {
            id: parse(&self.id)?,
            number: self.number,
            client_notice_id: parse(&self.client_notice_id)?,
            contact_id: parse_maybe(self.contact_id.as_deref())?,
            person: self.person,
            email: self.email,
            received_by: self.received_by,
            received_at: time(self.received_at)?,
            grounds: self.grounds,
            wish: self.wish,
            in_time: self.in_time,
            state: parse(&self.state)?,
            remedy: parse_maybe(self.remedy.as_deref())?,
            answer: self.answer,
            fix_by: time_maybe(self.fix_by)?,
            merged_into: parse_maybe(self.merged_into.as_deref())?,
            revision: self.revision,
        })
    }
}

/// One.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<Objection>, Error> {
    let row = objection::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::objection).transpose()
}

/// Objections of one ClientNotice, oldest first.
///
/// # Errors
/// The database failed.
pub fn of_client_notice(conn: &mut Conn, client_notice_id: Id) -> Result<Vec<Objection>, Error> {
    let rows: Vec<Row> = objection::table
        .filter(objection::client_notice_id.eq(client_notice_id.to_string()))
        .order(objection::id.asc())
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::objection).collect()
}

/// Objections of every Client to one notice, oldest first.
///
/// # Errors
/// The database failed.
pub fn of_notice(conn: &mut Conn, notice_id: Id) -> Result<Vec<Objection>, Error> {
    let rows: Vec<Row> = objection::table
        .inner_join(client_notice::table)
        .filter(client_notice::notice_id.eq(notice_id.to_string()))
        .order(objection::id.asc())
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::objection).collect()
}

/// Up to `limit` objections, newest first, `before` an id (empty to begin); only those in one of
/// `states` unless that is empty.
///
/// # Errors
/// The database failed.
pub fn page(
    conn: &mut Conn,
    states: &[ObjectionState],
    before: &str,
    limit: i64,
) -> Result<Vec<Objection>, Error> {
    let mut query =
        objection::table.order(objection::id.desc()).limit(limit).select(Row::as_select()).into_boxed();
    if !before.is_empty() {
        query = query.filter(objection::id.lt(before.to_owned()));
    }
    if !states.is_empty() {
        query = query.filter(objection::state.eq_any(states.iter().map(|s| s.as_str())));
    }
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(Row::objection).collect()
}

/// Those of one Client, newest first.
///
/// # Errors
/// The database failed.
pub fn of_client(conn: &mut Conn, client_id: Id) -> Result<Vec<Objection>, Error> {
    let rows: Vec<Row> = objection::table
        .inner_join(client_notice::table)
        .filter(client_notice::client_id.eq(client_id.to_string()))
        .order(objection::id.desc())
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::objection).collect()
}

/// The open ones that stand for themselves, the one to be answered first in front; at most
/// `limit`.
///
/// # Errors
/// The database failed.
pub fn open(conn: &mut Conn, limit: i64) -> Result<Vec<Objection>, Error> {
    let states = ObjectionState::ALL.iter().filter(|state| state.is_open()).map(|state| state.as_str());
    let rows: Vec<Row> = objection::table
        .filter(objection::state.eq_any(states))
        .filter(objection::merged_into.is_null())
        // What has no day yet was not looked at yet.
        .order((objection::fix_by.is_not_null(), objection::fix_by.asc(), objection::id.asc()))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::objection).collect()
}

/// How many are open and stand for themselves.
///
/// # Errors
/// The database failed.
pub fn count_open(conn: &mut Conn) -> Result<i64, Error> {
    let states = ObjectionState::ALL.iter().filter(|state| state.is_open()).map(|state| state.as_str());
    Ok(objection::table
        .filter(objection::state.eq_any(states))
        .filter(objection::merged_into.is_null())
        .count()
        .get_result(conn)?)
}

/// The open ones whose day to be answered is over at `now`, at most `limit`.
///
/// # Errors
/// The database failed.
pub fn overdue(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<Objection>, Error> {
    let states = ObjectionState::ALL.iter().filter(|state| state.is_open()).map(|state| state.as_str());
    let rows: Vec<Row> = objection::table
        .filter(objection::state.eq_any(states))
        .filter(objection::fix_by.le(now.as_microsecond()))
        .order(objection::fix_by.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::objection).collect()
}

/// Stores a new one under the next number of `year`, which it answers. In a write transaction.
///
/// # Errors
/// The database failed.
pub fn insert(conn: &mut Conn, new: &Objection, year: i16) -> Result<String, Error> {
    let last: Option<i64> = objection::table
        .filter(objection::year.eq(i32::from(year)))
        .select(diesel::dsl::max(objection::ordinal))
        .first(conn)?;
    let ordinal = last.unwrap_or(0) + 1;
    let row = Row { number: number(year, ordinal), ..Row::new(new) };
    diesel::insert_into(objection::table)
        .values((&row, objection::year.eq(i32::from(year)), objection::ordinal.eq(ordinal)))
        .execute(conn)?;
    Ok(row.number)
}

/// Stores a known one again. The caller has set its revision.
///
/// # Errors
/// The database failed.
pub fn save(conn: &mut Conn, objection: &Objection) -> Result<(), Error> {
    let row = Row::new(objection);
    diesel::update(objection::table.find(&row.id)).set(&row).execute(conn)?;
    Ok(())
}
