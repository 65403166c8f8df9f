//! Notices and what was told since: written once, read for ever.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::schema::{notice, notice_update};
use super::stored::{day, from_json, parse, time, to_json};
use super::{Conn, Error};
use crate::domain::canonical::Document;
use crate::domain::id::Id;
use crate::domain::notice::{Correction, Notice, NoticeDocument, NoticeEvent, NoticeUpdate};

/// A notice about to be stored.
#[derive(Debug)]
pub struct NewNotice<'a> {
    /// Identity.
    pub id: Id,
    /// `N-2026-007`.
    pub number: &'a str,
    /// Its year and place in it.
    pub year: i16,
    /// Its place in the year.
    pub ordinal: i64,
    /// The change announced.
    pub change_id: Id,
    /// The list version published with it.
    pub list_version: i64,
    /// When.
    pub published_at: Timestamp,
    /// From when the change is in force.
    pub effective_on: Option<Date>,
    /// What everybody may read, if anything.
    pub public: Option<&'a Document>,
    /// What Clients may read.
    pub clients: &'a Document,
    /// All of it.
    pub full: &'a Document,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = notice)]
struct Row {
    id: String,
    number: String,
    change_id: String,
    public_document: Option<String>,
    public_sha256: Option<String>,
    clients_document: String,
    full_sha256: String,
}

/// The place in `year` of the next notice, from 1.
///
/// # Errors
/// The database failed.
pub fn next_ordinal(conn: &mut Conn, year: i16) -> Result<i64, Error> {
    let last: Option<i64> = notice::table
        .filter(notice::year.eq(i32::from(year)))
        .select(diesel::dsl::max(notice::ordinal))
        .first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

/// Stores a notice.
///
/// # Errors
/// The database failed, or the change has one already.
pub fn insert(conn: &mut Conn, n: &NewNotice<'_>) -> Result<(), Error> {
    diesel::insert_into(notice::table)
        .values((
            notice::id.eq(n.id.to_string()),
            notice::number.eq(n.number),
            notice::year.eq(i32::from(n.year)),
            notice::ordinal.eq(n.ordinal),
            notice::change_id.eq(n.change_id.to_string()),
            notice::list_version.eq(n.list_version),
            notice::published_at.eq(n.published_at.as_microsecond()),
            notice::effective_on.eq(day(n.effective_on)),
            notice::public_document.eq(n.public.map(|d| d.text.as_str())),
            notice::public_sha256.eq(n.public.map(|d| d.sha256.as_str())),
            notice::clients_document.eq(&n.clients.text),
            notice::full_document.eq(&n.full.text),
            notice::full_sha256.eq(&n.full.sha256),
        ))
        .execute(conn)?;
    Ok(())
}

/// Records what was told since. Each event of a notice happens once.
///
/// # Errors
/// The database failed, or it happened already.
pub fn insert_update(conn: &mut Conn, id: Id, notice_id: Id, update: &NoticeUpdate) -> Result<(), Error> {
    diesel::insert_into(notice_update::table)
        .values((
            notice_update::id.eq(id.to_string()),
            notice_update::notice_id.eq(notice_id.to_string()),
            notice_update::event.eq(&update.word),
            notice_update::at.eq(update.at.as_microsecond()),
            notice_update::day.eq(update.day.to_string()),
            notice_update::public_reason.eq(&update.public_reason),
            notice_update::clients_reason.eq(&update.clients_reason),
            notice_update::list_version.eq(update.list_version),
            notice_update::public_correction.eq(stored(update.public_correction.as_ref())?),
            notice_update::clients_correction.eq(stored(update.clients_correction.as_ref())?),
        ))
        .execute(conn)?;
    Ok(())
}

fn stored(correction: Option<&Correction>) -> Result<Option<String>, Error> {
    correction.map(to_json).transpose()
}

/// When a notice was published.
///
/// # Errors
/// The database failed.
pub fn published_at(conn: &mut Conn, id: Id) -> Result<Option<Timestamp>, Error> {
    let at: Option<i64> =
        notice::table.find(id.to_string()).select(notice::published_at).first(conn).optional()?;
    at.map(time).transpose()
}

/// A notice by its id.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<Notice>, Error> {
    let row = notice::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(|row| read(conn, row)).transpose()
}

/// A notice by its number.
///
/// # Errors
/// The database failed.
pub fn by_number(conn: &mut Conn, number: &str) -> Result<Option<Notice>, Error> {
    let row =
        notice::table.filter(notice::number.eq(number)).select(Row::as_select()).first(conn).optional()?;
    row.map(|row| read(conn, row)).transpose()
}

/// The notice of a change.
///
/// # Errors
/// The database failed.
pub fn of_change(conn: &mut Conn, change_id: Id) -> Result<Option<Notice>, Error> {
    let row = notice::table
        .filter(notice::change_id.eq(change_id.to_string()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(|row| read(conn, row)).transpose()
}

/// The newest notices, newest first.
///
/// # Errors
/// The database failed.
pub fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<Notice>, Error> {
    let rows: Vec<Row> = notice::table
        .order((notice::published_at.desc(), notice::number.desc()))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| read(conn, row)).collect()
}

/// One page of notices, newest first, older than the id `before`.
///
/// # Errors
/// The database failed.
pub fn page(conn: &mut Conn, before: Option<&str>, limit: i64) -> Result<Vec<Notice>, Error> {
    let mut query = notice::table.order(notice::id.desc()).limit(limit).select(Row::as_select()).into_boxed();
    if let Some(before) = before {
        query = query.filter(notice::id.lt(before));
    }
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(|row| read(conn, row)).collect()
}

/// Notices that everybody may read, newest first, after leaving out the first `skip`.
///
/// # Errors
/// The database failed.
pub fn public_page(conn: &mut Conn, skip: i64, limit: i64) -> Result<Vec<Notice>, Error> {
    let rows: Vec<Row> = notice::table
        .filter(notice::public_document.is_not_null())
        .order((notice::published_at.desc(), notice::number.desc()))
        .offset(skip)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| read(conn, row)).collect()
}

/// Late disclosures that everybody may read, published with the versions after `from` up to
/// `until`, oldest first.
///
/// # Errors
/// The database failed.
pub fn late_disclosures(conn: &mut Conn, from: i64, until: i64) -> Result<Vec<NoticeDocument>, Error> {
    let texts: Vec<Option<String>> = notice::table
        .filter(notice::list_version.gt(from))
        .filter(notice::list_version.le(until))
        .order(notice::list_version.asc())
        .select(notice::public_document)
        .load(conn)?;
    let mut late = Vec::new();
    for text in texts.iter().flatten() {
        let told: NoticeDocument = from_json(text)?;
        late.extend(Some(told).filter(|told| told.in_use_since.is_some()));
    }
    Ok(late)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = notice_update)]
struct UpdateRow {
    event: String,
    at: i64,
    day: String,
    public_reason: String,
    clients_reason: String,
    list_version: i64,
    public_correction: Option<String>,
    clients_correction: Option<String>,
}

impl UpdateRow {
    fn update(self) -> Result<NoticeUpdate, Error> {
        let event = NoticeEvent::of(&self.event)
            .ok_or_else(|| Error::Corrupt(format!("unknown event of a notice: {}", self.event)))?;
        Ok(NoticeUpdate {
            word: self.event,
            event,
            at: time(self.at)?,
            day: parse(&self.day)?,
            public_reason: self.public_reason,
            clients_reason: self.clients_reason,
            list_version: self.list_version,
            public_correction: self.public_correction.as_deref().map(from_json).transpose()?,
            clients_correction: self.clients_correction.as_deref().map(from_json).transpose()?,
        })
    }
}

fn read(conn: &mut Conn, row: Row) -> Result<Notice, Error> {
    let updates: Vec<UpdateRow> = notice_update::table
        .filter(notice_update::notice_id.eq(&row.id))
        .order((notice_update::at.asc(), notice_update::id.asc()))
        .select(UpdateRow::as_select())
        .load(conn)?;
    Ok(Notice {
        id: parse(&row.id)?,
        number: row.number,
        change_id: parse(&row.change_id)?,
        public: row.public_document.as_deref().map(from_json::<NoticeDocument>).transpose()?,
        clients: from_json(&row.clients_document)?,
        sha256: row.public_sha256.unwrap_or(row.full_sha256),
        updates: updates.into_iter().map(UpdateRow::update).collect::<Result<_, _>>()?,
    })
}
