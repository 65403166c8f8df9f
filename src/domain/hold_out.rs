//! An engagement withheld from one Client. A Client's list is the version minus its hold-outs;
//! hold-outs make no list version.

use jiff::Timestamp;
use jiff::civil::Date;

use super::id::Id;

/// A hold-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldOut {
    /// Identity.
    pub id: Id,
    /// Of whom.
    pub client_id: Id,
    /// From what.
    pub engagement_id: Id,
    /// Last day; `None` until somebody ends it, or consent is recorded.
    pub until: Option<Date>,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: Id,
    /// When.
    pub created_at: Timestamp,
    /// When it was ended before its day.
    pub ended_at: Option<Timestamp>,
}

impl HoldOut {
    /// Whether the Client is held out on `day`.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.ended_at.is_none() && self.until.is_none_or(|last| day <= last)
    }
}
