//! Staff and tokens: who may come in, and with which programs. For admins.
//!
//! A new token and a one-time link are in the answer to their making and nowhere else: what an
//! `Idempotency-Key` keeps of that answer lacks them.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Json, parse, word};
use super::caller::Caller;
use super::idempotency::{Shown, shown_once};
use super::page::Paging;
use crate::actions::staff::{self as people, Link};
use crate::db;
use crate::domain::access::{Permission, Role};
use crate::domain::deadline::end_of;
use crate::domain::id::Id;
use crate::domain::staff::{ApiToken, Staff};
use crate::domain::text::FieldError;
use crate::web::Error;

fn member_view(s: &Staff) -> Value {
    json!({
        "id": s.id,
        "name": s.name,
        "email": s.email,
        "role": s.role,
        "has_password": s.has_password,
        "created_at": s.created_at,
        "disabled_at": s.disabled_at,
    })
}

fn token_view(t: &ApiToken) -> Value {
    json!({
        "id": t.id,
        "name": t.name,
        "staff": t.staff_id,
        "scopes": t.scopes,
        "created_at": t.created_at,
        "expires_at": t.expires_at,
        "revoked_at": t.revoked_at,
        "used_at": t.used_at,
    })
}

/// Answers something made, with its secret in `member`.
fn made(answer: Shown, view: Value, member: &str, secret: Value) -> HttpResponse {
    let with = |secret: Value| {
        let mut view = view.clone();
        if let Value::Object(members) = &mut view {
            members.insert(member.to_owned(), secret);
        }
        view
    };
    shown_once(answer, &with(secret), &with(Value::Null))
}

fn link_view(caller: &Caller, link: &Link) -> Value {
    json!({ "url": format!("{}{}", caller.state.public_url, link.path()), "expires_at": link.expires_at })
}

pub(super) async fn list(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let paging = Paging::of(&request, &[])?;
    paging.answer_from(caller.read_as_admin(db::staff::all).await?, |s| s.id, member_view)
}

pub(super) async fn show(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(member_view(&member(&caller, parse(&path)?).await?)))
}

async fn member(caller: &Caller, id: Id) -> Result<Staff, Error> {
    let found = caller.read_as_admin(move |conn| db::staff::get(conn, id)).await?;
    found.ok_or_else(|| Error::not_found("There is no such staff member."))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMember {
    name: String,
    email: String,
    role: String,
}

pub(super) async fn add(caller: Caller, sent: Json) -> Result<HttpResponse, Error> {
    let new: NewMember = sent.read()?;
    let role: Role = word("role", &new.role)?;
    let (member, link) = people::add_staff(&caller.state, &caller.by, &new.name, &new.email, role).await?;
    let at = Shown::Created(format!("/api/v1/staff/{}", member.id));
    Ok(made(at, member_view(&member), "link", link_view(&caller, &link)))
}

pub(super) async fn reset(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse(&path)?;
    let link = people::reset(&caller.state, &caller.by, id).await?;
    Ok(made(Shown::Done, member_view(&member(&caller, id).await?), "link", link_view(&caller, &link)))
}

pub(super) async fn disable(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let member = people::disable(&caller.state, &caller.by, parse(&path)?).await?;
    Ok(HttpResponse::Ok().json(member_view(&member)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleBody {
    role: String,
}

pub(super) async fn change_role(
    caller: Caller,
    path: Path<String>,
    sent: Json,
) -> Result<HttpResponse, Error> {
    let (id, said): (_, RoleBody) = (parse(&path)?, sent.read()?);
    let role = word("role", &said.role)?;
    let member = people::change_role(&caller.state, &caller.by, id, role).await?;
    Ok(HttpResponse::Ok().json(member_view(&member)))
}

pub(super) async fn tokens(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let paging = Paging::of(&request, &[])?;
    paging.answer_from(caller.read_as_admin(db::token::all).await?, |t| t.id, token_view)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTokenBody {
    name: String,
    /// Whom it acts for; the caller's own person if not said.
    staff: Option<String>,
    scopes: Vec<String>,
    expires_on: Option<String>,
}

pub(super) async fn make_token(caller: Caller, sent: Json) -> Result<HttpResponse, Error> {
    let new: NewTokenBody = sent.read()?;
    let owner: Option<Id> = new.staff.as_deref().map(|id| word("staff", id)).transpose()?;
    let scopes: Vec<Permission> =
        new.scopes.iter().map(|scope| word("scopes", scope)).collect::<Result<_, _>>()?;
    let not_a_day = || FieldError::new("expires_on", "Is not a day. Write it like 2026-03-14.");
    let last: Option<Date> =
        new.expires_on.map(|day| day.parse().map_err(|_| Error::Fields(vec![not_a_day()]))).transpose()?;
    let ends = last.map(|day| end_of(day, &caller.state.settings.zone()));
    let (state, by) = (&caller.state, &caller.by);
    let new = people::create_token(state, by, &new.name, owner.unwrap_or(by.staff), scopes, ends).await?;
    let at = Shown::Created(format!("/api/v1/tokens/{}", new.token.id));
    Ok(made(at, token_view(&new.token), "secret", new.secret.into()))
}

pub(super) async fn token(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse(&path)?;
    let found = caller.read_as_admin(move |conn| db::token::get(conn, id)).await?;
    let token = found.ok_or_else(|| Error::not_found("There is no such token."))?;
    Ok(HttpResponse::Ok().json(token_view(&token)))
}

pub(super) async fn revoke(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let token = people::revoke_token(&caller.state, &caller.by, parse(&path)?).await?;
    Ok(HttpResponse::Ok().json(token_view(&token)))
}
