//! Submitting, approving, returning, cancelling.

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::body;
use super::caller::Caller;
use super::changes::done;
use crate::actions;
use crate::state::State;
use crate::web::Error;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionBody {
    #[serde(default)]
    comment: String,
    type_count: Option<usize>,
}

/// A decision may come without a body.
fn decision(bytes: &Bytes) -> Result<DecisionBody, Error> {
    if bytes.is_empty() { Ok(DecisionBody::default()) } else { body::read(bytes) }
}

pub(super) async fn submit(
    caller: Caller,
    state: Data<State>,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    let (id, revision) = (body::id(&path)?, body::revision(&request)?);
    done(&state, actions::submit(&state, &caller.0, id, revision).await).await
}

pub(super) async fn approve(
    caller: Caller,
    state: Data<State>,
    request: HttpRequest,
    path: Path<String>,
    bytes: Bytes,
) -> Result<HttpResponse, Error> {
    let (id, revision, said) = (body::id(&path)?, body::revision(&request)?, decision(&bytes)?);
    done(&state, actions::approve(&state, &caller.0, id, revision, said.type_count, said.comment).await).await
}

pub(super) async fn send_back(
    caller: Caller,
    state: Data<State>,
    request: HttpRequest,
    path: Path<String>,
    bytes: Bytes,
) -> Result<HttpResponse, Error> {
    let (id, revision, said) = (body::id(&path)?, body::revision(&request)?, decision(&bytes)?);
    done(&state, actions::return_to_author(&state, &caller.0, id, revision, said.comment).await).await
}

pub(super) async fn cancel(
    caller: Caller,
    state: Data<State>,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    let (id, revision) = (body::id(&path)?, body::revision(&request)?);
    done(&state, actions::cancel(&state, &caller.0, id, revision).await).await
}
