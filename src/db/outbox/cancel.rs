//! What is not owed any more.

use diesel::prelude::*;
use jiff::Timestamp;

use super::clock::{recompute_all, waiting_for};
use crate::db::schema::delivery;
use crate::db::{Conn, Error, client_notice};
use crate::domain::delivery::DeliveryState;
use crate::domain::id::Id;

/// Cancels everything that waits for one subscription, because it ended; a Client that was to be
/// told through it is told through its next contact. What is being sent this moment is left to the
/// worker. Answers how many.
///
/// # Errors
/// The database failed.
pub fn cancel_queued(conn: &mut Conn, subscription_id: Id, now: Timestamp) -> Result<usize, Error> {
    let owed = waiting_for(conn, subscription_id)?;
    client_notice::hold(conn, &owed)?;
    let count = diesel::update(delivery::table)
        .filter(delivery::subscription_id.eq(subscription_id.to_string()))
        .filter(delivery::state.eq(DeliveryState::Queued.as_str()))
        .set((
            delivery::state.eq(DeliveryState::Cancelled.as_str()),
            delivery::last_answer.eq("Not sent: the subscription had ended."),
        ))
        .execute(conn)?;
    recompute_all(conn, &owed, now)?;
    Ok(count)
}
