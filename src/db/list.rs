//! Published list versions: written once, read for ever.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::schema::{list_version, notice_update};
use super::stored::time;
use super::{Conn, Error};
use crate::domain::canonical::Document;
use crate::domain::id::Id;
use crate::domain::list_document::{Cause, ListVersion};
use crate::domain::notice::NoticeEvent;

/// A version about to be stored.
#[derive(Debug)]
pub struct NewVersion<'a> {
    /// One more than the current.
    pub number: i64,
    /// When.
    pub published_at: Timestamp,
    /// Why.
    pub cause: Cause,
    /// The change, if one is behind it.
    pub change_id: Option<Id>,
    /// What everybody may read.
    pub public: &'a Document,
    /// All of it.
    pub full: &'a Document,
}

/// The number of the current version; 0 before the first.
///
/// # Errors
/// The database failed.
pub fn current_number(conn: &mut Conn) -> Result<i64, Error> {
    let last: Option<i64> = list_version::table.select(diesel::dsl::max(list_version::number)).first(conn)?;
    Ok(last.unwrap_or(0))
}

/// Stores a version.
///
/// # Errors
/// The database failed, or the number is taken.
pub fn insert(conn: &mut Conn, v: &NewVersion<'_>) -> Result<(), Error> {
    diesel::insert_into(list_version::table)
        .values((
            list_version::number.eq(v.number),
            list_version::published_at.eq(v.published_at.as_microsecond()),
            list_version::cause.eq(v.cause.as_str()),
            list_version::change_id.eq(v.change_id.map(|id| id.to_string())),
            list_version::schema_number.eq(1),
            list_version::public_document.eq(&v.public.text),
            list_version::public_sha256.eq(&v.public.sha256),
            list_version::full_document.eq(&v.full.text),
            list_version::full_sha256.eq(&v.full.sha256),
        ))
        .execute(conn)?;
    Ok(())
}

type Row = (i64, i64, String, String);

fn version(row: Row) -> Result<ListVersion, Error> {
    let (number, published_at, text, sha256) = row;
    Ok(ListVersion { number, published_at: time(published_at)?, public: Document { text, sha256 } })
}

/// A version by its number.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, number: i64) -> Result<Option<ListVersion>, Error> {
    let row: Option<Row> = list_version::table
        .find(number)
        .select((
            list_version::number,
            list_version::published_at,
            list_version::public_document,
            list_version::public_sha256,
        ))
        .first(conn)
        .optional()?;
    row.map(version).transpose()
}

/// The newest version published before `end` (exclusive).
///
/// # Errors
/// The database failed.
pub fn published_before(conn: &mut Conn, end: Timestamp) -> Result<Option<ListVersion>, Error> {
    let row: Option<Row> = list_version::table
        .filter(list_version::published_at.lt(end.as_microsecond()))
        .order(list_version::number.desc())
        .select((
            list_version::number,
            list_version::published_at,
            list_version::public_document,
            list_version::public_sha256,
        ))
        .first(conn)
        .optional()?;
    row.map(version).transpose()
}

/// The newest version up to `last` whose facts were in force by the end of `day`, which is `end`
/// (exclusive); `None` for a day before the first. A version that brought a change into force
/// counts from the day it did so, though it may have been published later.
///
/// # Errors
/// The database failed.
pub fn in_force_number(conn: &mut Conn, last: i64, day: Date, end: Timestamp) -> Result<Option<i64>, Error> {
    let published: Option<i64> = list_version::table
        .filter(list_version::number.le(last))
        .filter(list_version::cause.ne(Cause::Effective.as_str()))
        .filter(list_version::published_at.lt(end.as_microsecond()))
        .select(diesel::dsl::max(list_version::number))
        .first(conn)?;
    let effective: Option<i64> = notice_update::table
        .filter(notice_update::list_version.le(last))
        .filter(notice_update::event.eq(NoticeEvent::Effective.as_str()))
        .filter(notice_update::day.le(day.to_string()))
        .select(diesel::dsl::max(notice_update::list_version))
        .first(conn)?;
    Ok(published.max(effective))
}

/// The full document of a version, hidden lines among them.
///
/// # Errors
/// The database failed.
pub fn full(conn: &mut Conn, number: i64) -> Result<Option<Document>, Error> {
    let row: Option<(String, String)> = list_version::table
        .find(number)
        .select((list_version::full_document, list_version::full_sha256))
        .first(conn)
        .optional()?;
    Ok(row.map(|(text, sha256)| Document { text, sha256 }))
}

/// The change a version was published for, if one is behind it.
///
/// # Errors
/// The database failed.
pub fn change_of(conn: &mut Conn, number: i64) -> Result<Option<Id>, Error> {
    let id: Option<Option<String>> =
        list_version::table.find(number).select(list_version::change_id).first(conn).optional()?;
    super::stored::parse_maybe(id.flatten().as_deref())
}
