//! Whom contacts named in their place.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::successor;
use super::stored::{parse, time, time_maybe};
use super::{Conn, Error};
use crate::domain::contacts::Successor;
use crate::domain::id::Id;

type Row = (String, String, String, String, i64, Option<i64>);

fn read(row: Row) -> Result<Successor, Error> {
    let (id, contact_id, name, email, created_at, confirmed_at) = row;
    Ok(Successor {
        id: parse(&id)?,
        contact_id: parse(&contact_id)?,
        name,
        email: parse(&email)?,
        created_at: time(created_at)?,
        confirmed_at: time_maybe(confirmed_at)?,
    })
}

const ALL: (
    successor::id,
    successor::contact_id,
    successor::name,
    successor::email,
    successor::created_at,
    successor::confirmed_at,
) = (
    successor::id,
    successor::contact_id,
    successor::name,
    successor::email,
    successor::created_at,
    successor::confirmed_at,
);

/// One.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<Successor>, Error> {
    let row: Option<Row> = successor::table.find(id.to_string()).select(ALL).first(conn).optional()?;
    row.map(read).transpose()
}

/// The one a contact named last, if they have not agreed yet.
///
/// # Errors
/// The database failed.
pub fn awaited(conn: &mut Conn, contact_id: Id) -> Result<Option<Successor>, Error> {
    let row: Option<Row> = successor::table
        .filter(successor::contact_id.eq(contact_id.to_string()))
        .order(successor::id.desc())
        .select(ALL)
        .first(conn)
        .optional()?;
    Ok(row.map(read).transpose()?.filter(|found| found.confirmed_at.is_none()))
}

/// Adds one.
///
/// # Errors
/// The database failed.
pub fn insert(conn: &mut Conn, new: &Successor) -> Result<(), Error> {
    diesel::insert_into(successor::table)
        .values((
            successor::id.eq(new.id.to_string()),
            successor::contact_id.eq(new.contact_id.to_string()),
            successor::name.eq(&new.name),
            successor::email.eq(new.email.to_string()),
            successor::created_at.eq(new.created_at.as_microsecond()),
            successor::confirmed_at.eq(new.confirmed_at.map(Timestamp::as_microsecond)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores that they agreed.
///
/// # Errors
/// The database failed.
pub fn confirm(conn: &mut Conn, id: Id, now: Timestamp) -> Result<(), Error> {
    diesel::update(successor::table.find(id.to_string()))
        .set(successor::confirmed_at.eq(Some(now.as_microsecond())))
        .execute(conn)?;
    Ok(())
}
