//! One objection: who says what, and what staff decide.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Serialize;

use super::inbox::{around, left, weight};
use crate::actions;
use crate::actions::objections::{Decision, decide};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::change::Operation;
use crate::domain::id::Id;
use crate::domain::objection::{Objection, Remedy};
use crate::domain::terms::ObjectionEffect;
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;
use crate::web::staff::clients::sheet::{Gather, word, words, words_or};
use crate::web::staff::console::{Desk, Problem, Tab, problem, problems, see};
use crate::web::staff::field::{Choice, Field, Maker, choice};

#[derive(Serialize)]
struct ObjectionPage {
    problems: Vec<Problem>,
    id: Id,
    number: String,
    client: String,
    client_id: Id,
    notice: String,
    change_id: Option<Id>,
    revision: i64,
    state: &'static str,
    weight: &'static str,
    in_time: bool,
    effect: &'static str,
    left: String,
    answer: String,
    remedy: &'static str,
    head: Option<Head>,
    voices: Vec<Voice>,
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct Head {
    id: Id,
    number: String,
}

#[derive(Serialize)]
struct Voice {
    number: String,
    person: String,
    email: String,
    received: String,
    how: String,
    late: bool,
    grounds: String,
    wish: String,
}

/// What is read for the page.
struct Found {
    objection: Objection,
    around: (String, String),
    client_id: Id,
    effect: ObjectionEffect,
    change_id: Option<Id>,
    head: Option<Objection>,
    others: Vec<Objection>,
    engagements: Vec<Choice>,
}

fn find(conn: &mut Conn, id: Id) -> Result<Option<Found>, db::Error> {
    let Some(objection) = db::objection::get(conn, id)? else { return Ok(None) };
    let Some(one) = db::client_notice::get(conn, objection.client_notice_id)? else { return Ok(None) };
    let change_id = db::notice::get(conn, one.notice_id)?.map(|notice| notice.change_id);
    let change = match change_id {
        Some(id) => db::change::get(conn, id)?,
        None => None,
    };
    let concerned = change.iter().flat_map(|change| &change.items);
    let engagements = concerned
        .filter(|item| item.operation != Operation::Removed)
        .filter_map(|item| item.entry())
        .map(|entry| choice(entry.id.to_string(), entry.vendor.name.clone()))
        .collect();
    let head = match objection.merged_into {
        Some(id) => db::objection::get(conn, id)?,
        None => None,
    };
    let others = db::objection::of_client_notice(conn, one.id)?
        .into_iter()
        .filter(|other| other.merged_into == Some(objection.id))
        .collect();
    let around = around(conn, &objection)?;
    let (client_id, effect) = (one.client_id, one.rules.effect);
    Ok(Some(Found { objection, around, client_id, effect, change_id, head, others, engagements }))
}

/// `GET /staff/objections/{id}`
pub async fn page(desk: Desk, staff: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    show(&desk, &staff, StatusCode::OK, *id, &Fields::default(), &[], Vec::new()).await
}

async fn show(
    desk: &Desk,
    staff: &Staff,
    status: StatusCode,
    id: Id,
    fields: &Fields,
    errors: &[FieldError],
    more: Vec<Problem>,
) -> Result<HttpResponse, Error> {
    let found = desk.state.db.read(move |conn| find(conn, id)).await?;
    let found = found.ok_or_else(|| Error::not_found("There is no such objection."))?;
    let fields = decisions(&found, &Maker { fields, errors });
    let Found { objection: o, around: (client, notice), client_id, effect, change_id, head, others, .. } =
        found;
    let (left, _) = left(&o, desk.state.clock.now());
    let voice = |o: &Objection| Voice {
        number: o.number.clone(),
        person: o.person.clone(),
        email: o.email.clone(),
        received: desk.moment(o.received_at),
        how: o.received_by.clone(),
        late: !o.in_time,
        grounds: o.grounds.clone(),
        wish: o.wish.clone(),
    };
    let body = ObjectionPage {
        problems: problems(errors).into_iter().chain(more).collect(),
        id: o.id,
        client,
        client_id,
        notice,
        change_id,
        revision: o.revision,
        state: o.state.label(),
        weight: weight(o.state),
        in_time: o.in_time,
        effect: match (effect, o.blocks()) {
            (ObjectionEffect::Blocks, true) => {
                "Its agreement lets an objection block: the change does not come into force for it while this is open."
            }
            (ObjectionEffect::Blocks, false) => "Its agreement lets an objection block; this one does not.",
            (ObjectionEffect::RemedyOnly, _) => {
                "Its agreement gives a remedy only: the change goes live, and the day to answer runs."
            }
        },
        left,
        answer: o.answer.clone(),
        remedy: o.remedy.map_or("", Remedy::label),
        voices: std::iter::once(&o).chain(&others).map(voice).collect(),
        head: head.map(|head| Head { id: head.id, number: head.number }),
        number: o.number,
        fields,
    };
    let title = format!("Objection {}", body.number);
    desk.page_with(status, staff, Tab::Objections, &title, "staff/objections/one", body).await
}

fn decisions(found: &Found, m: &Maker<'_>) -> Vec<Field> {
    let next = found.objection.state.next();
    if next.is_empty() || found.head.is_some() {
        return Vec::new();
    }
    let mut fields = vec![
        m.select("to", "It becomes", "", words(next, |state| state.label())),
        m.area(
            "answer",
            "Answer",
            "The person is mailed it. Needed where you do not admit it, and for a remedy.",
        ),
        m.date("fix_by", "Answered with a remedy by", "Empty on admission: as the agreement says."),
        m.select("remedy", "Remedy", "For “Resolved” only.", words_or("None", Remedy::ALL, Remedy::label)),
    ];
    if found.engagements.len() > 1 {
        let mut choices = vec![choice("", "Choose")];
        choices.extend(found.engagements.iter().cloned());
        fields.push(m.select("engagement_id", "Held out of", "For the remedy “held out”.", choices));
    }
    fields
}

/// `POST /staff/objections/{id}`
pub async fn act(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let seen = (*id, fields.number("revision")?);
    let done = match draft(&fields) {
        Ok(decision) => decide(&desk.state, &staff.by, seen, decision).await,
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    match done {
        Ok(_) => Ok(see(&format!("/staff/objections/{id}"), "objection-decided")),
        Err(actions::Error::Invalid(errors)) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show(&desk, &staff, status, *id, &fields, &errors, Vec::new()).await
        }
        Err(error @ (actions::Error::Outdated(_) | actions::Error::Conflict(_))) => {
            let more = problem(error.to_string());
            show(&desk, &staff, StatusCode::CONFLICT, *id, &fields, &[], more).await
        }
        Err(error) => Err(error.into()),
    }
}

fn draft(fields: &Fields) -> Result<Decision, Vec<FieldError>> {
    let mut gather = Gather::default();
    let to = gather.keep(word(fields, "to"));
    let remedy = gather.keep(word(fields, "remedy"));
    let engagement_id = gather.keep(word(fields, "engagement_id"));
    let fix_by = gather.keep(fields.day("fix_by"));
    let Some(to) = to else {
        gather.0.push(FieldError::new("to", "Choose what it becomes."));
        return Err(gather.0);
    };
    let answer = fields.get("answer").to_owned();
    gather.done(Decision { to, answer, remedy, fix_by, engagement_id })
}
