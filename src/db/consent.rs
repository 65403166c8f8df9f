//! Written consents of Clients to one change: for specific authorisation, and to go live early.

use std::collections::BTreeSet;

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::schema::consent;
use super::stored::parse;
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
