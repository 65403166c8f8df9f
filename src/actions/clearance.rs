//! Whether a vendor may be used now, for all Clients or for one: what a deployment asks before it
//! switches something on.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;

use super::Error;
use super::unready::{Look, unready};
use crate::config::Settings;
use crate::db::{self, Conn};
use crate::domain::change::{Change, ChangeState, Class};
use crate::domain::deadline::day_of;
use crate::domain::diff::long_date;
use crate::domain::engagement::EngagementStatus;
use crate::domain::entry::ListedEntry;
use crate::domain::id::Id;
use crate::domain::in_the_way::Why;
use crate::domain::record::VettingResult;
use crate::domain::vetting::VettingStatus;

/// Open changes looked through for a line that was never announced.
const OPEN: i64 = 200;

/// Why it may not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// For programs: `not_announced`, `not_before`, `waits`, `suspended`, `retired`,
    /// `vetting_lapsed`, `held_out`, `needs_consent`, `no_emergency_clause`, `unreached`, `objected`.
    pub code: &'static str,
    /// For people.
    pub words: String,
    /// First day on which this reason no longer stands, where one is known.
    pub not_before: Option<Date>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clearance {
    /// The line asked about.
    pub engagement_id: Id,
    /// The Client asked for; all of them if none.
    pub client_id: Option<Id>,
    /// Whether it may be used.
    pub may_use: bool,
    /// Why not.
    pub reason: Option<Reason>,
    /// Asked for all: it is withheld from single Clients, each of whom has to be asked about.
    pub some_withheld: bool,
}

fn reason(code: &'static str, words: impl Into<String>, not_before: Option<Date>) -> Reason {
    Reason { code, words: words.into(), not_before }
}

/// Whether the line `id` may be used on the day of `now`, for all Clients or for `client_id`;
/// `None` if there is no such line, not even in an open change.
///
/// # Errors
/// There is no such Client; the database failed.
pub fn clearance(
    conn: &mut Conn,
    settings: &Settings,
    now: jiff::Timestamp,
    id: Id,
    client_id: Option<Id>,
) -> Result<Option<Clearance>, Error> {
    let today = day_of(now, &settings.zone());
    if let Some(client) = client_id {
        db::client::get(conn, client)?.ok_or(Error::NotFound("Client"))?;
    }
    let answer = |reason: Option<Reason>, some_withheld| {
        Some(Clearance {
            engagement_id: id,
            client_id,
            may_use: reason.is_none(),
            reason: reason.clone(),
            some_withheld,
        })
    };
    let Some(listed) = db::register::entry(conn, id)? else {
        let open = [ChangeState::Draft, ChangeState::Submitted, ChangeState::Held];
        let planned = touching(conn, id, &open)?;
        let never = reason("not_announced", "It was never announced.", None);
        return Ok(if planned.is_empty() { None } else { answer(Some(never), false) });
    };
    let mut why = of_line(conn, &listed, today)?;
    // What stands against the line itself comes first, unless only its day has not come.
    let only_the_day = why.as_ref().is_none_or(|why| matches!(why.code, "not_before" | "waits"));
    if let Some(client) = client_id.filter(|_| only_the_day) {
        why = of_client(conn, &listed, client, today)?.or(why);
    }
    let some_withheld = client_id.is_none() && why.is_none() && is_withheld(conn, settings, now, id, today)?;
    Ok(answer(why, some_withheld))
}

fn touching(conn: &mut Conn, id: Id, states: &[ChangeState]) -> Result<Vec<Change>, Error> {
    let mut found = Vec::new();
    for head in db::change::in_states(conn, states, OPEN)? {
        let whole = db::change::get(conn, head.id)?;
        found.extend(whole.filter(|change| change.items.iter().any(|item| item.entry_id == Some(id))));
    }
    Ok(found)
}

/// What stands against the line, for everybody.
fn of_line(conn: &mut Conn, listed: &ListedEntry, today: Date) -> Result<Option<Reason>, Error> {
    use EngagementStatus as S;
    Ok(match listed.status {
        S::Announced | S::Cleared => Some(match listed.entry.effective_from {
            Some(day) if day > today => {
                reason("not_before", format!("Announced for {}.", long_date(day)), Some(day))
            }
            _ => {
                let waiting = touching(conn, listed.entry.id, &[ChangeState::Announced])?;
                let why = waiting.into_iter().map(|change| change.returned).find(|why| !why.is_empty());
                reason("waits", why.unwrap_or_else(|| "Announced, and not in force yet.".to_owned()), None)
            }
        }),
        S::Suspended => Some(reason("suspended", "Its use is suspended.", None)),
        S::Retired => Some(reason("retired", "It is no longer in use.", None)),
        S::Withdrawn => Some(reason("not_announced", "Its announcement was withdrawn.", None)),
        S::Proposed | S::InVetting | S::Approved | S::Rejected => {
            Some(reason("not_announced", "It was never announced.", None))
        }
        S::Active | S::Retiring => lapsed(conn, listed, today)?,
    })
}

/// The vetting may have run out since the line came into force. A line taken over with the
/// baseline and never reviewed has none to lapse.
fn lapsed(conn: &mut Conn, listed: &ListedEntry, today: Date) -> Result<Option<Reason>, Error> {
    let latest = db::record::vettings(conn, &[listed.entry.id])?.into_iter().next();
    let over = latest.is_some_and(|vetting| {
        let approved = matches!(vetting.facts.result, VettingResult::Approved | VettingResult::Conditional);
        !approved || vetting.facts.valid_until < today
    });
    let status = listed.entry.engagement.vetting.status;
    let bad = matches!(status, VettingStatus::Overdue | VettingStatus::Revoked | VettingStatus::Rejected);
    let words = "Its vetting has lapsed. Record a new approval to use it.";
    Ok((over || bad).then(|| reason("vetting_lapsed", words, None)))
}

/// What stands against the line for one Client.
fn of_client(
    conn: &mut Conn,
    listed: &ListedEntry,
    client: Id,
    today: Date,
) -> Result<Option<Reason>, Error> {
    let id = listed.entry.id;
    let held = db::hold_out::of_client(conn, client)?
        .into_iter()
        .find(|held| held.engagement_id == id && held.holds_on(today));
    if let Some(held) = held {
        let first = held.until.map(|last| last.saturating_add(1.day()));
        return Ok(Some(reason("held_out", format!("Held out: {}", held.reason), first)));
    }
    let announced = matches!(listed.status, EngagementStatus::Announced | EngagementStatus::Cleared);
    for one in db::client_notice::of_client(conn, client)? {
        let Some(notice) = db::notice::get(conn, one.notice_id)? else { continue };
        let Some(change) = db::change::get(conn, notice.change_id)? else { continue };
        let concerns =
            change.items.iter().any(|item| item.entry_id == Some(id) && item.class == Class::Material);
        // A modification that is only announced stands against nothing that is in use.
        let counts =
            change.state == ChangeState::Effective || (announced && change.state == ChangeState::Announced);
        if !concerns || !counts {
            continue;
        }
        let Some(look) = Look::begin(conn, &change, today)? else { continue };
        if let Some(gate) = look.at(&one) {
            let not_before = match gate.why {
                Why::NotBefore(day) | Why::NoClause(Some(day)) => Some(day),
                _ => None,
            };
            let words = format!("{}: {}.", change.reference(), gate.why.words(gate.delays));
            return Ok(Some(reason(gate.why.code(), words, not_before)));
        }
    }
    Ok(None)
}

/// Whether it is withheld from a Client, by hand or until it consents.
fn is_withheld(
    conn: &mut Conn,
    settings: &Settings,
    now: jiff::Timestamp,
    id: Id,
    today: Date,
) -> Result<bool, Error> {
    if db::hold_out::of_engagement(conn, id)?.iter().any(|held| held.holds_on(today)) {
        return Ok(true);
    }
    for change in touching(conn, id, &[ChangeState::Effective])? {
        if !unready(conn, settings, &change, now, "", 1)?.rows.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
