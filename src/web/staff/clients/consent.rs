//! Recording a Client's written consent to a change.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::form::client;
use super::in_the_way::change;
use super::sheet::{Gather, Sheet};
use crate::actions::{self, clients};
use crate::domain::access::Permission;
use crate::domain::id::Id;
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;
use crate::web::staff::console::{Desk, see};
use crate::web::staff::field::{Group, Maker};

async fn sheet(
    desk: &Desk,
    change_id: Id,
    client_id: Id,
    fields: &Fields,
    errors: &[FieldError],
) -> Result<Sheet, Error> {
    let (change, client) = (change(desk, change_id).await?, client(desk, client_id).await?);
    let m = Maker { fields, errors };
    let what = vec![
        m.date("given_on", "Given on", "The day of its letter, mail or signature."),
        m.area(
            "evidence",
            "Where it can be found",
            "A letter, a ticket, a mail and its sender. It is the proof.",
        ),
    ];
    Ok(Sheet {
        heading: format!("Consent of {} to {}", client.name, change.reference()),
        lead: format!(
            "“{}”. With its consent on record, the change waits for this Client no longer, and what is withheld from it until it consents is withheld no more.",
            change.title
        ),
        action: format!("/staff/changes/{change_id}/clients/{client_id}/consent"),
        back: format!("/staff/changes/{change_id}/clients"),
        groups: vec![Group::shown("The written consent", what, Vec::new())],
        button: "Record the consent",
        ..Sheet::default()
    })
}

/// `GET /staff/changes/{id}/clients/{item}/consent`
pub async fn new(desk: Desk, staff: Staff, path: Path<(Id, Id)>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let (change, client) = path.into_inner();
    let sheet = sheet(&desk, change, client, &Fields::default(), &[]).await?;
    sheet.show(&desk, &staff, StatusCode::OK, &[]).await
}

/// `POST /staff/changes/{id}/clients/{item}/consent`
pub async fn add(desk: Desk, path: Path<(Id, Id)>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let (change, client) = path.into_inner();
    let mut gather = Gather::default();
    let given_on = gather.keep(fields.day("given_on"));
    let evidence = fields.get("evidence").to_owned();
    let done = match gather.done(clients::ConsentDraft { given_on, evidence }) {
        Ok(draft) => clients::record_consent(&desk.state, &staff.by, change, client, draft).await,
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    let (status, errors) = match done {
        Ok(_) => return Ok(see(&format!("/staff/changes/{change}/clients"), "consented")),
        Err(actions::Error::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Err(actions::Error::Conflict(text)) => {
            (StatusCode::CONFLICT, vec![FieldError::new("evidence", text)])
        }
        Err(error) => return Err(error.into()),
    };
    sheet(&desk, change, client, &fields, &errors).await?.show(&desk, &staff, status, &errors).await
}
