//! The mail of a change before anybody gets it: to look at, and to one's own mailbox.

use std::sync::Arc;

use serde_json::json;

use super::{By, Error, correct, notice_document};
use crate::db;
use crate::delivery::engine::is_paused;
use crate::delivery::outcome::Verdict;
use crate::delivery::send_trial;
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::change::{Change, ChangeKind, Class};
use crate::domain::deadline::day_of;
use crate::domain::id::Id;
use crate::domain::notice::{self, Happening, NoticeDocument};
use crate::limits::TESTS_TO_STAFF;
use crate::state::State;
use crate::templates::Templates;

/// A change, and what everybody would be told if it was approved now: its notice, or the notice
/// that it corrects.
///
/// # Errors
/// There is no such change; nothing in it is public.
pub async fn foreseen_notice(state: &State, id: Id) -> Result<(Change, NoticeDocument, Happening), Error> {
    let (now, settings) = (state.clock.now(), state.settings.clone());
    let read = move |conn: &mut db::Conn| {
        let change = db::change::get(conn, id)?.ok_or(Error::NotFound("change"))?;
        if change.corrects.is_some() {
            let told = correct::foreseen(conn, &settings, now, &change)?;
            return Ok((change, told));
        }
        let at = change.held_until.unwrap_or(now.saturating_add(settings.hold(false)).unwrap_or(now));
        let year = day_of(at, &settings.zone()).year();
        let number = notice::number(year, db::notice::next_ordinal(conn, year)?);
        let version = db::list::current_number(conn)? + 1;
        let document = notice_document(conn, &settings, at, &change, &number, version)?;
        let happened = Happening::announced(document.effective_from);
        Ok::<_, Error>((change, document.public().map(|public| (public, happened))))
    };
    let (change, told) = state.db.read(read).await?;
    let (public, happened) = told.ok_or_else(|| {
        Error::Conflict("Nothing in this change is public, so courtesy subscribers are told nothing.".into())
    })?;
    Ok((change, public, happened))
}

/// Sends the mail of an open change to whoever asks, marked as a test.
///
/// # Errors
/// Not allowed; nobody would be mailed; sending is paused; too many tests in an hour; the mail
/// relay did not take it.
pub async fn send_test_mail(
    state: &State,
    templates: &Arc<Templates>,
    by: &By,
    id: Id,
) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let (change, told, happened) = foreseen_notice(state, id).await?;
    let is_told = change.kind != ChangeKind::Baseline && change.class() > Class::Editorial;
    if !is_told || !change.state.is_open() {
        let why = "No notice will be mailed for this change, so there is no mail to test.";
        return Err(Error::Conflict(why.into()));
    }
    let me = by.staff;
    let read = move |conn: &mut db::Conn| Ok::<_, Error>((is_paused(conn)?, db::staff::get(conn, me)?));
    let (paused, member) = state.db.read(read).await?;
    if paused {
        let why = "Sending is paused, so no test was sent. Resume it under Deliveries, then try again.";
        return Err(Error::Conflict(why.into()));
    }
    let member = member.ok_or(Error::NotFound("staff member"))?;
    if !state.limits.take_test(me) {
        return Err(Error::Conflict(format!(
            "You sent yourself {TESTS_TO_STAFF} tests in the last hour. Wait a few minutes, then try again."
        )));
    }
    let unwritten = |e| Error::Conflict(format!("The test was not sent: {e}."));
    let sent = send_trial(state, templates, &told, &happened, &member.email).await.map_err(unwritten)?;
    let accepted = sent.verdict == Verdict::Accepted;
    let (now, actor, subject) = (state.clock.now(), by.actor, change.reference());
    state
        .db
        .write(move |conn| {
            let detail = json!({ "accepted": accepted });
            Ok::<_, Error>(db::audit::append(
                conn,
                now,
                Event { actor, action: "change.test_mailed", subject, detail },
            )?)
        })
        .await?;
    if accepted {
        return Ok(change);
    }
    let why = crate::delivery::outcome::said(sent.code, &sent.answer);
    Err(Error::Conflict(format!("The test was not sent. The mail relay said: {why}")))
}
