//! What stands between one Client and an engagement, whatever hold-outs there are: asked before a
//! hold-out may end (invariant 1).

use jiff::civil::Date;
use serde_json::json;

use crate::actions::Error;
use crate::db::{self, Conn};
use crate::domain::audit::{Actor, Event};
use crate::domain::case::concerns;
use crate::domain::change::{ChangeState, Class};
use crate::domain::client_notice::Gate;
use crate::domain::deadline::day_of;
use crate::domain::diff::long_date;
use crate::domain::hold_out::HoldOut;
use crate::domain::id::Id;
use crate::state::State;

/// Days back in which hold-outs that ended by themselves are looked at again, after a downtime.
const BACK: i64 = 60;

/// A closed gate, and of which change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Closed {
    gate: Gate,
    change: String,
}

impl Closed {
    fn why(&self) -> String {
        let change = &self.change;
        match self.gate {
            Gate::From(first) => {
                format!("Under {change} it may not be active for this Client before {}.", long_date(first))
            }
            Gate::NeedsConsent => {
                format!("Under {change} it may not be active for this Client without its consent.")
            }
            Gate::Objected => format!("This Client\u{2019}s objection to {change} is open."),
            Gate::Unreached | Gate::Open | Gate::Withdrawn => {
                format!("The notice period of this Client under {change} has not begun.")
            }
        }
    }

    /// Why a hold-out cannot end with its day.
    pub(super) fn until(&self) -> String {
        match self.gate {
            Gate::From(first) => match first.yesterday() {
                Ok(last) => {
                    format!("{} Name {} or a later day, or leave it empty.", self.why(), long_date(last))
                }
                Err(_) => format!("{} Leave it empty.", self.why()),
            },
            _ => format!("{} Leave it empty: somebody ends the hold-out when it may be.", self.why()),
        }
    }

    /// Why a hold-out cannot be ended today.
    pub(super) fn end(&self) -> String {
        match self.gate {
            Gate::From(_) | Gate::NeedsConsent => {
                format!("{} Record its consent first, or keep the hold-out.", self.why())
            }
            _ => format!("{} Keep the hold-out until then.", self.why()),
        }
    }

    /// The last day of a hold-out that lasts as long as the gate is closed, where that is known.
    fn last_day(&self) -> Option<Date> {
        match self.gate {
            Gate::From(first) => first.yesterday().ok(),
            _ => None,
        }
    }
}

/// What would keep an engagement from a Client that is in force for others, on `day`.
pub(super) fn closed_now(
    conn: &mut Conn,
    client_id: Id,
    engagement_id: Id,
    day: Date,
) -> Result<Option<Closed>, Error> {
    closed(conn, client_id, engagement_id, day, &[ChangeState::Effective])
}

/// What would keep an engagement from a Client on the day after `last`, in force by then or not.
pub(super) fn closed_after(
    conn: &mut Conn,
    client_id: Id,
    engagement_id: Id,
    last: Date,
) -> Result<Option<Closed>, Error> {
    let day = last.tomorrow().unwrap_or(last);
    closed(conn, client_id, engagement_id, day, &[ChangeState::Announced, ChangeState::Effective])
}

fn closed(
    conn: &mut Conn,
    client_id: Id,
    engagement_id: Id,
    day: Date,
    states: &[ChangeState],
) -> Result<Option<Closed>, Error> {
    for one in db::client_notice::of_client(conn, client_id)? {
        let Some(notice) = db::notice::get(conn, one.notice_id)? else { continue };
        let Some(change) = db::change::get(conn, notice.change_id)? else { continue };
        let touches = concerns(&change)
            .iter()
            .any(|concern| concern.class == Class::Material && concern.entry_id == Some(engagement_id));
        if !touches || !states.contains(&change.state) {
            continue;
        }
        let blocked = db::objection::of_notice(conn, one.notice_id)?
            .iter()
            .any(|objection| objection.client_notice_id == one.id && objection.blocks());
        // Recorded while the notices were being made, a consent stands beside the ClientNotice.
        let consented = db::consent::of(conn, change.id, client_id)?.is_some() && !blocked;
        let gate = one.gate(day, blocked, change.is_emergency());
        if !consented && !matches!(gate, Gate::Open | Gate::Withdrawn) {
            return Ok(Some(Closed { gate, change: change.reference() }));
        }
    }
    Ok(None)
}

/// Lets no hold-out end by itself before the engagement may be active for its Client: where the
/// gate is still closed, it goes on until that opens, and a person is told. Looks once an hour, a
/// day ahead; safe to call from several instances. Answers how many.
///
/// # Errors
/// The database failed; none is prolonged then.
pub async fn keep_held_out(state: &State) -> Result<usize, Error> {
    let now = state.clock.now();
    let tick = now.as_second().div_euclid(3600);
    if state.db.read(move |conn| Ok::<_, Error>(db::job::is_taken(conn, "hold_outs", tick)?)).await? {
        return Ok(0);
    }
    let today = day_of(now, &state.settings.zone());
    state
        .db
        .write(move |conn| {
            if !db::job::take(conn, "hold_outs", tick, now)? {
                return Ok(0);
            }
            let first = today.checked_sub(jiff::Span::new().days(BACK)).unwrap_or(today);
            let mut count = 0;
            for held in db::hold_out::lapsing(conn, first, today)? {
                let Some(last) = held.until else { continue };
                let latest = last.max(today.yesterday().unwrap_or(last));
                let Some(closed) = closed_after(conn, held.client_id, held.engagement_id, latest)? else {
                    continue;
                };
                let until = closed.last_day();
                tracing::error!(
                    alarm = "hold_out_prolonged", client = %held.client_id, hold_out = %held.id,
                    "a hold-out was to end before the engagement may be active for its Client; it goes on"
                );
                let detail = json!({ "hold_out": held.id, "was": last, "until": until });
                db::hold_out::save(conn, &HoldOut { until, ..held.clone() })?;
                let (action, subject) = ("client.hold_out_prolonged", held.client_id.to_string());
                db::audit::append(conn, now, Event { actor: Actor::System, action, subject, detail })?;
                count += 1;
            }
            Ok(count)
        })
        .await
}
