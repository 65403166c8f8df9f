//! Ticks of periodic work, and what that work forgets.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{idempotency_key, job_tick, session, staff_link};
use super::{Conn, Error};

/// Whether somebody took this tick.
///
/// # Errors
/// The database failed.
pub fn is_taken(conn: &mut Conn, job: &str, tick: i64) -> Result<bool, Error> {
    let found: Option<i64> = job_tick::table.find((job, tick)).select(job_tick::at).first(conn).optional()?;
    Ok(found.is_some())
}

/// Takes a tick; `false` if somebody has it. Only inside [`super::Db::write`], where no other
/// writer is: what the tick is for commits with it or not at all.
///
/// # Errors
/// The database failed.
pub fn take(conn: &mut Conn, job: &str, tick: i64, now: Timestamp) -> Result<bool, Error> {
    if is_taken(conn, job, tick)? {
        return Ok(false);
    }
    diesel::insert_into(job_tick::table)
        .values((job_tick::job.eq(job), job_tick::tick.eq(tick), job_tick::at.eq(now.as_microsecond())))
        .execute(conn)?;
    Ok(true)
}

/// What is of no use any more.
#[derive(Debug, Clone, Copy)]
pub struct Expired {
    /// Sessions and links that ended before this.
    pub now: Timestamp,
    /// Answers kept for repeated requests, older than this.
    pub answers: Timestamp,
    /// Ticks taken before this.
    pub ticks: Timestamp,
}

/// Deletes it; answers how many rows went.
///
/// # Errors
/// The database failed.
pub fn forget(conn: &mut Conn, expired: &Expired) -> Result<usize, Error> {
    let now = expired.now.as_microsecond();
    let sessions = diesel::delete(session::table.filter(session::expires_at.lt(now))).execute(conn)?;
    let links = diesel::delete(staff_link::table.filter(staff_link::expires_at.lt(now))).execute(conn)?;
    let answers = expired.answers.as_microsecond();
    let answers = diesel::delete(idempotency_key::table.filter(idempotency_key::created_at.lt(answers)))
        .execute(conn)?;
    let ticks = expired.ticks.as_microsecond();
    let ticks = diesel::delete(job_tick::table.filter(job_tick::at.lt(ticks))).execute(conn)?;
    Ok(sessions + links + answers + ticks)
}
