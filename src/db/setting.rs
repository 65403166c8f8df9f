//! Small facts of the installation: the key's id, whether sending is paused, that this is a demo.

use diesel::prelude::*;

use super::schema::setting;
use super::{Conn, Error};

/// The value under `key`.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, key: &str) -> Result<Option<String>, Error> {
    Ok(setting::table.find(key).select(setting::value).first(conn).optional()?)
}

/// Stores `value` under `key`.
///
/// # Errors
/// The database failed.
pub fn put(conn: &mut Conn, key: &str, value: &str) -> Result<(), Error> {
    let changed = diesel::update(setting::table.find(key)).set(setting::value.eq(value)).execute(conn)?;
    if changed == 0 {
        diesel::insert_into(setting::table)
            .values((setting::key.eq(key), setting::value.eq(value)))
            .execute(conn)?;
    }
    Ok(())
}

/// Forgets `key`.
///
/// # Errors
/// The database failed.
pub fn remove(conn: &mut Conn, key: &str) -> Result<(), Error> {
    diesel::delete(setting::table.find(key)).execute(conn)?;
    Ok(())
}
