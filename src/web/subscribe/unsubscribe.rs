//! The end, in one click. Mail providers post here for their readers (RFC 8058): without a
//! cookie, form-encoded or multipart, from their own servers, and they follow no redirect. So
//! the token is all that is asked for, and the body does not matter.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::links::{Link, answer, frame, no_link, open};
use super::sign_up::check_mail;
use crate::actions::Error as ActionError;
use crate::actions::portal;
use crate::actions::subscribe::{self, open_link};
use crate::domain::subscription::{Channel, Subscription, SubscriptionState};
use crate::keys::Purpose;
use crate::state::State;
use crate::web::auth::Knock;
use crate::web::error::Error;
use crate::web::peer;
use crate::web::render::{Frame, Pages};

#[derive(Serialize)]
struct UnsubscribePage<'a> {
    frame: Frame,
    ended: bool,
    /// A Client's contact: told under its agreement whatever happens here.
    owed: bool,
    successor: String,
    action: String,
    email: String,
    webhook: bool,
    url: &'a str,
}

/// `GET /subscriptions/unsubscribe/{token}`
pub async fn page(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Error> {
    match open(&state, Purpose::Unsubscribe, &token).await? {
        Link::Open(opened) => show(&state, &pages, &token, opened.subscription).await,
        Link::Expired | Link::Dead => no_link(&pages),
    }
}

/// `POST /subscriptions/unsubscribe/{token}`
pub async fn unsubscribe(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
    _body: Bytes,
) -> Result<HttpResponse, Error> {
    let Ok(holder) = open_link(&state, Purpose::Unsubscribe, &token) else { return no_link(&pages) };
    match subscribe::unsubscribe(&state, holder).await {
        Ok(subscription) => show(&state, &pages, &token, subscription).await,
        Err(ActionError::NotFound(_)) => no_link(&pages),
        Err(error) => Err(error.into()),
    }
}

/// `POST /subscriptions/unsubscribe/{token}/successor`: mails a Client's contact the link to its
/// page, where it names who shall be told in its place.
pub async fn successor(
    request: HttpRequest,
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
    _form: Knock,
) -> Result<HttpResponse, Error> {
    let Ok(holder) = open_link(&state, Purpose::Unsubscribe, &token) else { return no_link(&pages) };
    let from = peer::address(&request, &state.settings.server.trusted_proxies);
    match portal::request_page_of_subscriber(&state, holder, from).await {
        Ok(()) => check_mail(&pages, "", "/subscribe/preferences"),
        Err(ActionError::NotFound(_)) => no_link(&pages),
        Err(error) => Err(error.into()),
    }
}

/// Whether the subscriber is a Client's contact as well.
pub(super) async fn is_owed(state: &State, s: &Subscription) -> Result<bool, Error> {
    let s = s.clone();
    Ok(!state.db.read(move |conn| subscribe::contacts_behind(conn, &s)).await?.is_empty())
}

async fn show(state: &State, pages: &Pages, token: &str, s: Subscription) -> Result<HttpResponse, Error> {
    let ended = s.state == SubscriptionState::Ended;
    let page = UnsubscribePage {
        frame: frame(pages, if ended { "You are unsubscribed" } else { "Unsubscribe" }),
        ended,
        owed: is_owed(state, &s).await?,
        successor: format!("{}{token}/successor", Purpose::Unsubscribe.path()),
        action: format!("{}{token}", Purpose::Unsubscribe.path()),
        email: s.email.to_string(),
        webhook: s.channel == Channel::Webhook,
        url: &s.url,
    };
    answer(pages, StatusCode::OK, "public/unsubscribe", &page)
}
