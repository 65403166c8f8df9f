//! The end, in one click. Mail providers post here for their readers (RFC 8058): without a
//! cookie, form-encoded or multipart, from their own servers, and they follow no redirect. So
//! the token is all that is asked for, and the body does not matter.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use serde::Serialize;

use super::links::{Link, answer, frame, no_link, open};
use crate::actions::Error as ActionError;
use crate::actions::subscribe::{self, open_link};
use crate::domain::subscription::{Channel, Subscription, SubscriptionState};
use crate::keys::Purpose;
use crate::state::State;
use crate::web::error::Error;
use crate::web::render::{Frame, Pages};

#[derive(Serialize)]
struct UnsubscribePage<'a> {
    frame: Frame,
    ended: bool,
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
        Link::Open(opened) => show(&pages, &token, &opened.subscription),
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
        Ok(subscription) => show(&pages, &token, &subscription),
        Err(ActionError::NotFound(_)) => no_link(&pages),
        Err(error) => Err(error.into()),
    }
}

fn show(pages: &Pages, token: &str, s: &Subscription) -> Result<HttpResponse, Error> {
    let ended = s.state == SubscriptionState::Ended;
    let page = UnsubscribePage {
        frame: frame(pages, if ended { "You are unsubscribed" } else { "Unsubscribe" }),
        ended,
        action: format!("{}{token}", Purpose::Unsubscribe.path()),
        email: s.email.to_string(),
        webhook: s.channel == Channel::Webhook,
        url: &s.url,
    };
    answer(pages, StatusCode::OK, "public/unsubscribe", &page)
}
