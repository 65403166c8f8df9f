//! The vetting status of an engagement, and what it lets happen.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

crate::words! {
    /// Where an engagement stands in its vetting (GDPR Art. 28(1): sufficient guarantees).
    VettingStatus {
        /// Taken over with the baseline; says so in public.
        NotReviewed = "not_reviewed",
        /// A vetting was asked for.
        Requested = "requested",
        /// Evidence is being collected.
        Gathering = "gathering_evidence",
        /// Someone is judging the evidence.
        InReview = "in_review",
        /// Approved.
        Approved = "approved",
        /// Approved, with conditions to be met.
        Conditional = "approved_with_conditions",
        /// Turned down.
        Rejected = "rejected",
        /// A re-review is due; the approval still holds.
        Due = "due",
        /// The review date has passed.
        Overdue = "overdue",
        /// Approved again.
        Renewed = "renewed",
        /// The approval was taken back.
        Revoked = "revoked",
    }
}

impl VettingStatus {
    /// The words for people, in English.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NotReviewed => "Not yet reviewed here",
            Self::Requested => "Review requested",
            Self::Gathering => "Gathering evidence",
            Self::InReview => "In review",
            Self::Approved => "Approved",
            Self::Conditional => "Approved with conditions",
            Self::Rejected => "Rejected",
            Self::Due => "Re-review due",
            Self::Overdue => "Re-review overdue",
            Self::Renewed => "Approved again",
            Self::Revoked => "Approval revoked",
        }
    }

    /// Whether this status says somebody approved the engagement and nobody took it back.
    #[must_use]
    pub fn is_approval(self) -> bool {
        matches!(self, Self::Approved | Self::Conditional | Self::Renewed | Self::Due)
    }
}

/// The vetting as it stands in an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vetting {
    /// The status.
    pub status: VettingStatus,
    /// Day of the last review.
    #[serde(default)]
    pub reviewed_on: Option<Date>,
    /// The approval holds through this day.
    #[serde(default)]
    pub review_by: Option<Date>,
}

impl Default for Vetting {
    fn default() -> Self {
        Self { status: VettingStatus::NotReviewed, reviewed_on: None, review_by: None }
    }
}

impl Vetting {
    /// Whether the approval holds on `day`: approved, dated, and not run out.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.status.is_approval() && self.review_by.is_some_and(|last| day <= last)
    }
}
