//! Somebody of a Client says that they read what it was told.

use jiff::Timestamp;

use super::id::Id;
use super::text::{FieldError, NAME_LIMIT, required_line};

/// An acknowledgement. Never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Identity.
    pub id: Id,
    /// Of what.
    pub client_notice_id: Id,
    /// Through whose link.
    pub contact_id: Id,
    /// Who, as they named themselves: a link can be forwarded.
    pub person: String,
    /// When.
    pub at: Timestamp,
}

/// The name of whoever uses a link.
///
/// # Errors
/// Empty, too long, or holding what cannot be printed.
pub fn tidy_person(name: &str) -> Result<String, FieldError> {
    required_line("person", "your name", name, NAME_LIMIT)
}
