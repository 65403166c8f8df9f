//! Beginning a change and saying what it is about.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use super::{By, Error};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::change::{Change, ChangeKind, ChangeState, Class};
use crate::domain::id::Id;
use crate::domain::text::{FieldError, NAME_LIMIT, TEXT_LIMIT, paragraph, required_line};
use crate::state::State;

/// What a person says of a change as a whole.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// In a few words.
    pub title: String,
    /// Why; goes into the notice.
    pub reason: String,
    /// The effective date wished.
    pub effective_on: Option<Date>,
    /// Late disclosure: in use since this day.
    pub in_use_since: Option<Date>,
}

impl Details {
    fn checked(self) -> Result<Self, Error> {
        let title =
            required_line("title", "what the change is about, in a few words", &self.title, NAME_LIMIT);
        let reason = paragraph("reason", &self.reason, TEXT_LIMIT);
        let dates = match (self.effective_on, self.in_use_since) {
            (Some(_), Some(_)) => Err(FieldError::new(
                "effective_on",
                "Set either an effective date to come, or the past day since when it is in use; not both.",
            )),
            _ => Ok(()),
        };
        let problems: Vec<FieldError> = [title.as_ref().err(), reason.as_ref().err(), dates.as_ref().err()]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        match (title, reason) {
            (Ok(title), Ok(reason)) if problems.is_empty() => Ok(Self { title, reason, ..self }),
            _ => Err(Error::Invalid(problems)),
        }
    }
}

/// Begins a draft.
///
/// # Errors
/// Not allowed; a field is wrong.
pub async fn start_change(state: &State, by: &By, details: Details) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let details = details.checked()?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let change = empty(conn, now, &by, details)?;
            db::change::save(conn, &change)?;
            let detail = json!({ "title": change.title });
            db::audit::append(
                conn,
                now,
                Event { actor: by.actor, action: "change.started", subject: change.reference(), detail },
            )?;
            Ok(change)
        })
        .await
}

/// A draft without items yet, not stored.
pub(super) fn empty(conn: &mut Conn, now: Timestamp, by: &By, details: Details) -> Result<Change, Error> {
    Ok(Change {
        id: Id::new(now),
        number: db::change::next_number(conn)?,
        title: details.title,
        reason: details.reason,
        kind: ChangeKind::Regular,
        state: ChangeState::Draft,
        author: by.staff,
        editors: vec![by.staff],
        effective_on: details.effective_on,
        in_use_since: details.in_use_since,
        emergency: String::new(),
        corrects: None,
        base_version: db::list::current_number(conn)?,
        created_at: now,
        submitted_at: None,
        held_until: None,
        announced_at: None,
        returned: String::new(),
        revision: 1,
        items: Vec::new(),
    })
}

/// Loads a change for an edit: it must be open and as the person saw it. An edit makes it a
/// draft again, which voids what was approved.
pub(super) fn open_for_edit(conn: &mut Conn, id: Id, revision: i64, by: &By) -> Result<Change, Error> {
    let mut change = db::change::get(conn, id)?.ok_or(Error::NotFound("change"))?;
    if !change.state.is_open() {
        return Err(Error::Conflict(format!(
            "{} is {} and cannot be edited any more. Begin a new change.",
            change.reference(),
            change.state
        )));
    }
    if change.revision != revision {
        return Err(Error::Stale(Box::new(change)));
    }
    change.state = ChangeState::Draft;
    change.submitted_at = None;
    change.held_until = None;
    change.revision += 1;
    if !change.editors.contains(&by.staff) {
        change.editors.push(by.staff);
    }
    Ok(change)
}

/// Sets title, reason and dates. `revision` is the one the person saw.
///
/// # Errors
/// Not allowed; a field is wrong; somebody saved in between.
pub async fn set_details(
    state: &State,
    by: &By,
    id: Id,
    revision: i64,
    details: Details,
) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let details = details.checked()?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let mut change = open_for_edit(conn, id, revision, &by)?;
            change.title = details.title;
            change.reason = details.reason;
            change.effective_on = details.effective_on;
            change.in_use_since = details.in_use_since;
            db::change::save_head(conn, &change)?;
            let detail = json!({
                "title": change.title, "effective_on": change.effective_on, "in_use_since": change.in_use_since,
            });
            db::audit::append(conn, now, Event { actor: by.actor, action: "change.edited", subject: change.reference(), detail })?;
            Ok(change)
        })
        .await
}

/// Sets the class of an item by hand. Raising is free; lowering takes a reason, and the second
/// person sees it.
///
/// # Errors
/// Not allowed; no reason for lowering; somebody saved in between.
pub async fn set_class(
    state: &State,
    by: &By,
    id: Id,
    revision: i64,
    item_id: Id,
    class: Class,
    reason: String,
) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let reason = paragraph("class_reason", &reason, TEXT_LIMIT)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let mut change = open_for_edit(conn, id, revision, &by)?;
            let reference = change.reference();
            let item = change.items.iter_mut().find(|i| i.id == item_id).ok_or(Error::NotFound("item"))?;
            if class < item.ruled && reason.is_empty() {
                return Err(FieldError::new(
                    "class_reason",
                    format!(
                        "The rules say {}. Say why this is only {class}; the approver will read it.",
                        item.ruled
                    ),
                )
                .into());
            }
            let was = item.class;
            item.class = class;
            item.class_reason = reason;
            let detail = json!({ "item": item_id, "was": was, "now": class, "reason": item.class_reason });
            db::change::save(conn, &change)?;
            db::audit::append(
                conn,
                now,
                Event { actor: by.actor, action: "change.class_set", subject: reference, detail },
            )?;
            Ok(change)
        })
        .await
}

/// Says that a person has looked at what an import doubted, and takes the item as it stands.
///
/// # Errors
/// Not allowed; somebody saved in between.
pub async fn settle_doubt(
    state: &State,
    by: &By,
    id: Id,
    revision: i64,
    item_id: Id,
) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let mut change = open_for_edit(conn, id, revision, &by)?;
            let reference = change.reference();
            let item = change.items.iter_mut().find(|i| i.id == item_id).ok_or(Error::NotFound("item"))?;
            let detail = json!({ "item": item_id, "doubt": std::mem::take(&mut item.doubt) });
            db::change::save(conn, &change)?;
            db::audit::append(
                conn,
                now,
                Event { actor: by.actor, action: "change.doubt_settled", subject: reference, detail },
            )?;
            Ok(change)
        })
        .await
}
