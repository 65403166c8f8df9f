//! Objection windows that are over.

use super::Error;
use crate::db;
use crate::domain::client_notice::ClientNoticeState;
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
    state
        .db
        .write(move |conn| {
            let over = db::client_notice::window_over(conn, now, BATCH)?;
            for mut one in over.iter().cloned() {
                one.state = ClientNoticeState::WindowClosed;
                db::client_notice::save(conn, &one)?;
            }
            Ok(over.len())
        })
        .await
}
