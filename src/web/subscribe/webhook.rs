//! What a webhook's contact does about the endpoint: challenge, test, new secret. Each is a
//! button on the page of preferences, and each answers with that page.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::links::{Opened, no_link};
use super::preferences::{Done, opened, show};
use crate::actions::Error as ActionError;
use crate::actions::subscribe::{self, Endpoint, Refusal};
use crate::db;
use crate::delivery::outcome::Verdict;
use crate::delivery::send_challenge;
use crate::state::State;
use crate::web::auth::Knock;
use crate::web::error::Error;
use crate::web::render::Pages;

/// `POST /subscriptions/preferences/{token}/challenge`
pub async fn challenge(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
    _form: Knock,
) -> Result<HttpResponse, Error> {
    let opened = match opened(&state, &pages, &token).await? {
        Ok(opened) => opened,
        Err(dead) => return Ok(dead),
    };
    let sender = state.clone();
    let ask = |endpoint: Endpoint| async move {
        let told = send_challenge(&sender, &endpoint.subscription.url, &endpoint.secret)
            .await
            .map_err(|held| Refusal { code: 0, told: held.to_string() })?;
        match told.verdict {
            Verdict::Accepted => Ok(()),
            _ => {
                Err(Refusal { code: told.code.unwrap_or_default(), told: sentence(told.code, &told.answer) })
            }
        }
    };
    let done = subscribe::consent_webhook(&state, opened.holder, ask).await.map(|_| Done {
        good: Some("The endpoint answered the challenge. It will be told of changes from now on.".into()),
        ..Done::default()
    });
    after(&state, &pages, &opened, done).await
}

/// `POST /subscriptions/preferences/{token}/test`
pub async fn test(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
    _form: Knock,
) -> Result<HttpResponse, Error> {
    let opened = match opened(&state, &pages, &token).await? {
        Ok(opened) => opened,
        Err(dead) => return Ok(dead),
    };
    let done = subscribe::request_test(&state, opened.holder).await.map(|()| Done {
        good: Some("A test is on its way. Open this page again in a moment to see what became of it.".into()),
        ..Done::default()
    });
    after(&state, &pages, &opened, done).await
}

/// `POST /subscriptions/preferences/{token}/secret`
pub async fn renew_secret(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
    _form: Knock,
) -> Result<HttpResponse, Error> {
    let opened = match opened(&state, &pages, &token).await? {
        Ok(opened) => opened,
        Err(dead) => return Ok(dead),
    };
    let done = subscribe::renew_secret(&state, opened.holder)
        .await
        .map(|secret| Done { secret: Some(secret), ..Done::default() });
    after(&state, &pages, &opened, done).await
}

/// The page as things stand now; what could not be done is said on it.
async fn after(
    state: &State,
    pages: &Pages,
    opened: &Opened,
    done: Result<Done, ActionError>,
) -> Result<HttpResponse, Error> {
    let done = match done {
        Ok(done) => done,
        Err(ActionError::Conflict(why)) => Done { bad: Some(why), ..Done::default() },
        Err(ActionError::NotFound(_)) => return no_link(pages),
        Err(error) => return Err(error.into()),
    };
    let id = opened.holder.subscription();
    match state.db.read(move |conn| db::subscription::get(conn, id)).await? {
        Some(stored) => show(state, pages, &stored.subscription, done).await,
        None => no_link(pages),
    }
}

/// What the endpoint did, for its owner.
fn sentence(code: Option<u16>, answer: &str) -> String {
    let answer: String = answer.chars().take(500).collect();
    match code {
        Some(code) if answer.is_empty() => {
            format!("The endpoint answered with status {code} and an empty answer.")
        }
        Some(code) => format!("The endpoint answered with status {code}: {answer}"),
        None => format!("The endpoint gave no answer: {answer}"),
    }
}
