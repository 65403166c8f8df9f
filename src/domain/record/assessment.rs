//! What was found out about a transfer to a third country: the transfer impact assessment (TIA).

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Check;
use crate::domain::country::Country;
use crate::domain::engagement::TransferMechanism;
use crate::domain::id::Id;
use crate::domain::text::{FieldError, TEXT_LIMIT, is_legible, paragraph, required_line};

crate::words! {
    /// What a TIA found.
    Outcome {
        /// Protected well enough as it is.
        Adequate = "adequate",
        /// Protected well enough with the measures that its summary names.
        WithMeasures = "adequate_with_measures",
        /// Not protected well enough.
        Inadequate = "inadequate",
    }
}

impl Outcome {
    /// The words for people, in English.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Adequate => "Adequate",
            Self::WithMeasures => "Adequate with measures",
            Self::Inadequate => "Inadequate",
        }
    }
}

/// A TIA as somebody enters it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AssessmentWish {
    /// Whose law asks for it: `EU`, `UK`, `CH` …
    pub jurisdiction: String,
    /// Where the data goes.
    pub destination: Option<Country>,
    /// The tool that was judged.
    pub mechanism: Option<TransferMechanism>,
    /// What was found.
    pub outcome: Option<Outcome>,
    /// Why, and which measures.
    pub summary: String,
    /// Day of the assessment.
    pub assessed_on: Option<Date>,
    /// Last day it can be relied on.
    pub review_by: Option<Date>,
}

/// A TIA that is fit to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssessmentFacts {
    /// Whose law asks for it.
    pub jurisdiction: String,
    /// Where the data goes.
    pub destination: Country,
    /// The tool that was judged.
    pub mechanism: TransferMechanism,
    /// What was found.
    pub outcome: Outcome,
    /// Why, and which measures.
    pub summary: String,
    /// Day of the assessment.
    pub assessed_on: Date,
    /// Last day it can be relied on.
    pub review_by: Date,
}

/// A TIA on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransferAssessment {
    /// Identity.
    pub id: Id,
    /// Of which engagement.
    pub engagement_id: Id,
    /// What it says.
    #[serde(flatten)]
    pub facts: AssessmentFacts,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// Counts saves, for lost-update checks.
    pub revision: i64,
}

impl AssessmentWish {
    /// The TIA, checked on `today`.
    ///
    /// # Errors
    /// Every field that is wrong, with how to mend it.
    pub fn tidy(self, today: Date) -> Result<AssessmentFacts, Vec<FieldError>> {
        let mut check = Check::default();
        let jurisdiction = check.keep(required_line(
            "jurisdiction",
            "whose law it falls under: EU, UK, CH …",
            &self.jurisdiction,
            40,
        ));
        check.need(
            self.destination.is_some(),
            "destination",
            "Name the country of destination, such as United States.",
        );
        check.need(self.mechanism.is_some(), "mechanism", "Choose the tool that was judged.");
        check.need(self.outcome.is_some(), "outcome", "Choose what the assessment found.");
        let before = check.problems.len();
        let summary = check.keep(paragraph("summary", &self.summary, TEXT_LIMIT));
        check.need(
            is_legible(&summary) || check.problems.len() > before,
            "summary",
            "Say in a sentence or two why, and which measures were taken.",
        );
        let assessed = check.past("assessed_on", "Enter the day of the assessment.", self.assessed_on, today);
        check.need(self.review_by.is_some(), "review_by", "Enter the day by which to assess it again.");
        let ordered = self.review_by.zip(assessed).is_none_or(|(by, on)| on <= by);
        check.need(ordered, "review_by", "Lies before the assessment. Check both days.");
        check.within_ten_years("review_by", self.review_by, assessed);
        match (self.destination, self.mechanism, self.outcome, assessed, self.review_by) {
            (Some(destination), Some(mechanism), Some(outcome), Some(assessed_on), Some(review_by))
                if check.problems.is_empty() =>
            {
                Ok(AssessmentFacts {
                    jurisdiction,
                    destination,
                    mechanism,
                    outcome,
                    summary,
                    assessed_on,
                    review_by,
                })
            }
            _ => Err(check.problems),
        }
    }
}
