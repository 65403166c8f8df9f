//! The audit trail: appended to, never changed. The texts beside it can be erased.

use std::collections::HashMap;

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{audit_event, audit_text};
use super::stored::{from_json, time, to_json};
use super::{Conn, Error};
use crate::domain::audit::{Checked, Event, Link, SALT_BYTES, Text, seal};
use crate::keys;

/// How many events are held in memory while the chain is checked.
const PAGE: i64 = 500;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_event)]
struct Row {
    seq: i64,
    at: i64,
    actor: String,
    action: String,
    subject: String,
    detail: String,
    previous: String,
    hash: String,
}

/// Appends `event` to the chain, its texts beside it. Only inside [`super::Db::write`], where no
/// other writer is.
///
/// # Errors
/// The database failed, or there are no random bytes for the salts.
pub fn append(conn: &mut Conn, now: Timestamp, event: Event) -> Result<(), Error> {
    append_salted(conn, now, event, &mut || keys::random().map_err(|e| Error::Random(e.to_string())))
}

/// As [`append`], with salts from `salt`.
///
/// # Errors
/// The database failed, or those of `salt`.
pub fn append_salted(
    conn: &mut Conn,
    now: Timestamp,
    event: Event,
    salt: &mut impl FnMut() -> Result<[u8; SALT_BYTES], Error>,
) -> Result<(), Error> {
    let last: Option<(i64, String)> = audit_event::table
        .select((audit_event::seq, audit_event::hash))
        .order(audit_event::seq.desc())
        .first(conn)
        .optional()?;
    let (seq, previous) = last.map_or((1, String::new()), |(seq, hash)| (seq + 1, hash));
    let (detail, texts) = seal(event.detail, salt)?;
    // Stored as microseconds: the hash must be over what is stored.
    let at = time(now.as_microsecond())?;
    let link = Link {
        seq,
        at,
        actor: event.actor,
        action: event.action.to_owned(),
        subject: event.subject,
        detail,
        previous,
    };
    let hash = link.hash().map_err(|e| Error::Corrupt(e.to_string()))?;
    let row = Row {
        seq,
        at: at.as_microsecond(),
        actor: to_json(&link.actor)?,
        action: link.action,
        subject: link.subject,
        detail: to_json(&link.detail)?,
        previous: link.previous,
        hash,
    };
    diesel::insert_into(audit_event::table).values(&row).execute(conn)?;
    for text in texts {
        diesel::insert_into(audit_text::table)
            .values((
                audit_text::seq.eq(seq),
                audit_text::field.eq(text.field),
                audit_text::salt.eq(text.salt),
                audit_text::text.eq(text.text),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// The texts of the events from `first` to `last` that are not erased, by sequence number.
///
/// # Errors
/// The database failed.
pub fn texts(conn: &mut Conn, first: i64, last: i64) -> Result<HashMap<i64, Vec<Text>>, Error> {
    let rows: Vec<(i64, String, String, String)> = audit_text::table
        .filter(audit_text::seq.between(first, last))
        .order((audit_text::seq.asc(), audit_text::field.asc()))
        .select((audit_text::seq, audit_text::field, audit_text::salt, audit_text::text))
        .load(conn)?;
    let mut found: HashMap<i64, Vec<Text>> = HashMap::new();
    for (seq, field, salt, text) in rows {
        found.entry(seq).or_default().push(Text { field, salt, text });
    }
    Ok(found)
}

/// Erases one text with its salt; `field` is its JSON Pointer, such as `/title`. The event and
/// the chain stay as they are (invariant 14). False if there was none.
///
/// # Errors
/// The database failed.
pub fn erase(conn: &mut Conn, seq: i64, field: &str) -> Result<bool, Error> {
    Ok(diesel::delete(audit_text::table.find((seq, field))).execute(conn)? > 0)
}

/// What a check of the whole trail found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Unbroken from the first event. Whoever keeps count and last hash elsewhere can tell that
    /// nothing was cut off at the end.
    Whole(Checked),
    /// The event with this sequence number is missing or not as it was recorded, or a text of it
    /// is not what was hashed.
    BrokenAt(i64),
}

/// Checks every event against the one before, and every text that is left against its digest;
/// holds one page at a time. Call it in [`super::Db::read`], which sees one snapshot.
///
/// # Errors
/// The database failed.
pub fn verify(conn: &mut Conn) -> Result<Verdict, Error> {
    let mut checked = Checked::default();
    loop {
        let rows = rows_after(conn, checked.events, PAGE)?;
        let Some(last) = rows.last().map(|row| row.seq) else { return Ok(Verdict::Whole(checked)) };
        let texts = texts(conn, checked.events + 1, last)?;
        for row in rows {
            let expected = checked.events + 1;
            // An unreadable row is an altered one.
            let Ok((link, hash)) = link(row) else { return Ok(Verdict::BrokenAt(expected)) };
            if let Err(seq) = checked.take(&link, &hash) {
                return Ok(Verdict::BrokenAt(seq));
            }
            let mut texts = texts.get(&link.seq).into_iter().flatten();
            let fits = |t: &Text| link.detail.pointer(&t.field).is_some_and(|d| *d == t.digest());
            if !texts.all(fits) {
                return Ok(Verdict::BrokenAt(expected));
            }
        }
    }
}

/// Events from `after` (exclusive), oldest first, with their hashes.
///
/// # Errors
/// The database failed.
pub fn page(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<(Link, String)>, Error> {
    rows_after(conn, after, limit)?.into_iter().map(link).collect()
}

fn rows_after(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<Row>, Error> {
    Ok(audit_event::table
        .filter(audit_event::seq.gt(after))
        .order(audit_event::seq.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?)
}

/// Events before `before` (exclusive; `None` begins with the last), newest first, with their
/// hashes.
///
/// # Errors
/// The database failed.
pub fn newest(conn: &mut Conn, before: Option<i64>, limit: i64) -> Result<Vec<(Link, String)>, Error> {
    let rows: Vec<Row> = audit_event::table
        .filter(audit_event::seq.lt(before.unwrap_or(i64::MAX)))
        .order(audit_event::seq.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(link).collect()
}

/// Events about `subject`, oldest first.
///
/// # Errors
/// The database failed.
pub fn about(conn: &mut Conn, subject: &str) -> Result<Vec<Link>, Error> {
    let rows: Vec<Row> = audit_event::table
        .filter(audit_event::subject.eq(subject))
        .order(audit_event::seq.asc())
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| link(row).map(|(l, _)| l)).collect()
}

fn link(row: Row) -> Result<(Link, String), Error> {
    let link = Link {
        seq: row.seq,
        at: time(row.at)?,
        actor: from_json(&row.actor)?,
        action: row.action,
        subject: row.subject,
        detail: from_json(&row.detail)?,
        previous: row.previous,
    };
    Ok((link, row.hash))
}
