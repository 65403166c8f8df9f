//! Who is logged in. Only the hash of the cookie's token is stored.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{session, staff};
use super::staff::Row as StaffRow;
use super::stored::time;
use super::{Conn, Error};
use crate::domain::id::Id;
use crate::domain::staff::Staff;

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the cookie's token, in hex.
    pub token_hash: String,
    /// Whose it is.
    pub staff: Staff,
    /// The token that each of its forms carries.
    pub csrf: String,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
}

/// Stores a session.
///
/// # Errors
/// The database failed.
pub fn insert(conn: &mut Conn, new: &Session) -> Result<(), Error> {
    diesel::insert_into(session::table)
        .values((
            session::token_hash.eq(&new.token_hash),
            session::staff_id.eq(new.staff.id.to_string()),
            session::csrf.eq(&new.csrf),
            session::created_at.eq(new.seen_at.as_microsecond()),
            session::seen_at.eq(new.seen_at.as_microsecond()),
            session::expires_at.eq(new.expires_at.as_microsecond()),
        ))
        .execute(conn)?;
    Ok(())
}

/// A session with whoever it belongs to, whether or not its time is over.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, token_hash: &str) -> Result<Option<Session>, Error> {
    let row: Option<((String, i64, i64), StaffRow)> = session::table
        .inner_join(staff::table)
        .filter(session::token_hash.eq(token_hash))
        .select(((session::csrf, session::seen_at, session::expires_at), StaffRow::as_select()))
        .first(conn)
        .optional()?;
    row.map(|((csrf, seen_at, expires_at), row)| {
        Ok(Session {
            token_hash: token_hash.to_owned(),
            staff: row.staff()?,
            csrf,
            seen_at: time(seen_at)?,
            expires_at: time(expires_at)?,
        })
    })
    .transpose()
}

/// Notes that a session was used.
///
/// # Errors
/// The database failed.
pub fn touch(conn: &mut Conn, token_hash: &str, now: Timestamp) -> Result<(), Error> {
    diesel::update(session::table.find(token_hash))
        .set(session::seen_at.eq(now.as_microsecond()))
        .execute(conn)?;
    Ok(())
}

/// Ends one session.
///
/// # Errors
/// The database failed.
pub fn remove(conn: &mut Conn, token_hash: &str) -> Result<(), Error> {
    diesel::delete(session::table.find(token_hash)).execute(conn)?;
    Ok(())
}

/// Ends every session of a person.
///
/// # Errors
/// The database failed.
pub fn remove_of(conn: &mut Conn, staff_id: Id) -> Result<(), Error> {
    diesel::delete(session::table.filter(session::staff_id.eq(staff_id.to_string()))).execute(conn)?;
    Ok(())
}

/// Forgets sessions that ended before `now`.
///
/// # Errors
/// The database failed.
pub fn remove_ended(conn: &mut Conn, now: Timestamp) -> Result<(), Error> {
    diesel::delete(session::table.filter(session::expires_at.le(now.as_microsecond()))).execute(conn)?;
    Ok(())
}
