//! What was sent to us: read strictly, so that a misspelt member is an error and not a fact
//! that silently got lost.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::id::Id;
use crate::domain::text::FieldError;
use crate::web::Error;
use crate::web::form::{STAFF_LIMIT, whole};

/// The most a JSON body may hold, in bytes: one line of a list is a few KB.
const JSON_LIMIT: usize = 256 * 1024;

/// JSON as it was sent. Empty where a route takes none and none came.
pub(super) struct Json(Vec<u8>);

/// A list as it was sent, as large as the console takes it.
pub(super) struct List(pub Vec<u8>);

impl Json {
    /// Reads it. Types that know all their members say so with `deny_unknown_fields`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.0)
            .map_err(|e| Error::Malformed(format!("The body is not the JSON expected: {e}.")))
    }

    /// Reads it; one that was not sent says nothing.
    pub fn read_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Error> {
        if self.0.is_empty() { Ok(T::default()) } else { self.read() }
    }
}

impl FromRequest for Json {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = body(request, payload, JSON_LIMIT, |kind| kind == "application/json");
        Box::pin(async move { Ok(Self(bytes.await?)) })
    }
}

impl FromRequest for List {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_text = |kind: &str| matches!(kind, "text/csv" | "text/plain" | "application/octet-stream");
        let bytes = body(request, payload, STAFF_LIMIT, is_text);
        Box::pin(async move { Ok(Self(bytes.await?)) })
    }
}

/// The whole body. A request that does not name its content is taken at the route's word.
fn body(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
    is_read: fn(&str) -> bool,
) -> impl Future<Output = Result<Vec<u8>, Error>> + 'static {
    let named = request.headers().get(CONTENT_TYPE).map(|v| v.to_str().unwrap_or_default().to_owned());
    let mut payload = payload.take();
    async move {
        let kind = named.as_deref().map(|n| n.split(';').next().unwrap_or_default().trim().to_lowercase());
        if let Some(kind) = kind.filter(|kind| !is_read(kind)) {
            return Err(Error::Unsupported(format!(
                "This route does not read “{kind}”. See /api/v1/openapi.json for the Content-Type to send."
            )));
        }
        whole(&mut payload, limit, "body").await
    }
}

/// A word of a fixed set, or an id, in the member `name`: what cannot be read is told by its name.
pub(super) fn word<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|e: T::Err| Error::field(name, sentence(&e.to_string())))
}

fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

/// Reads facts whose type also stands in the database and so must forgive there; here a member
/// it does not know is an error. Members left out stay as in `current`.
pub(super) fn facts<T>(name: &str, value: Value, current: Option<&T>) -> Result<T, Error>
where
    T: DeserializeOwned + Serialize + Default,
{
    match current {
        Some(current) => merged(name, value, current),
        None => merged(name, value, &T::default()),
    }
}

/// As [`facts`], for what has no default: members left out stay as in `basis`.
pub(super) fn merged<T>(name: &str, value: Value, basis: &T) -> Result<T, Error>
where
    T: DeserializeOwned + Serialize,
{
    let (Value::Object(sent), Ok(Value::Object(mut members))) = (value, serde_json::to_value(basis)) else {
        return Err(Error::field(name, "Must be a JSON object."));
    };
    let unknown: Vec<FieldError> = sent
        .keys()
        .filter(|key| !members.contains_key(*key))
        .map(|key| {
            FieldError::new(format!("{name}.{key}"), "Is not a member we know. See /api/v1/openapi.json.")
        })
        .collect();
    if !unknown.is_empty() {
        return Err(Error::Fields(unknown));
    }
    members.extend(sent);
    serde_json::from_value(Value::Object(members))
        .map_err(|e| Error::field(name, format!("Cannot be read: {e}.")))
}

/// The id in a path.
pub(super) fn parse(text: &str) -> Result<Id, Error> {
    text.parse().map_err(|e: crate::domain::id::NotAnId| Error::not_found(e.to_string()))
}

/// What an action answered, for a program: a lost update is 412, a closed gate names its reasons.
pub(super) fn refused(error: crate::actions::Error) -> Error {
    use crate::actions::Error as Action;
    match error {
        Action::Stale(_) => Error::Stale("Somebody saved this change in the meantime. Read it again and repeat your edit on what is there now.".into()),
        Action::Outdated(_) => Error::Stale(error.to_string()),
        Action::Blocked(blocks) => Error::Fields(
            blocks
                .into_iter()
                .map(|b| FieldError::new(if b.entry.is_empty() { "change".to_owned() } else { b.entry }, b.reason))
                .collect(),
        ),
        other => other.into(),
    }
}
