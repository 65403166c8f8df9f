//! People who work here, and the one-time links by which they choose a password.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{staff, staff_link};
use super::stored::{parse, time, time_maybe};
use super::{Conn, Error};
use crate::domain::access::Role;
use crate::domain::email::Email;
use crate::domain::id::Id;
use crate::domain::staff::Staff;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = staff)]
pub(super) struct Row {
    id: String,
    email: String,
    email_key: String,
    name: String,
    role: String,
    password_hash: String,
    created_at: i64,
    disabled_at: Option<i64>,
}

impl Row {
    pub(super) fn staff(self) -> Result<Staff, Error> {
        Ok(Staff {
            id: parse(&self.id)?,
            email: parse(&self.email)?,
            name: self.name,
            role: parse(&self.role)?,
            has_password: !self.password_hash.is_empty(),
            created_at: time(self.created_at)?,
            disabled_at: time_maybe(self.disabled_at)?,
        })
    }
}

/// Stores a new staff member, without a password.
///
/// # Errors
/// The database failed, or the address is taken ([`Error::is_conflict`]).
pub fn insert(conn: &mut Conn, new: &Staff) -> Result<(), Error> {
    let row = Row {
        id: new.id.to_string(),
        email: new.email.to_string(),
        email_key: new.email.key(),
        name: new.name.clone(),
        role: new.role.to_string(),
        password_hash: String::new(),
        created_at: new.created_at.as_microsecond(),
        disabled_at: new.disabled_at.map(Timestamp::as_microsecond),
    };
    diesel::insert_into(staff::table).values(&row).execute(conn)?;
    Ok(())
}

/// One staff member.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<Staff>, Error> {
    let row: Option<Row> =
        staff::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::staff).transpose()
}

/// The staff member with an address, and the hash of their password; empty for none.
///
/// # Errors
/// The database failed.
pub fn by_email(conn: &mut Conn, email: &Email) -> Result<Option<(Staff, String)>, Error> {
    let row: Option<Row> = staff::table
        .filter(staff::email_key.eq(email.key()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(|row| {
        let hash = row.password_hash.clone();
        Ok((row.staff()?, hash))
    })
    .transpose()
}

/// Everybody, by name.
///
/// # Errors
/// The database failed.
pub fn all(conn: &mut Conn) -> Result<Vec<Staff>, Error> {
    let rows: Vec<Row> =
        staff::table.order((staff::name.asc(), staff::id.asc())).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(Row::staff).collect()
}

/// Sets or, with an empty hash, takes away a password.
///
/// # Errors
/// The database failed.
pub fn set_password(conn: &mut Conn, id: Id, hash: &str) -> Result<(), Error> {
    diesel::update(staff::table.find(id.to_string())).set(staff::password_hash.eq(hash)).execute(conn)?;
    Ok(())
}

/// Sets the role.
///
/// # Errors
/// The database failed.
pub fn set_role(conn: &mut Conn, id: Id, role: Role) -> Result<(), Error> {
    diesel::update(staff::table.find(id.to_string())).set(staff::role.eq(role.as_str())).execute(conn)?;
    Ok(())
}

/// Shuts a staff member out, or with `None` lets them in again.
///
/// # Errors
/// The database failed.
pub fn set_disabled(conn: &mut Conn, id: Id, at: Option<Timestamp>) -> Result<(), Error> {
    diesel::update(staff::table.find(id.to_string()))
        .set(staff::disabled_at.eq(at.map(Timestamp::as_microsecond)))
        .execute(conn)?;
    Ok(())
}

/// Stores a one-time link and makes every earlier one of the same person worthless.
///
/// # Errors
/// The database failed.
pub fn replace_link(
    conn: &mut Conn,
    token_hash: &str,
    staff_id: Id,
    expires_at: Timestamp,
) -> Result<(), Error> {
    remove_links(conn, staff_id)?;
    diesel::insert_into(staff_link::table)
        .values((
            staff_link::token_hash.eq(token_hash),
            staff_link::staff_id.eq(staff_id.to_string()),
            staff_link::expires_at.eq(expires_at.as_microsecond()),
            staff_link::used_at.eq(None::<i64>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Forgets every one-time link of a person.
///
/// # Errors
/// The database failed.
pub fn remove_links(conn: &mut Conn, staff_id: Id) -> Result<(), Error> {
    diesel::delete(staff_link::table.filter(staff_link::staff_id.eq(staff_id.to_string()))).execute(conn)?;
    Ok(())
}

/// Whose link it is, if it is known, unused and not expired at `now`.
///
/// # Errors
/// The database failed.
pub fn of_link(conn: &mut Conn, token_hash: &str, now: Timestamp) -> Result<Option<Staff>, Error> {
    let row: Option<Row> = staff_link::table
        .inner_join(staff::table)
        .filter(staff_link::token_hash.eq(token_hash))
        .filter(staff_link::used_at.is_null())
        .filter(staff_link::expires_at.gt(now.as_microsecond()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Row::staff).transpose()
}

/// Marks a link as used.
///
/// # Errors
/// The database failed.
pub fn use_link(conn: &mut Conn, token_hash: &str, now: Timestamp) -> Result<(), Error> {
    diesel::update(staff_link::table.find(token_hash))
        .set(staff_link::used_at.eq(Some(now.as_microsecond())))
        .execute(conn)?;
    Ok(())
}
