//! The statements about the whole list, such as “data stays in the European Union”.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use serde::{Deserialize, Serialize};

use super::console::{Desk, Problem, Tab, problem, problems, see};
use super::field::{Choice, Field, Maker};
use super::into::{Into, into_choices};
use crate::actions::{self, Details};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::change::Edit;
use crate::domain::id::Id;
use crate::domain::list_document::ListDocument;
use crate::domain::text::{FieldError, TEXT_LIMIT, line};
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;

#[derive(Serialize)]
struct StatementsPage {
    problems: Vec<Problem>,
    field: Field,
    into: Vec<Choice>,
}

/// The change to edit in.
#[derive(Deserialize, Default)]
pub struct Asked {
    change: Option<Id>,
}

/// `GET /staff/statements`
pub async fn page(desk: Desk, staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let change = asked.change;
    let read = move |conn: &mut db::Conn| {
        if let Some(change) = change.map(|id| db::change::get(conn, id)).transpose()?.flatten() {
            let edited = change.items.iter().find_map(|i| match &i.edit {
                Edit::Statements { after, .. } => Some(after.clone()),
                Edit::Entry { .. } => None,
            });
            if let Some(after) = edited {
                return Ok(after);
            }
        }
        let current = db::list::current_number(conn)?;
        let document = db::list::full(conn, current)?;
        let list = document.and_then(|d| serde_json::from_str::<ListDocument>(&d.text).ok());
        Ok::<_, db::Error>(list.map(|l| l.statements).unwrap_or_default())
    };
    let statements = desk.state.db.read(read).await?;
    let fields = Fields::from(vec![("statements".to_owned(), statements.join("\n"))]);
    show(&desk, &staff, StatusCode::OK, &fields, &[], Vec::new(), change).await
}

async fn show(
    desk: &Desk,
    staff: &Staff,
    status: StatusCode,
    fields: &Fields,
    errors: &[FieldError],
    more: Vec<Problem>,
    change: Option<Id>,
) -> Result<HttpResponse, Error> {
    let me = staff.by.staff;
    let into = desk.state.db.read(move |conn| into_choices(conn, me, change)).await?;
    let m = Maker { fields, errors };
    let hint = "One a line. They stand above the list; weakening or dropping one is a material change.";
    let mut problems = problems(errors);
    problems.extend(more);
    let body = StatementsPage { problems, field: m.area("statements", "Statements", hint), into };
    desk.page_with(status, staff, Tab::Register, "Statements about the list", "staff/statements", body).await
}

/// `POST /staff/statements`
pub async fn save(desk: Desk, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let into: Into = fields.get("into").parse()?;
    let mut after = Vec::new();
    for piece in fields.get("statements").split('\n').map(str::trim).filter(|p| !p.is_empty()) {
        match line("statements", piece, TEXT_LIMIT) {
            Ok(statement) => after.push(statement),
            Err(error) => {
                let refused = StatusCode::UNPROCESSABLE_ENTITY;
                return show(&desk, &staff, refused, &fields, &[error], Vec::new(), into.change()).await;
            }
        }
    }
    let (change, revision) = match into {
        Into::Existing(id, revision) => (id, revision),
        Into::New => {
            let details = Details { title: "Statements about the list".to_owned(), ..Details::default() };
            let change = actions::start_change(&desk.state, &staff.by, details).await?;
            (change.id, change.revision)
        }
    };
    match actions::edit_statements(&desk.state, &staff.by, change, revision, after).await {
        Ok(change) => Ok(see(&format!("/staff/changes/{}", change.id), "saved")),
        Err(error) => {
            if into == Into::New {
                actions::cancel(&desk.state, &staff.by, change, revision).await?;
            }
            match error {
                actions::Error::Invalid(errors) => {
                    let refused = StatusCode::UNPROCESSABLE_ENTITY;
                    show(&desk, &staff, refused, &fields, &errors, Vec::new(), into.change()).await
                }
                actions::Error::Stale(theirs) => {
                    let held = theirs.items.iter().find_map(|i| match &i.edit {
                        Edit::Statements { after, .. } => Some(after.join("\n")),
                        Edit::Entry { .. } => None,
                    });
                    let text = format!(
                        "Somebody saved {} in the meantime, so nothing was stored. Yours stands below. Theirs: {}. Save again to put yours on top.",
                        theirs.reference(),
                        held.unwrap_or_else(|| "no statement was touched".to_owned())
                    );
                    let id = Some(theirs.id);
                    show(&desk, &staff, StatusCode::CONFLICT, &fields, &[], problem(text), id).await
                }
                error => Err(error.into()),
            }
        }
    }
}
