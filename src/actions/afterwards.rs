//! What can still happen between the announcement and the effective date: taking the change back,
//! or moving its date to a later day. Everybody who was told hears of it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::apply::{self, today};
use super::approve::{seen, wrong_state};
use super::{By, Error, announce, publish};
use crate::config::Settings;
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::change::{Change, ChangeState, Item};
use crate::domain::diff::long_date;
use crate::domain::id::Id;
use crate::domain::list_document::Cause;
use crate::domain::notice::{Notice, NoticeEvent, NoticeUpdate};
use crate::domain::text::{FieldError, TEXT_LIMIT, paragraph};
use crate::state::State;

/// Takes an announced change back before it takes effect: its new lines leave the list, leaving
/// ones stay, Clients' clocks stop, what waits to be sent is not sent, and whoever was told of it
/// is told of the withdrawal with the `reason`.
///
/// # Errors
/// Not allowed; no reason; the change is not announced, or in effect already; somebody saved in
/// between.
pub async fn withdraw(
    state: &State,
    by: &By,
    id: Id,
    revision: i64,
    reason: String,
) -> Result<Change, Error> {
    by.require(Permission::Approve)?;
    let reason = why(&reason, "Say why it is withdrawn; everybody who was told reads it.")?;
    let act = move |conn: &mut Conn, now: Timestamp, settings: &Settings, mut open: Open| {
        apply::withdraw(conn, &open.waiting)?;
        open.change.state = ChangeState::Withdrawn;
        let event = NoticeEvent::Withdrawn;
        let stopped = db::outbox::stop(conn, open.notice.id, now)?;
        let told = Told { word: event.to_string(), event, day: today(now, settings), reason };
        let detail = json!({ "not_sent": stopped });
        tell(conn, now, settings, open, told, Cause::Withdrawn, ("change.withdrawn", detail))
    };
    on_announced(
        state,
        by,
        id,
        revision,
        "Only an announced change can be withdrawn; one that was not announced yet is cancelled.",
        act,
    )
    .await
}

/// Moves the effective date of an announced change to a later `day`. It is an update of the same
/// notice: no clock moves. An earlier day is a new notice (invariant 12).
///
/// # Errors
/// Not allowed; no reason; not a later day; the change is not announced, or in effect already;
/// somebody saved in between.
pub async fn postpone(
    state: &State,
    by: &By,
    id: Id,
    revision: i64,
    day: Option<Date>,
    reason: String,
) -> Result<Change, Error> {
    by.require(Permission::Approve)?;
    let reason = why(&reason, "Say why it is later; everybody who was told reads it.");
    let wanted = day.ok_or_else(|| FieldError::new("effective_on", "Enter the new day."));
    let (reason, day) = match (reason, wanted) {
        (Ok(reason), Ok(day)) => (reason, day),
        (reason, day) => {
            return Err(Error::Invalid([reason.err(), day.err()].into_iter().flatten().collect()));
        }
    };
    let act = move |conn: &mut Conn, now: Timestamp, settings: &Settings, mut open: Open| {
        let was = open.change.effective_on.unwrap_or(day);
        if day <= was {
            return Err(FieldError::new(
                "effective_on",
                format!("It was announced for {}. Only a later day is an update; an earlier one needs a new notice: withdraw this change and announce it again.", long_date(was)),
            )
            .into());
        }
        if day <= today(now, settings) {
            return Err(FieldError::new("effective_on", "Choose a day that is still to come.").into());
        }
        apply::postpone(conn, &open.waiting, day)?;
        open.change.effective_on = Some(day);
        let told = Told { word: open.notice.next_update(), event: NoticeEvent::Updated, day, reason };
        let detail = json!({ "was": was, "day": day });
        tell(conn, now, settings, open, told, Cause::Updated, ("change.postponed", detail))
    };
    on_announced(
        state,
        by,
        id,
        revision,
        "Only the date of an announced change can be moved here; before the announcement edit the change.",
        act,
    )
    .await
}

pub(super) fn why(reason: &str, missing: &str) -> Result<String, FieldError> {
    let reason = paragraph("reason", reason, TEXT_LIMIT)?;
    if reason.is_empty() { Err(FieldError::new("reason", missing)) } else { Ok(reason) }
}

/// An announced change with what of it has not taken effect yet.
struct Open {
    by: By,
    change: Change,
    notice: Notice,
    waiting: Vec<Item>,
}

struct Told {
    word: String,
    event: NoticeEvent,
    day: Date,
    reason: String,
}

async fn on_announced(
    state: &State,
    by: &By,
    id: Id,
    revision: i64,
    refusal: &'static str,
    act: impl FnOnce(&mut Conn, Timestamp, &Settings, Open) -> Result<Change, Error> + Send + 'static,
) -> Result<Change, Error> {
    let (clock, by, settings) = (state.clock.clone(), by.clone(), state.settings.clone());
    let changed = state
        .db
        .write(move |conn| {
            let now = clock.now();
            let change = seen(conn, id, revision)?;
            let notice = db::notice::of_change(conn, change.id)?;
            let Some(notice) = notice.filter(|_| change.state == ChangeState::Announced) else {
                return Err(wrong_state(&change, refusal));
            };
            let waiting = change.items.iter().filter(|item| item.is_deferred()).cloned().collect();
            act(conn, now, &settings, Open { by, change, notice, waiting })
        })
        .await?;
    state.outbox_bell.notify_one();
    state.list_bell.notify_one();
    Ok(changed)
}

/// The next list version, the update of the notice, its audience and the audit event.
fn tell(
    conn: &mut Conn,
    now: Timestamp,
    settings: &Settings,
    open: Open,
    told: Told,
    cause: Cause,
    (action, mut detail): (&'static str, Value),
) -> Result<Change, Error> {
    let Open { by, mut change, notice, .. } = open;
    change.returned.clear();
    change.revision += 1;
    db::change::save_head(conn, &change)?;
    let list_version = publish::version(conn, now, settings, cause, Some(change.id))?;
    let Told { word, event, day, reason } = told;
    if let Value::Object(members) = &mut detail {
        members.insert("reason".to_owned(), json!(reason));
        members.insert("list_version".to_owned(), json!(list_version));
    }
    // By the rules of the notice's own reason: it may name what some readers may not know of.
    let said = Change { reason, ..change.clone() };
    let said = announce::notice_document(conn, settings, now, &said, &notice.number, list_version)?;
    let update = NoticeUpdate {
        public_correction: None,
        clients_correction: None,
        word: word.clone(),
        event,
        at: now,
        day,
        public_reason: said.public().map(|public| public.reason).unwrap_or_default(),
        clients_reason: said.for_clients().reason,
        list_version,
    };
    db::notice::insert_update(conn, Id::new(now), notice.id, &update)?;
    announce::expand(conn, now, &change, list_version, Some(notice.id), &word)?;
    db::audit::append(conn, now, Event { actor: by.actor, action, subject: change.reference(), detail })?;
    Ok(change)
}
