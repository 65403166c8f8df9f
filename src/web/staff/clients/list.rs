//! All Clients, with the agreement in force and whether anybody can be reached.

use actix_web::HttpResponse;
use actix_web::web::Query;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words::is_served;
use crate::db::{self, Conn};
use crate::domain::agreement::DpaVersion;
use crate::domain::client::{Client, Contact};
use crate::domain::contacts::Reach;
use crate::domain::id::Id;
use crate::web::auth::Staff;
use crate::web::error::Error;
use crate::web::staff::console::{Desk, Tab};

const PAGE: i64 = 50;

#[derive(Serialize)]
struct Line {
    href: String,
    name: String,
    reference: String,
    agreement: String,
    in_force: bool,
    contacts: String,
    weight: &'static str,
    zone: String,
}

#[derive(Serialize)]
struct ListPage {
    q: String,
    total: i64,
    lines: Vec<Line>,
    next: Option<String>,
}

/// What to look for, and where the page begins.
#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    q: String,
    after: Option<Id>,
}

/// Whether the subscription a contact goes through, if any, is served.
pub(super) fn is_open(conn: &mut Conn, contact: &Contact) -> Result<bool, db::Error> {
    let Some(id) = contact.subscription_id else { return Ok(true) };
    Ok(db::subscription::get(conn, id)?.is_some_and(|stored| is_served(&stored.subscription)))
}

pub(super) fn reach(conn: &mut Conn, contacts: &[Contact]) -> Result<Reach, db::Error> {
    let open: Result<Vec<bool>, _> = contacts.iter().map(|contact| is_open(conn, contact)).collect();
    Ok(Reach::of(contacts.iter().zip(open?)))
}

fn line(conn: &mut Conn, client: Client, dpas: &[DpaVersion], today: Date) -> Result<Line, db::Error> {
    let agreements = db::agreement::of_client(conn, client.id)?;
    let current = agreements.iter().find(|a| a.is_in_force(today));
    let name_of = |id: Id| dpas.iter().find(|d| d.id == id).map_or("", |d| d.name.as_str());
    let agreement = match current {
        Some(a) if a.overrides.is_empty() => name_of(a.dpa_id).to_owned(),
        Some(a) => format!("{}, with exceptions", name_of(a.dpa_id)),
        None if agreements.iter().any(|a| a.effective_on > today) => "Not in force yet".to_owned(),
        None if agreements.is_empty() => "None".to_owned(),
        None => "Ended".to_owned(),
    };
    let contacts = db::contact::of_client(conn, client.id)?;
    let reach = reach(conn, &contacts)?;
    let weight = match (reach.is_reachable(), reach.bounced) {
        (false, _) => "bad",
        (true, 0) => "ok",
        (true, _) => "warn",
    };
    Ok(Line {
        href: format!("/staff/clients/{}", client.id),
        in_force: current.is_some(),
        agreement,
        contacts: reach.words(),
        weight,
        zone: client.facts.time_zone,
        name: client.name,
        reference: client.reference,
    })
}

/// `GET /staff/clients`
pub async fn page(desk: Desk, staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, Error> {
    let q: String = asked.q.trim().chars().take(100).collect();
    let (after, today, search) =
        (asked.after.map(|id| id.to_string()).unwrap_or_default(), desk.today(), q.clone());
    let read = move |conn: &mut Conn| {
        let found = db::client::page(conn, &search, &after, PAGE)?;
        let last = found.last().map(|client| client.id);
        let is_full = i64::try_from(found.len()).is_ok_and(|n| n == PAGE);
        let dpas = db::dpa::all(conn)?;
        let lines: Result<Vec<Line>, db::Error> =
            found.into_iter().map(|client| line(conn, client, &dpas, today)).collect();
        Ok::<_, db::Error>((lines?, last.filter(|_| is_full), db::client::count(conn)?))
    };
    let (lines, last, total) = desk.state.db.read(read).await?;
    let next = last.map(|id| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !q.is_empty() {
            query.append_pair("q", &q);
        }
        query.append_pair("after", &id.to_string());
        format!("/staff/clients?{}", query.finish())
    });
    let body = ListPage { q, total, lines, next };
    desk.page(&staff, Tab::Clients, "Clients", "staff/clients/list", body).await
}
