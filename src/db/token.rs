//! Keys of programs. Only their hash is stored.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::api_token;
use super::stored::{from_json, parse, time, time_maybe, to_json};
use super::{Conn, Error};
use crate::domain::id::Id;
use crate::domain::staff::ApiToken;

#[derive(Queryable, Selectable)]
#[diesel(table_name = api_token)]
struct Row {
    id: String,
    name: String,
    scopes: String,
    staff_id: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    used_at: Option<i64>,
}

impl Row {
    fn token(self) -> Result<ApiToken, Error> {
        Ok(ApiToken {
            id: parse(&self.id)?,
            name: self.name,
            scopes: from_json(&self.scopes)?,
            staff_id: parse(&self.staff_id)?,
            created_at: time(self.created_at)?,
            expires_at: time_maybe(self.expires_at)?,
            revoked_at: time_maybe(self.revoked_at)?,
            used_at: time_maybe(self.used_at)?,
        })
    }
}

/// Stores a token by its hash.
///
/// # Errors
/// The database failed.
pub fn insert(conn: &mut Conn, token_hash: &str, new: &ApiToken) -> Result<(), Error> {
    diesel::insert_into(api_token::table)
        .values((
            api_token::id.eq(new.id.to_string()),
            api_token::token_hash.eq(token_hash),
            api_token::name.eq(&new.name),
            api_token::scopes.eq(to_json(&new.scopes)?),
            api_token::staff_id.eq(new.staff_id.to_string()),
            api_token::created_at.eq(new.created_at.as_microsecond()),
            api_token::expires_at.eq(new.expires_at.map(Timestamp::as_microsecond)),
            api_token::revoked_at.eq(None::<i64>),
            api_token::used_at.eq(None::<i64>),
        ))
        .execute(conn)?;
    Ok(())
}

/// One token.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<ApiToken>, Error> {
    let row: Option<Row> =
        api_token::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::token).transpose()
}

/// The token with this hash, whether or not it still opens anything.
///
/// # Errors
/// The database failed.
pub fn by_hash(conn: &mut Conn, token_hash: &str) -> Result<Option<ApiToken>, Error> {
    let row: Option<Row> = api_token::table
        .filter(api_token::token_hash.eq(token_hash))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Row::token).transpose()
}

/// Every token, newest first.
///
/// # Errors
/// The database failed.
pub fn all(conn: &mut Conn) -> Result<Vec<ApiToken>, Error> {
    let rows: Vec<Row> = api_token::table.order(api_token::id.desc()).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(Row::token).collect()
}

/// Takes a token back.
///
/// # Errors
/// The database failed.
pub fn revoke(conn: &mut Conn, id: Id, now: Timestamp) -> Result<(), Error> {
    diesel::update(api_token::table.find(id.to_string()).filter(api_token::revoked_at.is_null()))
        .set(api_token::revoked_at.eq(Some(now.as_microsecond())))
        .execute(conn)?;
    Ok(())
}

/// Takes back every token that acts for a person.
///
/// # Errors
/// The database failed.
pub fn revoke_of(conn: &mut Conn, staff_id: Id, now: Timestamp) -> Result<(), Error> {
    diesel::update(
        api_token::table
            .filter(api_token::staff_id.eq(staff_id.to_string()))
            .filter(api_token::revoked_at.is_null()),
    )
    .set(api_token::revoked_at.eq(Some(now.as_microsecond())))
    .execute(conn)?;
    Ok(())
}

/// Notes that a token was used.
///
/// # Errors
/// The database failed.
pub fn touch(conn: &mut Conn, id: Id, now: Timestamp) -> Result<(), Error> {
    diesel::update(api_token::table.find(id.to_string()))
        .set(api_token::used_at.eq(Some(now.as_microsecond())))
        .execute(conn)?;
    Ok(())
}
