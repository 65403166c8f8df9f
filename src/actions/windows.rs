//! Periodic work on ClientNotices: windows that are over, Clients that can be reached again.

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

/// Tells Clients of whom nobody could be reached and whose contacts were mended since. Safe to
/// call from several instances. Answers how many.
///
/// # Errors
/// The database failed; none of this batch is told then.
pub async fn reach_again(state: &State) -> Result<usize, Error> {
    let due = |conn: &mut db::Conn| db::client_notice::suspended_with_contact(conn, 1);
    if state.db.read(move |conn| Ok::<_, Error>(due(conn)?)).await?.is_empty() {
        return Ok(0);
    }
    let now = state.clock.now();
    let told = state.db.write(move |conn| Ok::<_, Error>(db::outbox::reach_again(conn, BATCH, now)?)).await?;
    state.outbox_bell.notify_one();
    Ok(told)
}
