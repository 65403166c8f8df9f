//! Clients whose record could not be read when a notice was to be made for them. They are set aside,
//! so that the others are told, and looked at again until they can be read.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::client_unread;
use super::{Conn, Error};
use crate::domain::id::Id;

/// Sets a Client aside. Said once, not at each look.
///
/// # Errors
/// The database failed.
pub fn set_aside(conn: &mut Conn, notice_id: Id, client_id: &str, now: Timestamp) -> Result<(), Error> {
    let key = (notice_id.to_string(), client_id.to_owned());
    let known: Option<i64> =
        client_unread::table.find(key).select(client_unread::found_at).first(conn).optional()?;
    if known.is_some() {
        return Ok(());
    }
    tracing::error!(
        alarm = "client_unreadable", client = %client_id, notice = %notice_id,
        "what is stored of a Client cannot be read, so it is not told; a person must, or mend its rows"
    );
    diesel::insert_into(client_unread::table)
        .values((
            client_unread::notice_id.eq(notice_id.to_string()),
            client_unread::client_id.eq(client_id),
            client_unread::found_at.eq(now.as_microsecond()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Its record can be read again.
///
/// # Errors
/// The database failed.
pub fn mended(conn: &mut Conn, notice_id: Id, client_id: Id) -> Result<(), Error> {
    let key = (notice_id.to_string(), client_id.to_string());
    diesel::delete(client_unread::table.find(key)).execute(conn)?;
    Ok(())
}

/// How many of a notice could not be read, and still cannot.
///
/// # Errors
/// The database failed.
pub fn count(conn: &mut Conn, notice_id: Id) -> Result<i64, Error> {
    let of_notice = client_unread::table.filter(client_unread::notice_id.eq(notice_id.to_string()));
    Ok(of_notice.count().get_result(conn)?)
}
