//! What is not owed any more.

use diesel::prelude::*;

use crate::db::schema::delivery;
use crate::db::{Conn, Error};
use crate::domain::delivery::DeliveryState;
use crate::domain::id::Id;

/// Cancels everything that waits for one subscription, because it ended. What is being sent
/// this moment is left to its worker. Answers how many.
///
/// # Errors
/// The database failed.
pub fn cancel_queued(conn: &mut Conn, subscription_id: Id) -> Result<usize, Error> {
    Ok(diesel::update(delivery::table)
        .filter(delivery::subscription_id.eq(subscription_id.to_string()))
        .filter(delivery::state.eq(DeliveryState::Queued.as_str()))
        .set((
            delivery::state.eq(DeliveryState::Cancelled.as_str()),
            delivery::last_answer.eq("Not sent: the subscription had ended."),
        ))
        .execute(conn)?)
}
