//! Withholding an engagement from one Client.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::form::client;
use super::page::after;
use super::sheet::{Gather, Sheet, status_of};
use crate::actions::{self, clients};
use crate::domain::access::Permission;
use crate::domain::id::Id;
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;
use crate::web::staff::console::{Desk, see};
use crate::web::staff::field::{Choice, Group, Maker, choice};

async fn sheet(desk: &Desk, id: Id, fields: &Fields, errors: &[FieldError]) -> Result<Sheet, Error> {
    let client = client(desk, id).await?;
    let entries = desk.state.db.read(clients::withholdable).await?;
    let choices: Vec<Choice> = entries
        .iter()
        .map(|e| choice(e.id.to_string(), format!("{} – {}", e.vendor.name, e.engagement.withholding)))
        .collect();
    let m = Maker { fields, errors };
    let back = format!("/staff/clients/{id}");
    let notice = if choices.is_empty() {
        "No sub-processor can be withheld from a single Client at present. Where one can, say how on its entry (“Can be withheld from a single Client”)."
    } else {
        ""
    };
    let what = vec![
        m.select("engagement_id", "Sub-processor", "Those that can be withheld, and how.", choices),
        m.date("until", "Last day", "Empty means until somebody ends it."),
        m.area("reason", "Why", "Staff read it; it is in the evidence."),
    ];
    Ok(Sheet {
        heading: format!("Hold {} out", client.name),
        lead: "Its own list shows the published one without this sub-processor. No list version is made and nobody is told.".to_owned(),
        notice: notice.to_owned(),
        action: format!("{back}/hold-outs/new"),
        back,
        groups: vec![Group::shown("What is withheld", what, Vec::new())],
        button: "Hold it out",
        ..Sheet::default()
    })
}

/// `GET /staff/clients/{id}/hold-outs/new`
pub async fn new(desk: Desk, staff: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    sheet(&desk, *id, &Fields::default(), &[]).await?.show(&desk, &staff, StatusCode::OK, &[]).await
}

fn draft(fields: &Fields) -> Result<clients::HoldOutDraft, Vec<FieldError>> {
    let mut gather = Gather::default();
    let until = gather.keep(fields.day("until"));
    let engagement = gather.keep(
        fields
            .get("engagement_id")
            .parse::<Id>()
            .map(Some)
            .map_err(|_| FieldError::new("engagement_id", "Choose what is withheld.")),
    );
    match engagement {
        Some(engagement_id) => {
            let reason = fields.get("reason").to_owned();
            gather.done(clients::HoldOutDraft { engagement_id, until, reason })
        }
        None => Err(gather.0),
    }
}

/// `POST /staff/clients/{id}/hold-outs/new`
pub async fn add(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let done = match draft(&fields) {
        Ok(draft) => clients::hold_out(&desk.state, &staff.by, *id, draft).await,
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    match done {
        Ok(_) => Ok(see(&format!("/staff/clients/{id}"), "held-out")),
        Err(actions::Error::Invalid(errors)) => {
            sheet(&desk, *id, &fields, &errors).await?.show(&desk, &staff, status_of(&errors), &errors).await
        }
        Err(error) => after(&desk, &staff, *id, Err::<(), _>(error), "").await,
    }
}

/// `POST /staff/clients/{id}/hold-outs/{item}/end`
pub async fn end(desk: Desk, path: Path<(Id, Id)>, form: Posted) -> Result<HttpResponse, Error> {
    let staff = form.staff;
    staff.require(Permission::Write)?;
    let (id, item) = path.into_inner();
    let done = clients::end_hold_out(&desk.state, &staff.by, item).await;
    after(&desk, &staff, id, done, "hold-out-ended").await
}
