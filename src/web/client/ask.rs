//! Asking for a fresh link to the Client's page, and for the DPA version in use.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::links::{answer, dead, frame, open, open_notice};
use crate::actions::Error as ActionError;
use crate::actions::portal;
use crate::keys::BadLink;
use crate::state::State;
use crate::web::auth::Knock;
use crate::web::error::Error;
use crate::web::peer;
use crate::web::render::{Frame, Pages};

#[derive(Serialize)]
struct CheckMailPage {
    frame: Frame,
    back: String,
}

/// `POST /client/{token}/notices/{number}/link`
pub async fn page_link(
    request: HttpRequest,
    path: Path<(String, String)>,
    state: Data<State>,
    pages: Data<Pages>,
    _form: Knock,
) -> Result<HttpResponse, Error> {
    let (token, number) = path.into_inner();
    let visitor = match open_notice(&state, &pages, &token, &number).await? {
        Ok((visitor, _)) => visitor,
        Err(dead) => return Ok(dead),
    };
    let from = peer::address(&request, &state.settings.server.trusted_proxies);
    portal::request_page(&state, &visitor, from).await?;
    let page = CheckMailPage {
        frame: frame(&pages, "Check your mail"),
        back: format!("/client/{token}/notices/{number}"),
    };
    answer(&pages, StatusCode::OK, "client/check_mail", &page)
}

/// `POST /client/{token}/dpa`
pub async fn dpa(
    request: HttpRequest,
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
    _form: Knock,
) -> Result<HttpResponse, Error> {
    let visitor = match open(&state, &pages, &token).await? {
        Ok(visitor) => visitor,
        Err(dead) => return Ok(dead),
    };
    let from = peer::address(&request, &state.settings.server.trusted_proxies);
    match portal::request_dpa(&state, &visitor, from).await {
        Ok(()) => super::home::show(&state, &pages, &token, &visitor, super::home::Said::dpa()).await,
        Err(ActionError::NotFound(_)) => dead(&pages, BadLink::Tampered),
        Err(error) => Err(error.into()),
    }
}
