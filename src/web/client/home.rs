//! `GET /client/{token}`: the Client's page: its next deadline, its notices, its list, its
//! contacts, its objections, its DPA version. It takes a fresh link.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::links::{answer, dead, frame, open};
use super::{own_list, words};
use crate::actions::portal::Visitor;
use crate::db::{self, Conn};
use crate::domain::client::{Client, ContactRole, ContactState};
use crate::domain::client_notice::{ClientNotice, ClientNoticeState};
use crate::domain::contacts::current;
use crate::domain::diff::long_date;
use crate::domain::id::Id;
use crate::domain::notice::headline;
use crate::domain::subscription::Channel;
use crate::domain::text::FieldError;
use crate::keys::{BadLink, Purpose};
use crate::state::State;
use crate::web::error::Error;
use crate::web::render::{Frame, Pages};

/// What an act just did, or why it did not.
#[derive(Default)]
pub(super) struct Said {
    /// It worked: one sentence.
    pub(super) good: Option<String>,
    /// What was wrong.
    pub(super) problems: Vec<FieldError>,
}

impl Said {
    /// The DPA was asked for.
    pub(super) fn dpa() -> Self {
        let good = "We have passed on that you ask for our current DPA. Somebody will write to you.";
        Self { good: Some(good.to_owned()), problems: Vec::new() }
    }
}

#[derive(Serialize)]
struct HomePage {
    frame: Frame,
    problems: Vec<FieldError>,
    good: Option<String>,
    here: String,
    client: String,
    next: Option<Next>,
    notices: Vec<NoticeLine>,
    lines: Vec<own_list::Line>,
    contacts: Vec<ContactLine>,
    objections: Vec<ObjectionLine>,
    dpa: Option<DpaLine>,
}

#[derive(Serialize)]
struct Next {
    left: String,
    until: String,
    number: String,
}

#[derive(Serialize)]
struct NoticeLine {
    number: String,
    what: String,
    state: &'static str,
    tone: &'static str,
    until: Option<String>,
    acknowledged: bool,
    #[serde(skip)]
    end: Option<Timestamp>,
    #[serde(skip)]
    left: Option<String>,
}

#[derive(Serialize)]
struct ContactLine {
    id: Id,
    to: String,
    name: String,
    told: &'static str,
    state: &'static str,
    tone: &'static str,
    webhook: bool,
    awaited: Option<String>,
}

#[derive(Serialize)]
struct ObjectionLine {
    number: String,
    person: String,
    state: &'static str,
    late: bool,
    answer: String,
}

#[derive(Serialize)]
struct DpaLine {
    name: String,
    since: String,
    newest: bool,
}

/// The page.
pub async fn page(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Error> {
    match open(&state, &pages, &token).await? {
        Ok(visitor) => show(&state, &pages, &token, &visitor, Said::default()).await,
        Err(dead) => Ok(dead),
    }
}

/// The page, with what was just done. A link to one notice opens nothing here.
pub(super) async fn show(
    state: &State,
    pages: &Pages,
    token: &str,
    visitor: &Visitor,
    said: Said,
) -> Result<HttpResponse, Error> {
    if !visitor.sees_all() {
        return dead(pages, BadLink::Tampered);
    }
    let now = state.clock.now();
    let (today, client) = (pages.site().day(now), visitor.client().clone());
    let mut page = HomePage {
        frame: frame(pages, &client.name),
        problems: Vec::new(),
        good: None,
        here: format!("{}{token}", Purpose::Client.path()),
        client: client.name.clone(),
        next: None,
        notices: Vec::new(),
        lines: Vec::new(),
        contacts: Vec::new(),
        objections: Vec::new(),
        dpa: None,
    };
    let read = move |conn: &mut Conn| {
        let notices = notices(conn, client.id, now)?;
        let lines = own_list::lines(conn, &client, today)?;
        let (contacts, objections) = (contacts(conn, client.id)?, objections(conn, client.id)?);
        Ok::<_, db::Error>((notices, lines, contacts, objections, dpa(conn, &client, today)?))
    };
    (page.notices, page.lines, page.contacts, page.objections, page.dpa) = state.db.read(read).await?;
    page.next =
        page.notices.iter().filter(|line| line.end.is_some()).min_by_key(|line| line.end).and_then(|line| {
            let (left, until) = (line.left.clone()?, line.until.clone()?);
            Some(Next { left, until, number: line.number.clone() })
        });
    let status = if said.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    (page.problems, page.good) = (said.problems, said.good);
    answer(pages, status, "client/home", &page)
}

fn notices(conn: &mut Conn, client: Id, now: Timestamp) -> Result<Vec<NoticeLine>, db::Error> {
    let mut lines = Vec::new();
    for one in db::client_notice::of_client(conn, client)? {
        let Some(notice) = db::notice::get(conn, one.notice_id)? else { continue };
        let (state, tone) = standing(&one);
        let runs = one.state != ClientNoticeState::Withdrawn;
        lines.push(NoticeLine {
            what: headline(&notice.clients.items),
            number: notice.number,
            state,
            tone,
            until: words::deadline(&one).filter(|_| runs),
            acknowledged: one.acknowledged_at.is_some(),
            end: one.clocks.objection_until.filter(|end| runs && *end > now),
            left: words::days_left(&one, now),
        });
    }
    Ok(lines)
}

/// Where a notice stands, for its Client.
fn standing(one: &ClientNotice) -> (&'static str, &'static str) {
    match one.state {
        ClientNoticeState::Planned | ClientNoticeState::Issued => ("Sent; your time has not started", "info"),
        ClientNoticeState::Running => ("Your time runs", "warn"),
        ClientNoticeState::WindowClosed => ("Your time to object is over", ""),
        ClientNoticeState::Settled => ("Settled", "ok"),
        ClientNoticeState::Suspended => ("We could not reach you", "bad"),
        ClientNoticeState::Withdrawn => ("Withdrawn", ""),
    }
}

fn contacts(conn: &mut Conn, client: Id) -> Result<Vec<ContactLine>, db::Error> {
    let all = db::contact::of_client(conn, client)?;
    let mut lines = Vec::new();
    for contact in current(&all) {
        let (state, tone) = match contact.state {
            ContactState::Working => ("Works, as far as we know", "ok"),
            ContactState::Bounced => ("Mail comes back: name another", "bad"),
            ContactState::Leaving => ("To be replaced", "warn"),
            ContactState::Ended => ("Ended", ""),
        };
        lines.push(ContactLine {
            id: contact.id,
            to: contact.email.to_string(),
            name: contact.name.clone(),
            told: match contact.role {
                ContactRole::Notify => "Every notice",
                ContactRole::Fallback => "If the others cannot be reached",
            },
            state,
            tone,
            webhook: contact.channel == Channel::Webhook,
            awaited: db::successor::awaited(conn, contact.id)?.map(|new| new.email.to_string()),
        });
    }
    Ok(lines)
}

fn objections(conn: &mut Conn, client: Id) -> Result<Vec<ObjectionLine>, db::Error> {
    let found = db::objection::of_client(conn, client)?;
    let line = |o: crate::domain::objection::Objection| ObjectionLine {
        state: o.state.label(),
        late: !o.in_time,
        number: o.number,
        person: o.person,
        answer: o.answer,
    };
    Ok(found.into_iter().map(line).collect())
}

fn dpa(conn: &mut Conn, client: &Client, today: Date) -> Result<Option<DpaLine>, db::Error> {
    let agreements = db::agreement::of_client(conn, client.id)?;
    let Some(agreement) = agreements.into_iter().find(|one| one.is_in_force(today)) else { return Ok(None) };
    let standard = db::dpa::standard(conn)?.map(|dpa| dpa.id);
    Ok(db::dpa::get(conn, agreement.dpa_id)?.map(|dpa| DpaLine {
        newest: standard.is_none_or(|id| id == dpa.id),
        name: dpa.name,
        since: long_date(agreement.effective_on),
    }))
}
