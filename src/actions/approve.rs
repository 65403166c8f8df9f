//! From draft to held: submitting, the second person's decision, cancelling.

use serde_json::json;

use super::conflict::conflicts;
use super::{By, Error, Voices, announce, correct, guard, plan, three_people};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::change::{Approval, Change, ChangeKind, ChangeState, Class, Decision};
use crate::domain::gate::Block;
use crate::domain::id::Id;
use crate::domain::text::{FieldError, TEXT_LIMIT, paragraph};
use crate::domain::three_people::Voice;
use crate::state::State;

/// Hands a draft to a second person.
///
/// # Errors
/// Not allowed; the gates are closed; somebody saved in between.
pub async fn submit(state: &State, by: &By, id: Id, revision: i64) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let (now, by, settings) = (state.clock.now(), by.clone(), state.settings.clone());
    state
        .db
        .write(move |conn| {
            let mut change = seen(conn, id, revision)?;
            if change.state != ChangeState::Draft {
                return Err(wrong_state(&change, "Only a draft can be submitted."));
            }
            let (closed, _) =
                plan::gate(conn, &settings, &change, plan::announce_at(&settings, &change, now))?;
            if !closed.is_empty() {
                return Err(Error::Blocked(closed));
            }
            change.state = ChangeState::Submitted;
            change.submitted_at = Some(now);
            change.returned = String::new();
            change.revision += 1;
            db::change::save_head(conn, &change)?;
            let event = Event {
                actor: by.actor,
                action: "change.submitted",
                subject: change.reference(),
                detail: json!({ "revision": change.revision }),
            };
            db::audit::append(conn, now, event)?;
            Ok(change)
        })
        .await
}

/// Approves. Where it takes three people, the first approval waits for the other one: an approver
/// and a DPO, in either order (invariant 5). A regular change is then held and announced when the hold ends; an editorial one
/// and the baseline are published at once. `typed` is the count the guard asks for.
///
/// # Errors
/// Not allowed, or one's own change (invariant 5); a gate is closed; the count is missing;
/// somebody saved in between.
pub async fn approve(
    state: &State,
    by: &By,
    id: Id,
    revision: i64,
    typed: Option<usize>,
    comment: String,
) -> Result<Change, Error> {
    by.require(Permission::Approve)?;
    let comment = paragraph("comment", &comment, TEXT_LIMIT)?;
    let (clock, by, settings) = (state.clock.clone(), by.clone(), state.settings.clone());
    let change = state
        .db
        .write(move |conn| {
            // Read when it is our turn: whoever confirmed before us is owed the notice.
            let now = clock.now();
            let mut change = seen(conn, id, revision)?;
            if change.state != ChangeState::Submitted {
                return Err(wrong_state(&change, "Only a submitted change can be approved."));
            }
            let solo = change.editors.contains(&by.staff);
            if solo && !settings.approval.solo {
                return Err(Error::Forbidden(
                    "You wrote this change, or a part of it; a second person approves it.".into(),
                ));
            }
            let direct = change.kind == ChangeKind::Baseline || change.class() == Class::Editorial;
            // Solo mode puts the hold in place of the second person, for what tells nobody too.
            let held_until = if direct && !solo {
                now
            } else {
                now.saturating_add(plan::hold(&settings, &change, solo)).unwrap_or(now)
            };
            let (mut closed, plan) = plan::gate(conn, &settings, &change, held_until)?;
            let guard = guard::guard(conn, &change, now, plan.as_ref())?;
            if let Some((count, why)) = &guard.typed
                && typed != Some(*count)
            {
                return Err(FieldError::new("typed", why.clone()).into());
            }
            closed.extend(moved(conn, &change)?);
            if !closed.is_empty() {
                return Err(Error::Blocked(closed));
            }
            correct::needs_reason(conn, &change, &comment)?;
            let dpo = by.permissions.contains(&Permission::Protect);
            let before = three_people::voices(conn, &change)?;
            may_decide(&change, &by, dpo, &before)?;
            let approval = Approval {
                by: by.staff,
                at: now,
                decision: Decision::Approved,
                solo,
                dpo,
                comment,
                revision: change.revision,
                audience: guard.told(),
                typed: guard.typed.map(|(count, _)| count),
            };
            db::change::add_approval(conn, change.id, Id::new(now), &approval)?;
            let missing = three_people::voices(conn, &change)?.missing;
            if missing.is_empty() {
                change.state = ChangeState::Held;
                change.held_until = Some(held_until);
            }
            change.revision += 1;
            db::change::save_head(conn, &change)?;
            let detail =
                json!({ "solo": solo, "dpo": dpo, "missing": missing, "held_until": change.held_until });
            db::audit::append(
                conn,
                now,
                Event { actor: by.actor, action: "change.approved", subject: change.reference(), detail },
            )?;
            if missing.is_empty() && held_until <= now {
                announce::announce(conn, &settings, now, change.id)?;
            }
            db::change::get(conn, change.id)?.ok_or(Error::NotFound("change"))
        })
        .await?;
    state.outbox_bell.notify_one();
    state.list_bell.notify_one();
    Ok(change)
}

/// Whether this person's decision is one that is missing.
fn may_decide(change: &Change, by: &By, dpo: bool, before: &Voices) -> Result<(), Error> {
    if before.given.contains(&by.staff) {
        return Err(Error::Conflict(format!(
            "You have approved {} already. {}",
            change.reference(),
            before.still()
        )));
    }
    if !before.given.is_empty()
        && !dpo
        && before.missing == [Voice::Dpo]
        && !change.editors.contains(&by.staff)
    {
        return Err(Error::Conflict(format!(
            "An approver has approved {} already. {} {}",
            change.reference(),
            before.why(),
            before.still()
        )));
    }
    Ok(())
}

fn moved(conn: &mut Conn, change: &Change) -> Result<Vec<Block>, Error> {
    let names = conflicts(conn, change)?;
    Ok(names
        .into_iter()
        .map(|name| Block::new(&name, format!("{name} has changed since this was written, or has an announced change that is not in force yet. Undo the item and edit it again on what is there now.")))
        .collect())
}

/// Sends a submitted change back to its author, with a word on why.
///
/// # Errors
/// Not allowed; no reason given; somebody saved in between.
pub async fn return_to_author(
    state: &State,
    by: &By,
    id: Id,
    revision: i64,
    comment: String,
) -> Result<Change, Error> {
    by.require(Permission::Approve)?;
    let comment = paragraph("comment", &comment, TEXT_LIMIT)?;
    if comment.is_empty() {
        return Err(FieldError::new("comment", "Say what the author should mend.").into());
    }
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let mut change = seen(conn, id, revision)?;
            if change.state != ChangeState::Submitted {
                return Err(wrong_state(&change, "Only a submitted change can be returned."));
            }
            let solo = change.author == by.staff;
            let approval = Approval {
                by: by.staff,
                at: now,
                decision: Decision::Returned,
                solo,
                dpo: by.permissions.contains(&Permission::Protect),
                comment,
                revision: change.revision,
                audience: 0,
                typed: None,
            };
            db::change::add_approval(conn, change.id, Id::new(now), &approval)?;
            change.state = ChangeState::Draft;
            change.submitted_at = None;
            change.returned = approval.comment;
            change.revision += 1;
            db::change::save_head(conn, &change)?;
            let detail = json!({ "revision": approval.revision });
            db::audit::append(
                conn,
                now,
                Event { actor: by.actor, action: "change.returned", subject: change.reference(), detail },
            )?;
            Ok(change)
        })
        .await
}

/// Gives a change up before it is announced. Nobody was told, nobody is.
///
/// # Errors
/// Not allowed; announced already; somebody saved in between.
pub async fn cancel(state: &State, by: &By, id: Id, revision: i64) -> Result<Change, Error> {
    by.require(Permission::Write)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let mut change = seen(conn, id, revision)?;
            if !change.state.is_open() {
                return Err(wrong_state(&change, "It can no longer be cancelled."));
            }
            if change.author != by.staff {
                by.require(Permission::Approve)?;
            }
            let was = change.state;
            change.state = ChangeState::Cancelled;
            change.held_until = None;
            change.revision += 1;
            db::change::save_head(conn, &change)?;
            let event = Event {
                actor: by.actor,
                action: "change.cancelled",
                subject: change.reference(),
                detail: json!({ "was": was }),
            };
            db::audit::append(conn, now, event)?;
            Ok(change)
        })
        .await
}

pub(super) fn seen(conn: &mut Conn, id: Id, revision: i64) -> Result<Change, Error> {
    let change = db::change::get(conn, id)?.ok_or(Error::NotFound("change"))?;
    if change.revision != revision {
        return Err(Error::Stale(Box::new(change)));
    }
    Ok(change)
}

pub(super) fn wrong_state(change: &Change, sentence: &str) -> Error {
    Error::Conflict(format!("{} is {}. {sentence}", change.reference(), change.state))
}
