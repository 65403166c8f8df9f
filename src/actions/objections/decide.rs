//! Staff answer an objection.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde_json::json;

use super::{Error, mails};
use crate::actions::By;
use crate::actions::clients::{HoldOutDraft, withhold};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::change::Operation;
use crate::domain::client_notice::ClientNotice;
use crate::domain::deadline::{day_of, end_of};
use crate::domain::delivery::DeliveryKind;
use crate::domain::id::Id;
use crate::domain::objection::{Objection, ObjectionState, Remedy};
use crate::domain::text::{FieldError, TEXT_LIMIT, paragraph};
use crate::state::State;

/// What staff decide.
#[derive(Debug, Clone)]
pub struct Decision {
    /// What it becomes.
    pub to: ObjectionState,
    /// In words, for the person; why, where it is not admitted.
    pub answer: String,
    /// What resolved it.
    pub remedy: Option<Remedy>,
    /// The last day to answer with a remedy, in the company's zone. On admission without one, what
    /// the agreement says.
    pub fix_by: Option<Date>,
    /// For the remedy *held out*: from what. Needed only where the notice leaves a choice.
    pub engagement_id: Option<Id>,
}

/// Decides on an objection and on those merged with it; each person is mailed. With the remedy
/// *held out* the hold-out begins in the same transaction.
///
/// # Errors
/// Not allowed; fields to mend; it cannot become that; it was merged with another; somebody saved
/// it in between; the database failed.
pub async fn decide(
    state: &State,
    by: &By,
    (id, revision): (Id, i64),
    decision: Decision,
) -> Result<Objection, Error> {
    by.require(Permission::Write)?;
    let (now, by, zone) = (state.clock.now(), by.clone(), state.settings.zone());
    let today = day_of(now, &zone);
    let decision = checked(decision, today)?;
    let done = state
        .db
        .write(move |conn| {
            let before = as_seen(conn, id, revision)?;
            if !before.state.next().contains(&decision.to) {
                return Err(unreachable_state(&before));
            }
            let one = db::client_notice::get(conn, before.client_notice_id)?
                .ok_or(Error::NotFound("notice of a Client"))?;
            let mut after = Objection {
                state: decision.to,
                answer: decision.answer.clone(),
                remedy: decision.remedy,
                revision: before.revision + 1,
                ..before.clone()
            };
            let named = decision.fix_by.map(|day| end_of(day, &zone));
            after.fix_by = match decision.to {
                ObjectionState::Admitted => Some(match named {
                    Some(day) => day,
                    None => end_of(today.saturating_add(remedy_days(conn, &one)?.days()), &zone),
                }),
                _ => named.or(before.fix_by),
            };
            if decision.remedy == Some(Remedy::HeldOut) {
                hold_out(conn, &by, &one, &after, decision.engagement_id, now, today)?;
            }
            save(conn, &after, now)?;
            let detail = json!({
                "number": after.number,
                "was": before.state,
                "now": after.state,
                "remedy": after.remedy,
                "answer": after.answer,
                "day": after.fix_by.map(|by| day_of(by, &zone)),
            });
            let subject = id.to_string();
            let event = Event { actor: by.actor, action: action(after.state), subject, detail };
            db::audit::append(conn, now, event)?;
            Ok(after)
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(done)
}

fn checked(mut decision: Decision, today: Date) -> Result<Decision, Error> {
    let mut problems = Vec::new();
    match paragraph("answer", &decision.answer, TEXT_LIMIT) {
        Ok(text) => decision.answer = text,
        Err(problem) => problems.push(problem),
    }
    let needs_words = matches!(decision.to, ObjectionState::Inadmissible | ObjectionState::Resolved);
    if needs_words && decision.answer.trim().is_empty() && problems.is_empty() {
        problems.push(FieldError::new("answer", "Say why, or what was agreed: the person is mailed it."));
    }
    match (decision.to, decision.remedy) {
        (ObjectionState::Resolved, None) => {
            problems.push(FieldError::new("remedy", "Choose what resolved it."));
        }
        (ObjectionState::Resolved, Some(_)) => {}
        _ => decision.remedy = None,
    }
    if decision.fix_by.is_some_and(|day| day < today) {
        problems.push(FieldError::new("fix_by", "This day is over. Name a day to come, or leave it empty."));
    }
    if problems.is_empty() { Ok(decision) } else { Err(Error::Invalid(problems)) }
}

fn as_seen(conn: &mut Conn, id: Id, revision: i64) -> Result<Objection, Error> {
    let found = db::objection::get(conn, id)?.ok_or(Error::NotFound("objection"))?;
    if let Some(head) = found.merged_into {
        let head = db::objection::get(conn, head)?.map(|head| head.number).unwrap_or_default();
        return Err(Error::Conflict(format!(
            "{} was merged with {head}: decide on that one, and this one follows.",
            found.number
        )));
    }
    if found.revision == revision { Ok(found) } else { Err(Error::Outdated("objection")) }
}

fn unreachable_state(o: &Objection) -> Error {
    let next: Vec<&str> = o.state.next().iter().map(|state| state.label()).collect();
    Error::Conflict(match next.is_empty() {
        true => format!("{} is closed ({}): nothing follows.", o.number, o.state.label()),
        false => {
            format!("{} is “{}”. It can become: {}.", o.number, o.state.label(), next.join(", "))
        }
    })
}

/// What the agreement says, as it stands.
fn remedy_days(conn: &mut Conn, one: &ClientNotice) -> Result<i64, Error> {
    let Some(agreement) = db::agreement::get(conn, one.agreement_id)? else { return Ok(30) };
    let dpa = db::dpa::get(conn, agreement.dpa_id)?;
    Ok(dpa.map_or(30, |dpa| i64::from(agreement.terms(&dpa).objection.remedy_days)))
}

/// Stores it and those merged with it, and mails each person.
fn save(conn: &mut Conn, head: &Objection, now: Timestamp) -> Result<(), Error> {
    db::objection::save(conn, head)?;
    mails::tell_person(conn, head, DeliveryKind::ObjectionAnswer, now)?;
    let all = db::objection::of_client_notice(conn, head.client_notice_id)?;
    for other in all.into_iter().filter(|other| other.merged_into == Some(head.id)) {
        let Objection { state, remedy, fix_by, answer, .. } = head.clone();
        let revision = other.revision + 1;
        let other = Objection { state, remedy, fix_by, answer, revision, ..other };
        db::objection::save(conn, &other)?;
        mails::tell_person(conn, &other, DeliveryKind::ObjectionAnswer, now)?;
    }
    Ok(())
}

fn hold_out(
    conn: &mut Conn,
    by: &By,
    one: &ClientNotice,
    objection: &Objection,
    chosen: Option<Id>,
    now: Timestamp,
    today: Date,
) -> Result<(), Error> {
    let notice = db::notice::get(conn, one.notice_id)?.ok_or(Error::NotFound("notice"))?;
    let change = db::change::get(conn, notice.change_id)?.ok_or(Error::NotFound("change"))?;
    let concerned: Vec<Id> = change
        .items
        .iter()
        .filter(|item| item.operation != Operation::Removed)
        .filter_map(|item| item.entry_id)
        .collect();
    let engagement_id = match (chosen, concerned.as_slice()) {
        (Some(id), all) if all.contains(&id) => id,
        (None, [only]) => *only,
        (None, []) => {
            return Err(FieldError::new(
                "remedy",
                "The notice adds or changes nothing that could be withheld.",
            )
            .into());
        }
        _ => {
            return Err(FieldError::new(
                "engagement_id",
                "Choose which sub-processor of the notice is withheld.",
            )
            .into());
        }
    };
    let held = db::hold_out::of_client(conn, one.client_id)?;
    if held.iter().any(|held| held.engagement_id == engagement_id && held.holds_on(today)) {
        return Ok(());
    }
    let reason = format!("Objection {}: {}", objection.number, objection.answer);
    let reason: String = reason.chars().take(TEXT_LIMIT).collect();
    withhold(conn, by, one.client_id, HoldOutDraft { engagement_id, until: None, reason }, now, today)?;
    Ok(())
}

fn action(state: ObjectionState) -> &'static str {
    match state {
        ObjectionState::Received => "objection.received",
        ObjectionState::Admitted => "objection.admitted",
        ObjectionState::Late => "objection.marked_late",
        ObjectionState::Inadmissible => "objection.not_admitted",
        ObjectionState::InTalks => "objection.in_talks",
        ObjectionState::Resolved => "objection.resolved",
        ObjectionState::Withdrawn => "objection.withdrawn",
        ObjectionState::ServiceEnded => "objection.service_ended",
        ObjectionState::ContractEnded => "objection.contract_ended",
    }
}
