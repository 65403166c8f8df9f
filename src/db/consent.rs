//! Written consents of Clients to one change: for specific authorisation, and to go live early.

use std::collections::BTreeSet;

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::schema::consent;
use super::stored::{parse, time};
use super::{Conn, Error};
use crate::domain::id::Id;

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Identity.
    pub id: Id,
    /// Who consents.
    pub client_id: Id,
    /// To what.
    pub change_id: Id,
    /// The day it was given.
    pub given_on: Date,
    /// Where it can be found, in words.
    pub evidence: String,
    /// Who recorded it.
    pub by: Id,
    /// When.
    pub created_at: Timestamp,
}

/// Records one; false if this Client's consent to the change is recorded already.
///
/// # Errors
/// The database failed.
pub fn insert(conn: &mut Conn, c: &Consent) -> Result<bool, Error> {
    if of_change(conn, c.change_id)?.contains(&c.client_id) {
        return Ok(false);
    }
    diesel::insert_into(consent::table)
        .values((
            consent::id.eq(c.id.to_string()),
            consent::client_id.eq(c.client_id.to_string()),
            consent::change_id.eq(c.change_id.to_string()),
            consent::given_on.eq(c.given_on.to_string()),
            consent::evidence.eq(&c.evidence),
            consent::staff_id.eq(c.by.to_string()),
            consent::created_at.eq(c.created_at.as_microsecond()),
        ))
        .execute(conn)?;
    Ok(true)
}

/// A Client's consent to a change, if one is recorded.
///
/// # Errors
/// The database failed.
pub fn of(conn: &mut Conn, change_id: Id, client_id: Id) -> Result<Option<Consent>, Error> {
    type Row = (String, String, String, String, i64);
    let row: Option<Row> = consent::table
        .filter(consent::change_id.eq(change_id.to_string()))
        .filter(consent::client_id.eq(client_id.to_string()))
        .select((consent::id, consent::given_on, consent::evidence, consent::staff_id, consent::created_at))
        .first(conn)
        .optional()?;
    row.map(|(id, given_on, evidence, by, created_at)| {
        Ok(Consent {
            id: parse(&id)?,
            client_id,
            change_id,
            given_on: parse(&given_on)?,
            evidence,
            by: parse(&by)?,
            created_at: time(created_at)?,
        })
    })
    .transpose()
}

/// Who has consented to a change.
///
/// # Errors
/// The database failed.
pub fn of_change(conn: &mut Conn, change_id: Id) -> Result<BTreeSet<Id>, Error> {
    let rows: Vec<String> = consent::table
        .filter(consent::change_id.eq(change_id.to_string()))
        .select(consent::client_id)
        .load(conn)?;
    rows.iter().map(|id| parse(id)).collect()
}
