//! How a vetting ended.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Check;
use crate::domain::id::Id;
use crate::domain::text::{FieldError, NAME_LIMIT, TEXT_LIMIT, line, paragraph};
use crate::domain::vetting::VettingStatus;

crate::words! {
    /// Why a vetting was made.
    VettingKind {
        /// Before the first use.
        Initial = "initial",
        /// Because the last one runs out.
        Periodic = "periodic",
        /// Because something happened.
        Event = "event",
    }
}

crate::words! {
    /// How much is at stake.
    Risk {
        /// Little.
        Low = "low",
        /// Some.
        Medium = "medium",
        /// Much.
        High = "high",
    }
}

crate::words! {
    /// How it ended.
    VettingResult {
        /// Approved.
        Approved = "approved",
        /// Approved, with conditions to be met.
        Conditional = "approved_with_conditions",
        /// Turned down.
        Rejected = "rejected",
        /// An approval was taken back.
        Revoked = "revoked",
    }
}

impl VettingResult {
    /// The words for people, in English.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.status().label()
    }

    /// Whether it lets the engagement begin.
    #[must_use]
    pub fn is_approval(self) -> bool {
        matches!(self, Self::Approved | Self::Conditional)
    }

    /// What the list says of an engagement whose vetting ended so.
    #[must_use]
    pub fn status(self) -> VettingStatus {
        match self {
            Self::Approved => VettingStatus::Approved,
            Self::Conditional => VettingStatus::Conditional,
            Self::Rejected => VettingStatus::Rejected,
            Self::Revoked => VettingStatus::Revoked,
        }
    }

    /// Whether `status`, an approval on the list, is what this result stands for.
    #[must_use]
    pub fn bears_out(self, status: VettingStatus) -> bool {
        match status {
            VettingStatus::Approved => self == Self::Approved,
            VettingStatus::Conditional => self == Self::Conditional,
            VettingStatus::Renewed | VettingStatus::Due => self.is_approval(),
            _ => false,
        }
    }
}

/// One piece of what the decision rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvidenceItem {
    /// What: `SOC 2 report`.
    pub item: String,
    /// Where it is found: a link, a file's place, a number.
    pub reference: String,
    /// Its own last day, where it has one.
    pub expires_on: Option<Date>,
}

/// A vetting's end as somebody enters it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VettingWish {
    /// Why it was made.
    pub kind: Option<VettingKind>,
    /// How much is at stake.
    pub risk: Option<Risk>,
    /// How it ended.
    pub result: Option<VettingResult>,
    /// What has to be met, where conditions were made.
    pub conditions: String,
    /// What it rests on; at least one for an approval.
    pub evidence: Vec<EvidenceItem>,
    /// Day of the decision.
    pub decided_on: Option<Date>,
    /// Last day of the approval; needed for one.
    pub valid_until: Option<Date>,
    /// Who decided; whoever records it where nobody is named.
    pub approver: Option<Id>,
}

/// A vetting's end that is fit to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VettingFacts {
    /// Why it was made.
    pub kind: VettingKind,
    /// How much is at stake.
    pub risk: Risk,
    /// How it ended.
    pub result: VettingResult,
    /// What has to be met.
    pub conditions: String,
    /// What it rests on.
    pub evidence: Vec<EvidenceItem>,
    /// Day of the decision.
    pub decided_on: Date,
    /// Last day of the approval; the day of the decision where it is none.
    pub valid_until: Date,
}

/// A vetting's end on record. Never edited: a correction is a new record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VettingRecord {
    /// Identity.
    pub id: Id,
    /// Of which engagement.
    pub engagement_id: Id,
    /// What was decided.
    #[serde(flatten)]
    pub facts: VettingFacts,
    /// The staff member who decided.
    pub approver: Id,
    /// When it was recorded.
    pub created_at: Timestamp,
}

impl VettingWish {
    /// The vetting's end, checked on `today`. Who may decide is for the caller to check.
    ///
    /// # Errors
    /// Every field that is wrong, with how to mend it.
    pub fn tidy(self, today: Date) -> Result<VettingFacts, Vec<FieldError>> {
        let mut check = Check::default();
        check.need(self.kind.is_some(), "kind", "Choose why the vetting was made.");
        check.need(self.risk.is_some(), "risk", "Choose how much is at stake.");
        check.need(self.result.is_some(), "result", "Choose how the vetting ended.");
        let approves = self.result.is_some_and(VettingResult::is_approval);
        let conditions = check.keep(paragraph("conditions", &self.conditions, TEXT_LIMIT));
        check.need(
            self.result != Some(VettingResult::Conditional) || !conditions.is_empty(),
            "conditions",
            "Say which conditions have to be met, or choose “Approved”.",
        );
        let evidence = evidence(&mut check, self.evidence);
        check.need(
            !approves || !evidence.is_empty(),
            "evidence",
            "Name at least one piece of evidence, such as a SOC 2 report or a filled-in questionnaire.",
        );
        let decided = check.past("decided_on", "Enter the day of the decision.", self.decided_on, today);
        let until = self.valid_until.or(decided.filter(|_| !approves));
        check.need(
            until.is_some() || !approves,
            "valid_until",
            "Enter the last day of the approval, such as a year from now.",
        );
        let ordered = until.zip(decided).is_none_or(|(until, decided)| decided <= until);
        check.need(ordered, "valid_until", "Lies before the decision. Check both days.");
        check.within_ten_years("valid_until", until, decided);
        match (self.kind, self.risk, self.result, decided, until) {
            (Some(kind), Some(risk), Some(result), Some(decided_on), Some(valid_until))
                if check.problems.is_empty() =>
            {
                Ok(VettingFacts { kind, risk, result, conditions, evidence, decided_on, valid_until })
            }
            _ => Err(check.problems),
        }
    }
}

fn evidence(check: &mut Check, items: Vec<EvidenceItem>) -> Vec<EvidenceItem> {
    check.need(items.len() <= 100, "evidence", "Has too many items. Name at most 100.");
    let mut kept = Vec::new();
    for piece in items.into_iter().take(100) {
        let item = check.keep(line("evidence", &piece.item, NAME_LIMIT));
        let reference = check.keep(line("evidence", &piece.reference, TEXT_LIMIT));
        if !item.is_empty() {
            kept.push(EvidenceItem { item, reference, expires_on: piece.expires_on });
        } else if !reference.is_empty() || piece.expires_on.is_some() {
            check.need(false, "evidence", "A piece of evidence has no name. Say what it is.");
        }
    }
    kept
}
