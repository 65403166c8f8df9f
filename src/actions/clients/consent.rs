//! A Client's written consent to one change: what specific authorisation asks for (invariant 8),
//! and what lets any Client be served before its own date (invariant 1).

use jiff::civil::Date;
use serde_json::json;

use crate::actions::unready::Look;
use crate::actions::{By, Error};
use crate::db::consent::Consent;
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::change::{Change, ChangeKind, ChangeState};
use crate::domain::client::Client;
use crate::domain::deadline::day_of;
use crate::domain::diff::long_date;
use crate::domain::id::Id;
use crate::domain::text::{FieldError, TEXT_LIMIT, is_legible, paragraph};
use crate::state::State;

/// A consent as typed.
#[derive(Debug, Clone, Default)]
pub struct ConsentDraft {
    /// The day it was given; `None` where none was typed.
    pub given_on: Option<Date>,
    /// Where it can be found, in words.
    pub evidence: String,
}

/// Records that a Client consented in writing to a change. It counts from this moment: for an
/// announced change its gate opens in the same transaction.
///
/// # Errors
/// Not allowed; a field is wrong; there is no such Client or change; the change asks for no
/// consent any more; another consent of this Client to it is recorded.
pub async fn record_consent(
    state: &State,
    by: &By,
    change_id: Id,
    client_id: Id,
    draft: ConsentDraft,
) -> Result<Consent, Error> {
    by.require(Permission::Write)?;
    let now = state.clock.now();
    let today = day_of(now, &state.settings.zone());
    let (given_on, evidence) = checked(&draft, today)?;
    let by = by.clone();
    state
        .db
        .write(move |conn| {
            let change = db::change::get(conn, change_id)?.ok_or(Error::NotFound("change"))?;
            let client = db::client::get(conn, client_id)?.ok_or(Error::NotFound("Client"))?;
            if let Some(known) = db::consent::of(conn, change_id, client_id)? {
                if known.given_on == given_on && known.evidence == evidence {
                    return Ok(known);
                }
                return Err(Error::Conflict(format!(
                    "The consent of {} to {} is on record already, given on {}: “{}”. A record of proof is not written over.",
                    client.name,
                    change.reference(),
                    long_date(known.given_on),
                    known.evidence
                )));
            }
            let owed = open_to_consent(conn, &change, &client, today)?;
            let consent = Consent {
                id: Id::new(now),
                client_id,
                change_id,
                given_on,
                evidence,
                by: by.staff,
                created_at: now,
            };
            db::consent::insert(conn, &consent)?;
            if let Some(client_notice) = owed {
                db::client_notice::consent(conn, client_notice, now)?;
            }
            let detail = json!({
                "client": client_id,
                "given_on": given_on,
                "evidence": consent.evidence,
                "client_notice": owed,
            });
            let event =
                Event { actor: by.actor, action: "change.consented", subject: change.reference(), detail };
            db::audit::append(conn, now, event)?;
            Ok(consent)
        })
        .await
}

fn checked(draft: &ConsentDraft, today: Date) -> Result<(Date, String), Error> {
    let mut problems = Vec::new();
    let evidence = paragraph("evidence", &draft.evidence, TEXT_LIMIT).unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    if problems.is_empty() && !is_legible(&evidence) {
        let text = "Say where the consent can be found: a letter, a ticket, a mail and its date.";
        problems.push(FieldError::new("evidence", text));
    }
    let given_on = match draft.given_on {
        None => {
            problems.push(FieldError::new("given_on", "Enter the day it was given, like 2026-03-14."));
            today
        }
        Some(day) if day > today => {
            let text = format!(
                "{} is still to come. Enter the day the consent was given, today at the latest.",
                long_date(day)
            );
            problems.push(FieldError::new("given_on", text));
            today
        }
        Some(day) => day,
    };
    if problems.is_empty() { Ok((given_on, evidence)) } else { Err(Error::Invalid(problems)) }
}

/// Whether a consent can still make a difference; answers the ClientNotice it opens, if one was
/// made already.
fn open_to_consent(
    conn: &mut Conn,
    change: &Change,
    client: &Client,
    today: Date,
) -> Result<Option<Id>, Error> {
    let refused = |why: &str| Err(Error::Conflict(format!("{} {why}", change.reference())));
    if change.kind == ChangeKind::Baseline {
        return refused("takes over what is public already. It asks nobody for consent.");
    }
    match change.state {
        ChangeState::Draft | ChangeState::Submitted | ChangeState::Held => return Ok(None),
        ChangeState::Published => {
            return refused("was published without a notice. It asks nobody for consent.");
        }
        ChangeState::Announced | ChangeState::Effective => {}
        _ => return refused("was given up. There is nothing to consent to."),
    }
    let Some(look) = Look::begin(conn, change, today)? else {
        return refused("has no notice. It asks nobody for consent.");
    };
    let Some(one) = look.of_client(conn, client.id)? else {
        if look.is_unfinished(conn, today)? {
            return Ok(None);
        }
        return Err(Error::Conflict(format!(
            "{} is owed no notice of {}: nothing in it concerns its agreement, so there is nothing to consent to.",
            client.name,
            change.reference()
        )));
    };
    // In force for the others, it may be withheld from this Client until its day, or its consent.
    let waits = look.at(&one).is_some();
    if change.state == ChangeState::Effective && !waits {
        return refused("is in force already. A consent would change nothing.");
    }
    Ok(Some(one.id))
}
