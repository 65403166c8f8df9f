//! Announcing: one transaction holds the list version, the notice, the audience and the audit
//! event, so that none can exist without the others.

use jiff::Timestamp;
use serde_json::json;

use super::apply::{self, today, waits};
use super::conflict::conflicts;
use super::{Error, correct, guard, plan, publish, returns, three_people};
use crate::config::Settings;
use crate::db::expansion::Expansion;
use crate::db::{self, Conn};
use crate::domain::canonical::document;
use crate::domain::change::{Change, ChangeKind, ChangeState, Class, Item};
use crate::domain::id::Id;
use crate::domain::list_document::Cause;
use crate::domain::notice::{self, NoticeDocument, NoticeEvent};
use crate::state::State;

/// What became of a change whose hold ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announced {
    /// Published; the number is the notice's, or none was owed.
    Published(Option<String>),
    /// A gate had closed or the list had moved; it went back to its author.
    Returned(String),
    /// Somebody else was faster, or it was cancelled.
    Nothing,
}

/// Announces every change whose hold has ended. Safe to call from several instances.
///
/// # Errors
/// The database failed for one of them; it stays held, and the others were tried all the same.
pub async fn announce_due(state: &State) -> Result<Vec<Announced>, Error> {
    let now = state.clock.now();
    let due = state.db.read(move |conn| Ok::<_, Error>(db::change::hold_ended(conn, now)?)).await?;
    let (mut done, mut failed) = (Vec::new(), None);
    for id in due {
        let (settings, clock) = (state.settings.clone(), state.clock.clone());
        match state.db.write(move |conn| announce(conn, &settings, clock.now(), id)).await {
            Ok(Announced::Nothing) => {}
            Ok(announced) => done.push(announced),
            Err(error) => failed = Some(error),
        }
        state.outbox_bell.notify_one();
        state.list_bell.notify_one();
    }
    failed.map_or(Ok(done), Err)
}

/// Announces or publishes one held change, in the caller's transaction.
pub(super) fn announce(
    conn: &mut Conn,
    settings: &Settings,
    now: Timestamp,
    id: Id,
) -> Result<Announced, Error> {
    let Some(mut change) = db::change::get(conn, id)? else { return Ok(Announced::Nothing) };
    if change.state != ChangeState::Held || change.held_until.is_none_or(|until| until > now) {
        return Ok(Announced::Nothing);
    }
    let (closed, plan) = plan::gate(conn, settings, &change, now)?;
    let mut reasons: Vec<String> = closed.into_iter().map(|b| b.reason).collect();
    reasons.extend(
        conflicts(conn, &change)?
            .into_iter()
            .map(|name| format!("{name} has changed since this was written.")),
    );
    if change.kind == ChangeKind::Baseline && db::list::current_number(conn)? > 0 {
        reasons.push("A list is published already; a baseline is only for the first day.".to_owned());
    }
    // A vetting recorded during the hold may have found the risk high.
    let voices = three_people::voices(conn, &change)?;
    if !voices.missing.is_empty() {
        reasons.push(format!("{} {}", voices.why(), voices.still()));
    }
    reasons.extend(guard::outgrown(conn, &change, now, plan.as_ref())?);
    if !reasons.is_empty() {
        return returns::by_gate(conn, now, change, &reasons).map(Announced::Returned);
    }
    if change.corrects.is_some() {
        return correct::publish(conn, settings, now, change);
    }
    apply::settle_slugs(conn, &mut change)?;
    if change.kind == ChangeKind::Baseline || change.class() == Class::Editorial {
        return publish_quietly(conn, settings, now, change);
    }
    tell(conn, settings, now, change)
}

/// Baseline and editorial changes: the next list version, no notice. Subscribers who chose
/// everything get a short update of editorial ones; the baseline tells nobody.
fn publish_quietly(
    conn: &mut Conn,
    settings: &Settings,
    now: Timestamp,
    mut change: Change,
) -> Result<Announced, Error> {
    apply::take_effect(conn, &change, &change.items, today(now, settings))?;
    let baseline = change.kind == ChangeKind::Baseline;
    let cause = if baseline { Cause::Baseline } else { Cause::Editorial };
    let version = publish::version(conn, now, settings, cause, Some(change.id))?;
    if !baseline && change.items.iter().any(Item::is_public) {
        expand(conn, now, &change, version, None, "update")?;
    }
    change.state = ChangeState::Published;
    close(conn, now, &mut change)?;
    let detail = json!({ "list_version": version, "cause": cause });
    publish::record(conn, now, "change.published", &change, detail)?;
    Ok(Announced::Published(None))
}

fn tell(
    conn: &mut Conn,
    settings: &Settings,
    now: Timestamp,
    mut change: Change,
) -> Result<Announced, Error> {
    let today = today(now, settings);
    let (waiting, at_once): (Vec<Item>, Vec<Item>) =
        change.items.iter().cloned().partition(|item| waits(&change, item, today));
    apply::take_effect(conn, &change, &at_once, today)?;
    apply::announce(conn, &change, &waiting)?;
    change.state = if waiting.is_empty() { ChangeState::Effective } else { ChangeState::Announced };

    let year = today.year();
    let ordinal = db::notice::next_ordinal(conn, year)?;
    let number = notice::number(year, ordinal);
    let list_version = db::list::current_number(conn)? + 1;
    let full = notice_document(conn, settings, now, &change, &number, list_version)?;
    let public = full.public().map(|public| document(&public)).transpose()?;
    let clients = document(&full.for_clients())?;
    let stored = document(&full)?;
    let notice_id = Id::new(now);
    close(conn, now, &mut change)?;
    let new = db::notice::NewNotice {
        id: notice_id,
        number: &number,
        year,
        ordinal,
        change_id: change.id,
        list_version,
        published_at: now,
        effective_on: change.effective_on,
        public: public.as_ref(),
        clients: &clients,
        full: &stored,
    };
    // Before the list version, whose pending notes name the notice.
    db::notice::insert(conn, &new)?;
    publish::version(conn, now, settings, Cause::Announced, Some(change.id))?;
    expand(conn, now, &change, list_version, Some(notice_id), NoticeEvent::Announced.as_str())?;
    let detail = json!({ "notice": number, "list_version": list_version, "sha256": stored.sha256 });
    publish::record(conn, now, "change.announced", &change, detail)?;
    Ok(Announced::Published(Some(number)))
}

/// The notice's document with every item, hidden ones among them.
///
/// # Errors
/// The database failed.
pub fn notice_document(
    conn: &mut Conn,
    settings: &Settings,
    now: Timestamp,
    change: &Change,
    number: &str,
    list_version: i64,
) -> Result<NoticeDocument, Error> {
    let entries = db::register::entries(conn)?;
    let line_of = |id: Id| entries.iter().find(|l| l.entry.id == id).map(|l| l.entry.clone());
    let class = change.class();
    let standard = plan::standard(conn, settings)?;
    let promise = standard.promise(change, now);
    let effective_from = change.in_use_since.or(change.effective_on);
    Ok(NoticeDocument {
        number: number.to_owned(),
        published_at: now,
        company: settings.company.name.clone(),
        class,
        title: change.title.clone(),
        reason: change.told_reason(),
        effective_from,
        in_use_since: change.in_use_since,
        object_by: promise.map(|promise| promise.object_by),
        notice_period_days: standard.period().days,
        list_version,
        items: notice::items(change, line_of)
            .into_iter()
            .map(|item| item.dated(effective_from, today(now, settings)))
            .collect(),
    })
}

pub(super) fn close(conn: &mut Conn, now: Timestamp, change: &mut Change) -> Result<(), Error> {
    change.announced_at = Some(now);
    change.revision += 1;
    Ok(db::change::save_head(conn, change)?)
}

pub(super) fn expand(
    conn: &mut Conn,
    now: Timestamp,
    change: &Change,
    list_version: i64,
    notice_id: Option<Id>,
    event: &str,
) -> Result<(), Error> {
    // Whoever had confirmed when this commits is owed it, even if the clock was set back since.
    let latest = db::subscription::latest_confirmation(conn)?;
    let expansion = Expansion {
        id: Id::new(now),
        notice_id,
        list_version,
        event: event.to_owned(),
        change_id: change.id,
        audience_at: latest.map_or(now, |at| at.max(now)),
        cursor: String::new(),
        created: 0,
    };
    Ok(db::expansion::insert(conn, &expansion)?)
}
