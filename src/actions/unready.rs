//! Clients for whom a change may not be active yet on its effective date (invariants 1, 2, 8, 9).
//! One look answers for the page, for programs, for a waiver and for the effective date itself.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Error, plan};
use crate::config::Settings;
use crate::db::attempt::Tried;
use crate::db::party::{self, Common};
use crate::db::{self, Conn};
use crate::domain::case::concerns;
use crate::domain::change::{Change, ChangeKind, ChangeState};
use crate::domain::client::Client;
use crate::domain::client_notice::ClientNotice;
use crate::domain::deadline::day_of;
use crate::domain::id::Id;
use crate::domain::in_the_way::{InTheWay, Setting, withholdable};
use crate::domain::notice::NoticeEvent;

/// ClientNotices looked at in one query.
const CHUNK: i64 = 1_000;
/// Names told; the count goes on.
const NAMES: usize = 3;

/// One Client whose gate is closed.
#[derive(Debug, Clone)]
pub struct Unready {
    /// The Client.
    pub client: Client,
    /// What it is owed; `None` before the announcement.
    pub client_notice: Option<Id>,
    /// Why the gate is closed, and whether the change waits for it.
    pub gate: InTheWay,
    /// What was tried to tell it.
    pub tried: Tried,
}

/// Some of them, and where the next ones begin.
#[derive(Debug, Clone, Default)]
pub struct UnreadyPage {
    /// The rows.
    pub rows: Vec<Unready>,
    /// The cursor of the next page, if there may be one.
    pub next: Option<String>,
    /// The notices of its Clients are still being made: there may be more of them.
    pub unfinished: bool,
}

/// Everything a look at one ClientNotice of an announced change takes.
pub(super) struct Look {
    notice_id: Id,
    setting: Setting,
    common: Common,
    blocked: BTreeSet<Id>,
    day: Date,
}

impl Look {
    /// For `change` as of `today`, or its effective date if that is later; `None` if it was never
    /// announced.
    pub(super) fn begin(conn: &mut Conn, change: &Change, today: Date) -> Result<Option<Self>, Error> {
        let Some(notice) = db::notice::of_change(conn, change.id)? else { return Ok(None) };
        let concerns = concerns(change);
        let setting = Setting { withholdable: withholdable(&concerns), emergency: change.is_emergency() };
        let common = Common::load(conn, change, &concerns, today)?;
        let blocked = db::objection::of_notice(conn, notice.id)?
            .into_iter()
            .filter(crate::domain::objection::Objection::blocks)
            .map(|objection| objection.client_notice_id)
            .collect();
        let day = change.effective_on.map_or(today, |planned| planned.max(today));
        Ok(Some(Self { notice_id: notice.id, setting, common, blocked, day }))
    }

    /// Its gate, if it is closed.
    pub(super) fn at(&self, one: &ClientNotice) -> Option<InTheWay> {
        // Recorded while the notices were being made, a consent stands beside the ClientNotice.
        if self.common.has_consented(one.client_id) && !self.blocked.contains(&one.id) {
            return None;
        }
        let held_out = self.common.is_held_out(one.client_id);
        self.setting.of_notice(one, self.day, self.blocked.contains(&one.id), held_out)
    }

    /// Whose agreement is in force on the day looked at: one that ended is in nobody's way.
    fn bound_among(&self, conn: &mut Conn, found: &[ClientNotice]) -> Result<BTreeSet<Id>, Error> {
        let clients: Vec<Id> = found.iter().map(|one| one.client_id).collect();
        Ok(db::agreement::bound_among(conn, &clients, self.day)?)
    }

    /// What a Client is owed for the change.
    pub(super) fn of_client(&self, conn: &mut Conn, client_id: Id) -> Result<Option<ClientNotice>, Error> {
        Ok(db::client_notice::of(conn, self.notice_id, client_id)?)
    }

    /// Whether the notices of its Clients are still being made.
    pub(super) fn is_unfinished(&self, conn: &mut Conn, today: Date) -> Result<bool, Error> {
        let made = db::expansion::of_notice(conn, self.notice_id, NoticeEvent::Announced.as_str())?;
        let anybody = db::agreement::count_in_force(conn, today)? > 0;
        Ok(anybody && made.is_none_or(|audience| !audience.is_past_clients()))
    }
}

/// Why `change` cannot come into force on `today`, naming the Clients in the way; `None` if
/// nobody is. Who is held out, or can be and has not consented, is in nobody's way.
pub(super) fn in_the_way(conn: &mut Conn, change: &Change, today: Date) -> Result<Option<String>, Error> {
    let Some(look) = Look::begin(conn, change, today)? else { return Ok(None) };
    if look.is_unfinished(conn, today)? {
        return Ok(Some("Not in force: the notices of its Clients are still being made.".to_owned()));
    }
    let unread = db::unread::count(conn, look.notice_id)?;
    if unread > 0 {
        return Ok(Some(format!(
            "Not in force: {unread} of its Clients could not be told, because their records cannot be read. The log names them."
        )));
    }
    let (mut count, mut names, mut cursor) = (0, Vec::new(), String::new());
    loop {
        let found = db::client_notice::of_notice(conn, look.notice_id, &cursor, CHUNK)?;
        let Some(last) = found.last() else { break };
        cursor = last.id.to_string();
        let bound = look.bound_among(conn, &found)?;
        for one in found.iter().filter(|one| bound.contains(&one.client_id)) {
            let Some(gate) = look.at(one).filter(|gate| gate.delays) else { continue };
            count += 1;
            if names.len() < NAMES {
                let client = db::client::get(conn, one.client_id)?;
                let name = client.map(|client| client.name).unwrap_or_default();
                names.push(format!("{name} ({})", gate.why.words(true)));
            }
        }
    }
    let more = if count > names.len() { format!(" and {} more", count - names.len()) } else { String::new() };
    Ok((count > 0).then(|| format!("Not in force: it may not be active yet for {}{more}.", names.join(", "))))
}

/// Whether every gate of `change` was open on `day`, which is over: what was decided since does not
/// count backwards. When an objection was settled is not known, so that one makes the answer no.
pub(super) fn was_open_on(
    conn: &mut Conn,
    change: &Change,
    day: Date,
    company: &TimeZone,
) -> Result<bool, Error> {
    let Some(look) = Look::begin(conn, change, day)? else { return Ok(true) };
    if !db::objection::of_notice(conn, look.notice_id)?.is_empty() {
        return Ok(false);
    }
    for entry in concerns(change).into_iter().filter_map(|concern| concern.entry_id) {
        let held = db::hold_out::of_engagement(conn, entry)?;
        if held.iter().any(|held| day_of(held.created_at, company) > day) {
            return Ok(false);
        }
    }
    let by_then = |at: Option<Timestamp>| at.filter(|at| day_of(*at, company) <= day);
    let mut cursor = String::new();
    loop {
        let found = db::client_notice::of_notice(conn, look.notice_id, &cursor, CHUNK)?;
        let Some(last) = found.last() else { return Ok(true) };
        cursor = last.id.to_string();
        let bound = look.bound_among(conn, &found)?;
        for one in found.into_iter().filter(|one| bound.contains(&one.client_id)) {
            let held_out = look.common.is_held_out(one.client_id);
            let (consented_at, waived_at) = (by_then(one.consented_at), by_then(one.waived_at));
            let then = ClientNotice { consented_at, waived_at, ..one };
            if look.setting.of_notice(&then, day, false, held_out).is_some_and(|gate| gate.delays) {
                return Ok(false);
            }
        }
    }
}

/// Up to `limit` Clients whose gate is closed, after `cursor` (of an earlier page; empty to
/// begin). Before the announcement the answer is the planner's, afterwards that of the notices.
/// A change that ended, or tells nobody, has none.
///
/// # Errors
/// The database failed.
pub fn unready(
    conn: &mut Conn,
    settings: &Settings,
    change: &Change,
    now: Timestamp,
    cursor: &str,
    limit: usize,
) -> Result<UnreadyPage, Error> {
    match change.state {
        ChangeState::Announced | ChangeState::Effective => {
            noticed(conn, change, day_of(now, &settings.zone()), cursor, limit)
        }
        state if state.is_open() && change.kind == ChangeKind::Regular => {
            planned(conn, settings, change, plan::announce_at(settings, change, now), cursor, limit)
        }
        _ => Ok(UnreadyPage::default()),
    }
}

fn noticed(
    conn: &mut Conn,
    change: &Change,
    today: Date,
    cursor: &str,
    limit: usize,
) -> Result<UnreadyPage, Error> {
    let Some(look) = Look::begin(conn, change, today)? else { return Ok(UnreadyPage::default()) };
    let mut page = UnreadyPage { unfinished: look.is_unfinished(conn, today)?, ..UnreadyPage::default() };
    let mut cursor = cursor.to_owned();
    'pages: loop {
        let found = db::client_notice::of_notice(conn, look.notice_id, &cursor, CHUNK)?;
        let Some(last) = found.last() else { break };
        cursor = last.id.to_string();
        let bound = look.bound_among(conn, &found)?;
        for one in found.iter().filter(|one| bound.contains(&one.client_id)) {
            let Some(gate) = look.at(one) else { continue };
            let Some(client) = db::client::get(conn, one.client_id)? else { continue };
            let client_notice = Some(one.id);
            page.rows.push(Unready { client, client_notice, gate, tried: Tried::default() });
            if page.rows.len() >= limit {
                page.next = Some(one.id.to_string());
                break 'pages;
            }
        }
    }
    let ids: Vec<Id> = page.rows.iter().filter_map(|row| row.client_notice).collect();
    let mut tried = db::attempt::of_client_notices(conn, &ids)?;
    for row in &mut page.rows {
        row.tried = row.client_notice.and_then(|id| tried.remove(&id)).unwrap_or_default();
    }
    Ok(page)
}

fn planned(
    conn: &mut Conn,
    settings: &Settings,
    change: &Change,
    announce_at: Timestamp,
    cursor: &str,
    limit: usize,
) -> Result<UnreadyPage, Error> {
    let on = day_of(announce_at, &settings.zone());
    let concerns = concerns(change);
    let mut page = UnreadyPage::default();
    if concerns.is_empty() {
        return Ok(page);
    }
    let setting = Setting { withholdable: withholdable(&concerns), emergency: change.is_emergency() };
    let common = Common::load(conn, change, &concerns, on)?;
    let question = party::question(conn, change, concerns, &settings.zone(), announce_at)?;
    let mut cursor = cursor.to_owned();
    loop {
        let found = party::chunk(conn, &common, on, &cursor, CHUNK)?;
        for bound in found.bound {
            let Some(gate) = setting.of_party(&question, &bound.party()) else { continue };
            let id = bound.client.id;
            let client = bound.client;
            page.rows.push(Unready { client, client_notice: None, gate, tried: Tried::default() });
            if page.rows.len() >= limit {
                page.next = Some(id.to_string());
                return Ok(page);
            }
        }
        let Some(next) = found.cursor else { return Ok(page) };
        cursor = next;
    }
}
