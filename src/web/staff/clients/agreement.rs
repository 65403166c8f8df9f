//! An agreement: which DPA version from when, and what is different for this Client.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::form::client;
use super::page::after;
use super::sheet::{Gather, Sheet, number, status_of, word, words_or};
use super::words::{authorisation, counting, effect, silence, start, terms_line};
use crate::actions::{self, clients};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::agreement::{Agreement, DpaVersion};
use crate::domain::id::Id;
use crate::domain::period::{Counting, Period, StartEvent};
use crate::domain::terms::{Authorisation, ObjectionEffect, Overrides, Silence};
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;
use crate::web::staff::console::{Desk, Tab, see};
use crate::web::staff::field::{Choice, Group, Maker, choice};
use crate::web::staff::stale::{self, Record};

const LABELS: &[(&str, &str)] = &[
    ("dpa_id", "DPA version"),
    ("signed_on", "Signed on"),
    ("effective_on", "In force from"),
    ("ended_on", "Last day"),
    ("list_version", "List version"),
    ("overrides.period.days", "Notice period"),
    ("overrides.start", "Notice clock starts"),
    ("overrides.objection_period.days", "Days to object"),
    ("overrides.objection_effect", "Effect of an objection"),
    ("overrides.authorisation", "Authorisation"),
    ("overrides.silence", "Silence"),
    ("overrides.emergency_allowed", "Emergency replacement"),
    ("overrides.moves_to_working_day", "Reg. 1182/71 Art. 3(4)"),
    ("overrides.clause", "Clause"),
];

async fn dpas(desk: &Desk) -> Result<Vec<DpaVersion>, Error> {
    Ok(desk.state.db.read(db::dpa::all).await?)
}

fn fields_of(a: &Agreement) -> Fields {
    let o = &a.overrides;
    let day = |day: Option<jiff::civil::Date>| day.map(|d| d.to_string()).unwrap_or_default();
    let days = |period: Option<Period>| period.map(|p| p.days.to_string()).unwrap_or_default();
    let kind = |period: Option<Period>| period.map(|p| p.counting.to_string()).unwrap_or_default();
    let flag = |flag: Option<bool>| match flag {
        Some(true) => "yes".to_owned(),
        Some(false) => "no".to_owned(),
        None => String::new(),
    };
    let text = |word: Option<&'static str>| word.unwrap_or_default().to_owned();
    let pairs = [
        ("dpa_id", a.dpa_id.to_string()),
        ("signed_on", day(a.signed_on)),
        ("effective_on", a.effective_on.to_string()),
        ("ended_on", day(a.ended_on)),
        ("list_version", a.list_version.map(|n| n.to_string()).unwrap_or_default()),
        ("overrides.period.days", days(o.period)),
        ("overrides.period.counting", kind(o.period)),
        ("overrides.start", text(o.start.map(StartEvent::as_str))),
        ("overrides.objection_period.days", days(o.objection_period)),
        ("overrides.objection_period.counting", kind(o.objection_period)),
        ("overrides.objection_effect", text(o.objection_effect.map(ObjectionEffect::as_str))),
        ("overrides.authorisation", text(o.authorisation.map(Authorisation::as_str))),
        ("overrides.silence", text(o.silence.map(Silence::as_str))),
        ("overrides.emergency_allowed", flag(o.emergency_allowed)),
        ("overrides.moves_to_working_day", flag(o.moves_to_working_day)),
        ("overrides.clause", o.clause.clone().unwrap_or_default()),
        ("revision", a.revision.to_string()),
    ];
    Fields::from(pairs.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

fn draft(fields: &Fields) -> Result<clients::AgreementDraft, Vec<FieldError>> {
    let mut gather = Gather::default();
    let period = |gather: &mut Gather, name: &str| {
        let days = gather.keep(number(fields, &format!("overrides.{name}.days")));
        let counting = gather.keep(word::<Counting>(fields, &format!("overrides.{name}.counting")));
        days.map(|days| Period { days, counting: counting.unwrap_or(Counting::Calendar) })
    };
    let flag = |name: &str| match fields.get(name) {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let overrides = Overrides {
        period: period(&mut gather, "period"),
        start: gather.keep(word(fields, "overrides.start")),
        objection_period: period(&mut gather, "objection_period"),
        objection_effect: gather.keep(word(fields, "overrides.objection_effect")),
        authorisation: gather.keep(word(fields, "overrides.authorisation")),
        silence: gather.keep(word(fields, "overrides.silence")),
        emergency_allowed: flag("overrides.emergency_allowed"),
        moves_to_working_day: flag("overrides.moves_to_working_day"),
        clause: Some(fields.get("overrides.clause").to_owned()).filter(|c| !c.trim().is_empty()),
    };
    let (signed_on, ended_on) = (gather.keep(fields.day("signed_on")), gather.keep(fields.day("ended_on")));
    let effective_on = gather.keep(fields.day("effective_on").and_then(|day| {
        day.map(Some).ok_or_else(|| FieldError::new("effective_on", "Enter the first day it is in force."))
    }));
    let dpa_id = gather.keep(
        fields
            .get("dpa_id")
            .parse::<Id>()
            .map(Some)
            .map_err(|_| FieldError::new("dpa_id", "Choose the DPA version that was signed.")),
    );
    let list_version = gather.keep(number(fields, "list_version")).map(i64::from);
    match (dpa_id, effective_on) {
        (Some(dpa_id), Some(effective_on)) => {
            let draft = clients::AgreementDraft {
                dpa_id,
                signed_on,
                effective_on,
                ended_on,
                overrides,
                list_version,
            };
            gather.done(draft)
        }
        _ => Err(gather.0),
    }
}

fn versions(dpas: &[DpaVersion], today: jiff::civil::Date, keep: &str) -> Vec<Choice> {
    let offered = |d: &&DpaVersion| d.ended_on.is_none_or(|last| last >= today) || d.id.to_string() == keep;
    let mut choices: Vec<Choice> = dpas
        .iter()
        .filter(offered)
        .map(|d| choice(d.id.to_string(), format!("{} ({})", d.name, terms_line(d))))
        .collect();
    // Ended versions last: they are for agreements signed long ago.
    choices.extend(
        dpas.iter()
            .filter(|d| !offered(d))
            .map(|d| choice(d.id.to_string(), format!("{}, no longer offered", d.name))),
    );
    choices
}

fn exceptions(m: Maker<'_>) -> Group {
    let as_dpa = "As the DPA version says";
    let yes_no = || vec![choice("", as_dpa), choice("yes", "Yes"), choice("no", "No")];
    let fields = vec![
        m.text(
            "overrides.period.days",
            "Notice period in days",
            "For every kind of change. Empty means as the DPA version says.",
        ),
        m.select(
            "overrides.period.counting",
            "Counted in",
            "",
            words_or("Calendar days", &[Counting::Business], counting),
        ),
        m.select("overrides.start", "The notice clock starts", "", words_or(as_dpa, StartEvent::ALL, start)),
        m.text("overrides.objection_period.days", "Days to object", "Empty means as the DPA version says."),
        m.select(
            "overrides.objection_period.counting",
            "Counted in",
            "",
            words_or("Calendar days", &[Counting::Business], counting),
        ),
        m.select(
            "overrides.objection_effect",
            "An objection",
            "",
            words_or(as_dpa, ObjectionEffect::ALL, effect),
        ),
        m.select(
            "overrides.authorisation",
            "Authorisation",
            "",
            words_or(as_dpa, Authorisation::ALL, authorisation),
        ),
        m.select(
            "overrides.silence",
            "If the Client does not answer",
            "",
            words_or(as_dpa, Silence::ALL, silence),
        ),
        m.select("overrides.emergency_allowed", "Emergency replacement allowed", "", yes_no()),
        m.select(
            "overrides.moves_to_working_day",
            "A period that would end on a day off ends with the next working day",
            "Reg. 1182/71 Art. 3(4).",
            yes_no(),
        ),
        m.text("overrides.clause", "Clause that notices name", "Like section 5.2."),
        m.text("list_version", "List version it was signed against", "Its number, if known."),
    ];
    Group::folded("What is different for this Client", fields, Vec::new(), "")
}

async fn sheet(
    desk: &Desk,
    client_id: Id,
    known: Option<Id>,
    fields: &Fields,
    errors: &[FieldError],
) -> Result<Sheet, Error> {
    let (client, dpas) = (client(desk, client_id).await?, dpas(desk).await?);
    let m = Maker { fields, errors };
    let back = format!("/staff/clients/{client_id}");
    let what = vec![
        m.select("dpa_id", "DPA version", "", versions(&dpas, desk.today(), fields.get("dpa_id"))),
        m.date("effective_on", "In force from", "The first day."),
        m.date("signed_on", "Signed on", "If known."),
        m.date("ended_on", "Last day", "Empty while nobody ended it."),
    ];
    let text =
        "Running clocks keep the rules they began with; notices from now on follow what you save here.";
    Ok(Sheet {
        heading: match known {
            Some(_) => format!("Correct an agreement of {}", client.name),
            None => format!("Enter an agreement of {}", client.name),
        },
        notice: if known.is_some() { text.to_owned() } else { String::new() },
        action: match known {
            Some(item) => format!("{back}/agreements/{item}"),
            None => format!("{back}/agreements/new"),
        },
        back,
        groups: vec![Group::shown("The agreement", what, Vec::new()), exceptions(m)],
        hidden: vec![("revision", fields.get("revision").to_owned())],
        button: "Save the agreement",
        ..Sheet::default()
    })
}

/// `GET /staff/clients/{id}/agreements/new`
pub async fn new(desk: Desk, staff: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let mut fields = Fields::default();
    if let Some(standard) = dpas(&desk).await?.into_iter().find(|d| d.standard) {
        fields.set("dpa_id", standard.id.to_string());
    }
    sheet(&desk, *id, None, &fields, &[]).await?.show(&desk, &staff, StatusCode::OK, &[]).await
}

/// `POST /staff/clients/{id}/agreements/new`
pub async fn sign(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let saved = match draft(&fields) {
        Ok(draft) => clients::sign_agreement(&desk.state, &staff.by, *id, draft).await,
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    match saved {
        Ok(_) => Ok(see(&format!("/staff/clients/{id}"), "agreement-signed")),
        Err(actions::Error::Invalid(errors)) => {
            sheet(&desk, *id, None, &fields, &errors)
                .await?
                .show(&desk, &staff, status_of(&errors), &errors)
                .await
        }
        Err(error) => Err(error.into()),
    }
}

async fn agreement(desk: &Desk, client: Id, id: Id) -> Result<Agreement, Error> {
    let found = desk.state.db.read(move |conn| db::agreement::get(conn, id)).await?;
    found.filter(|a| a.client_id == client).ok_or_else(|| Error::not_found("There is no such agreement."))
}

/// `GET /staff/clients/{id}/agreements/{item}`
pub async fn edit(desk: Desk, staff: Staff, path: Path<(Id, Id)>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let (id, item) = path.into_inner();
    let fields = fields_of(&agreement(&desk, id, item).await?);
    sheet(&desk, id, Some(item), &fields, &[]).await?.show(&desk, &staff, StatusCode::OK, &[]).await
}

/// `POST /staff/clients/{id}/agreements/{item}`
pub async fn save(desk: Desk, path: Path<(Id, Id)>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let (id, item) = path.into_inner();
    agreement(&desk, id, item).await?;
    let seen = (item, fields.number("revision")?);
    let saved = match draft(&fields) {
        Ok(draft) => clients::correct_agreement(&desk.state, &staff.by, seen, draft).await,
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    let href = format!("/staff/clients/{id}");
    match saved {
        Ok(_) => Ok(see(&href, "agreement-saved")),
        Err(actions::Error::Invalid(errors)) => {
            sheet(&desk, id, Some(item), &fields, &errors)
                .await?
                .show(&desk, &staff, status_of(&errors), &errors)
                .await
        }
        Err(actions::Error::Outdated(_)) => {
            let theirs = agreement(&desk, id, item).await?;
            let record = Record {
                tab: Tab::Clients,
                name: "the agreement".to_owned(),
                action: format!("{href}/agreements/{item}"),
                href,
                revision: theirs.revision,
            };
            stale::record(&desk, &staff, record, &fields_of(&theirs), &fields, LABELS).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /staff/clients/{id}/agreements/{item}/end`
pub async fn end(desk: Desk, path: Path<(Id, Id)>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let (id, item) = path.into_inner();
    agreement(&desk, id, item).await?;
    let seen = (item, fields.number("revision")?);
    let done = match fields.day("ended_on") {
        Ok(Some(day)) => clients::end_agreement(&desk.state, &staff.by, seen, day).await,
        Ok(None) => Err(FieldError::new("ended_on", "Enter the last day of the agreement.").into()),
        Err(error) => Err(error.into()),
    };
    after(&desk, &staff, id, done, "agreement-ended").await
}
