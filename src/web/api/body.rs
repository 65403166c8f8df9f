//! JSON that was sent to us: read strictly, so that a misspelt member is an error and not a
//! fact that silently got lost.

use actix_web::HttpRequest;
use actix_web::http::header::IF_MATCH;
use actix_web::web::{Bytes, Path};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::id::Id;
use crate::domain::text::FieldError;
use crate::web::Error;

/// Reads a body. Types that know all their members say so with `deny_unknown_fields`.
pub(super) fn read<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Error> {
    serde_json::from_slice(bytes)
        .map_err(|e| Error::Malformed(format!("The body is not the JSON expected: {e}.")))
}

/// Reads facts whose type also stands in the database and so must forgive there; here a member
/// it does not know is an error. Members left out stay as in `current`.
pub(super) fn facts<T>(name: &str, value: Value, current: Option<&T>) -> Result<T, Error>
where
    T: DeserializeOwned + Serialize + Default,
{
    let basis = match current {
        Some(current) => serde_json::to_value(current),
        None => serde_json::to_value(T::default()),
    };
    let (Value::Object(sent), Ok(Value::Object(mut members))) = (value, basis) else {
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

/// The revision that `If-Match` names (RFC 9110 section 13.1.1), as the `ETag` gave it.
pub(super) fn revision(request: &HttpRequest) -> Result<i64, Error> {
    let sent = request.headers().get(IF_MATCH).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let number = sent.trim().strip_prefix("\"r").and_then(|rest| rest.strip_suffix('"'));
    number.and_then(|n| n.parse().ok()).ok_or_else(|| {
        Error::Malformed(
            "Send If-Match with the ETag of the change as you last read it, like If-Match: \"r4\".".into(),
        )
    })
}

/// The id in the path.
pub(super) fn id(path: &Path<String>) -> Result<Id, Error> {
    parse(path)
}

/// An id in a path of several parts.
pub(super) fn parse(text: &str) -> Result<Id, Error> {
    text.parse().map_err(|e: crate::domain::id::NotAnId| Error::not_found(e.to_string()))
}

/// What an action answered, for a program: a lost update is 412, a closed gate names its reasons.
pub(super) fn refused(error: crate::actions::Error) -> Error {
    use crate::actions::Error as Action;
    match error {
        Action::Stale(_) => Error::Stale("Somebody saved this change in the meantime. Read it again and repeat your edit on what is there now.".into()),
        Action::Blocked(blocks) => Error::Fields(
            blocks
                .into_iter()
                .map(|b| FieldError::new(if b.entry.is_empty() { "change".to_owned() } else { b.entry }, b.reason))
                .collect(),
        ),
        other => other.into(),
    }
}
