//! A list from a file: what it would do and what is doubtful, then a draft. Nothing here tells
//! anybody anything.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use super::change_view::class_words;
use super::console::{Desk, Problem, Tab, problem, problems, see};
use super::field::{Field, Maker};
use crate::actions::{self, import_list};
use crate::domain::access::Permission;
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;

#[derive(Serialize)]
struct Line {
    operation: String,
    class: &'static str,
    weight: &'static str,
    vendor: String,
    reason: String,
    doubt: String,
    changes: Vec<String>,
}

#[derive(Serialize)]
struct DoubtLine {
    line: u64,
    field: String,
    value: String,
    why: String,
}

#[derive(Serialize)]
struct Shown {
    baseline: bool,
    rows: usize,
    items: Vec<Line>,
    doubts: Vec<DoubtLine>,
    missing: String,
    list: String,
    product: String,
}

#[derive(Serialize)]
struct ImportPage {
    problems: Vec<Problem>,
    product: Field,
    file_error: Option<String>,
    shown: Option<Shown>,
}

/// `GET /staff/import`
pub async fn page(desk: Desk, staff: Staff) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    show(&desk, &staff, StatusCode::OK, &Fields::default(), &[], Vec::new(), None).await
}

async fn show(
    desk: &Desk,
    staff: &Staff,
    status: StatusCode,
    fields: &Fields,
    errors: &[FieldError],
    more: Vec<Problem>,
    shown: Option<Shown>,
) -> Result<HttpResponse, Error> {
    let m = Maker { fields, errors };
    let mut all = problems(errors);
    all.extend(more);
    let body = ImportPage {
        problems: all,
        product: m.text("product", "Product", "Which product the file is about, where its rows do not say. Lines of other products stay as they are."),
        file_error: errors.iter().find(|e| e.field == "list").map(|e| e.problem.clone()),
        shown,
    };
    desk.page_with(status, staff, Tab::Import, "Import a list", "staff/import", body).await
}

/// `POST /staff/import`: shows what the file would do, or with the button `create` does it.
pub async fn import(desk: Desk, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let list = fields.get("list").to_owned();
    let product = Some(fields.get("product").trim().to_owned()).filter(|p| !p.is_empty());
    let options = import_list::Options { product: product.clone() };
    if list.trim().is_empty() {
        let error = FieldError::new("list", "Choose a CSV file, or paste its text.");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show(&desk, &staff, status, &fields, &[error], Vec::new(), None).await;
    }
    let bytes = list.clone().into_bytes();
    if fields.has("create") {
        return match import_list::import(&desk.state, &staff.by, bytes, options).await {
            Ok(imported) => match imported.change {
                Some(change) => Ok(see(&format!("/staff/changes/{}", change.id), "imported")),
                None => {
                    let text = "The file says what the register says already. There is nothing to change.";
                    show(&desk, &staff, StatusCode::OK, &fields, &[], problem(text), None).await
                }
            },
            Err(error) => refused(&desk, &staff, &fields, error).await,
        };
    }
    match import_list::preview(&desk.state, &staff.by, bytes, options).await {
        Ok(preview) => {
            let shown = shown(preview, list, product.unwrap_or_default());
            show(&desk, &staff, StatusCode::OK, &fields, &[], Vec::new(), Some(shown)).await
        }
        Err(error) => refused(&desk, &staff, &fields, error).await,
    }
}

async fn refused(
    desk: &Desk,
    staff: &Staff,
    fields: &Fields,
    error: actions::Error,
) -> Result<HttpResponse, Error> {
    match error {
        actions::Error::Invalid(errors) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show(desk, staff, status, fields, &errors, Vec::new(), None).await
        }
        actions::Error::Conflict(text) => {
            show(desk, staff, StatusCode::CONFLICT, fields, &[], problem(text), None).await
        }
        error => Err(error.into()),
    }
}

fn shown(preview: import_list::Preview, list: String, product: String) -> Shown {
    Shown {
        baseline: preview.baseline,
        rows: preview.rows_taken,
        items: preview
            .items
            .into_iter()
            .map(|item| {
                let (class, weight) = class_words(item.class);
                Line {
                    operation: item.operation.to_string(),
                    class,
                    weight,
                    vendor: item.vendor,
                    reason: item.reason,
                    doubt: item.doubt,
                    changes: changed(item.before.as_ref(), item.after.as_ref()),
                }
            })
            .collect(),
        doubts: preview
            .doubts
            .into_iter()
            .map(|d| DoubtLine { line: d.line, field: d.field, value: d.value, why: d.why })
            .collect(),
        missing: preview.missing_columns.join(", "),
        list,
        product,
    }
}

/// Members of a changed line, was and now. Whole lines are told by their name.
fn changed(before: Option<&serde_json::Value>, after: Option<&serde_json::Value>) -> Vec<String> {
    let (Some(before), Some(after)) = (before.and_then(|v| v.as_object()), after.and_then(|v| v.as_object()))
    else {
        return Vec::new();
    };
    let short = |value: Option<&serde_json::Value>| match value {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "nothing".to_owned(),
    };
    after
        .iter()
        .map(|(name, now)| format!("{name}: was {}, now {}", short(before.get(name)), short(Some(now))))
        .collect()
}
