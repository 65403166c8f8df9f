//! The first half of an audience: Clients bound by an agreement. The announcement makes the
//! ClientNotice of each one affected, with its rules copied; later messages follow those.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::enqueue::owe;
use crate::db::expansion::Expansion;
use crate::db::party::{self, Bound, Common};
use crate::db::{Conn, Error, change, client_notice, contact, notice};
use crate::domain::case::concerns;
use crate::domain::client::{Contact, told_first};
use crate::domain::client_notice::{ClientNotice, ClientNoticeState, Gate, Rules};
use crate::domain::deadline::day_of;
use crate::domain::id::Id;
use crate::domain::notice::NoticeEvent;
use crate::domain::owed::{Question, owed};

/// What one chunk did.
pub(super) struct Done {
    pub(super) seen: usize,
    pub(super) created: usize,
    /// Where to go on; `None` at the end.
    pub(super) cursor: Option<String>,
}

/// The next chunk of Clients.
pub(super) fn chunk(
    conn: &mut Conn,
    audience: &Expansion,
    notice_id: Id,
    limit: i64,
    now: Timestamp,
    company: &TimeZone,
) -> Result<Done, Error> {
    if audience.event == NoticeEvent::Announced.as_str() {
        announce(conn, audience, notice_id, limit, now, company)
    } else {
        follow_up(conn, audience, notice_id, limit, now, company)
    }
}

fn announce(
    conn: &mut Conn,
    audience: &Expansion,
    notice_id: Id,
    limit: i64,
    now: Timestamp,
    company: &TimeZone,
) -> Result<Done, Error> {
    let nothing = Done { seen: 0, created: 0, cursor: None };
    let Some(change) = change::get(conn, audience.change_id)? else { return Ok(nothing) };
    let Some(published_at) = notice::published_at(conn, notice_id)? else { return Ok(nothing) };
    let on = day_of(published_at, company);
    let concerns = concerns(&change);
    let common = Common::load(conn, &change, &concerns, on)?;
    let question = party::question(conn, &change, concerns, company, published_at)?;
    let found = party::chunk(conn, &common, on, &audience.cursor, limit)?;
    let mut created = 0;
    for bound in &found {
        created += tell(conn, audience, notice_id, &question, bound, now)?;
    }
    let full = i64::try_from(found.len()).unwrap_or(i64::MAX) >= limit;
    let cursor = found.last().filter(|_| full).map(|last| last.client.id.to_string());
    Ok(Done { seen: found.len(), created, cursor })
}

/// Makes the ClientNotice and its deliveries, if any is owed.
fn tell(
    conn: &mut Conn,
    audience: &Expansion,
    notice_id: Id,
    question: &Question,
    bound: &Bound,
    now: Timestamp,
) -> Result<usize, Error> {
    let Ok(terming) = owed(question, &bound.party()) else { return Ok(0) };
    let count = bound.client.facts.day_count(&bound.terms, &question.company);
    let rules = Rules::snapshot(&bound.dpa, &bound.terms, terming.notice, &count, &question.company);
    let told: Vec<Contact> = told_first(&bound.contacts, rules.told).into_iter().cloned().collect();
    let state = if told.is_empty() { ClientNoticeState::Suspended } else { ClientNoticeState::Planned };
    let one = ClientNotice {
        id: Id::new(now),
        notice_id,
        client_id: bound.client.id,
        agreement_id: bound.agreement.id,
        clocks: rules.clocks(question.announce_at, &[]),
        rules,
        state,
        issued_at: question.announce_at,
        acknowledged_at: None,
        consented_at: bound.consented.then_some(now),
        waived_at: None,
    };
    client_notice::save(conn, &one)?;
    if told.is_empty() {
        tracing::error!(alarm = "client_unreachable", client = %bound.client.id, client_notice = %one.id, "a Client is owed a notice and no contact of it works");
    }
    for contact in &told {
        owe(conn, audience, one.id, contact, now)?;
    }
    Ok(told.len())
}

/// Who was owed the announcement, and for whom it is in effect, hears so at the contacts it has
/// by then.
fn follow_up(
    conn: &mut Conn,
    audience: &Expansion,
    notice_id: Id,
    limit: i64,
    now: Timestamp,
    company: &TimeZone,
) -> Result<Done, Error> {
    let found = client_notice::of_notice(conn, notice_id, &audience.cursor, limit)?;
    let Some(change) = change::get(conn, audience.change_id)? else {
        return Ok(Done { seen: 0, created: 0, cursor: None });
    };
    let on = day_of(now, company);
    let common = Common::load(conn, &change, &concerns(&change), on)?;
    let mut created = 0;
    for one in &found {
        // For whom it is not in effect: held out, or without the consent it needs.
        let withheld = common.is_held_out(one.client_id)
            || matches!(one.gate(on, false, false), Gate::NeedsConsent | Gate::Withdrawn);
        if withheld {
            continue;
        }
        let contacts = contact::tellable(conn, one.client_id)?;
        for contact in told_first(&contacts, one.rules.told) {
            owe(conn, audience, one.id, contact, now)?;
            created += 1;
        }
    }
    let full = i64::try_from(found.len()).unwrap_or(i64::MAX) >= limit;
    let cursor = found.last().filter(|_| full).map(|last| last.id.to_string());
    Ok(Done { seen: found.len(), created, cursor })
}
