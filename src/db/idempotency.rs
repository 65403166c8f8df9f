//! Answers kept for repeated API requests.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::idempotency_key;
use super::stored::{from_json, to_json};
use super::{Conn, Error};

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// HTTP status.
    pub status: u16,
    /// Headers worth repeating.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Never seen; now taken by this request.
    Fresh,
    /// The same request was answered like this.
    Repeated(Kept),
    /// It belongs to another request.
    Different,
    /// The same request was begun and has no answer yet.
    Unfinished,
}

/// Takes a key for a request, or tells what became of its first use.
///
/// # Errors
/// The database failed.
pub fn claim(conn: &mut Conn, token: &str, key: &str, digest: &str, now: Timestamp) -> Result<Claim, Error> {
    let known: Option<(String, i32, String, String)> = idempotency_key::table
        .find((token, key))
        .select((
            idempotency_key::request_sha256,
            idempotency_key::status,
            idempotency_key::headers,
            idempotency_key::body,
        ))
        .first(conn)
        .optional()?;
    if let Some((stored, status, headers, body)) = known {
        if stored != digest {
            return Ok(Claim::Different);
        }
        return Ok(match u16::try_from(status) {
            Ok(0) | Err(_) => Claim::Unfinished,
            Ok(status) => Claim::Repeated(Kept { status, headers: from_json(&headers)?, body }),
        });
    }
    diesel::insert_into(idempotency_key::table)
        .values((
            idempotency_key::token_id.eq(token),
            idempotency_key::key.eq(key),
            idempotency_key::request_sha256.eq(digest),
            idempotency_key::status.eq(0),
            idempotency_key::headers.eq("[]"),
            idempotency_key::body.eq(""),
            idempotency_key::created_at.eq(now.as_microsecond()),
        ))
        .execute(conn)?;
    Ok(Claim::Fresh)
}

/// Keeps the answer of a key's first use.
///
/// # Errors
/// The database failed.
pub fn keep(conn: &mut Conn, token: &str, key: &str, kept: &Kept) -> Result<(), Error> {
    diesel::update(idempotency_key::table.find((token, key)))
        .set((
            idempotency_key::status.eq(i32::from(kept.status)),
            idempotency_key::headers.eq(to_json(&kept.headers)?),
            idempotency_key::body.eq(&kept.body),
        ))
        .execute(conn)?;
    Ok(())
}

/// Frees a key whose first use did nothing.
///
/// # Errors
/// The database failed.
pub fn forget(conn: &mut Conn, token: &str, key: &str) -> Result<(), Error> {
    diesel::delete(idempotency_key::table.find((token, key))).execute(conn)?;
    Ok(())
}
