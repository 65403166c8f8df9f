//! Who must be told of a change, by when, and the first lawful go-live day.

use jiff::Timestamp;

use super::Error;
use crate::config::Settings;
use crate::db::party::{self, Common};
use crate::db::{self, Conn};
use crate::domain::case::concerns;
use crate::domain::change::{Change, ChangeKind};
use crate::domain::deadline::day_of;
use crate::domain::gate::{Block, Known, blocks};
use crate::domain::planner::{Plan, Planner};
use crate::domain::standard::Standard;

/// Clients looked at in one query.
const CHUNK: i64 = 5_000;

/// The plan of `change`, announced at `announce_at`. `None` where no agreement is in force, and
/// where the change tells nobody: then the standard DPA answers.
///
/// # Errors
/// The database failed.
pub fn plan(
    conn: &mut Conn,
    settings: &Settings,
    change: &Change,
    announce_at: Timestamp,
) -> Result<Option<Plan>, Error> {
    let on = day_of(announce_at, &settings.zone());
    let concerns = concerns(change);
    if change.kind == ChangeKind::Baseline
        || concerns.is_empty()
        || db::agreement::count_in_force(conn, on)? == 0
    {
        return Ok(None);
    }
    let common = Common::load(conn, change, &concerns, on)?;
    let mut planner = Planner::new(party::question(conn, change, concerns, &settings.zone(), announce_at)?);
    let mut cursor = String::new();
    loop {
        let found = party::chunk(conn, &common, on, &cursor, CHUNK)?;
        for bound in &found.bound {
            planner.add(&bound.party());
        }
        planner.add_unreadable(found.unreadable.len());
        let Some(next) = found.cursor else { break };
        cursor = next;
    }
    Ok(Some(planner.finish()))
}

/// How long `change` is held once it is approved. An emergency is announced at once (invariant
/// 6); in solo mode nothing replaces the second person but the hold.
#[must_use]
pub fn hold(settings: &Settings, change: &Change, solo: bool) -> jiff::SignedDuration {
    if change.is_emergency() && !solo { jiff::SignedDuration::ZERO } else { settings.hold(solo) }
}

/// When `change` would be announced, if it were approved at `now`: when its hold ends.
#[must_use]
pub fn announce_at(settings: &Settings, change: &Change, now: Timestamp) -> Timestamp {
    match change.held_until {
        Some(until) => until.max(now),
        None => now.saturating_add(hold(settings, change, false)).unwrap_or(now),
    }
}

/// The standard DPA; while none is entered, `notices.default_period_days` of notice.
///
/// # Errors
/// The database failed.
pub fn standard(conn: &mut Conn, settings: &Settings) -> Result<Standard, Error> {
    let zone = settings.zone();
    Ok(match db::dpa::standard(conn)? {
        Some(dpa) => Standard::new(dpa.terms, zone),
        None => Standard::of_days(settings.notices.default_period_days, zone),
    })
}

/// What stands in the way of announcing `change` at `announce_at`, and the plan that says so.
///
/// # Errors
/// The database failed.
pub fn gate(
    conn: &mut Conn,
    settings: &Settings,
    change: &Change,
    announce_at: Timestamp,
) -> Result<(Vec<Block>, Option<Plan>), Error> {
    // A correction keeps the day announced: what is asked of it is whether it is one.
    let corrects = change.corrects.is_some();
    let plan = if corrects { None } else { plan(conn, settings, change, announce_at)? };
    let today = day_of(announce_at, &settings.zone());
    let evidence = db::evidence::of_change(conn, change, today)?;
    let known = Known {
        today,
        promise: standard(conn, settings)?.promise(change, announce_at).filter(|_| !corrects),
        plan: plan.as_ref(),
        evidence: &evidence,
    };
    let mut found = blocks(change, &known);
    if corrects {
        found.extend(super::correct::blocks(conn, change)?);
    }
    Ok((found, plan))
}
