//! Clients from a file: first what it would do and what is wrong, then the button that does it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use crate::actions::{self, clients::import::Imported, clients::import::import_clients};
use crate::domain::access::Permission;
use crate::domain::doubt::Doubt;
use crate::domain::text::FieldError;
use crate::exchange::client_file::COLUMNS;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::staff::console::{Desk, Problem, Tab, problems};

/// How many rows with problems are shown; a file with more has one problem in common.
const SHOWN: usize = 200;

#[derive(Serialize)]
struct Shown {
    done: bool,
    words: String,
    would: bool,
    doubts: Vec<Doubt>,
    left_out: usize,
    list: String,
}

#[derive(Serialize)]
struct ImportPage {
    problems: Vec<Problem>,
    columns: String,
    file_error: Option<String>,
    shown: Option<Shown>,
}

/// `GET /staff/clients/import`
pub async fn page(desk: Desk, staff: Staff) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    show(&desk, &staff, &[], None).await
}

async fn show(
    desk: &Desk,
    staff: &Staff,
    errors: &[FieldError],
    shown: Option<Shown>,
) -> Result<HttpResponse, Error> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let body = ImportPage {
        problems: problems(errors),
        columns: COLUMNS.join(", "),
        file_error: errors.first().map(|e| e.problem.clone()),
        shown,
    };
    desk.page_with(status, staff, Tab::Clients, "Import Clients", "staff/clients/import", body).await
}

fn shown(imported: Imported, done: bool, list: String) -> Shown {
    let (words, would) = (imported.words(), imported.new + imported.changed > 0);
    let left_out = imported.doubts.len().saturating_sub(SHOWN);
    let mut doubts = imported.doubts;
    doubts.truncate(SHOWN);
    Shown { done, words, would, doubts, left_out, list }
}

/// `POST /staff/clients/import`: shows what the file would do, or with the button `take` does it.
pub async fn import(desk: Desk, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let (list, takes) = (fields.get("file").to_owned(), fields.has("take"));
    if list.trim().is_empty() {
        let error = FieldError::new("file", "Choose a CSV file with the Clients.");
        return show(&desk, &staff, &[error], None).await;
    }
    match import_clients(&desk.state, &staff.by, list.as_bytes(), !takes, |_, _| {}).await {
        Ok(imported) => {
            let kept = if takes { String::new() } else { list };
            show(&desk, &staff, &[], Some(shown(imported, takes, kept))).await
        }
        Err(actions::Error::Invalid(errors)) => show(&desk, &staff, &errors, None).await,
        Err(error) => Err(error.into()),
    }
}
