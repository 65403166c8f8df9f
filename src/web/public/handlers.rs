//! Requests for the public pages: from the address to a page.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query as Queried};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::Value;

use super::current::Current;
use super::days::{self, Asked, Found, find};
use super::filter::Query;
use super::list_page::{self, Shown};
use super::notice_page::{self, PageLinks};
use super::vendor_page;
use crate::db;
use crate::domain::canonical::document;
use crate::domain::list_document::ListDocument;
use crate::state::State;
use crate::web::encoded::Encoded;
use crate::web::error::Error;
use crate::web::render::Pages;

/// Notices on one page.
const PAGE: i64 = 50;
const PAGE_LEN: usize = 50;

/// `GET /`
pub async fn list(
    request: HttpRequest,
    query: Queried<Query>,
    state: Data<State>,
    pages: Data<Pages>,
    current: Data<Current>,
) -> Result<HttpResponse, Error> {
    let query = query.into_inner().trimmed();
    let snapshot = current.get().await?;
    if query.is_empty() {
        return Ok(snapshot.page.respond(&request));
    }
    let asked = Asked::read(&query, snapshot.day);
    let status = if asked.is_malformed { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let found = find(&state, &pages, &asked).await?;
    let problems = asked.problems;
    let body = match (&found, &snapshot.list) {
        (Found::Past(version), _) => {
            let list = read(&version.public.text)?;
            let asked = Some(days::published(asked.as_of, &query));
            let shown = Shown { list: &list, announced: &[], today: snapshot.day, asked };
            list_page::render(&pages, shown, &query, problems)?
        }
        (Found::OnDay(answer), _) => {
            let asked = Some(days::in_force(answer, snapshot.day, &query));
            let shown = Shown { list: &answer.list, announced: &[], today: snapshot.day, asked };
            list_page::render(&pages, shown, &query, problems)?
        }
        (Found::Current, Some(list)) => {
            let shown = Shown { list, announced: &snapshot.announced, today: snapshot.day, asked: None };
            list_page::render(&pages, shown, &query, problems)?
        }
        _ => list_page::render_empty(&pages, &query, problems)?,
    };
    Ok(Encoded::page(body).respond_with(status, &request))
}

/// `GET /list.json`
pub async fn list_json(
    request: HttpRequest,
    query: Queried<Query>,
    state: Data<State>,
    pages: Data<Pages>,
    current: Data<Current>,
) -> Result<HttpResponse, Error> {
    let query = query.into_inner().trimmed();
    let snapshot = current.get().await?;
    let nothing = || Error::not_found("No list has been published yet.");
    if query.is_empty() {
        return Ok(snapshot.json.as_ref().ok_or_else(nothing)?.respond(&request));
    }
    let asked = Asked::read(&query, snapshot.day);
    if asked.is_malformed {
        let said = asked.problems.iter().map(|p| format!("{}: {}", p.field, p.problem));
        return Err(Error::Malformed(said.collect::<Vec<_>>().join(" ")));
    }
    let found = find(&state, &pages, &asked).await?;
    let made;
    let stored = match &found {
        Found::Past(version) => version.public.text.as_bytes(),
        Found::OnDay(answer) => {
            made = document(&answer.list).map_err(Error::internal)?.text;
            made.as_bytes()
        }
        Found::Current => snapshot.json.as_ref().ok_or_else(nothing)?.body(),
        Found::Nothing => return Err(Error::not_found("No list had been published by the end of that day.")),
    };
    Ok(Encoded::json(filtered(stored, &query)?).respond(&request))
}

/// The stored document with the entries that pass; the stored bytes themselves if all do.
fn filtered(stored: &[u8], query: &Query) -> Result<Vec<u8>, Error> {
    let list: ListDocument = serde_json::from_slice(stored).map_err(Error::internal)?;
    let passing: Vec<bool> = list.entries.iter().map(|e| query.admits(e)).collect();
    if passing.iter().all(|passes| *passes) {
        return Ok(stored.to_vec());
    }
    let mut value: Value = serde_json::from_slice(stored).map_err(Error::internal)?;
    if let Some(Value::Array(entries)) = value.get_mut("entries") {
        let mut passes = passing.into_iter();
        entries.retain(|_| passes.next().unwrap_or(false));
    }
    Ok(document(&value).map_err(Error::internal)?.text.into_bytes())
}

fn read(text: &str) -> Result<ListDocument, Error> {
    serde_json::from_str(text).map_err(Error::internal)
}

/// `GET /sub-processors/{slug}`
pub async fn vendor(
    request: HttpRequest,
    slug: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
    current: Data<Current>,
) -> Result<HttpResponse, Error> {
    let snapshot = current.get().await?;
    let unknown = || {
        Error::not_found(
            "No company with this address is or was on the list. The address may have been mistyped.",
        )
    };
    let list = snapshot.list.as_ref().filter(|_| is_plain(&slug)).ok_or_else(unknown)?;
    let (wanted, zone) = (slug.clone(), pages.site().zone().clone());
    let past = state.db.read(move |conn| super::history::of_vendor(conn, &wanted, &zone)).await?;
    let is_listed = list.entries.iter().any(|e| e.slug == *slug);
    let (name, events) = match past {
        Some(past) => past,
        None if is_listed => (String::new(), Vec::new()),
        None => return Err(unknown()),
    };
    let page = vendor_page::render(&pages, &slug, &name, list, &snapshot.announced, &events, snapshot.day)?;
    Ok(Encoded::page(page).respond(&request))
}

/// Which page of the notices.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PageAsked {
    page: String,
}

/// `GET /notices`
pub async fn notices(
    request: HttpRequest,
    asked: Queried<PageAsked>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Error> {
    let page: i64 = match asked.page.trim() {
        "" => 1,
        text => text.parse().ok().filter(|n| (1..=100_000).contains(n)).ok_or_else(|| {
            Error::Malformed("page: is not a page number. Write a number from 1, for example ?page=2.".into())
        })?,
    };
    let skip = (page - 1) * PAGE;
    let mut notices = state.db.read(move |conn| db::notice::public_page(conn, skip, PAGE + 1)).await?;
    if notices.is_empty() && page > 1 {
        return Err(Error::not_found("There are not that many notices. Go back to the newest."));
    }
    let has_older = notices.len() > PAGE_LEN;
    notices.truncate(PAGE_LEN);
    let links = (has_older || page > 1).then(|| PageLinks {
        newer: (page > 1).then(|| format!("/notices?page={}", page - 1)),
        older: has_older.then(|| format!("/notices?page={}", page + 1)),
        text: format!("Page {page}"),
    });
    let today = pages.site().day(state.clock.now());
    Ok(Encoded::page(notice_page::render_all(&pages, &notices, today, links)?).respond(&request))
}

/// Whether a text can be part of an address of ours; others reach no database.
fn is_plain(text: &str) -> bool {
    text.len() <= 100 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// `GET /notices/{number}`
pub async fn notice(
    request: HttpRequest,
    number: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Error> {
    let unknown = || Error::not_found("There is no notice with this number. Numbers look like N-2026-007.");
    let wanted = Some(number.into_inner()).filter(|n| is_plain(n)).ok_or_else(unknown)?;
    let found = state.db.read(move |conn| db::notice::by_number(conn, &wanted)).await?.ok_or_else(unknown)?;
    let today = pages.site().day(state.clock.now());
    let page = notice_page::render(&pages, &found, today)?.ok_or_else(unknown)?;
    Ok(Encoded::page(page).respond(&request))
}
