//! The effective date: entries move on, the next list version, the follow-up.

use serde_json::json;

use super::announce::{expand, record};
use super::apply::{self, today};
use super::{Error, publish};
use crate::config::Settings;
use crate::db::{self, Conn};
use crate::domain::change::{ChangeState, Item};
use crate::domain::id::Id;
use crate::domain::list_document::Cause;
use crate::domain::notice::{NoticeEvent, NoticeUpdate};
use crate::state::State;

/// Brings every announced change into force whose effective date has come in the company's time
/// zone. Safe to call from several instances. Answers the ids of those it moved.
///
/// # Errors
/// The database failed; changes not reached stay announced.
pub async fn take_effect_due(state: &State) -> Result<Vec<Id>, Error> {
    let now = state.clock.now();
    let today = today(now, &state.settings);
    let due = state.db.read(move |conn| Ok::<_, Error>(db::change::due_to_take_effect(conn, today)?)).await?;
    let mut moved = Vec::new();
    for id in due {
        let settings = state.settings.clone();
        if state.db.write(move |conn| take_effect(conn, &settings, now, id)).await? {
            moved.push(id);
        }
        state.outbox_bell.notify_one();
        state.list_bell.notify_one();
    }
    Ok(moved)
}

fn take_effect(conn: &mut Conn, settings: &Settings, now: jiff::Timestamp, id: Id) -> Result<bool, Error> {
    let Some(mut change) = db::change::get(conn, id)? else { return Ok(false) };
    let Some(day) = change.effective_on else { return Ok(false) };
    if change.state != ChangeState::Announced || day > today(now, settings) {
        return Ok(false);
    }
    // Editorial items came into force at the announcement.
    let waiting: Vec<Item> = change.items.iter().filter(|i| apply::is_deferred(i)).cloned().collect();
    apply::take_effect(conn, &change, &waiting, day)?;
    change.state = ChangeState::Effective;
    change.revision += 1;
    db::change::save_head(conn, &change)?;
    let version = publish::version(conn, now, settings, Cause::Effective, Some(change.id))?;
    if let Some(notice) = db::notice::of_change(conn, change.id)? {
        let update = NoticeUpdate { event: NoticeEvent::Effective, at: now, list_version: version };
        db::notice::insert_update(conn, Id::new(now), notice.id, &update)?;
        if notice.public.is_some() {
            expand(conn, now, &change, version, Some(notice.id), NoticeEvent::Effective.as_str())?;
        }
    }
    record(conn, now, "change.effective", &change, json!({ "list_version": version, "day": day }))?;
    Ok(true)
}
