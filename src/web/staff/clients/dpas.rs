//! DPA versions: which there are and who uses them; entering one takes four answers and a name.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use super::sheet::{Gather, Sheet, number, status_of, word, words};
use super::words::{authorisation, silence, terms_line};
use crate::actions::{self, clients};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::diff::long_date;
use crate::domain::id::Id;
use crate::domain::terms::{Authorisation, Silence, Terms};
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;
use crate::web::staff::console::{Desk, Tab, see};
use crate::web::staff::field::{Group, Maker};

#[derive(Serialize)]
struct Line {
    id: Id,
    name: String,
    terms: String,
    objection: String,
    silence: &'static str,
    standard: bool,
    ended: Option<String>,
    agreements: i64,
}

#[derive(Serialize)]
struct DpasPage {
    lines: Vec<Line>,
}

/// `GET /staff/dpas`
pub async fn page(desk: Desk, staff: Staff) -> Result<HttpResponse, Error> {
    let today = desk.today();
    let read = move |conn: &mut Conn| {
        Ok::<_, db::Error>((db::dpa::all(conn)?, db::agreement::count_by_dpa(conn, today)?))
    };
    let (all, counts) = desk.state.db.read(read).await?;
    let lines = all.into_iter().map(|dpa| Line {
        id: dpa.id,
        terms: terms_line(&dpa),
        objection: dpa.terms.objection.period.words(),
        silence: silence(dpa.terms.silence),
        standard: dpa.standard,
        ended: dpa.ended_on.map(long_date),
        agreements: counts.iter().find(|(id, _)| *id == dpa.id).map_or(0, |(_, count)| *count),
        name: dpa.name,
    });
    let body = DpasPage { lines: lines.collect() };
    desk.page(&staff, Tab::Clients, "DPA versions", "staff/clients/dpas", body).await
}

/// The four questions, and a name.
fn sheet(fields: &Fields, errors: &[FieldError]) -> Sheet {
    let m = Maker { fields, errors };
    let questions = vec![
        m.text("name", "Name", "What you call it, like Standard DPA 2026."),
        m.select(
            "authorisation",
            "How Clients authorise sub-processors",
            "",
            words(Authorisation::ALL, authorisation),
        ),
        m.text("days", "Notice period in days", "How long before a change Clients are told."),
        m.text("objection.days", "Days to object", "How long after the notice they may object."),
        m.select("silence", "If a Client does not answer", "", words(Silence::ALL, silence)),
    ];
    Sheet {
        back: "/staff/dpas".to_owned(),
        heading: "Enter a DPA version".to_owned(),
        lead: "Calendar days from the moment the Client’s system accepts the notice, the same for every change. If yours says more, the next page has room for it.".to_owned(),
        groups: vec![Group::shown("What it says", questions, Vec::new())],
        action: "/staff/dpas".to_owned(),
        button: "Save the DPA version",
        ..Sheet::default()
    }
}

/// `GET /staff/dpas/new`
pub async fn new(desk: Desk, staff: Staff) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let mut fields = Fields::default();
    fields.set("days", desk.state.settings.notices.default_period_days.to_string());
    fields.set("objection.days", desk.state.settings.notices.default_period_days.to_string());
    sheet(&fields, &[]).show(&desk, &staff, StatusCode::OK, &[]).await
}

/// The simple answers: authorisation, days, days to object, silence.
pub(super) fn simple(fields: &Fields, gather: &mut Gather) -> (Authorisation, Option<u16>, u16, Silence) {
    let kind = gather.keep(word(fields, "authorisation")).unwrap_or(Authorisation::General);
    let days = gather.keep(number(fields, "days"));
    let objection = gather.keep(number(fields, "objection.days").and_then(|days| {
        days.map(Some).ok_or_else(|| FieldError::new("objection.days", "Enter how many days, like 30."))
    }));
    let said = gather.keep(word(fields, "silence")).unwrap_or(Silence::Unstated);
    (kind, days, objection.unwrap_or(0), said)
}

/// `POST /staff/dpas`
pub async fn add(desk: Desk, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let mut gather = Gather::default();
    let (kind, days, objection, said) = simple(&fields, &mut gather);
    if days.is_none() && !gather.0.iter().any(|e| e.field == "days") {
        gather.0.push(FieldError::new("days", "Enter how many days, like 30."));
    }
    let terms = Terms::simple(kind, days.unwrap_or(0), objection, said);
    let name = fields.get("name").to_owned();
    let saved = match gather.done(terms) {
        Ok(terms) => {
            let draft = clients::DpaDraft { name, terms, standard: false, ended_on: None, amends: false };
            clients::save_dpa(&desk.state, &staff.by, None, draft).await
        }
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    match saved {
        Ok(dpa) => Ok(see(&format!("/staff/dpas/{}", dpa.id), "dpa-added")),
        Err(actions::Error::Invalid(mut errors)) => {
            for error in errors.iter_mut().filter(|e| e.field.starts_with("rules")) {
                error.field = "days".to_owned();
            }
            sheet(&fields, &errors).show(&desk, &staff, status_of(&errors), &errors).await
        }
        Err(error) => Err(error.into()),
    }
}
