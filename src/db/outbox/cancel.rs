//! What is not owed any more.

use diesel::prelude::*;

use crate::db::schema::delivery;
use crate::db::{Conn, Error};
use crate::domain::delivery::DeliveryState;
use crate::domain::id::Id;

/// Cancels everything that waits for one subscription, because it ended. What is being sent
/// this moment, and what is owed to a Client under its agreement, is left to the worker: it lets
/// the Client's next contact take over. Answers how many.
///
/// # Errors
/// The database failed.
pub fn cancel_queued(conn: &mut Conn, subscription_id: Id) -> Result<usize, Error> {
    Ok(diesel::update(delivery::table)
        .filter(delivery::subscription_id.eq(subscription_id.to_string()))
        .filter(delivery::state.eq(DeliveryState::Queued.as_str()))
        .filter(delivery::client_notice_id.is_null())
        .set((
            delivery::state.eq(DeliveryState::Cancelled.as_str()),
            delivery::last_answer.eq("Not sent: the subscription had ended."),
        ))
        .execute(conn)?)
}
