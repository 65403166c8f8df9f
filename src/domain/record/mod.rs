//! The dated records behind the public statements, which the gate asks for (invariant 4): what
//! was signed with a vendor, how a vetting ended, what was found out about a transfer.

mod assessment;
mod contract;
mod vetting;

use jiff::ToSpan as _;
use jiff::civil::Date;

pub use assessment::{AssessmentFacts, AssessmentWish, Outcome, TransferAssessment};
pub use contract::{ContractFacts, ContractKind, ContractWish, VendorContract};
pub use vetting::{EvidenceItem, Risk, VettingFacts, VettingKind, VettingRecord, VettingResult, VettingWish};

use super::text::FieldError;

crate::words! {
    /// Which record somebody should look at, or write.
    RecordKind {
        /// What was signed with the vendor.
        Contract = "contract",
        /// How a vetting ended.
        Vetting = "vetting",
        /// What was found out about a transfer.
        Assessment = "assessment",
    }
}

/// Collects what is wrong with the fields of a record.
#[derive(Default)]
struct Check {
    problems: Vec<FieldError>,
}

impl Check {
    fn need(&mut self, ok: bool, field: &str, problem: &str) {
        if !ok {
            self.problems.push(FieldError::new(field, problem));
        }
    }

    fn keep(&mut self, result: Result<String, FieldError>) -> String {
        result.unwrap_or_else(|problem| {
            self.problems.push(problem);
            String::new()
        })
    }

    /// A day by which something had happened: there, and not to come.
    fn past(&mut self, field: &str, missing: &str, day: Option<Date>, today: Date) -> Option<Date> {
        self.need(day.is_some(), field, missing);
        self.need(
            day.is_none_or(|d| d <= today),
            field,
            "Lies in the future. Record it on the day it has happened.",
        );
        day
    }

    /// A day to come that is no slip of the finger: at most ten years after `from`.
    fn within_ten_years(&mut self, field: &str, day: Option<Date>, from: Option<Date>) {
        let ok = day.zip(from).is_none_or(|(day, from)| day <= from.saturating_add(10.years()));
        self.need(ok, field, "Lies more than ten years ahead. Check the year.");
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 3, 1);

    fn fields(problems: &[FieldError]) -> Vec<&str> {
        problems.iter().map(|p| p.field.as_str()).collect()
    }

    #[test]
    fn a_contract_names_every_wrong_field() {
        let problems = ContractWish::default().tidy(TODAY).unwrap_err();
        assert_eq!(fields(&problems), ["kind", "signed_on"]);
        let wish = ContractWish {
            kind: Some(ContractKind::Dpa),
            signed_on: Some(date(2026, 3, 2)),
            effective_on: Some(date(2063, 1, 1)),
            ends_on: Some(date(2026, 1, 1)),
            file_sha256: "abc".into(),
            note: "x".repeat(3_000),
            flow_down: true,
        };
        let problems = wish.tidy(TODAY).unwrap_err();
        assert_eq!(fields(&problems), ["signed_on", "effective_on", "ends_on", "file_sha256", "note"]);
    }

    #[test]
    fn a_contract_binds_from_its_first_to_its_last_day() {
        let wish = ContractWish {
            kind: Some(ContractKind::Dpa),
            signed_on: Some(TODAY),
            ends_on: Some(date(2026, 12, 31)),
            file_sha256: "A".repeat(64),
            ..ContractWish::default()
        };
        let facts = wish.tidy(TODAY).unwrap();
        assert_eq!((facts.effective_on, facts.file_sha256.as_str()), (TODAY, "a".repeat(64).as_str()));
        assert!(facts.binds_on(TODAY) && facts.binds_on(date(2026, 12, 31)));
        assert!(!facts.binds_on(date(2026, 2, 28)) && !facts.binds_on(date(2027, 1, 1)));
    }

    #[test]
    fn a_vetting_names_every_wrong_field() {
        let problems = VettingWish::default().tidy(TODAY).unwrap_err();
        assert_eq!(fields(&problems), ["kind", "risk", "result", "decided_on"]);
        let wish = VettingWish {
            kind: Some(VettingKind::Initial),
            risk: Some(Risk::Low),
            result: Some(VettingResult::Conditional),
            decided_on: Some(TODAY),
            valid_until: Some(date(2026, 2, 1)),
            ..VettingWish::default()
        };
        let problems = wish.clone().tidy(TODAY).unwrap_err();
        assert_eq!(fields(&problems), ["conditions", "evidence", "valid_until"]);
        let far = VettingWish { valid_until: Some(date(2063, 2, 1)), ..wish };
        assert!(far.tidy(TODAY).unwrap_err().iter().any(|p| p.problem.contains("ten years")));
    }

    #[test]
    fn a_refusal_needs_no_evidence_and_ends_the_day_it_was_made() {
        let wish = VettingWish {
            kind: Some(VettingKind::Event),
            risk: Some(Risk::High),
            result: Some(VettingResult::Revoked),
            decided_on: Some(TODAY),
            ..VettingWish::default()
        };
        assert_eq!(wish.tidy(TODAY).unwrap().valid_until, TODAY);
    }

    #[test]
    fn an_assessment_names_every_wrong_field() {
        let problems = AssessmentWish::default().tidy(TODAY).unwrap_err();
        let expected =
            ["jurisdiction", "destination", "mechanism", "outcome", "summary", "assessed_on", "review_by"];
        assert_eq!(fields(&problems), expected);
        let wish = AssessmentWish {
            jurisdiction: "EU".into(),
            destination: "US".parse().ok(),
            mechanism: "scc".parse().ok(),
            outcome: Some(Outcome::Adequate),
            summary: "Encrypted; keys stay here".into(),
            assessed_on: Some(TODAY),
            review_by: Some(date(2026, 2, 1)),
        };
        assert_eq!(fields(&wish.tidy(TODAY).unwrap_err()), ["review_by"]);
    }
}
