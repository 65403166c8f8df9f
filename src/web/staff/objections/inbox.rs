//! `GET /staff/objections`: what waits for an answer, the most urgent first.

use actix_web::HttpResponse;
use actix_web::web::Query;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{self, Conn};
use crate::domain::id::Id;
use crate::domain::objection::{Objection, ObjectionState};
use crate::web::auth::Staff;
use crate::web::error::Error;
use crate::web::staff::console::{Desk, Tab};

const PAGE: i64 = 100;

#[derive(Serialize)]
struct InboxPage {
    lines: Vec<Line>,
    tabs: Vec<Tabbed>,
    older: Option<String>,
}

#[derive(Serialize)]
struct Tabbed {
    href: String,
    label: &'static str,
    current: bool,
}

#[derive(Serialize)]
struct Line {
    id: Id,
    number: String,
    client: String,
    person: String,
    notice: String,
    state: &'static str,
    weight: &'static str,
    late: bool,
    merged: bool,
    received: String,
    left: String,
    pressing: bool,
}

/// Which ones.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    show: String,
    before: Option<Id>,
}

/// How long is left, in words, and whether it presses.
pub(super) fn left(o: &Objection, now: Timestamp) -> (String, bool) {
    let Some(by) = o.fix_by.filter(|_| o.state.is_open()) else {
        let words = if o.state.is_open() { "no day set yet" } else { "" };
        return (words.to_owned(), o.state == ObjectionState::Received);
    };
    let hours = by.duration_since(now).as_hours();
    match hours {
        h if h < 0 => (format!("overdue by {}", days((-h).div_euclid(24))), true),
        h if h < 24 => ("less than a day left".to_owned(), true),
        h => (format!("{} left", days(h.div_euclid(24))), h < 24 * 7),
    }
}

fn days(n: i64) -> String {
    match n {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        n => format!("{n} days"),
    }
}

/// How pressing a state looks.
pub(super) fn weight(state: ObjectionState) -> &'static str {
    match state {
        ObjectionState::Received => "bad",
        ObjectionState::Admitted | ObjectionState::InTalks | ObjectionState::Late => "warn",
        ObjectionState::Resolved => "ok",
        _ => "",
    }
}

/// The Client and the notice of an objection.
pub(super) fn around(conn: &mut Conn, o: &Objection) -> Result<(String, String), db::Error> {
    let Some(one) = db::client_notice::get(conn, o.client_notice_id)? else { return Ok(<_>::default()) };
    let client = db::client::get(conn, one.client_id)?.map(|client| client.name).unwrap_or_default();
    let notice = db::notice::get(conn, one.notice_id)?.map(|notice| notice.number).unwrap_or_default();
    Ok((client, notice))
}

/// The page.
pub async fn page(desk: Desk, staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, Error> {
    let Asked { show, before } = asked.into_inner();
    let states: Option<Vec<ObjectionState>> = match show.as_str() {
        "closed" => Some(ObjectionState::ALL.iter().copied().filter(|s| !s.is_open()).collect()),
        "all" => Some(Vec::new()),
        _ => None,
    };
    let is_open = states.is_none();
    let before = before.map(|id| id.to_string()).unwrap_or_default();
    let read = move |conn: &mut Conn| {
        let found = match states {
            None => db::objection::open(conn, PAGE)?,
            Some(states) => db::objection::page(conn, &states, &before, PAGE)?,
        };
        found
            .into_iter()
            .map(|o| Ok((around(conn, &o)?, o)))
            .collect::<Result<Vec<((String, String), Objection)>, db::Error>>()
    };
    let found = desk.state.db.read(read).await?;
    let is_full = !is_open && i64::try_from(found.len()).is_ok_and(|n| n == PAGE);
    let last = found.last().filter(|_| is_full).map(|(_, o)| o.id);
    let now = desk.state.clock.now();
    let lines = found.into_iter().map(|((client, notice), o)| {
        let (left, pressing) = left(&o, now);
        Line {
            id: o.id,
            client,
            notice,
            state: o.state.label(),
            weight: weight(o.state),
            late: !o.in_time,
            merged: o.merged_into.is_some(),
            received: desk.moment(o.received_at),
            left,
            pressing,
            number: o.number,
            person: o.person,
        }
    });
    let tab = |word: &str, label, current| Tabbed {
        href: if word.is_empty() {
            "/staff/objections".into()
        } else {
            format!("/staff/objections?show={word}")
        },
        label,
        current,
    };
    let body = InboxPage {
        lines: lines.collect(),
        tabs: vec![
            tab("", "Open", is_open),
            tab("closed", "Closed", show == "closed"),
            tab("all", "All", show == "all"),
        ],
        older: last.map(|id| format!("/staff/objections?show={show}&before={id}")),
    };
    desk.page(&staff, Tab::Objections, "Objections", "staff/objections/inbox", body).await
}
