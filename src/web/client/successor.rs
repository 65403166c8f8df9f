//! Naming who shall be told in a contact's place, and their own agreement to that.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::home::{Said, show};
use super::links::{answer, dead, frame, open};
use crate::actions::Error as ActionError;
use crate::actions::portal::{self, Asked};
use crate::domain::id::Id;
use crate::domain::text::FieldError;
use crate::keys::{BadLink, Purpose};
use crate::state::State;
use crate::web::auth::Knock;
use crate::web::error::Error;
use crate::web::peer;
use crate::web::render::{Frame, Pages};

#[derive(Serialize)]
struct AgreePage {
    frame: Frame,
    action: String,
    client: String,
    email: String,
    old: String,
    done: bool,
    problem: Option<String>,
}

/// `POST /client/{token}/contacts/{contact}/successor`
pub async fn name(
    request: HttpRequest,
    path: Path<(String, String)>,
    state: Data<State>,
    pages: Data<Pages>,
    Knock(fields): Knock,
) -> Result<HttpResponse, Error> {
    let (token, contact) = path.into_inner();
    let visitor = match open(&state, &pages, &token).await? {
        Ok(visitor) => visitor,
        Err(dead) => return Ok(dead),
    };
    let Ok(contact) = contact.parse::<Id>() else { return dead(&pages, BadLink::Tampered) };
    let from = peer::address(&request, &state.settings.server.trusted_proxies);
    let typed = (fields.get("name"), fields.get("email"));
    let said = match portal::name_successor(&state, &visitor, contact, typed, from).await {
        Ok(named) => Said {
            good: Some(format!(
                "{} is asked by mail. Nothing changes before they agree: until then the contact so far is told.",
                named.email
            )),
            problems: Vec::new(),
        },
        Err(ActionError::Invalid(mut problems)) => {
            for problem in &mut problems {
                problem.field = format!("{}-{contact}", problem.field);
            }
            Said { good: None, problems }
        }
        Err(ActionError::Conflict(why)) => {
            Said { good: None, problems: vec![FieldError::new(format!("email-{contact}"), why)] }
        }
        Err(ActionError::NotFound(_)) => return dead(&pages, BadLink::Tampered),
        Err(error) => return Err(error.into()),
    };
    show(&state, &pages, &token, &visitor, said).await
}

/// `GET /contacts/confirm/{token}`
pub async fn page(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Error> {
    match portal::open_successor(&state, &token).await? {
        Ok(asked) => {
            let done = asked.new.confirmed_at.is_some();
            tell(&pages, &token, &asked, done, None)
        }
        Err(why) => dead(&pages, why),
    }
}

/// `POST /contacts/confirm/{token}`
pub async fn agree(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
    _form: Knock,
) -> Result<HttpResponse, Error> {
    let asked = match portal::open_successor(&state, &token).await? {
        Ok(asked) => asked,
        Err(why) => return dead(&pages, why),
    };
    match portal::agree(&state, &asked).await {
        Ok(()) => tell(&pages, &token, &asked, true, None),
        Err(ActionError::Conflict(why)) => tell(&pages, &token, &asked, false, Some(why)),
        Err(ActionError::NotFound(_)) => dead(&pages, BadLink::Tampered),
        Err(error) => Err(error.into()),
    }
}

fn tell(
    pages: &Pages,
    token: &str,
    asked: &Asked,
    done: bool,
    problem: Option<String>,
) -> Result<HttpResponse, Error> {
    let status = if problem.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let page = AgreePage {
        frame: frame(pages, if done { "You are a contact now" } else { "Be the contact" }),
        action: format!("{}{token}", Purpose::Successor.path()),
        client: asked.client.name.clone(),
        email: asked.new.email.to_string(),
        old: asked.old.email.to_string(),
        done,
        problem,
    };
    answer(pages, status, "client/agree", &page)
}
