//! The first half of an audience: Clients bound by an agreement. The announcement makes the
//! ClientNotice of each one affected, with its rules copied; later messages follow those.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::enqueue::owe;
use super::withdraw;
use crate::db::expansion::Expansion;
use crate::db::party::{self, Bound, Common};
use crate::db::{Conn, Error, agreement, change, client_notice, contact, notice, unread};
use crate::domain::case::{Concern, concerns};
use crate::domain::change::Class;
use crate::domain::client::told_first;
use crate::domain::client_notice::{ClientNotice, ClientNoticeState, Gate, Rules};
use crate::domain::deadline::day_of;
use crate::domain::id::Id;
use crate::domain::notice::NoticeEvent;
use crate::domain::owed::{Question, owed};

/// Late Clients looked at in one transaction.
const LATE: i64 = 500;

/// What one chunk did.
pub(super) struct Done {
    pub(super) seen: usize,
    pub(super) created: usize,
    /// Clients whose record cannot be read.
    pub(super) unreadable: usize,
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
    let nothing = Done { seen: 0, created: 0, unreadable: 0, cursor: None };
    let Some(change) = change::get(conn, audience.change_id)? else { return Ok(nothing) };
    let Some(published_at) = notice::published_at(conn, notice_id)? else { return Ok(nothing) };
    let on = day_of(published_at, company);
    let concerns = concerns(&change);
    let common = Common::load(conn, &change, &concerns, on)?;
    let question = party::question(conn, &change, concerns, company, published_at)?;
    let found = party::chunk(conn, &common, on, &audience.cursor, limit)?;
    let mut done = Done {
        seen: found.bound.len() + found.unreadable.len(),
        unreadable: found.unreadable.len(),
        cursor: found.cursor,
        ..nothing
    };
    for id in &found.unreadable {
        unread::set_aside(conn, notice_id, id, now)?;
    }
    for bound in &found.bound {
        done.created += tell(conn, audience, notice_id, &question, bound, now)?;
    }
    Ok(done)
}

/// Tells Clients whose agreement began, or came to concern the notice, after it was published: the
/// next chunk, with where to go on. Asking again tells nobody twice. Whoever signed when the list
/// showed the change already has agreed to it: it is told, and no clock runs.
///
/// # Errors
/// The database failed; nothing of this chunk is kept.
pub fn tell_latecomers(
    conn: &mut Conn,
    audience: &Expansion,
    cursor: &str,
    now: Timestamp,
    company: &TimeZone,
) -> Result<(usize, Option<String>), Error> {
    let (Some(notice_id), true) = (audience.notice_id, audience.is_past_clients()) else {
        return Ok((0, None));
    };
    let Some(change) = change::get(conn, audience.change_id)? else { return Ok((0, None)) };
    let Some(published_at) = notice::published_at(conn, notice_id)? else { return Ok((0, None)) };
    let (published_on, on) = (day_of(published_at, company), day_of(now, company));
    let rows = agreement::bound_since(conn, (notice_id, published_at, published_on), on, cursor, LATE)?;
    if rows.found.is_empty() && rows.unreadable.is_empty() {
        return Ok((0, rows.cursor));
    }
    let concerns = concerns(&change);
    let common = Common::load(conn, &change, &concerns, on)?;
    let question = party::question(conn, &change, concerns, company, now)?;
    let informed = Question { concerns: as_information(&question.concerns), ..question.clone() };
    let found = party::complete(conn, &common, rows)?;
    for id in &found.unreadable {
        unread::set_aside(conn, notice_id, id, now)?;
    }
    let mut told = 0;
    for bound in &found.bound {
        unread::mended(conn, notice_id, bound.client.id)?;
        let knew = match bound.agreement.list_version {
            Some(version) => version >= audience.list_version,
            None => bound.agreement.signed_on.is_some_and(|day| day > published_on),
        };
        let question = if knew { &informed } else { &question };
        if owed(question, &bound.party()).is_ok() {
            tell(conn, audience, notice_id, question, bound, now)?;
            told += 1;
        }
    }
    Ok((told, found.cursor))
}

/// The same items, for whom no clock runs.
fn as_information(concerns: &[Concern]) -> Vec<Concern> {
    let told =
        |concern: &Concern| Concern { class: concern.class.min(Class::Informational), ..concern.clone() };
    concerns.iter().map(told).collect()
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
    let rules = Rules::snapshot(&bound.dpa, &bound.terms, terming.notice, &count, &question.company)
        .with_further(terming.further);
    let mut one = ClientNotice {
        id: Id::new(now),
        notice_id,
        client_id: bound.client.id,
        agreement_id: bound.agreement.id,
        clocks: rules.clocks(question.announce_at, &[]),
        rules,
        state: ClientNoticeState::Planned,
        issued_at: question.announce_at,
        acknowledged_at: None,
        consented_at: bound.consented.then_some(now),
        waived_at: None,
    };
    let mut told = 0;
    for contact in told_first(&bound.contacts, one.rules.told) {
        match owe(conn, audience, one.id, contact, now) {
            Ok(()) => told += 1,
            Err(Error::Corrupt(_)) => {
                tracing::error!(alarm = "contact_unreadable", contact = %contact.id, "the subscription a contact goes through cannot be read, so it is not told");
            }
            Err(error) => return Err(error),
        }
    }
    if told == 0 {
        one.state = ClientNoticeState::Suspended;
        tracing::error!(alarm = "client_unreachable", client = %one.client_id, client_notice = %one.id, "a Client is owed a notice and no contact of it works");
    }
    client_notice::save(conn, &one)?;
    Ok(told)
}

/// Who was owed the announcement, is still bound by an agreement, and for whom it is in effect,
/// hears so at the contacts it has by then.
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
        return Ok(Done { seen: 0, created: 0, unreadable: 0, cursor: None });
    };
    let on = day_of(now, company);
    let common = Common::load(conn, &change, &concerns(&change), on)?;
    let clients: Vec<Id> = found.iter().map(|one| one.client_id).collect();
    let bound = agreement::bound_among(conn, &clients, on)?;
    let ids: Vec<Id> = found.iter().map(|one| one.id).collect();
    let event = NoticeEvent::of(&audience.event);
    let was_told = withdraw::was_told(conn, notice_id, &[], &ids)?.client_notices;
    let mut created = 0;
    for one in &found {
        let hears = match event {
            // Who was told nothing needs no withdrawal.
            Some(NoticeEvent::Withdrawn) => was_told.contains(&one.id.to_string()),
            _ if !bound.contains(&one.client_id) => false,
            Some(NoticeEvent::Updated) => one.state != ClientNoticeState::Withdrawn,
            // Not for whom it is not in effect: held out, or without the consent it needs.
            _ => {
                !common.is_held_out(one.client_id)
                    && !matches!(
                        one.gate(on, false, change.is_emergency()),
                        Gate::NeedsConsent | Gate::Withdrawn
                    )
            }
        };
        if !hears {
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
    Ok(Done { seen: found.len(), created, unreadable: 0, cursor })
}
