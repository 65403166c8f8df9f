//! Hold-outs.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::schema::hold_out;
use super::stored::{day, parse, parse_maybe, put, time, time_maybe};
use super::{Conn, Error};
use crate::domain::hold_out::HoldOut;
use crate::domain::id::Id;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = hold_out, treat_none_as_null = true)]
struct Row {
    id: String,
    client_id: String,
    engagement_id: String,
    until: Option<String>,
    reason: String,
    staff_id: String,
    created_at: i64,
    ended_at: Option<i64>,
}

impl Row {
    fn new(h: &HoldOut) -> Self {
        Self {
            id: h.id.to_string(),
            client_id: h.client_id.to_string(),
            engagement_id: h.engagement_id.to_string(),
            until: day(h.until),
            reason: h.reason.clone(),
            staff_id: h.by.to_string(),
            created_at: h.created_at.as_microsecond(),
            ended_at: h.ended_at.map(Timestamp::as_microsecond),
        }
    }

    fn hold_out(self) -> Result<HoldOut, Error> {
        Ok(HoldOut {
            id: parse(&self.id)?,
            client_id: parse(&self.client_id)?,
            engagement_id: parse(&self.engagement_id)?,
            until: parse_maybe(self.until.as_deref())?,
            reason: self.reason,
            by: parse(&self.staff_id)?,
            created_at: time(self.created_at)?,
            ended_at: time_maybe(self.ended_at)?,
        })
    }
}

/// One.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<HoldOut>, Error> {
    let row = hold_out::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::hold_out).transpose()
}

/// A Client's, ended ones too, newest first.
///
/// # Errors
/// The database failed.
pub fn of_client(conn: &mut Conn, client_id: Id) -> Result<Vec<HoldOut>, Error> {
    let rows: Vec<Row> = hold_out::table
        .filter(hold_out::client_id.eq(client_id.to_string()))
        .order(hold_out::id.desc())
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::hold_out).collect()
}

/// An engagement's that nobody ended, by Client.
///
/// # Errors
/// The database failed.
pub fn of_engagement(conn: &mut Conn, engagement_id: Id) -> Result<Vec<HoldOut>, Error> {
    let rows: Vec<Row> = hold_out::table
        .filter(hold_out::engagement_id.eq(engagement_id.to_string()))
        .filter(hold_out::ended_at.is_null())
        .order(hold_out::client_id.asc())
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::hold_out).collect()
}

/// Those nobody ended whose last day lies between `first` and `last`, both among them.
///
/// # Errors
/// The database failed.
pub fn lapsing(conn: &mut Conn, first: Date, last: Date) -> Result<Vec<HoldOut>, Error> {
    let rows: Vec<Row> = hold_out::table
        .filter(hold_out::ended_at.is_null())
        .filter(hold_out::until.between(first.to_string(), last.to_string()))
        .order(hold_out::id.asc())
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::hold_out).collect()
}

/// Stores one, new or known.
///
/// # Errors
/// The database failed.
pub fn save(conn: &mut Conn, hold_out: &HoldOut) -> Result<(), Error> {
    put!(conn, hold_out, Row::new(hold_out));
    Ok(())
}
