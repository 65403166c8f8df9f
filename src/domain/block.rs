//! What stands in the way of a change.

use super::id::Id;
use super::record::RecordKind;

/// One thing that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Block {
    /// The line concerned, by its vendor's name; empty for the change as a whole.
    pub entry: String,
    /// What is missing and how to mend it, in one or two sentences.
    pub reason: String,
    /// The record that is missing, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Missing>,
}

impl Block {
    /// A reason that no record mends.
    #[must_use]
    pub fn new(entry: &str, reason: String) -> Self {
        Self { entry: entry.to_owned(), reason, record: None }
    }
}

/// A record that is missing, not good enough, or run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Missing {
    /// Which.
    pub kind: RecordKind,
    /// For which line.
    pub entry_id: Id,
}
