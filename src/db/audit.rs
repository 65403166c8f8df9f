//! The audit trail: appended to, never changed.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::audit_event;
use super::stored::{from_json, time, to_json};
use super::{Conn, Error};
use crate::domain::audit::{Event, Link};

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

/// Appends `event` to the chain. Only inside [`super::Db::write`], where no other writer is.
///
/// # Errors
/// The database failed.
pub fn append(conn: &mut Conn, now: Timestamp, event: Event) -> Result<(), Error> {
    let last: Option<(i64, String)> = audit_event::table
        .select((audit_event::seq, audit_event::hash))
        .order(audit_event::seq.desc())
        .first(conn)
        .optional()?;
    let (seq, previous) = last.map_or((1, String::new()), |(seq, hash)| (seq + 1, hash));
    // Stored as microseconds: the hash must be over what is stored.
    let at = time(now.as_microsecond())?;
    let link = Link {
        seq,
        at,
        actor: event.actor,
        action: event.action.to_owned(),
        subject: event.subject,
        detail: event.detail,
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
    Ok(())
}

/// Events from `after` (exclusive), oldest first, with their hashes.
///
/// # Errors
/// The database failed.
pub fn page(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<(Link, String)>, Error> {
    let rows: Vec<Row> = audit_event::table
        .filter(audit_event::seq.gt(after))
        .order(audit_event::seq.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(link).collect()
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
