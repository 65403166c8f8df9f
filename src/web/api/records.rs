//! What is on record for a vendor and its engagements: contracts, vettings, transfer impact
//! assessments. The gate asks for them. A line that is only in a draft may have them already:
//! its ids stand in the change.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use super::body::{Json, parse, refused};
use super::caller::{Caller, Seen};
use super::page::Paging;
use super::view::etag;
use crate::actions::{self, record};
use crate::db;
use crate::domain::id::Id;
use crate::web::Error;

fn no_engagement() -> Error {
    Error::not_found("There is no such engagement.")
}

/// The record whose id stands last in the path.
fn record_id(request: &HttpRequest) -> Result<Id, Error> {
    parse(request.match_info().query("record"))
}

/// As everywhere, a revision that is not the last one is answered as such.
fn not_saved(error: actions::Error) -> Error {
    match error {
        actions::Error::Conflict(text) => Error::Stale(text),
        other => refused(other),
    }
}

pub(super) async fn contracts(
    caller: Caller,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    let (paging, id) = (Paging::of(&request, &[])?, parse(&path)?);
    let read = move |conn: &mut db::Conn| match db::record::knows_vendor(conn, id)? {
        true => Ok(Some(db::record::contracts(conn, &[id])?)),
        false => Ok(None),
    };
    let found = caller.read(read).await?.ok_or_else(|| Error::not_found("There is no such vendor."))?;
    paging.answer_from(found, |c| c.id, Clone::clone)
}

pub(super) async fn add_contract(
    caller: Caller,
    path: Path<String>,
    sent: Json,
) -> Result<HttpResponse, Error> {
    let (id, wish) = (parse(&path)?, sent.read()?);
    let made = record::record_contract(&caller.state, &caller.by, id, wish).await.map_err(refused)?;
    Ok(HttpResponse::Created().insert_header(etag(made.revision)).json(made))
}

pub(super) async fn correct_contract(
    seen: Seen,
    request: HttpRequest,
    sent: Json,
) -> Result<HttpResponse, Error> {
    let (ids, wish, caller) = ((seen.id, record_id(&request)?), sent.read()?, &seen.caller);
    let result = record::correct_contract(&caller.state, &caller.by, ids, seen.revision, wish).await;
    let saved = result.map_err(not_saved)?;
    Ok(HttpResponse::Ok().insert_header(etag(saved.revision)).json(saved))
}

pub(super) async fn vettings(
    caller: Caller,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    let (paging, id) = (Paging::of(&request, &[])?, parse(&path)?);
    let read = move |conn: &mut db::Conn| match db::record::line(conn, id)? {
        Some(_) => Ok(Some(db::record::vettings(conn, &[id])?)),
        None => Ok(None),
    };
    let found = caller.read(read).await?.ok_or_else(no_engagement)?;
    paging.answer_from(found, |v| v.id, Clone::clone)
}

pub(super) async fn add_vetting(
    caller: Caller,
    path: Path<String>,
    sent: Json,
) -> Result<HttpResponse, Error> {
    let (id, wish) = (parse(&path)?, sent.read()?);
    let made = record::record_vetting(&caller.state, &caller.by, id, wish).await.map_err(refused)?;
    Ok(HttpResponse::Created().json(made))
}

pub(super) async fn assessments(
    caller: Caller,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    let (paging, id) = (Paging::of(&request, &[])?, parse(&path)?);
    let read = move |conn: &mut db::Conn| match db::record::line(conn, id)? {
        Some(_) => Ok(Some(db::record::assessments(conn, &[id])?)),
        None => Ok(None),
    };
    let found = caller.read(read).await?.ok_or_else(no_engagement)?;
    paging.answer_from(found, |a| a.id, Clone::clone)
}

pub(super) async fn add_assessment(
    caller: Caller,
    path: Path<String>,
    sent: Json,
) -> Result<HttpResponse, Error> {
    let (id, wish) = (parse(&path)?, sent.read()?);
    let made = record::record_assessment(&caller.state, &caller.by, id, wish).await.map_err(refused)?;
    Ok(HttpResponse::Created().insert_header(etag(made.revision)).json(made))
}

pub(super) async fn correct_assessment(
    seen: Seen,
    request: HttpRequest,
    sent: Json,
) -> Result<HttpResponse, Error> {
    let (ids, wish, caller) = ((seen.id, record_id(&request)?), sent.read()?, &seen.caller);
    let result = record::correct_assessment(&caller.state, &caller.by, ids, seen.revision, wish).await;
    let saved = result.map_err(not_saved)?;
    Ok(HttpResponse::Ok().insert_header(etag(saved.revision)).json(saved))
}
