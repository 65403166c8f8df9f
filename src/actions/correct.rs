//! Correcting what an announced change said wrongly (invariants 10 and 16). The announcement
//! stands as it was published; whoever was told is told was / now, and no clock moves. Facts that
//! weigh as material restart clocks unless the second person says why they go on; to restart them
//! the change is withdrawn and announced again.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::afterwards::why;
use super::announce::{Announced, close, expand, notice_document};
use super::draft::empty;
use super::place::place;
use super::{By, Details, Error, apply, edit, publish as list, returns};
use crate::config::Settings;
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::change::{Change, ChangeState, Class, Edit, Item};
use crate::domain::correction::{Difference, difference, has_facts};
use crate::domain::gate::Block;
use crate::domain::id::Id;
use crate::domain::list_document::Cause;
use crate::domain::notice::{Correction, Happening, Notice, NoticeDocument, NoticeEvent, NoticeUpdate};
use crate::domain::text::{FieldError, NAME_LIMIT};
use crate::state::State;

/// Begins a draft that corrects the announced change `id`: its items as they were announced, to be
/// edited, submitted and approved by a second person. Everybody who was told reads the `reason`.
///
/// # Errors
/// Not allowed; no reason; the change is not announced or in effect already; it has nothing to
/// correct; another draft corrects it already.
pub async fn correct(state: &State, by: &By, id: Id, reason: String) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let reason = why(&reason, "Say what was wrong; everybody who was told reads it.")?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let announced = db::change::get(conn, id)?.ok_or(Error::NotFound("change"))?;
            let refuse = |why: &str| Err(Error::Conflict(format!("{} {why}", announced.reference())));
            if announced.state != ChangeState::Announced {
                return refuse("is not announced, or in effect already. Only what is announced and still to come can be corrected.");
            }
            if !announced.items.iter().any(has_facts) {
                return refuse("announces no facts that could be wrong. Withdraw it instead.");
            }
            if let Some(number) = db::change::open_correction(conn, id)? {
                return refuse(&format!("is being corrected already, by C-{number}."));
            }
            let details = Details {
                title: correcting(&announced.title),
                reason,
                effective_on: announced.effective_on,
                in_use_since: None,
            };
            let mut draft = empty(conn, now, &by, details)?;
            draft.corrects = Some(id);
            for item in announced.items.iter().filter(|item| has_facts(item)) {
                copy(conn, now, &mut draft, item)?;
            }
            db::change::save(conn, &draft)?;
            let detail = json!({ "corrects": announced.id });
            let subject = draft.reference();
            db::audit::append(conn, now, Event { actor: by.actor, action: "change.correction_begun", subject, detail })?;
            Ok(draft)
        })
        .await
}

/// Says in the title that it corrects; a title without room for that stays as it is.
fn correcting(title: &str) -> String {
    let said = format!("Correct: {title}");
    if said.chars().count() > NAME_LIMIT { title.to_owned() } else { said }
}

fn copy(conn: &mut Conn, now: Timestamp, draft: &mut Change, item: &Item) -> Result<(), Error> {
    match &item.edit {
        Edit::Statements { after, .. } => edit::put_statements(conn, now, draft, after.clone()).map(|_| ()),
        Edit::Entry { before: None, after: Some(after) } => {
            let known = db::register::vendor(conn, after.vendor_id)?;
            let base = (0, known.map_or(0, |vendor| vendor.revision));
            place(draft, now, None, Some((**after).clone()), base);
            Ok(())
        }
        Edit::Entry { before: Some(before), after: Some(after) } => {
            let listed = db::register::entry(conn, before.id)?.ok_or(Error::NotFound("entry"))?;
            let base = (listed.revision, listed.vendor_revision);
            place(draft, now, Some(listed.entry), Some((**after).clone()), base);
            Ok(())
        }
        Edit::Entry { after: None, .. } => Ok(()),
    }
}

/// What a correction corrects, for those who read or approve it.
#[derive(Debug)]
pub struct Corrected {
    /// The announced change.
    pub announced: Change,
    /// Its notice.
    pub notice: Notice,
    /// What differs; or why it is no correction.
    pub difference: Result<Difference, Vec<Block>>,
}

/// What `draft` corrects; `None` if it is no correction.
///
/// # Errors
/// The database failed.
pub fn corrected(conn: &mut Conn, draft: &Change) -> Result<Option<Corrected>, Error> {
    let Some(id) = draft.corrects else { return Ok(None) };
    let announced = db::change::get(conn, id)?.ok_or(Error::NotFound("change"))?;
    let notice = db::notice::of_change(conn, id)?.ok_or(Error::NotFound("notice"))?;
    let difference = match announced.state {
        ChangeState::Announced => difference(&announced, draft),
        _ => {
            let gone = format!(
                "{} is {}: what is announced and still to come can be corrected, and nothing else.",
                announced.reference(),
                announced.state
            );
            Err(vec![Block::new("", gone)])
        }
    };
    Ok(Some(Corrected { announced, notice, difference }))
}

/// Why `draft` is no correction, if it is none.
pub(super) fn blocks(conn: &mut Conn, draft: &Change) -> Result<Vec<Block>, Error> {
    Ok(corrected(conn, draft)?.and_then(|found| found.difference.err()).unwrap_or_default())
}

/// A second person who lets clocks go on in spite of a material correction says why.
pub(super) fn needs_reason(conn: &mut Conn, draft: &Change, comment: &str) -> Result<(), Error> {
    let Some(Corrected { difference: Ok(found), .. }) = corrected(conn, draft)? else { return Ok(()) };
    if found.class() == Class::Material && comment.is_empty() {
        return Err(FieldError::new("comment", "A vendor, data, a place or a transfer was announced wrongly. Say why the deadlines go on all the same; or withdraw the announced change and draft it again, which begins them anew.").into());
    }
    Ok(())
}

/// What everybody would be told of the correction `draft` if it was published now; `None` where
/// nothing in it is public.
pub(super) fn foreseen(
    conn: &mut Conn,
    settings: &Settings,
    now: Timestamp,
    draft: &Change,
) -> Result<Option<(NoticeDocument, Happening)>, Error> {
    let Some(Corrected { announced, mut notice, difference }) = corrected(conn, draft)? else {
        return Ok(None);
    };
    let found = difference.map_err(Error::Blocked)?;
    let change = Change { items: found.items.clone(), ..announced };
    let version = db::list::current_number(conn)? + 1;
    let update = update(conn, settings, now, &notice, &change, draft, &found, version)?;
    let (word, hidden) = (update.word.clone(), update.is_hidden());
    notice.updates.push(update);
    Ok(notice.told(&word).zip(notice.happening(&word)).filter(|_| !hidden))
}

/// Publishes an approved correction in the caller's transaction: the facts of the announced
/// change, the list version, the update of the notice, its audience and the audit events.
pub(super) fn publish(
    conn: &mut Conn,
    settings: &Settings,
    now: Timestamp,
    mut draft: Change,
) -> Result<Announced, Error> {
    let Some(Corrected { announced, notice, difference }) = corrected(conn, &draft)? else {
        return Ok(Announced::Nothing);
    };
    let found = match difference {
        Ok(found) => found,
        Err(blocks) => {
            let reasons: Vec<String> = blocks.into_iter().map(|block| block.reason).collect();
            return returns::by_gate(conn, now, draft, &reasons).map(Announced::Returned);
        }
    };
    let mut change = Change { items: found.items.clone(), revision: announced.revision + 1, ..announced };
    apply::correct(conn, &change)?;
    change.returned.clear();
    db::change::save(conn, &change)?;
    let list_version = list::version(conn, now, settings, Cause::Updated, Some(change.id))?;
    let update = update(conn, settings, now, &notice, &change, &draft, &found, list_version)?;
    let word = update.word.clone();
    db::notice::insert_update(conn, Id::new(now), notice.id, &update)?;
    expand(conn, now, &change, list_version, Some(notice.id), &word)?;
    let approvals = db::change::approvals(conn, draft.id)?;
    let comments: Vec<String> =
        approvals.into_iter().map(|one| one.comment).filter(|comment| !comment.is_empty()).collect();
    let detail = json!({
        "by": draft.id,
        "notice": notice.number,
        "list_version": list_version,
        "class": found.class(),
        "clocks": "go on",
        "comments": comments,
        "reason": draft.reason,
        "corrected": found.corrected.iter().map(audited).collect::<Vec<Value>>(),
    });
    list::record(conn, now, "change.corrected", &change, detail)?;
    draft.state = ChangeState::Published;
    close(conn, now, &mut draft)?;
    let detail = json!({ "list_version": list_version, "cause": Cause::Updated, "corrects": change.id });
    list::record(conn, now, "change.published", &draft, detail)?;
    Ok(Announced::Published(Some(notice.number)))
}

fn audited(item: &Item) -> Value {
    json!({ "entry": item.entry_id, "class": item.class, "edit": item.edit })
}

#[expect(clippy::too_many_arguments, reason = "one transaction's facts, used once")]
fn update(
    conn: &mut Conn,
    settings: &Settings,
    now: Timestamp,
    notice: &Notice,
    change: &Change,
    draft: &Change,
    found: &Difference,
    list_version: i64,
) -> Result<NoticeUpdate, Error> {
    // As on the day of the notice, so that what was in force at once keeps its day.
    let at = notice.clients.published_at;
    let said = Change { reason: draft.reason.clone(), ..change.clone() };
    let said = notice_document(conn, settings, at, &said, &notice.number, list_version)?;
    let wrong = Change { items: found.corrected.clone(), ..change.clone() };
    let mut wrong = notice_document(conn, settings, at, &wrong, &notice.number, list_version)?;
    for item in &mut wrong.items {
        item.effective_from = change.effective_on;
    }
    let correction = |said: &NoticeDocument, wrong: Option<NoticeDocument>| Correction {
        items: said.items.clone(),
        corrected: wrong.map(|wrong| wrong.items).unwrap_or_default(),
    };
    let public = said.public();
    let clients = said.for_clients();
    Ok(NoticeUpdate {
        word: notice.next_update(),
        event: NoticeEvent::Updated,
        at: now,
        day: change.effective_on.unwrap_or_else(|| apply::today(now, settings)),
        public_correction: public.as_ref().map(|public| correction(public, wrong.public())),
        clients_correction: Some(correction(&clients, Some(wrong.for_clients()))),
        public_reason: public.map(|public| public.reason).unwrap_or_default(),
        clients_reason: clients.reason,
        list_version,
    })
}
