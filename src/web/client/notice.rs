//! One notice as its Client was told it, with the Client's own dates, and acknowledging it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path};
use serde::Serialize;

use super::links::{answer, dead, frame, open_notice};
use super::words;
use crate::actions::Error as ActionError;
use crate::actions::portal::{self, Told, Visitor};
use crate::db;
use crate::domain::acknowledgement::Acknowledgement;
use crate::domain::client_notice::ClientNoticeState;
use crate::domain::diff::long_date;
use crate::domain::text::FieldError;
use crate::keys::{BadLink, Purpose};
use crate::state::State;
use crate::web::auth::Knock;
use crate::web::error::Error;
use crate::web::public::notice_page::{Item, item, title};
use crate::web::render::{Frame, Pages};
use crate::web::site::weekday_date;

#[derive(Serialize)]
struct NoticePage {
    frame: Frame,
    problems: Vec<FieldError>,
    here: String,
    home: Option<String>,
    client: String,
    number: String,
    title: String,
    sentence: String,
    withdrawn: bool,
    left: Option<String>,
    dates: Vec<DateLine>,
    choice: String,
    may_object: bool,
    deadline: bool,
    acknowledged: Vec<Signed>,
    objections: Vec<Objected>,
    person: String,
    person_problem: Option<String>,
    items: Vec<Item>,
    reason: Option<String>,
    agreement: String,
    public: bool,
    published: String,
    version: i64,
    hash: String,
}

#[derive(Serialize)]
struct DateLine {
    label: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Signed {
    person: String,
    at: String,
}

#[derive(Serialize)]
struct Objected {
    number: String,
    person: String,
    at: String,
    state: &'static str,
    late: bool,
    answer: String,
}

/// What a refused form has to say again.
#[derive(Default)]
struct Again {
    person: String,
    problems: Vec<FieldError>,
}

/// `GET /client/{token}/notices/{number}`, and `…/acknowledge`, where a mail links to
pub async fn page(
    path: Path<(String, String)>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Error> {
    let (token, number) = path.into_inner();
    match open_notice(&state, &pages, &token, &number).await? {
        Ok((visitor, told)) => {
            show(&state, &pages, &token, StatusCode::OK, &visitor, told, Again::default()).await
        }
        Err(dead) => Ok(dead),
    }
}

/// `POST /client/{token}/notices/{number}/acknowledge`
pub async fn acknowledge(
    path: Path<(String, String)>,
    state: Data<State>,
    pages: Data<Pages>,
    Knock(fields): Knock,
) -> Result<HttpResponse, Error> {
    let (token, number) = path.into_inner();
    let (visitor, told) = match open_notice(&state, &pages, &token, &number).await? {
        Ok(opened) => opened,
        Err(dead) => return Ok(dead),
    };
    let person = fields.get("person").to_owned();
    let (status, problems) = match portal::acknowledge(&state, &visitor, &number, &person).await {
        Ok(_) => return Ok(see(&token, &number)),
        Err(ActionError::Invalid(problems)) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        Err(ActionError::Conflict(why)) => (StatusCode::CONFLICT, vec![FieldError::new("main", why)]),
        Err(ActionError::NotFound(_)) => return dead(&pages, BadLink::Tampered),
        Err(error) => return Err(error.into()),
    };
    show(&state, &pages, &token, status, &visitor, told, Again { person, problems }).await
}

fn at(token: &str, number: &str) -> String {
    format!("{}{token}/notices/{number}", Purpose::ClientNotice.path())
}

fn see(token: &str, number: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, at(token, number))).finish()
}

async fn show(
    state: &State,
    pages: &Pages,
    token: &str,
    status: StatusCode,
    visitor: &Visitor,
    told: Told,
    again: Again,
) -> Result<HttpResponse, Error> {
    let id = told.one.id;
    let read = move |conn: &mut db::Conn| {
        let signed = db::acknowledgement::of_client_notice(conn, id)?;
        Ok::<_, db::Error>((signed, db::objection::of_client_notice(conn, id)?))
    };
    let (signed, objections) = state.db.read(read).await?;
    let Told { notice, one } = told;
    let now = state.clock.now();
    let site = pages.site();
    let document = notice.latest_for_clients();
    let published = site.day(document.published_at);
    let is_in_force = notice.is_in_force(published);
    let withdrawn = one.state == ClientNoticeState::Withdrawn;
    let is_public = |id| {
        let seen = |document: &crate::domain::notice::NoticeDocument| {
            document.items.iter().any(|item| item.entry_id == id)
        };
        notice.public.as_ref().is_some_and(seen)
    };
    let items = document.items.iter().map(|told| {
        let over = is_in_force || told.effective_from.is_some_and(|day| day <= published);
        let mut told = told.clone();
        // A hidden line has no page.
        told.slug = told.slug.filter(|_| is_public(told.entry_id));
        let mut shown = item(&told, over, site.day(now));
        // What was withdrawn takes effect on no day.
        shown.when = shown.when.filter(|_| over || !withdrawn);
        shown
    });
    let heading = title(&document);
    let page = NoticePage {
        frame: frame(pages, &format!("{heading} ({})", notice.number)),
        here: at(token, &notice.number),
        home: visitor.sees_all().then(|| format!("{}{token}", Purpose::Client.path())),
        client: visitor.client().name.clone(),
        number: notice.number.clone(),
        title: heading,
        sentence: document.sentence(),
        withdrawn,
        left: words::days_left(&one, now).filter(|_| !withdrawn),
        dates: dates(&one, notice.in_force_on(), document.effective_from),
        choice: words::choice(&one, now, document.in_use_since.is_some()),
        may_object: one.rules.objection.is_some() && !withdrawn,
        deadline: one.clocks.objection_until.is_some_and(|end| end > now),
        acknowledged: signed
            .into_iter()
            .map(|Acknowledgement { person, at, .. }| Signed { person, at: words::at(&one, at) })
            .collect(),
        objections: objections
            .into_iter()
            .map(|o| Objected {
                at: words::at(&one, o.received_at),
                state: o.state.label(),
                late: !o.in_time,
                number: o.number,
                person: o.person,
                answer: o.answer,
            })
            .collect(),
        person_problem: again.problems.iter().find(|p| p.field == "person").map(|p| p.problem.clone()),
        person: again.person,
        problems: again.problems,
        items: items.collect(),
        reason: (!document.reason.is_empty()).then(|| document.reason.clone()),
        agreement: match one.rules.clause.as_str() {
            "" => one.rules.dpa.clone(),
            clause => format!("{}, {clause}", one.rules.dpa),
        },
        public: notice.public.is_some(),
        published: site.moment(document.published_at),
        version: notice.clients.list_version,
        hash: notice.sha256.clone(),
    };
    answer(pages, status, "client/notice", &page)
}

fn dates(
    one: &crate::domain::client_notice::ClientNotice,
    in_force: Option<jiff::civil::Date>,
    planned: Option<jiff::civil::Date>,
) -> Vec<DateLine> {
    let mut lines = vec![DateLine { label: "Notice", text: words::at(one, one.issued_at) }];
    let mut add = |label, text: Option<String>| lines.extend(text.map(|text| DateLine { label, text }));
    if one.state == ClientNoticeState::Withdrawn {
        return lines;
    }
    add("Object by", words::deadline(one));
    add("For you not before", one.clocks.earliest_effective.map(weekday_date));
    match in_force {
        Some(day) => add("In effect since", Some(long_date(day))),
        None => add("Planned for", planned.map(weekday_date)),
    }
    lines
}
