//! Periodic work on ClientNotices: windows that are over, Clients that can be reached again.

use super::Error;
use crate::db;
use crate::state::State;

/// The most that are closed in one transaction.
const BATCH: i64 = 500;

/// Closes the windows whose last moment has passed. Safe to call from several instances. Answers
/// how many.
///
/// # Errors
/// The database failed; none of this batch is closed then.
pub async fn close_windows(state: &State) -> Result<usize, Error> {
    let now = state.clock.now();
    let due =
        state.db.read(move |conn| Ok::<_, Error>(db::client_notice::window_over(conn, now, 1)?)).await?;
    if due.is_empty() {
        return Ok(0);
    }
    state.db.write(move |conn| Ok(db::client_notice::close_windows(conn, now, BATCH)?)).await
}

/// Tells Clients of whom nobody could be reached and whose contacts were mended since, and sends
/// again what failed by a fault of ours. Safe to call from several instances. Answers how many.
///
/// # Errors
/// The database failed; none of this batch is told then.
pub async fn reach_again(state: &State) -> Result<usize, Error> {
    let now = state.clock.now();
    let due =
        state.db.read(move |conn| Ok::<_, Error>(db::outbox::reachable_again(conn, BATCH, now)?)).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let told = state.db.write(move |conn| Ok::<_, Error>(db::outbox::reach_again(conn, &due, now)?)).await?;
    state.outbox_bell.notify_one();
    Ok(told)
}
