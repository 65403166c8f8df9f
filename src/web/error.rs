//! What can go wrong in an answer. One enum, stable problem ids, shown as a page or as
//! `application/problem+json` (RFC 9457). The cause is logged once and never shown.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::domain::text::FieldError;

/// An answer that is not what was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing at this address.
    #[error("{0}")]
    NotFound(String),
    /// The request cannot be read.
    #[error("{0}")]
    Malformed(String),
    /// Who are you?
    #[error("{0}")]
    SignIn(String),
    /// You may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// Somebody was faster, or the state does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// The `If-Match` of the request names an older revision.
    #[error("{0}")]
    Stale(String),
    /// Fields are wrong; nothing was stored.
    #[error("some fields need your attention")]
    Fields(Vec<FieldError>),
    /// Too many tries; the number is how many seconds to wait.
    #[error("too many requests")]
    TooMany(u64),
    /// The request is larger than we read.
    #[error("{0}")]
    TooLarge(String),
    /// The request's content is of a kind we do not read.
    #[error("{0}")]
    Unsupported(String),
    /// Our fault. The text is the cause: logged, never shown.
    #[error("{0}")]
    Internal(String),
    /// The database cannot be reached for now. The text is the cause: logged, never shown.
    #[error("{0}")]
    Unavailable(String),
}

/// The error as readers get it.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// Stable id of the kind of problem (RFC 9457 `type`).
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What happened, and how to mend it.
    pub detail: String,
    /// Fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// To quote when writing to us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

impl Error {
    /// Nothing is here; `detail` says what was looked for.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::NotFound(detail.into())
    }

    /// Our fault, with its cause for the log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }

    /// One wrong field.
    pub fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Fields(vec![FieldError::new(field, problem)])
    }

    /// Stable id, title and status.
    fn kind(&self) -> (&'static str, &'static str, StatusCode) {
        match self {
            Self::NotFound(_) => ("not-found", "There is nothing here", StatusCode::NOT_FOUND),
            Self::Malformed(_) => ("malformed", "The request cannot be read", StatusCode::BAD_REQUEST),
            Self::SignIn(_) => ("sign-in", "Sign in first", StatusCode::UNAUTHORIZED),
            Self::Forbidden(_) => ("forbidden", "This is not allowed", StatusCode::FORBIDDEN),
            Self::Conflict(_) => ("conflict", "This cannot be done now", StatusCode::CONFLICT),
            Self::Stale(_) => ("stale", "It was changed meanwhile", StatusCode::PRECONDITION_FAILED),
            Self::Fields(_) => {
                ("fields", "There is a problem with what was entered", StatusCode::UNPROCESSABLE_ENTITY)
            }
            Self::TooMany(_) => ("too-many", "Too many requests", StatusCode::TOO_MANY_REQUESTS),
            Self::TooLarge(_) => ("too-large", "The request is too large", StatusCode::PAYLOAD_TOO_LARGE),
            Self::Unsupported(_) => {
                ("unsupported", "This kind of content is not read", StatusCode::UNSUPPORTED_MEDIA_TYPE)
            }
            Self::Internal(_) => ("internal", "Something went wrong", StatusCode::INTERNAL_SERVER_ERROR),
            Self::Unavailable(_) => {
                ("unavailable", "Not available for a moment", StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    }

    /// The error as readers get it: never the cause of our own faults.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let (id, title, status) = self.kind();
        let detail = match self {
            Self::Internal(_) => {
                "It is our fault and has been logged. Nothing was changed. Please try again.".to_owned()
            }
            Self::Unavailable(_) => "Please try again in a minute. Nothing was changed.".to_owned(),
            Self::TooMany(seconds) => format!("Please wait {seconds} seconds, then try again."),
            Self::Fields(_) => "Mend the fields named here and send it again; nothing was stored.".to_owned(),
            other => other.to_string(),
        };
        let errors = match self {
            Self::Fields(errors) => errors.clone(),
            _ => Vec::new(),
        };
        Problem {
            kind: format!("urn:subprocessors:problem:{id}"),
            title,
            status: status.as_u16(),
            detail,
            errors,
            instance: None,
        }
    }

    /// The cause to log, for faults of our own.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Internal(cause) | Self::Unavailable(cause) => Some(cause),
            _ => None,
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.kind().2
    }

    /// The bare answer; [`super::headers::present`] gives it a page or a problem document.
    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        match self {
            Self::TooMany(seconds) => {
                answer.insert_header(("retry-after", seconds.to_string()));
            }
            Self::Unavailable(_) => {
                answer.insert_header(("retry-after", "30"));
            }
            Self::SignIn(_) => {
                answer.insert_header(("www-authenticate", "Bearer"));
            }
            _ => {}
        }
        answer.finish()
    }
}

impl From<crate::db::Error> for Error {
    fn from(error: crate::db::Error) -> Self {
        use crate::db::Error as Db;
        match &error {
            Db::Connect(_) | Db::Pool(_) | Db::Stopped => Self::Unavailable(error.to_string()),
            _ => Self::Internal(error.to_string()),
        }
    }
}

impl From<crate::actions::Error> for Error {
    fn from(error: crate::actions::Error) -> Self {
        use crate::actions::Error as Action;
        match error {
            Action::Invalid(errors) => Self::Fields(errors),
            Action::NotFound(_) => Self::NotFound(error.to_string()),
            Action::Forbidden(why) => Self::Forbidden(why),
            Action::Stale(_) | Action::Outdated(_) | Action::Blocked(_) | Action::Conflict(_) => {
                Self::Conflict(error.to_string())
            }
            Action::Key(cause) => Self::internal(cause),
            Action::Db(cause) => cause.into(),
        }
    }
}

impl From<handlebars::RenderError> for Error {
    fn from(error: handlebars::RenderError) -> Self {
        Self::Internal(format!("template: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_of_our_own_faults_is_never_shown() {
        for error in [Error::internal("secret cause"), Error::Unavailable("secret cause".into())] {
            assert_eq!(error.cause(), Some("secret cause"));
            let shown = serde_json::to_string(&error.problem()).unwrap();
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
}
