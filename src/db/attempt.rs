//! The attempt log: one row per try, never changed, never deleted.

use diesel::prelude::*;

use super::schema::attempt;
use super::stored::time;
use super::{Conn, Error};
use crate::domain::delivery::Attempt;
use crate::domain::id::Id;

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
