//! Three people, and emergencies, as the page of a change shows them.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Serialize;

use super::change::refused;
use super::console::{Desk, see};
use super::field::{Field, Maker};
use crate::actions::{self, Voices};
use crate::domain::access::Permission;
use crate::domain::change::{Change, ChangeKind, ChangeState};
use crate::domain::id::Id;
use crate::domain::three_people::Voice;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;

/// Why it takes three people, and whose decision is missing.
#[derive(Serialize)]
pub struct ThreePeople {
    why: String,
    still: String,
}

/// For a change that is still open; `None` where nothing asks for three people.
#[must_use]
pub fn three_people(change: &Change, voices: &Voices) -> Option<ThreePeople> {
    let still = match change.state {
        ChangeState::Held => String::new(),
        _ => voices.still(),
    };
    (change.state.is_open() && !voices.grounds.is_empty()).then(|| ThreePeople { why: voices.why(), still })
}

/// Whether `staff` can add a decision that is missing.
#[must_use]
pub fn may_add(staff: &Staff, voices: &Voices) -> bool {
    let again = voices.given.contains(&staff.by.staff);
    let needs_dpo = !voices.given.is_empty() && voices.missing == [Voice::Dpo];
    !again && (!needs_dpo || staff.may(Permission::Protect))
}

/// The field that makes a draft an emergency replacement.
#[must_use]
pub fn emergency_field(staff: &Staff, change: &Change, typed: &Fields, m: &Maker<'_>) -> Option<Field> {
    let open = change.state == ChangeState::Draft
        && change.kind == ChangeKind::Regular
        && change.corrects.is_none()
        && staff.may(Permission::Write);
    let mut fields = Fields::default();
    let text = if typed.has("emergency") { typed.get("emergency") } else { &change.emergency };
    fields.set("emergency", text);
    let m = Maker { fields: &fields, errors: m.errors };
    open.then(|| {
        m.area(
            "emergency",
            "What happened",
            "The notice says so and goes out as soon as an approver and a DPO have approved. Empty where it is no emergency.",
        )
    })
}

/// `POST /staff/changes/{id}/emergency`
pub async fn set_emergency(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Write)?;
    let revision = form.fields.number("revision")?;
    let reason = form.fields.get("emergency").to_owned();
    match actions::set_emergency(&desk.state, &form.staff.by, *id, revision, reason).await {
        Ok(_) => Ok(see(&format!("/staff/changes/{id}"), "emergency")),
        Err(error) => refused(&desk, &form.staff, *id, &form.fields, error).await,
    }
}
