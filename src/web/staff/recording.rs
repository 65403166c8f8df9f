//! The three short forms that put something on record, and the two that correct it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use serde::{Deserialize, Serialize};

use super::console::{Desk, Problem, Tab, problem, problems, see};
use super::entry_view::countries;
use super::field::{Field, Maker, Rows};
use super::record_values as values;
use crate::actions::{self, record};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::id::Id;
use crate::domain::record::RecordKind;
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;

#[derive(Serialize)]
struct FormPage {
    problems: Vec<Problem>,
    heading: String,
    name: String,
    back: String,
    action: String,
    /// The change to go back to, if the form was reached from one.
    change: String,
    /// Of the record, if it is corrected.
    revision: Option<i64>,
    fields: Vec<Field>,
    rows: Vec<Rows>,
    /// Whether a file can be chosen for its hash.
    file: bool,
    countries: Vec<&'static str>,
    button: &'static str,
}

/// Where a form was reached from.
#[derive(Debug, Default, Deserialize)]
pub struct From {
    change: Option<Id>,
}

/// Which form, for which line, about which record.
#[derive(Clone, Copy)]
struct Form {
    kind: RecordKind,
    entry: Id,
    record: Option<Id>,
}

impl Form {
    fn action(self) -> String {
        let kind = match self.kind {
            RecordKind::Contract => "contracts",
            RecordKind::Vetting => "vettings",
            RecordKind::Assessment => "assessments",
        };
        let which = self.record.map_or_else(|| "new".to_owned(), |id| id.to_string());
        format!("/staff/entries/{}/{kind}/{which}", self.entry)
    }

    fn heading(self) -> &'static str {
        match (self.kind, self.record) {
            (RecordKind::Contract, None) => "Record a contract",
            (RecordKind::Contract, Some(_)) => "Correct or end a contract",
            (RecordKind::Vetting, _) => "Record a vetting result",
            (RecordKind::Assessment, None) => "Record a transfer impact assessment",
            (RecordKind::Assessment, Some(_)) => "Correct or end a transfer impact assessment",
        }
    }
}

async fn show(
    desk: &Desk,
    staff: &Staff,
    status: StatusCode,
    form: Form,
    fields: &Fields,
    errors: &[FieldError],
    more: Vec<Problem>,
) -> Result<HttpResponse, Error> {
    let id = form.entry;
    let read =
        move |conn: &mut db::Conn| Ok::<_, db::Error>((db::record::line(conn, id)?, db::staff::all(conn)?));
    let (line, people) = desk.state.db.read(read).await?;
    let line = line.ok_or(Error::not_found("There is no such entry."))?;
    let m = Maker { fields, errors };
    let (shown, rows) = match form.kind {
        RecordKind::Contract => (values::contract_fields(m), Vec::new()),
        RecordKind::Vetting => values::vetting_fields(m, &people),
        RecordKind::Assessment => (values::assessment_fields(m), Vec::new()),
    };
    let change = fields.get("change").parse::<Id>().ok();
    let mut all = problems(errors);
    all.extend(more);
    let body = FormPage {
        problems: all,
        heading: form.heading().to_owned(),
        name: line.vendor.name,
        back: match change {
            Some(change) => format!("/staff/changes/{change}"),
            None => format!("/staff/entries/{id}/records"),
        },
        action: form.action(),
        change: change.map(|id| id.to_string()).unwrap_or_default(),
        revision: fields.get("revision").parse().ok(),
        fields: shown,
        rows,
        file: form.kind == RecordKind::Contract,
        countries: countries(),
        button: if form.record.is_some() { "Save" } else { "Put on record" },
    };
    desk.page_with(status, staff, Tab::Register, form.heading(), "staff/record_form", body).await
}

async fn blank(desk: Desk, staff: Staff, form: Form, from: From) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let today = desk.today();
    let mut fields = match form.kind {
        RecordKind::Vetting => values::new_vetting(&staff, today),
        _ => Fields::default(),
    };
    if let Some(change) = from.change {
        fields.set("change", change.to_string());
    }
    show(&desk, &staff, StatusCode::OK, form, &fields, &[], Vec::new()).await
}

/// After a form was sent: back to where it was reached from, or the form with what is wrong.
async fn done<T>(
    desk: &Desk,
    posted: &Posted,
    form: Form,
    result: Result<T, actions::Error>,
) -> Result<HttpResponse, Error> {
    let (staff, fields) = (&posted.staff, &posted.fields);
    match result {
        Ok(_) => {
            let to = match fields.get("change").parse::<Id>() {
                Ok(change) => format!("/staff/changes/{change}"),
                Err(_) => format!("/staff/entries/{}/records", form.entry),
            };
            Ok(see(&to, if form.record.is_some() { "corrected" } else { "recorded" }))
        }
        Err(actions::Error::Invalid(errors)) => {
            show(desk, staff, StatusCode::UNPROCESSABLE_ENTITY, form, fields, &errors, Vec::new()).await
        }
        Err(actions::Error::Conflict(text)) => {
            show(desk, staff, StatusCode::CONFLICT, form, fields, &[], problem(text)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn vendor_of(desk: &Desk, entry: Id) -> Result<Id, Error> {
    let line = desk.state.db.read(move |conn| db::record::line(conn, entry)).await?;
    Ok(line.ok_or(Error::not_found("There is no such entry."))?.vendor_id)
}

/// Whether only more rows were asked for.
fn asks_for_rows(fields: &Fields) -> bool {
    fields.has("more")
}

/// `GET /staff/entries/{id}/contracts/new`
pub async fn new_contract(
    desk: Desk,
    staff: Staff,
    id: Path<Id>,
    from: Query<From>,
) -> Result<HttpResponse, Error> {
    let form = Form { kind: RecordKind::Contract, entry: *id, record: None };
    blank(desk, staff, form, from.into_inner()).await
}

/// `POST /staff/entries/{id}/contracts/new`
pub async fn add_contract(desk: Desk, id: Path<Id>, posted: Posted) -> Result<HttpResponse, Error> {
    posted.staff.require(Permission::Write)?;
    let form = Form { kind: RecordKind::Contract, entry: *id, record: None };
    let vendor = vendor_of(&desk, *id).await?;
    let result = match values::contract_of(&posted.fields) {
        Ok(wish) => record::record_contract(&desk.state, &posted.staff.by, vendor, wish).await,
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    done(&desk, &posted, form, result).await
}

/// `GET /staff/entries/{id}/contracts/{record}`
pub async fn contract(desk: Desk, staff: Staff, ids: Path<(Id, Id)>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let (entry, id) = *ids;
    let vendor = vendor_of(&desk, entry).await?;
    let found = desk.state.db.read(move |conn| db::record::contract(conn, id)).await?;
    let found = found.filter(|c| c.vendor_id == vendor);
    let found = found.ok_or(Error::not_found("There is no such contract of this sub-processor."))?;
    let form = Form { kind: RecordKind::Contract, entry, record: Some(id) };
    show(&desk, &staff, StatusCode::OK, form, &values::fields_of_contract(&found), &[], Vec::new()).await
}

/// `POST /staff/entries/{id}/contracts/{record}`
pub async fn correct_contract(
    desk: Desk,
    ids: Path<(Id, Id)>,
    posted: Posted,
) -> Result<HttpResponse, Error> {
    posted.staff.require(Permission::Write)?;
    let (entry, id) = *ids;
    let (form, revision) =
        (Form { kind: RecordKind::Contract, entry, record: Some(id) }, posted.fields.number("revision")?);
    let vendor = vendor_of(&desk, entry).await?;
    let result = match values::contract_of(&posted.fields) {
        Ok(wish) => {
            record::correct_contract(&desk.state, &posted.staff.by, (vendor, id), revision, wish).await
        }
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    done(&desk, &posted, form, result).await
}

/// `GET /staff/entries/{id}/vettings/new`
pub async fn new_vetting(
    desk: Desk,
    staff: Staff,
    id: Path<Id>,
    from: Query<From>,
) -> Result<HttpResponse, Error> {
    let form = Form { kind: RecordKind::Vetting, entry: *id, record: None };
    blank(desk, staff, form, from.into_inner()).await
}

/// `POST /staff/entries/{id}/vettings/new`
pub async fn add_vetting(desk: Desk, id: Path<Id>, posted: Posted) -> Result<HttpResponse, Error> {
    posted.staff.require(Permission::Write)?;
    let form = Form { kind: RecordKind::Vetting, entry: *id, record: None };
    if asks_for_rows(&posted.fields) {
        return show(&desk, &posted.staff, StatusCode::OK, form, &posted.fields, &[], Vec::new()).await;
    }
    let result = match values::vetting_of(&posted.fields) {
        Ok(wish) => record::record_vetting(&desk.state, &posted.staff.by, *id, wish).await,
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    done(&desk, &posted, form, result).await
}

/// `GET /staff/entries/{id}/assessments/new`
pub async fn new_assessment(
    desk: Desk,
    staff: Staff,
    id: Path<Id>,
    from: Query<From>,
) -> Result<HttpResponse, Error> {
    let form = Form { kind: RecordKind::Assessment, entry: *id, record: None };
    blank(desk, staff, form, from.into_inner()).await
}

/// `POST /staff/entries/{id}/assessments/new`
pub async fn add_assessment(desk: Desk, id: Path<Id>, posted: Posted) -> Result<HttpResponse, Error> {
    posted.staff.require(Permission::Write)?;
    let form = Form { kind: RecordKind::Assessment, entry: *id, record: None };
    let result = match values::assessment_of(&posted.fields) {
        Ok(wish) => record::record_assessment(&desk.state, &posted.staff.by, *id, wish).await,
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    done(&desk, &posted, form, result).await
}

/// `GET /staff/entries/{id}/assessments/{record}`
pub async fn assessment(desk: Desk, staff: Staff, ids: Path<(Id, Id)>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let (entry, id) = *ids;
    let found = desk.state.db.read(move |conn| db::record::assessment(conn, id)).await?;
    let found = found.filter(|a| a.engagement_id == entry);
    let found = found.ok_or(Error::not_found("There is no such assessment of this entry."))?;
    let form = Form { kind: RecordKind::Assessment, entry, record: Some(id) };
    show(&desk, &staff, StatusCode::OK, form, &values::fields_of_assessment(&found), &[], Vec::new()).await
}

/// `POST /staff/entries/{id}/assessments/{record}`
pub async fn correct_assessment(
    desk: Desk,
    ids: Path<(Id, Id)>,
    posted: Posted,
) -> Result<HttpResponse, Error> {
    posted.staff.require(Permission::Write)?;
    let (entry, id) = *ids;
    let (form, revision) =
        (Form { kind: RecordKind::Assessment, entry, record: Some(id) }, posted.fields.number("revision")?);
    let result = match values::assessment_of(&posted.fields) {
        Ok(wish) => {
            record::correct_assessment(&desk.state, &posted.staff.by, (entry, id), revision, wish).await
        }
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    done(&desk, &posted, form, result).await
}
