//! A DPA version: the simple answers on top, everything richer under “Exceptions”.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::dpa_values::{draft, fields_of, joined, placed};
use super::sheet::{Sheet, status_of, words, words_or};
use super::words;
use crate::actions::{self, clients};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::agreement::DpaVersion;
use crate::domain::case::{DataClass, RuleChange, VendorKind};
use crate::domain::id::Id;
use crate::domain::period::{Counting, StartEvent};
use crate::domain::terms::{Authorisation, ObjectionEffect, Silence, Told};
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;
use crate::web::staff::console::{Desk, Tab, see};
use crate::web::staff::field::{Choice, Field, Group, Maker, choice};
use crate::web::staff::stale::{self, Record};

const LABELS: &[(&str, &str)] = &[
    ("name", "Name"),
    ("authorisation", "Authorisation"),
    ("days", "Notice period"),
    ("counting", "Notice period counted in"),
    ("start", "Notice clock starts"),
    ("rules", "Other periods"),
    ("objection.days", "Days to object"),
    ("objection.counting", "Days to object counted in"),
    ("objection.start", "Objection clock starts"),
    ("objection.form", "Form of an objection"),
    ("objection.grounds", "Grounds"),
    ("objection.effect", "Effect of an objection"),
    ("objection.remedy_days", "Days for a remedy"),
    ("silence", "Silence"),
    ("told", "Who is told"),
    ("remedies", "Remedies"),
    ("clause", "Clause"),
    ("emergency_allowed", "Emergency replacement"),
    ("deems_receipt", "Deemed receipt"),
    ("moves_to_working_day", "Reg. 1182/71 Art. 3(4)"),
    ("standard", "Standard version"),
    ("ended_on", "Offered until"),
];

/// Every choice of one or several of `all`, and before them “every kind”.
fn subsets<T: Copy + ToString>(every: &'static str, all: &[T], label: fn(T) -> &'static str) -> Vec<Choice> {
    let mut choices = vec![choice("", every)];
    for mask in 1..(1_u32 << all.len()) - 1 {
        let chosen: Vec<T> =
            all.iter().enumerate().filter(|(bit, _)| mask & (1 << bit) != 0).map(|(_, word)| *word).collect();
        let names: Vec<&str> = chosen.iter().map(|word| label(*word)).collect();
        choices.push(choice(joined(&chosen), names.join(" and ")));
    }
    choices
}

fn usual_counting() -> Vec<Choice> {
    words_or("Calendar days", &[Counting::Business], words::counting)
}

fn usual_start() -> Vec<Choice> {
    let others: Vec<StartEvent> =
        StartEvent::ALL.iter().copied().filter(|s| *s != StartEvent::Accepted).collect();
    words_or(words::start(StartEvent::Accepted), &others, words::start)
}

fn simple(m: Maker<'_>) -> Vec<Field> {
    vec![
        m.text("name", "Name", ""),
        m.select(
            "authorisation",
            "How Clients authorise sub-processors",
            "",
            words(Authorisation::ALL, words::authorisation),
        ),
        m.text("days", "Notice period in days", "For every change that no exception below is about."),
        m.text("objection.days", "Days to object", ""),
        m.select("silence", "If a Client does not answer", "", words(Silence::ALL, words::silence)),
    ]
}

fn exceptions(m: Maker<'_>, more: &str) -> Group {
    let rules = m.rows(
        "rules",
        "Other periods",
        "The first row that is about a change decides; the notice period above is for the rest.",
        |m, n| {
            vec![
                m.select(
                    &n("changes"),
                    "Changes",
                    "",
                    subsets("Every change", RuleChange::ALL, words::change),
                ),
                m.select(&n("data"), "Data", "", subsets("All data", DataClass::ALL, words::data)),
                m.select(
                    &n("vendors"),
                    "Sub-processors",
                    "",
                    subsets("Every one", VendorKind::ALL, words::vendor),
                ),
                m.text(&n("days"), "Days", ""),
                m.select(&n("counting"), "Counted in", "", usual_counting()),
                m.select(&n("start"), "Starts", "", usual_start()),
            ]
        },
    );
    let fields = vec![
        m.select("counting", "The notice period counts", "", usual_counting()),
        m.select("start", "The notice clock starts", "", usual_start()),
        m.select("objection.counting", "The days to object count", "", usual_counting()),
        m.select("objection.start", "The objection clock starts", "", usual_start()),
        m.select("objection.effect", "An objection", "", words(ObjectionEffect::ALL, words::effect)),
        m.text("objection.form", "Form of an objection", "Like “in writing”. Empty if any will do."),
        m.area("objection.grounds", "Grounds that are admitted", "Empty if any will do."),
        m.text(
            "objection.remedy_days",
            "Days to offer a remedy",
            "Counted from when the objection is admitted.",
        ),
        m.area("remedies", "What a Client may do if an objection is not met", ""),
        m.select("told", "Who is told", "", words(Told::ALL, words::told)),
        m.check("emergency_allowed", "A sub-processor may be replaced at once in an emergency", ""),
        m.check(
            "deems_receipt",
            "A notice sent to the agreed address counts as received, even if it bounced",
            "",
        ),
        m.check(
            "moves_to_working_day",
            "A period that would end on a day off ends with the next working day (Reg. 1182/71 Art. 3(4))",
            "",
        ),
        m.text("clause", "Clause that notices name", "Like section 5.2."),
    ];
    Group::folded("Exceptions", fields, vec![rules], more)
}

async fn sheet(desk: &Desk, id: Id, fields: &Fields, errors: &[FieldError]) -> Result<Sheet, Error> {
    let today = desk.today();
    let used = desk.state.db.read(move |conn| db::agreement::count_of_dpa(conn, id, today)).await?;
    let m = Maker { fields, errors };
    let mut using = vec![
        m.check(
            "standard",
            "The standard version: new Clients sign it, and it speaks where no Client is entered",
            "",
        ),
        m.date("ended_on", "Offered until", "The last day; empty while it is offered."),
    ];
    let notice = if used > 0 {
        using.push(m.check("amends", "The Clients that signed this version agreed to the new terms", ""));
        let agreements =
            if used == 1 { "1 agreement uses".to_owned() } else { format!("{used} agreements use") };
        format!(
            "{agreements} this version. Clocks that run keep the terms they began with; new terms are for notices from now on. If only new Clients get other terms, enter a new version instead."
        )
    } else {
        String::new()
    };
    Ok(Sheet {
        back: "/staff/dpas".to_owned(),
        heading: fields.get("name").chars().take(200).collect(),
        notice,
        groups: vec![
            Group::shown("What it says", simple(m), Vec::new()),
            exceptions(m, fields.get("more")),
            Group::shown("Its use", using, Vec::new()),
        ],
        hidden: vec![("revision", fields.get("revision").to_owned())],
        action: format!("/staff/dpas/{id}"),
        button: "Save the DPA version",
        ..Sheet::default()
    })
}

async fn dpa(desk: &Desk, id: Id) -> Result<DpaVersion, Error> {
    let found = desk.state.db.read(move |conn: &mut Conn| db::dpa::get(conn, id)).await?;
    found.ok_or_else(|| Error::not_found("There is no such DPA version."))
}

/// `GET /staff/dpas/{id}`
pub async fn edit(desk: Desk, staff: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let fields = fields_of(&dpa(&desk, *id).await?);
    sheet(&desk, *id, &fields, &[]).await?.show(&desk, &staff, StatusCode::OK, &[]).await
}

/// `POST /staff/dpas/{id}`
pub async fn save(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    dpa(&desk, *id).await?;
    if fields.has("more") {
        return sheet(&desk, *id, &fields, &[]).await?.show(&desk, &staff, StatusCode::OK, &[]).await;
    }
    let seen = (*id, fields.number("revision")?);
    let saved = match draft(&fields) {
        Ok(draft) => clients::save_dpa(&desk.state, &staff.by, Some(seen), draft).await,
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    match saved {
        Ok(_) => Ok(see(&format!("/staff/dpas/{id}"), "dpa-saved")),
        Err(actions::Error::Invalid(errors)) => {
            let errors: Vec<FieldError> = errors.into_iter().map(|e| placed(e, &fields)).collect();
            sheet(&desk, *id, &fields, &errors).await?.show(&desk, &staff, status_of(&errors), &errors).await
        }
        Err(actions::Error::Outdated(_)) => {
            let theirs = dpa(&desk, *id).await?;
            let href = format!("/staff/dpas/{id}");
            let record = Record {
                tab: Tab::Clients,
                name: theirs.name.clone(),
                action: href.clone(),
                href,
                revision: theirs.revision,
            };
            stale::record(&desk, &staff, record, &fields_of(&theirs), &fields, LABELS).await
        }
        Err(error) => Err(error.into()),
    }
}
