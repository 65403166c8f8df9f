//! Periodic work on ClientNotices: windows that are over, Clients that can be reached again, and
//! those whose agreements begin after the announcement.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Error;
use crate::db;
use crate::db::expansion::Expansion;
use crate::domain::change::ChangeState;
use crate::domain::id::Id;
use crate::state::State;

/// The most that are closed in one transaction.
const BATCH: i64 = 500;
/// Seconds between two looks for Clients that are late for an announcement.
const LATECOMERS: i64 = 60;
/// The most announced changes looked at.
const CHANGES: i64 = 1_000;

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

/// Makes what Clients are owed whose agreements began, or came to concern it, after a change was
/// announced that is not in force yet. Looks once a minute; safe to call from several instances.
/// Answers how many Clients it told.
///
/// # Errors
/// The database failed; what was done before stays done.
pub async fn tell_latecomers(state: &State) -> Result<usize, Error> {
    let now = state.clock.now();
    let tick = now.as_second().div_euclid(LATECOMERS);
    if state.db.read(move |conn| Ok::<_, Error>(db::job::is_taken(conn, "latecomers", tick)?)).await? {
        return Ok(0);
    }
    let audiences = state
        .db
        .write(move |conn| {
            if !db::job::take(conn, "latecomers", tick, now)? {
                return Ok(Vec::new());
            }
            let mut found = Vec::new();
            for head in db::change::in_states(conn, &[ChangeState::Announced], CHANGES)? {
                found.extend(announced(conn, head.id)?);
            }
            Ok::<_, Error>(found)
        })
        .await?;
    let mut told = 0;
    for audience in audiences {
        let mut cursor = Some(String::new());
        while let Some(from) = cursor {
            let (audience, company) = (audience.clone(), state.settings.zone());
            let (count, next) = state
                .db
                .write(move |conn| {
                    Ok::<_, Error>(db::outbox::tell_latecomers(conn, &audience, &from, now, &company)?)
                })
                .await?;
            told += count;
            cursor = next;
        }
    }
    if told > 0 {
        state.outbox_bell.notify_one();
    }
    Ok(told)
}

/// The audience of a change's announcement.
fn announced(conn: &mut db::Conn, change_id: Id) -> Result<Option<Expansion>, Error> {
    let Some(notice) = db::notice::of_change(conn, change_id)? else { return Ok(None) };
    Ok(db::expansion::of_announcement(conn, notice.id)?)
}

/// Tells whoever is late for a change that is about to come into force, in the same transaction.
/// Answers how many: it does not come into force past them.
pub(super) fn tell_the_last(
    conn: &mut db::Conn,
    change_id: Id,
    now: Timestamp,
    company: &TimeZone,
) -> Result<usize, Error> {
    let Some(audience) = announced(conn, change_id)? else { return Ok(0) };
    let (mut told, mut cursor) = (0, Some(String::new()));
    while let Some(from) = cursor {
        let (count, next) = db::outbox::tell_latecomers(conn, &audience, &from, now, company)?;
        told += count;
        cursor = next;
    }
    Ok(told)
}
