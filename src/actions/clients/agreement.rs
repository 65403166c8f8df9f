//! Which DPA version a Client signed, from when to when, and what it negotiated differently.

use jiff::civil::Date;
use serde_json::json;

use super::{Seen, record};
use crate::actions::{By, Error};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::agreement::Agreement;
use crate::domain::diff::long_date;
use crate::domain::id::Id;
use crate::domain::terms::Overrides;
use crate::domain::text::FieldError;
use crate::state::State;

/// An agreement as typed.
#[derive(Debug, Clone)]
pub struct AgreementDraft {
    /// Which DPA version.
    pub dpa_id: Id,
    /// The day it was signed, where known.
    pub signed_on: Option<Date>,
    /// First day it is in force.
    pub effective_on: Date,
    /// Last day it is in force.
    pub ended_on: Option<Date>,
    /// What is different for this Client.
    pub overrides: Overrides,
    /// The list version it was signed against, where known.
    pub list_version: Option<i64>,
}

/// Enters an agreement.
///
/// # Errors
/// Not allowed; a field is wrong; it overlaps another agreement of the Client; the DPA version
/// was not offered any more; there is no such Client.
pub async fn sign_agreement(
    state: &State,
    by: &By,
    client_id: Id,
    draft: AgreementDraft,
) -> Result<Agreement, Error> {
    by.require(Permission::Write)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            db::client::get(conn, client_id)?.ok_or(Error::NotFound("Client"))?;
            let blank = Agreement {
                id: Id::new(now),
                client_id,
                dpa_id: draft.dpa_id,
                signed_on: None,
                effective_on: draft.effective_on,
                ended_on: None,
                overrides: Overrides::default(),
                list_version: None,
                created_at: now,
                revision: 1,
            };
            let agreement = filled(conn, blank, draft, None)?;
            db::agreement::save(conn, &agreement)?;
            let detail = json!({
                "agreement": agreement.id, "dpa": agreement.dpa_id,
                "effective_on": agreement.effective_on, "ended_on": agreement.ended_on,
                "has_overrides": !agreement.overrides.is_empty(),
            });
            record(conn, now, &by, "agreement.signed", client_id, detail)?;
            Ok(agreement)
        })
        .await
}

/// Corrects an agreement that was `seen`. Clocks that run keep the rules they began with.
///
/// # Errors
/// As [`sign_agreement`]; somebody saved in between.
pub async fn correct_agreement(
    state: &State,
    by: &By,
    seen: Seen,
    draft: AgreementDraft,
) -> Result<Agreement, Error> {
    by.require(Permission::Write)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let known = as_seen(conn, seen)?;
            let was = json!({ "dpa": known.dpa_id, "effective_on": known.effective_on, "ended_on": known.ended_on });
            let dpa = known.dpa_id;
            let mut agreement = filled(conn, known, draft, Some(dpa))?;
            agreement.revision += 1;
            db::agreement::save(conn, &agreement)?;
            let detail = json!({
                "agreement": agreement.id,
                "was": was,
                "now": { "dpa": agreement.dpa_id, "effective_on": agreement.effective_on, "ended_on": agreement.ended_on },
                "has_overrides": !agreement.overrides.is_empty(),
            });
            record(conn, now, &by, "agreement.corrected", agreement.client_id, detail)?;
            Ok(agreement)
        })
        .await
}

/// Ends an agreement after its last day `on`.
///
/// # Errors
/// Not allowed; it ends before it begins; somebody saved in between.
pub async fn end_agreement(state: &State, by: &By, seen: Seen, on: Date) -> Result<Agreement, Error> {
    by.require(Permission::Write)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let known = as_seen(conn, seen)?;
            let others = db::agreement::of_client(conn, known.client_id)?;
            let ended = Agreement { ended_on: Some(on), revision: known.revision + 1, ..known };
            ended.check(&others).map_err(Error::Invalid)?;
            db::agreement::save(conn, &ended)?;
            let detail = json!({ "agreement": ended.id, "ended_on": on });
            record(conn, now, &by, "agreement.ended", ended.client_id, detail)?;
            Ok(ended)
        })
        .await
}

fn as_seen(conn: &mut Conn, (id, revision): Seen) -> Result<Agreement, Error> {
    let known = db::agreement::get(conn, id)?.ok_or(Error::NotFound("agreement"))?;
    if known.revision == revision { Ok(known) } else { Err(Error::Outdated("agreement")) }
}

/// `agreement` with what was typed, if that may be. `before` is the DPA version it had, which it
/// may keep after that is no longer offered.
pub(super) fn filled(
    conn: &mut Conn,
    agreement: Agreement,
    draft: AgreementDraft,
    before: Option<Id>,
) -> Result<Agreement, Error> {
    let Some(dpa) = db::dpa::get(conn, draft.dpa_id)? else {
        return Err(
            FieldError::new("dpa_id", "There is no such DPA version. Choose one of those shown.").into()
        );
    };
    let mut problems = Vec::new();
    if let Some(last) = dpa.ended_on.filter(|last| before != Some(dpa.id) && *last < draft.effective_on) {
        problems.push(FieldError::new(
            "dpa_id",
            format!("{} was offered until {}. Choose a newer version.", dpa.name, long_date(last)),
        ));
    }
    let current = db::list::current_number(conn)?;
    if draft.list_version.is_some_and(|number| number < 1 || number > current) {
        problems.push(FieldError::new(
            "list_version",
            format!(
                "There is no such list version; the newest is {current}. Leave it empty if it is not known."
            ),
        ));
    }
    let overrides = match draft.overrides.tidy(&dpa.terms) {
        Ok(overrides) => overrides,
        Err(more) => {
            problems.extend(
                more.into_iter().map(|p| FieldError::new(format!("overrides.{}", p.field), p.problem)),
            );
            Overrides::default()
        }
    };
    let agreement = Agreement {
        dpa_id: dpa.id,
        signed_on: draft.signed_on,
        effective_on: draft.effective_on,
        ended_on: draft.ended_on,
        overrides,
        list_version: draft.list_version,
        ..agreement
    };
    let others = db::agreement::of_client(conn, agreement.client_id)?;
    problems.extend(agreement.check(&others).err().into_iter().flatten());
    if problems.is_empty() { Ok(agreement) } else { Err(Error::Invalid(problems)) }
}
