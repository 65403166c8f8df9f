//! The Clients a change waits for, why, and what to do about each; going live without those
//! nobody could reach.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use serde::{Deserialize, Serialize};

use crate::actions::{self, Unready, UnreadyPage, clients};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::change::{Change, ChangeState};
use crate::domain::id::Id;
use crate::domain::in_the_way::Why;
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;
use crate::web::staff::console::{Desk, Problem, Tab, problem, problems, see};
use crate::web::staff::field::{Field, Maker};

/// Clients on one page.
const ROWS: usize = 100;

#[derive(Serialize)]
struct Line {
    id: Id,
    name: String,
    why: String,
    weight: &'static str,
    tried: String,
    answer: String,
    may_waive: bool,
    ticked: bool,
    may_consent: bool,
    may_hold_out: bool,
}

#[derive(Serialize)]
struct InTheWayPage {
    problems: Vec<Problem>,
    id: Id,
    reference: String,
    title: String,
    announced: bool,
    over: bool,
    unfinished: bool,
    lines: Vec<Line>,
    may_waive: bool,
    reason: Field,
    next: Option<String>,
}

/// Where the page begins.
#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    after: String,
}

/// `GET /staff/changes/{id}/clients`
pub async fn page(
    desk: Desk,
    staff: Staff,
    id: Path<Id>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Error> {
    show(&desk, &staff, *id, StatusCode::OK, &asked.after, &Fields::default(), &[]).await
}

/// Reads one change.
///
/// # Errors
/// There is no such change; the database failed.
pub(super) async fn change(desk: &Desk, id: Id) -> Result<Change, Error> {
    let found = desk.state.db.read(move |conn| db::change::get(conn, id)).await?;
    found.ok_or_else(|| Error::not_found("There is no such change."))
}

async fn show(
    desk: &Desk,
    staff: &Staff,
    id: Id,
    status: StatusCode,
    after: &str,
    fields: &Fields,
    errors: &[FieldError],
) -> Result<HttpResponse, Error> {
    let change = change(desk, id).await?;
    let (seen, settings) = (change.clone(), desk.state.settings.clone());
    let (now, after) = (desk.state.clock.now(), after.to_owned());
    let look = move |conn: &mut db::Conn| actions::unready(conn, &settings, &seen, now, &after, ROWS);
    let UnreadyPage { rows, next, unfinished } = desk.state.db.read(look).await?;
    let announced = change.state == ChangeState::Announced;
    let may_decide = announced && staff.may(Permission::Approve);
    let lines: Vec<Line> = rows.into_iter().map(|row| line(desk, &change, row, may_decide, fields)).collect();
    let m = Maker { fields, errors };
    let place = |e: &FieldError| match e.field.as_str() {
        "change" => problem(e.problem.clone()),
        _ => problems(std::slice::from_ref(e)),
    };
    let body = InTheWayPage {
        problems: errors.iter().flat_map(place).collect(),
        id,
        reference: change.reference(),
        title: change.title.clone(),
        announced,
        over: !announced && !change.state.is_open(),
        unfinished,
        may_waive: lines.iter().any(|line| line.may_waive),
        lines,
        reason: m.area(
            "reason",
            "Why the change need not wait for them",
            "And how else you tried to tell them. It is kept with the count of attempts as proof.",
        ),
        next: next.map(|after| format!("/staff/changes/{id}/clients?after={after}")),
    };
    let title = format!("Clients in the way of {}", change.reference());
    desk.page_with(status, staff, Tab::Changes, &title, "staff/clients/in_the_way", body).await
}

fn line(desk: &Desk, change: &Change, row: Unready, may_decide: bool, fields: &Fields) -> Line {
    let (why, delays) = (row.gate.why, row.gate.delays);
    let mut words = why.words(delays);
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let tried = match (row.tried.attempts, row.tried.last_at) {
        (0, _) | (_, None) => String::new(),
        (1, Some(at)) => format!("once, {}", desk.moment(at)),
        (times, Some(at)) => format!("{times} times, last {}", desk.moment(at)),
    };
    let id = row.client.id;
    Line {
        id,
        name: row.client.name,
        why: words,
        weight: if delays { "warn" } else { "info" },
        tried,
        answer: row.tried.answer,
        may_waive: may_decide && matches!(why, Why::Unreached | Why::Unread),
        ticked: fields.all("clients").any(|ticked| ticked == id.to_string()),
        may_consent: why != Why::Objected
            && (change.state != ChangeState::Effective || why == Why::NeedsConsent),
        may_hold_out: delays && change.state != ChangeState::Effective,
    }
}

/// `POST /staff/changes/{id}/waivers`
pub async fn waive(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Approve)?;
    let named: Result<Vec<Id>, _> = fields.all("clients").map(str::parse).collect();
    let done = match named {
        Ok(named) => {
            let draft = clients::WaiverDraft { clients: named, reason: fields.get("reason").to_owned() };
            clients::waive(&desk.state, &staff.by, *id, draft).await
        }
        Err(_) => Err(FieldError::new("clients", "Tick Clients of this page.").into()),
    };
    let (status, errors) = match done {
        Ok(_) => return Ok(see(&format!("/staff/changes/{id}/clients"), "waived")),
        Err(actions::Error::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Err(actions::Error::Conflict(text)) => (StatusCode::CONFLICT, vec![FieldError::new("change", text)]),
        Err(error) => return Err(error.into()),
    };
    show(&desk, &staff, *id, status, fields.get("after"), &fields, &errors).await
}
