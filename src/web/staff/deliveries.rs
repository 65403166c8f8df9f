//! What was sent and what was not: every delivery with its attempts, and the switch that holds
//! everything back.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use serde::{Deserialize, Serialize};

use super::console::{Desk, Problem, Tab, problem, see};
use super::field::{Choice, choice};
use crate::actions;
use crate::db;
use crate::db::outbox::{Listed, Wanted};
use crate::delivery::outcome::said;
use crate::domain::access::Permission;
use crate::domain::delivery::{Delivery, DeliveryKind, DeliveryState};
use crate::domain::id::Id;
use crate::domain::subscription::{Channel, Subscription, SubscriptionState};
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;

const PAGE: usize = 100;

#[derive(Serialize)]
struct Tabbed {
    href: String,
    label: String,
    count: i64,
    current: bool,
}

#[derive(Serialize)]
struct Line {
    href: String,
    to: String,
    channel: &'static str,
    what: String,
    state: &'static str,
    weight: &'static str,
    attempts: i32,
    answer: String,
    at: String,
}

#[derive(Serialize)]
struct DeliveriesPage {
    problems: Vec<Problem>,
    tabs: Vec<Tabbed>,
    channels: Vec<Choice>,
    state: String,
    lines: Vec<Line>,
    older: Option<String>,
    accepted: i64,
    total: i64,
    paused: bool,
    may_pause: bool,
}

#[derive(Serialize)]
struct Try {
    number: i32,
    at: String,
    took_ms: i64,
    peer: String,
    tls: String,
    said: String,
    verdict: String,
    sha256: String,
}

#[derive(Serialize)]
struct DeliveryPage {
    problems: Vec<Problem>,
    id: Id,
    to: String,
    channel: &'static str,
    what: String,
    state: &'static str,
    weight: &'static str,
    created: String,
    due: Option<String>,
    accepted: Option<String>,
    tries: Vec<Try>,
    may_resend: bool,
}

/// Which ones.
#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    channel: String,
    before: Option<Id>,
}

/// Where a delivery stands; one that waits because its endpoint is suspended says so.
fn standing(listed: &Listed) -> (&'static str, &'static str) {
    let d = &listed.delivery;
    let waits = d.state == DeliveryState::Queued && d.channel == Channel::Webhook && d.is_news();
    if waits && listed.receiver.state == SubscriptionState::Suspended {
        return ("Waits: endpoint suspended", "warn");
    }
    words(d.state)
}

fn words(state: DeliveryState) -> (&'static str, &'static str) {
    match state {
        DeliveryState::Queued => ("Waiting", "info"),
        DeliveryState::Sending => ("Being sent", "info"),
        DeliveryState::Accepted => ("Accepted", "ok"),
        DeliveryState::Acknowledged => ("Acknowledged", "ok"),
        DeliveryState::Failed => ("Failed", "bad"),
        DeliveryState::Cancelled => ("Cancelled", ""),
    }
}

fn receiver(to: &Subscription, channel: Channel) -> String {
    if channel == Channel::Webhook { to.url.clone() } else { to.email.to_string() }
}

fn what(delivery: &Delivery, notices: &BTreeMap<Id, String>) -> String {
    let notice = delivery.notice_id.and_then(|id| notices.get(&id)).map_or("notice", String::as_str);
    match delivery.kind {
        DeliveryKind::Notice => format!("{notice}, {}", delivery.event),
        DeliveryKind::Update => {
            format!("short update, version {}", delivery.list_version.unwrap_or_default())
        }
        DeliveryKind::Confirm => "confirmation of a subscription".to_owned(),
        DeliveryKind::Preferences => "link to the preferences".to_owned(),
        DeliveryKind::Test => "test".to_owned(),
        DeliveryKind::ObjectionReceipt => "receipt of an objection".to_owned(),
        DeliveryKind::ObjectionAnswer => "answer to an objection".to_owned(),
        DeliveryKind::Desk => "word to your privacy contact".to_owned(),
        DeliveryKind::ClientLink => "link to a Client’s page".to_owned(),
        DeliveryKind::Successor => "question to a contact to come".to_owned(),
    }
}

fn numbers(conn: &mut db::Conn, of: &[Listed]) -> Result<BTreeMap<Id, String>, db::Error> {
    let mut numbers = BTreeMap::new();
    for id in of.iter().filter_map(|l| l.delivery.notice_id) {
        if !numbers.contains_key(&id)
            && let Some(notice) = db::notice::get(conn, id)?
        {
            numbers.insert(id, notice.number);
        }
    }
    Ok(numbers)
}

/// `GET /staff/deliveries`
pub async fn page(desk: Desk, staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, Error> {
    let asked = asked.into_inner();
    let (state, channel): (Option<DeliveryState>, Option<Channel>) =
        (asked.state.parse().ok(), asked.channel.parse().ok());
    let wanted = Wanted { state, channel, before: asked.before, ..Wanted::default() };
    let read = move |conn: &mut db::Conn| {
        let found = db::outbox::list(conn, &wanted, i64::try_from(PAGE).unwrap_or(100) + 1)?;
        let notices = numbers(conn, &found)?;
        let paused = db::setting::get(conn, actions::PAUSED)?.is_some();
        Ok::<_, db::Error>((found, notices, db::outbox::counts(conn)?, paused))
    };
    let (mut found, notices, counts, paused) = desk.state.db.read(read).await?;
    let count = |s: DeliveryState| counts.iter().find(|(state, _)| *state == s).map_or(0, |(_, n)| *n);
    let total: i64 = counts.iter().map(|(_, n)| n).sum();
    let query = |state: &str, before: &str| {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("state", state), ("channel", &asked.channel), ("before", before)] {
            if !value.is_empty() {
                pairs.append_pair(name, value);
            }
        }
        format!("/staff/deliveries?{}", pairs.finish())
    };
    let mut tabs =
        vec![Tabbed { href: query("", ""), label: "All".into(), count: total, current: state.is_none() }];
    tabs.extend(DeliveryState::ALL.iter().map(|s| Tabbed {
        href: query(s.as_str(), ""),
        label: words(*s).0.to_owned(),
        count: count(*s),
        current: state == Some(*s),
    }));
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let last = found.last().filter(|_| more).map(|l| l.delivery.id.to_string());
    let mut channels = vec![choice("", "Any"), choice("email", "Mail"), choice("webhook", "Webhook")];
    for choice in &mut channels {
        choice.selected = choice.value == asked.channel;
    }
    let body = DeliveriesPage {
        problems: Vec::new(),
        tabs,
        channels,
        state: state.map_or_else(String::new, |s| s.to_string()),
        lines: found.iter().map(|l| line(&desk, l, &notices)).collect(),
        older: last.map(|last| query(&asked.state, &last)),
        accepted: count(DeliveryState::Accepted) + count(DeliveryState::Acknowledged),
        total,
        paused,
        may_pause: staff.may(Permission::Admin),
    };
    desk.page(&staff, Tab::Deliveries, "Deliveries", "staff/deliveries", body).await
}

fn line(desk: &Desk, listed: &Listed, notices: &BTreeMap<Id, String>) -> Line {
    let d = &listed.delivery;
    let (state, weight) = standing(listed);
    Line {
        href: format!("/staff/deliveries/{}", d.id),
        to: receiver(&listed.receiver, d.channel),
        channel: if d.channel == Channel::Webhook { "Webhook" } else { "Mail" },
        what: what(d, notices),
        state,
        weight,
        attempts: d.attempts,
        answer: d.last_answer.chars().take(160).collect(),
        at: match (d.state, d.accepted_at) {
            (_, Some(at)) => desk.moment(at),
            (DeliveryState::Queued, None) => format!("next try {}", desk.moment(d.due_at)),
            _ => desk.moment(d.created_at),
        },
    }
}

/// `GET /staff/deliveries/{id}`
pub async fn one(desk: Desk, staff: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    show(&desk, &staff, *id, StatusCode::OK, Vec::new()).await
}

async fn show(
    desk: &Desk,
    staff: &Staff,
    id: Id,
    status: StatusCode,
    problems: Vec<Problem>,
) -> Result<HttpResponse, Error> {
    let read = move |conn: &mut db::Conn| {
        let Some((delivery, receiver)) = db::outbox::get(conn, id)? else { return Ok(None) };
        let listed = [Listed { delivery, receiver: receiver.subscription }];
        let notices = numbers(conn, &listed)?;
        Ok::<_, db::Error>(Some((listed, notices, db::outbox::attempts(conn, id)?)))
    };
    let found = desk.state.db.read(read).await?;
    let Some(([listed], notices, attempts)) = found else {
        return Err(Error::not_found("There is no such delivery."));
    };
    let d = &listed.delivery;
    let (state, weight) = standing(&listed);
    let waits = matches!(d.state, DeliveryState::Failed | DeliveryState::Queued);
    let body = DeliveryPage {
        problems,
        id,
        to: receiver(&listed.receiver, d.channel),
        channel: if d.channel == Channel::Webhook { "webhook" } else { "mail" },
        what: what(d, &notices),
        state,
        weight,
        created: desk.moment(d.created_at),
        due: (d.state == DeliveryState::Queued).then(|| desk.moment(d.due_at)),
        accepted: d.accepted_at.map(|at| desk.moment(at)),
        tries: attempts
            .into_iter()
            .map(|a| Try {
                number: a.number,
                at: desk.moment(a.at),
                took_ms: a.took_ms,
                peer: a.peer,
                tls: a.tls,
                said: said(u16::try_from(a.code).ok().filter(|code| *code != 0), &a.answer),
                verdict: a.verdict,
                sha256: a.body_sha256,
            })
            .collect(),
        may_resend: waits && staff.may(Permission::Write),
    };
    desk.page_with(status, staff, Tab::Deliveries, "Delivery", "staff/delivery", body).await
}

/// `POST /staff/deliveries/{id}/resend`
pub async fn resend(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    match actions::resend(&desk.state, &form.staff.by, *id).await {
        Ok(_) => Ok(see(&format!("/staff/deliveries/{id}"), "resent")),
        Err(actions::Error::Conflict(text)) => {
            show(&desk, &form.staff, *id, StatusCode::CONFLICT, problem(text)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /staff/sending/pause`
pub async fn pause(desk: Desk, form: Posted) -> Result<HttpResponse, Error> {
    actions::pause_sending(&desk.state, &form.staff.by).await?;
    Ok(see("/staff/deliveries", "paused"))
}

/// `POST /staff/sending/resume`
pub async fn resume(desk: Desk, form: Posted) -> Result<HttpResponse, Error> {
    actions::resume_sending(&desk.state, &form.staff.by).await?;
    Ok(see("/staff/deliveries", "resumed"))
}
