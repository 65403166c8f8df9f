//! The forms that ask to be told. What was typed is kept when something has to be mended; the
//! answer says “check your mail” whatever is known of the address.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::filter::{FilterForm, problem_of, wish};
use super::links::answer;
use crate::actions::Error as ActionError;
use crate::actions::subscribe::{self, EmailWish, FilterWish, WebhookWish, products_offered};
use crate::domain::text::FieldError;
use crate::state::State;
use crate::web::auth::Knock;
use crate::web::error::Error;
use crate::web::peer;
use crate::web::render::{Frame, Pages, Section};

#[derive(Serialize)]
struct SignUpPage {
    frame: Frame,
    webhook: bool,
    action: &'static str,
    problems: Vec<FieldError>,
    url: String,
    url_problem: Option<String>,
    email: String,
    email_problem: Option<String>,
    filter: FilterForm,
}

/// What was typed so far.
#[derive(Default)]
struct Typed {
    webhook: bool,
    url: String,
    email: String,
    filter: FilterWish,
}

#[derive(Serialize)]
struct CheckMailPage<'a> {
    frame: Frame,
    email: &'a str,
    back: &'a str,
}

/// `GET /subscribe`
pub async fn email_page(state: Data<State>, pages: Data<Pages>) -> Result<HttpResponse, Error> {
    form(&state, &pages, Typed::default(), Vec::new()).await
}

/// `GET /subscribe/webhook`
pub async fn webhook_page(state: Data<State>, pages: Data<Pages>) -> Result<HttpResponse, Error> {
    form(&state, &pages, Typed { webhook: true, ..Typed::default() }, Vec::new()).await
}

/// `POST /subscribe`
pub async fn subscribe_email(
    request: HttpRequest,
    state: Data<State>,
    pages: Data<Pages>,
    Knock(fields): Knock,
) -> Result<HttpResponse, Error> {
    let from = peer::address(&request, &state.settings.server.trusted_proxies);
    let (email, filter) = (fields.get("email").to_owned(), wish(&fields));
    let asked = EmailWish { email: email.clone(), filter: filter.clone() };
    match subscribe::subscribe_email(&state, asked, from).await {
        Err(ActionError::Invalid(problems)) => {
            form(&state, &pages, Typed { email, filter, ..Typed::default() }, problems).await
        }
        Err(error) => Err(error.into()),
        Ok(()) => check_mail(&pages, &email, "/subscribe"),
    }
}

/// `POST /subscribe/webhook`
pub async fn subscribe_webhook(
    request: HttpRequest,
    state: Data<State>,
    pages: Data<Pages>,
    Knock(fields): Knock,
) -> Result<HttpResponse, Error> {
    let from = peer::address(&request, &state.settings.server.trusted_proxies);
    let (url, email) = (fields.get("url").to_owned(), fields.get("email").to_owned());
    let filter = wish(&fields);
    let asked = WebhookWish { url: url.clone(), email: email.clone(), filter: filter.clone() };
    match subscribe::subscribe_webhook(&state, asked, from).await {
        Err(ActionError::Invalid(problems)) => {
            form(&state, &pages, Typed { webhook: true, url, email, filter }, problems).await
        }
        Err(error) => Err(error.into()),
        Ok(()) => check_mail(&pages, &email, "/subscribe/webhook"),
    }
}

async fn form(
    state: &State,
    pages: &Pages,
    typed: Typed,
    problems: Vec<FieldError>,
) -> Result<HttpResponse, Error> {
    let offered = products_offered(state).await?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (title, action) = match typed.webhook {
        true => ("Get notified by webhook", "/subscribe/webhook"),
        false => ("Get notified", "/subscribe"),
    };
    let title = if problems.is_empty() { title.to_owned() } else { format!("Error: {title}") };
    let page = SignUpPage {
        frame: pages.frame(&title, Section::Subscribe, Some(action)),
        webhook: typed.webhook,
        action,
        url_problem: problem_of("url", &problems),
        email_problem: problem_of("email", &problems),
        filter: FilterForm::new(&offered, &typed.filter, &problems),
        url: typed.url,
        email: typed.email,
        problems,
    };
    if status == StatusCode::OK {
        pages.answer("public/subscribe", &page)
    } else {
        answer(pages, status, "public/subscribe", &page)
    }
}

/// The one answer to whoever gave an address; `back` leads to the form again.
pub(super) fn check_mail(pages: &Pages, email: &str, back: &str) -> Result<HttpResponse, Error> {
    let frame = pages.frame("Check your mail", Section::Subscribe, None);
    answer(pages, StatusCode::OK, "public/check_mail", &CheckMailPage { frame, email: email.trim(), back })
}
