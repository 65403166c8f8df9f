//! The attempt log: one row per try, never changed, never deleted.

use std::collections::BTreeMap;

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{attempt, delivery};
use super::stored::{parse, time};
use super::{Conn, Error};
use crate::domain::delivery::Attempt;
use crate::domain::id::Id;
use crate::domain::notice::NoticeEvent;

/// Adds an attempt to the log.
///
/// # Errors
/// The database failed.
pub fn insert(conn: &mut Conn, delivery_id: Id, a: &Attempt) -> Result<(), Error> {
    diesel::insert_into(attempt::table)
        .values((
            attempt::id.eq(Id::new(a.at).to_string()),
            attempt::delivery_id.eq(delivery_id.to_string()),
            attempt::number.eq(a.number),
            attempt::at.eq(a.at.as_microsecond()),
            attempt::took_ms.eq(a.took_ms),
            attempt::peer.eq(&a.peer),
            attempt::tls.eq(&a.tls),
            attempt::code.eq(a.code),
            attempt::answer.eq(&a.answer),
            attempt::verdict.eq(&a.verdict),
            attempt::body_sha256.eq(&a.body_sha256),
        ))
        .execute(conn)?;
    Ok(())
}

type Row = (i32, i64, i64, String, String, i32, String, String, String);

/// Every attempt of a delivery, in the order they were made.
///
/// # Errors
/// The database failed.
pub fn of_delivery(conn: &mut Conn, delivery_id: Id) -> Result<Vec<Attempt>, Error> {
    let rows: Vec<Row> = attempt::table
        .filter(attempt::delivery_id.eq(delivery_id.to_string()))
        .order((attempt::number.asc(), attempt::at.asc()))
        .select((
            attempt::number,
            attempt::at,
            attempt::took_ms,
            attempt::peer,
            attempt::tls,
            attempt::code,
            attempt::answer,
            attempt::verdict,
            attempt::body_sha256,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(number, at, took_ms, peer, tls, code, answer, verdict, body_sha256)| {
            let at = time(at)?;
            Ok(Attempt { number, at, took_ms, peer, tls, code, answer, verdict, body_sha256 })
        })
        .collect()
}

/// What was tried to tell one Client of an announcement: the proof beside a waiver.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tried {
    /// How often.
    pub attempts: usize,
    /// When last.
    pub last_at: Option<Timestamp>,
    /// What the receiving system said then, or what went wrong on our side.
    pub answer: String,
}

/// What was tried to tell of the announcement, by ClientNotice; those nothing was tried for are
/// missing.
///
/// # Errors
/// The database failed.
pub fn of_client_notices(conn: &mut Conn, ids: &[Id]) -> Result<BTreeMap<Id, Tried>, Error> {
    let wanted: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let rows: Vec<(Option<String>, i64, String)> = attempt::table
        .inner_join(delivery::table.on(attempt::delivery_id.eq(delivery::id)))
        .filter(delivery::client_notice_id.eq_any(wanted))
        .filter(delivery::event.eq(NoticeEvent::Announced.as_str()))
        .order((attempt::at.asc(), attempt::id.asc()))
        .select((delivery::client_notice_id, attempt::at, attempt::answer))
        .load(conn)?;
    let mut found: BTreeMap<Id, Tried> = BTreeMap::new();
    for (id, at, answer) in rows {
        let Some(id) = id else { continue };
        let tried = found.entry(parse(&id)?).or_default();
        tried.attempts += 1;
        tried.last_at = Some(time(at)?);
        tried.answer = answer;
    }
    Ok(found)
}
