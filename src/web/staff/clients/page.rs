//! One Client: its facts, whom it wants told, what it agreed, what is withheld from it.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Serialize;

use super::page_view::{View, view};
use crate::actions::{self, clients};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::id::Id;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::staff::console::{Desk, Problem, Tab, problem, see};

#[derive(Serialize)]
struct ClientPage {
    problems: Vec<Problem>,
    #[serde(flatten)]
    view: View,
}

/// `GET /staff/clients/{id}`
pub async fn page(desk: Desk, staff: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    show(&desk, &staff, StatusCode::OK, *id, Vec::new()).await
}

/// The page, with problems of a form that was refused.
///
/// # Errors
/// There is no such Client; the database failed.
pub async fn show(
    desk: &Desk,
    staff: &Staff,
    status: StatusCode,
    id: Id,
    problems: Vec<Problem>,
) -> Result<HttpResponse, Error> {
    let (today, zone) = (desk.today(), desk.pages.site().zone().clone());
    let read = move |conn: &mut db::Conn| {
        let staff: BTreeMap<Id, String> = db::staff::all(conn)?.into_iter().map(|s| (s.id, s.name)).collect();
        let name_of = |id: Id| staff.get(&id).cloned().unwrap_or_else(|| "the operator".to_owned());
        view(conn, id, today, |at| crate::domain::deadline::day_of(at, &zone), name_of)
    };
    let view = desk.state.db.read(read).await?;
    let view = view.ok_or_else(|| Error::not_found("There is no such Client."))?;
    let title = view.name.clone();
    let body = ClientPage { problems, view };
    desk.page_with(status, staff, Tab::Clients, &title, "staff/clients/client", body).await
}

/// What came of a button on the page: the page again, or what went wrong on top of it.
///
/// # Errors
/// Not allowed; there is no such Client; the database failed.
pub(super) async fn after<T>(
    desk: &Desk,
    staff: &Staff,
    id: Id,
    done: Result<T, actions::Error>,
    word: &str,
) -> Result<HttpResponse, Error> {
    let (status, text) = match done {
        Ok(_) => return Ok(see(&format!("/staff/clients/{id}"), word)),
        Err(error @ (actions::Error::Outdated(_) | actions::Error::Conflict(_))) => {
            (StatusCode::CONFLICT, error.to_string())
        }
        Err(actions::Error::Invalid(errors)) => {
            let text: Vec<String> = errors.into_iter().map(|e| e.problem).collect();
            (StatusCode::UNPROCESSABLE_ENTITY, text.join(" "))
        }
        Err(error) => return Err(error.into()),
    };
    show(desk, staff, status, id, problem(text)).await
}

/// `POST /staff/clients/{id}/confirm`
pub async fn confirm(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let seen = (*id, fields.number("revision")?);
    let done = clients::confirm_client(&desk.state, &staff.by, seen).await;
    after(&desk, &staff, *id, done, "client-confirmed").await
}

/// `POST /staff/clients/{id}/links/revoke`
pub async fn revoke_links(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let staff = form.staff;
    staff.require(Permission::Write)?;
    let done = clients::revoke_links(&desk.state, &staff.by, *id).await;
    after(&desk, &staff, *id, done, "links-revoked").await
}
