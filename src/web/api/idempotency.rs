//! `Idempotency-Key`: a POST sent twice with the same key happens once, and both get the same
//! answer. A key belongs to its token and is kept for a day. Of an answer that shows a secret
//! once, what is kept lacks the secret.

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage as _, HttpResponse};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::caller::bearer;
use crate::actions;
use crate::db::idempotency::Kept;
use crate::domain::canonical::hex;
use crate::state::State;
use crate::web::Error;
use crate::web::form::{STAFF_LIMIT, whole};

/// What may be kept of an answer whose body holds a secret.
struct Without(String);

/// How an answer with a secret begins.
pub(super) enum Shown {
    /// Something was made, and is found there.
    Created(String),
    /// Something was done.
    Done,
}

/// An answer that shows a secret, and what is said when the request is sent again.
pub(super) fn shown_once(how: Shown, body: &Value, again: &Value) -> HttpResponse {
    let mut answer = match &how {
        Shown::Created(_) => HttpResponse::Created(),
        Shown::Done => HttpResponse::Ok(),
    };
    if let Shown::Created(at) = how {
        answer.insert_header((LOCATION, at));
    }
    let mut answer = answer.insert_header((CACHE_CONTROL, "no-store")).json(body);
    answer.extensions_mut().insert(Without(again.to_string()));
    answer
}

const KEPT_HEADERS: [HeaderName; 3] = [CONTENT_TYPE, ETAG, LOCATION];

/// Answers a repeated POST from what is kept; lets everything else through.
///
/// # Errors
/// Only what the server itself cannot answer.
pub(super) async fn once<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let key = request.headers().get("idempotency-key").map(|v| v.to_str().unwrap_or_default().to_owned());
    let secret = bearer(request.request()).map(str::to_owned);
    let state = request.app_data::<Data<State>>().cloned();
    let (Some(key), Some(secret), Some(state), &Method::POST) = (key, secret, state, request.method()) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    // What is kept is for a token that still opens something; the route refuses the others.
    let token = match actions::staff::by_token(&state, &secret).await {
        Ok(Some((_, _, token))) => token.id.to_string(),
        Ok(None) => return Ok(next.call(request).await?.map_into_boxed_body()),
        Err(error) => return Ok(request.error_response(Error::from(error))),
    };
    let body = match whole(&mut request.take_payload(), STAFF_LIMIT, "body").await {
        Ok(body) => Bytes::from(body),
        Err(error) => return Ok(request.error_response(error)),
    };
    let digest = fingerprint(&request, &body);
    match actions::take_key(&state, &token, &key, digest).await {
        Ok(None) => {}
        Ok(Some(kept)) => return Ok(request.into_response(replay(&kept))),
        Err(error) => return Ok(request.error_response(Error::from(error))),
    }
    request.set_payload(Payload::from(body));
    let response = next.call(request).await?.map_into_boxed_body();
    keep(&state, token, key, response).await
}

fn fingerprint(request: &ServiceRequest, body: &Bytes) -> String {
    let mut hash = Sha256::new();
    hash.update(request.uri().to_string().as_bytes());
    hash.update([0]);
    if let Some(seen) = request.headers().get("if-match") {
        hash.update(seen.as_bytes());
    }
    hash.update([0]);
    hash.update(body);
    hex(&hash.finalize())
}

/// Keeps the answer, unless it is our own fault or only asks to come back: then the key is free again.
async fn keep(
    state: &Data<State>,
    token: String,
    key: String,
    response: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let status = response.status();
    if status.is_server_error()
        || status == StatusCode::TOO_MANY_REQUESTS
        || response.response().error().is_some()
    {
        actions::free_key(state, token, key).await.map_err(Error::from)?;
        return Ok(response);
    }
    let (http, mut answer) = response.into_parts();
    let without = answer.extensions_mut().remove::<Without>();
    let (head, body) = answer.into_parts();
    let bytes = to_bytes(body).await.unwrap_or_default();
    let headers: Vec<(String, String)> = KEPT_HEADERS
        .iter()
        .filter_map(|name| Some((name.to_string(), head.headers().get(name)?.to_str().ok()?.to_owned())))
        .collect();
    let body = without.map_or_else(|| String::from_utf8_lossy(&bytes).into_owned(), |Without(text)| text);
    let kept = Kept { status: status.as_u16(), headers, body };
    actions::keep_answer(state, token, key, kept).await.map_err(Error::from)?;
    Ok(ServiceResponse::new(http, head.set_body(BoxBody::new(bytes))))
}

fn replay(kept: &Kept) -> HttpResponse {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut answer = HttpResponse::build(status);
    for (name, value) in &kept.headers {
        answer.insert_header((name.as_str(), value.as_str()));
    }
    answer.insert_header(("idempotency-replayed", "true"));
    answer.body(kept.body.clone())
}
