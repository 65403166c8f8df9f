//! Forgetting what is of no use any more: ended sessions, used links, answers kept for repeated
//! requests, ticks taken long ago, subscriptions never confirmed. Proof is never among it.

use jiff::SignedDuration;

use super::Error;
use super::subscribe::purge_unconfirmed;
use crate::db;
use crate::state::State;

const JOB: &str = "forget";
const HOUR: i64 = 3_600;
/// How long the answer to a request with an `Idempotency-Key` is kept.
const ANSWERS: SignedDuration = SignedDuration::from_hours(24);
/// How long a taken tick is remembered: longer than any clock is set back.
const TICKS: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Once an hour, on whichever instance comes first. Answers how many rows went.
///
/// # Errors
/// The database failed. What was not reached goes in the next hour.
pub async fn forget_expired(state: &State) -> Result<usize, Error> {
    let now = state.clock.now();
    let hour = now.as_second().div_euclid(HOUR);
    if state.db.read(move |conn| db::job::is_taken(conn, JOB, hour)).await? {
        return Ok(0);
    }
    let before = |age| now.checked_sub(age).unwrap_or(now);
    let (answers, ticks) = (before(ANSWERS), before(TICKS));
    let forgotten = state
        .db
        .write(move |conn| {
            if !db::job::take(conn, JOB, hour, now)? {
                return Ok::<_, Error>(None);
            }
            Ok(Some(db::job::forget(conn, &db::job::Expired { now, answers, ticks })?))
        })
        .await?;
    let Some(rows) = forgotten else { return Ok(0) };
    Ok(rows + purge_unconfirmed(state).await?)
}
