//! The second half of the double opt-in: a page with a button, and what the button does.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::filter::in_words;
use super::links::{Link, answer, expired, frame, no_link, open, path_for};
use super::sign_up::check_mail;
use crate::actions::Error as ActionError;
use crate::actions::subscribe::{self, Confirmation, open_link};
use crate::domain::subscription::{Channel, Subscription, SubscriptionState};
use crate::keys::{BadLink, Purpose};
use crate::state::State;
use crate::web::auth::Knock;
use crate::web::error::Error;
use crate::web::peer;
use crate::web::render::{Frame, Pages};

#[derive(Serialize)]
struct ConfirmPage<'a> {
    frame: Frame,
    action: String,
    email: String,
    url: &'a str,
    wish: String,
}

#[derive(Serialize)]
struct ConfirmedPage<'a> {
    frame: Frame,
    ended: bool,
    webhook: bool,
    email: String,
    url: &'a str,
    wish: String,
    preferences: String,
    secret: Option<String>,
    consented: bool,
}

/// `GET /subscriptions/confirm/{token}`
pub async fn page(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Error> {
    let opened = match open(&state, Purpose::Confirm, &token).await? {
        Link::Open(opened) => opened,
        Link::Expired => return expired(&pages, Purpose::Confirm, &token),
        Link::Dead => return no_link(&pages),
    };
    let s = &opened.subscription;
    if s.state != SubscriptionState::Pending {
        return confirmed(&state, &pages, s, None);
    }
    let page = ConfirmPage {
        frame: frame(&pages, "Confirm your subscription"),
        action: format!("{}{token}", Purpose::Confirm.path()),
        email: s.email.to_string(),
        url: &s.url,
        wish: in_words(&s.filter),
    };
    answer(&pages, StatusCode::OK, "public/confirm", &page)
}

/// `POST /subscriptions/confirm/{token}`
pub async fn confirm(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
    _form: Knock,
) -> Result<HttpResponse, Error> {
    let holder = match open_link(&state, Purpose::Confirm, &token) {
        Ok(holder) => holder,
        Err(BadLink::Expired(_)) => return expired(&pages, Purpose::Confirm, &token),
        Err(BadLink::Tampered) => return no_link(&pages),
    };
    match subscribe::confirm(&state, holder).await {
        Ok(Confirmation { subscription, secret }) => confirmed(&state, &pages, &subscription, secret),
        Err(ActionError::NotFound(_)) => no_link(&pages),
        Err(error) => Err(error.into()),
    }
}

/// `POST /subscriptions/confirm/{token}/again`: a new mail instead of an expired link.
pub async fn send_again(
    request: HttpRequest,
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
    _form: Knock,
) -> Result<HttpResponse, Error> {
    let id = match open_link(&state, Purpose::Confirm, &token) {
        Ok(holder) => holder.subscription(),
        Err(BadLink::Expired(id)) => id,
        Err(BadLink::Tampered) => return no_link(&pages),
    };
    let from = peer::address(&request, &state.settings.server.trusted_proxies);
    subscribe::send_confirmation_again(&state, id, from).await?;
    check_mail(&pages, "", "/subscribe")
}

fn confirmed(
    state: &State,
    pages: &Pages,
    s: &Subscription,
    secret: Option<String>,
) -> Result<HttpResponse, Error> {
    let ended = s.state == SubscriptionState::Ended;
    let title = if ended { "This subscription has ended" } else { "You are subscribed" };
    let page = ConfirmedPage {
        frame: frame(pages, title),
        ended,
        webhook: s.channel == Channel::Webhook,
        email: s.email.to_string(),
        url: &s.url,
        wish: in_words(&s.filter),
        preferences: path_for(state, Purpose::Preferences, s),
        secret,
        consented: s.consented_at.is_some(),
    };
    answer(pages, StatusCode::OK, "public/confirmed", &page)
}
