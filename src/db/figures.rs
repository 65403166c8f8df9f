//! Figures for monitoring.

use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::delivery;
use super::{Conn, Error};
use crate::domain::delivery::DeliveryState;

/// How many deliveries there are in each state.
///
/// # Errors
/// The database failed.
pub fn deliveries_by_state(conn: &mut Conn) -> Result<Vec<(String, i64)>, Error> {
    Ok(delivery::table.group_by(delivery::state).select((delivery::state, count_star())).load(conn)?)
}

/// Seconds since the oldest waiting delivery fell due; 0 if none has.
///
/// # Errors
/// The database failed.
pub fn oldest_due_seconds(conn: &mut Conn, now: Timestamp) -> Result<i64, Error> {
    let oldest: Option<i64> = delivery::table
        .filter(delivery::state.eq(DeliveryState::Queued.as_str()))
        .select(min(delivery::due_at))
        .first(conn)?;
    Ok(oldest.map_or(0, |due| (now.as_microsecond() - due).max(0) / 1_000_000))
}
