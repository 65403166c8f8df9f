//! The day by which an objection is to be answered passes.

use super::Error;
use crate::db;
use crate::state::State;

/// How many are told of at once.
const BATCH: i64 = 200;
/// The job whose ticks say that it was told: one for each objection and day.
const JOB: &str = "objection_overdue";

/// Raises an alarm for each open objection whose day has passed, once. Safe to call from several
/// instances. Answers how many.
///
/// # Errors
/// The database failed.
pub async fn warn_overdue(state: &State) -> Result<usize, Error> {
    let now = state.clock.now();
    let untold = move |conn: &mut db::Conn| {
        let mut found = db::objection::overdue(conn, now, BATCH)?;
        let mut kept = Vec::new();
        for objection in found.drain(..) {
            let (job, tick) = tick(&objection);
            if !db::job::is_taken(conn, &job, tick)? {
                kept.push(objection);
            }
        }
        Ok::<_, Error>(kept)
    };
    if state.db.read(untold).await?.is_empty() {
        return Ok(0);
    }
    state
        .db
        .write(move |conn| {
            let mut told = 0;
            for objection in untold(conn)? {
                let (job, tick) = tick(&objection);
                if db::job::take(conn, &job, tick, now)? {
                    told += 1;
                    tracing::error!(
                        alarm = "objection_overdue", objection = %objection.number,
                        "an objection was to be answered by now and is still open"
                    );
                }
            }
            Ok(told)
        })
        .await
}

fn tick(objection: &crate::domain::objection::Objection) -> (String, i64) {
    let day = objection.fix_by.map_or(0, jiff::Timestamp::as_second);
    (format!("{JOB}:{}", objection.id), day)
}
