//! The door: first password, login, logout.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, REFERRER_POLICY};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::console::{Desk, Problem, problem, problems, see};
use super::kept::{Kept, again};
use crate::actions::{self, By, staff as people};
use crate::domain::staff::PASSWORD_MIN;
use crate::domain::text::FieldError;
use crate::web::auth::{self, Knock, Posted, Staff};
use crate::web::error::Error;
use crate::web::peer;

/// What the login asks for, and the typed fields that it carries on.
#[derive(Serialize)]
pub struct LoginPage<'a> {
    /// What was wrong.
    pub problems: Vec<Problem>,
    /// What was done before.
    pub flash: Option<&'static str>,
    /// As typed.
    pub email: &'a str,
    /// Where to afterwards.
    pub next: &'a str,
    /// What was typed on the page before the session ended.
    pub kept: Option<&'a Kept>,
    /// Something was typed, and it is too much to be carried on.
    pub lost: bool,
}

#[derive(Serialize)]
struct WelcomePage<'a> {
    problems: Vec<Problem>,
    error: Option<&'a FieldError>,
    /// Whose link it is; `None` if it does not open.
    name: Option<&'a str>,
    email: String,
    action: String,
    least: usize,
}

/// Where to after the login.
#[derive(Deserialize, Default)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// Pages of the console only: the address may not lead anywhere else.
fn inside(next: &str) -> &str {
    let is_ours = next.starts_with("/staff/")
        && next.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_".contains(&b))
        && !next.contains("//");
    if is_ours { next } else { "/staff" }
}

/// `GET /staff/login`
pub async fn login_page(desk: Desk, request: HttpRequest, next: Query<Next>) -> Result<HttpResponse, Error> {
    if auth::who(&request).await?.is_some() {
        return Ok(HttpResponse::SeeOther().insert_header((LOCATION, inside(&next.next))).finish());
    }
    let body = LoginPage {
        problems: Vec::new(),
        flash: desk.flash(),
        email: "",
        next: inside(&next.next),
        kept: None,
        lost: false,
    };
    desk.doorstep(StatusCode::OK, "Log in", "staff/login", body)
}

/// `POST /staff/login`
pub async fn login(
    desk: Desk,
    request: HttpRequest,
    limits: Data<people::LoginLimits>,
    form: Knock,
) -> Result<HttpResponse, Error> {
    let (email, password) = (form.0.get("email").trim(), form.0.get("password").to_owned());
    let next = inside(form.0.get("next"));
    let kept = auth::surely_from_here(&request).then(|| Kept::carried(&form.0)).flatten();
    let again = |status, problems| {
        let body = LoginPage { problems, flash: None, email, next, kept: kept.as_ref(), lost: false };
        desk.doorstep(status, "Log in", "staff/login", body)
    };
    let from = peer::address(&request, &desk.state.settings.server.trusted_proxies);
    let device = auth::device(&request, &desk.pages);
    let device = device.and_then(|mark| people::known_device(&desk.state, &mark, email));
    if !from.is_some_and(|from| limits.admits(email, from, device)) {
        let text = "Too many tries from here or for this address. Wait a minute, then try again.";
        return again(StatusCode::TOO_MANY_REQUESTS, problem(text));
    }
    match people::log_in(&desk.state, email, password).await {
        Ok(session) => {
            let mut answer = match kept {
                Some(kept) => again_after_login(&desk, &session, &kept).await?,
                None => HttpResponse::SeeOther()
                    .insert_header((LOCATION, next))
                    .insert_header((CACHE_CONTROL, "no-store"))
                    .finish(),
            };
            let mark = people::device_mark(&desk.state, &session.staff)?;
            answer.add_cookie(&auth::cookie(&desk.pages, &session.token)).map_err(Error::internal)?;
            answer.add_cookie(&auth::device_cookie(&desk.pages, mark)).map_err(Error::internal)?;
            Ok(answer)
        }
        Err(actions::Error::Invalid(errors)) => again(StatusCode::UNPROCESSABLE_ENTITY, problems(&errors)),
        Err(error) => Err(error.into()),
    }
}

async fn again_after_login(
    desk: &Desk,
    new: &people::NewSession,
    kept: &Kept,
) -> Result<HttpResponse, Error> {
    let session = people::session(&desk.state, &new.token).await?;
    let session = session.ok_or_else(|| Error::internal("a session ended as it began"))?;
    let staff = Staff { by: By::staff(&session.staff), session };
    again(desk, &staff, StatusCode::OK, kept).await
}

/// `POST /staff/logout`
pub async fn logout(desk: Desk, form: Posted) -> Result<HttpResponse, Error> {
    people::log_out(&desk.state, &form.staff.session).await?;
    let mut answer = see("/staff/login", "logged-out");
    answer.add_cookie(&auth::cookie(&desk.pages, "")).map_err(Error::internal)?;
    Ok(answer)
}

/// `GET /staff/welcome/{token}`: does not use the link up; scanners follow links.
pub async fn welcome_page(desk: Desk, token: Path<String>) -> Result<HttpResponse, Error> {
    welcome_answer(&desk, &token, StatusCode::OK, Vec::new()).await
}

/// `POST /staff/welcome/{token}`
pub async fn welcome(desk: Desk, token: Path<String>, form: Knock) -> Result<HttpResponse, Error> {
    let password = form.0.get("password").to_owned();
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    if password != form.0.get("again") {
        let error = FieldError::new("again", "The two do not match. Type the password twice.");
        return welcome_answer(&desk, &token, refused, vec![error]).await;
    }
    match people::set_password_by_link(&desk.state, &token, password).await {
        Ok(_) => Ok(see("/staff/login", "password")),
        Err(actions::Error::Invalid(errors)) => welcome_answer(&desk, &token, refused, errors).await,
        Err(actions::Error::Conflict(_)) => welcome_answer(&desk, &token, StatusCode::GONE, Vec::new()).await,
        Err(error) => Err(error.into()),
    }
}

async fn welcome_answer(
    desk: &Desk,
    token: &str,
    status: StatusCode,
    errors: Vec<FieldError>,
) -> Result<HttpResponse, Error> {
    let member = people::of_link(&desk.state, token).await?;
    let status = if member.is_none() { StatusCode::GONE } else { status };
    let body = WelcomePage {
        problems: problems(&errors),
        error: errors.first(),
        name: member.as_ref().map(|m| m.name.as_str()),
        email: member.as_ref().map(|m| m.email.to_string()).unwrap_or_default(),
        action: format!("/staff/welcome/{token}"),
        least: PASSWORD_MIN,
    };
    let mut answer = desk.doorstep(status, "Choose a password", "staff/welcome", body)?;
    // The address holds a secret that no other site may learn from a Referer. Not no-referrer:
    // browsers then send “Origin: null” with the form.
    answer.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn the_login_leads_to_the_console_only() {
        assert_eq!(inside("/staff/changes/018f"), "/staff/changes/018f");
        for bad in
            ["//evil.example", "https://evil.example", "/staff/../x", "/staff//evil", "", "/staff/\r\nx"]
        {
            assert_eq!(inside(bad), "/staff", "{bad}");
        }
    }
}
