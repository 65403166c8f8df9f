//! The effective date: entries move on, the next list version, the follow-up.

use serde_json::json;

use super::announce::expand;
use super::apply::{self, today};
use super::publish::record;
use super::{Error, publish, unready, windows};
use crate::config::Settings;
use crate::db::{self, Conn};
use crate::domain::change::{Change, ChangeState, Item};
use crate::domain::id::Id;
use crate::domain::list_document::Cause;
use crate::domain::notice::{NoticeEvent, NoticeUpdate};
use crate::state::State;

/// Brings every announced change into force whose effective date has come in the company's time
/// zone. Safe to call from several instances. Answers the ids of those it moved.
///
/// # Errors
/// The database failed for one of them; it stays announced, and the others were tried all the
/// same.
pub async fn take_effect_due(state: &State) -> Result<Vec<Id>, Error> {
    let today = today(state.clock.now(), &state.settings);
    let due = state.db.read(move |conn| Ok::<_, Error>(db::change::due_to_take_effect(conn, today)?)).await?;
    let (mut moved, mut failed) = (Vec::new(), None);
    for id in due {
        let (settings, clock) = (state.settings.clone(), state.clock.clone());
        match state.db.write(move |conn| take_effect(conn, &settings, clock.now(), id)).await {
            Ok(true) => {
                moved.push(id);
                state.outbox_bell.notify_one();
                state.list_bell.notify_one();
            }
            Ok(false) => {}
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(moved), Err)
}

fn take_effect(conn: &mut Conn, settings: &Settings, now: jiff::Timestamp, id: Id) -> Result<bool, Error> {
    let Some(mut change) = db::change::get(conn, id)? else { return Ok(false) };
    let Some(planned) = change.effective_on else { return Ok(false) };
    let today = today(now, settings);
    if change.state != ChangeState::Announced || planned > today {
        return Ok(false);
    }
    if let Some(why) = lapsed(conn, &change, today)? {
        wait(conn, now, change, why)?;
        return Ok(false);
    }
    if windows::tell_the_last(conn, id, now, &settings.zone())? > 0 {
        return Ok(false);
    }
    if let Some(why) = unready::in_the_way(conn, &change, today)? {
        wait(conn, now, change, why)?;
        return Ok(false);
    }
    // It may have waited for a vetting, or nobody looked on its day (a downtime): it comes into force
    // on the day planned only if every gate was open then, and else on the day it does. The list
    // version says the moment it is published in either case.
    let company = settings.zone();
    let on_time = planned == today
        || (change.returned.is_empty()
            && lapsed(conn, &change, planned)?.is_none()
            && unready::was_open_on(conn, &change, planned, &company)?);
    let day = if on_time { planned } else { today };
    change.returned.clear();
    // Editorial items came into force at the announcement.
    let waiting: Vec<Item> = change.items.iter().filter(|i| i.is_deferred()).cloned().collect();
    apply::take_effect(conn, &change, &waiting, day)?;
    change.state = ChangeState::Effective;
    change.revision += 1;
    db::change::save_head(conn, &change)?;
    let version = publish::version(conn, now, settings, Cause::Effective, Some(change.id))?;
    if let Some(notice) = db::notice::of_change(conn, change.id)? {
        let event = NoticeEvent::Effective;
        let update = NoticeUpdate {
            public_correction: None,
            clients_correction: None,
            word: event.to_string(),
            event,
            at: now,
            day,
            public_reason: String::new(),
            clients_reason: String::new(),
            list_version: version,
        };
        db::notice::insert_update(conn, Id::new(now), notice.id, &update)?;
        expand(conn, now, &change, version, Some(notice.id), NoticeEvent::Effective.as_str())?;
    }
    record(conn, now, "change.effective", &change, json!({ "list_version": version, "day": day }))?;
    Ok(true)
}

/// Nothing comes into force without an approved, unexpired vetting, a flow-down contract and
/// complete transfers (invariant 4), whatever was so at the announcement.
fn lapsed(conn: &mut Conn, change: &Change, today: jiff::civil::Date) -> Result<Option<String>, Error> {
    let missing: Vec<String> = super::on_record::lacking(conn, change, today)?
        .into_iter()
        .map(|block| format!("{}: {}", block.entry, block.reason))
        .collect();
    Ok((!missing.is_empty()).then(|| {
        format!("Not in force. {} It comes into force as soon as that is mended.", missing.join(" "))
    }))
}

/// Says once why a change waits past its date.
fn wait(conn: &mut Conn, now: jiff::Timestamp, mut change: Change, why: String) -> Result<(), Error> {
    if change.returned == why {
        return Ok(());
    }
    let detail = json!({ "why": why });
    change.returned = why;
    change.revision += 1;
    db::change::save_head(conn, &change)?;
    record(conn, now, "change.effect_withheld", &change, detail)
}
