//! Which DPA version a Client signed, from when to when, and what it negotiated differently.

use jiff::Timestamp;
use jiff::civil::Date;

use super::diff::long_date;
use super::id::Id;
use super::terms::{Overrides, Terms};
use super::text::FieldError;

/// A version of the company's DPA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DpaVersion {
    /// Identity.
    pub id: Id,
    /// What people call it: `Standard DPA 2026`.
    pub name: String,
    /// What it promises.
    pub terms: Terms,
    /// Whether new Clients sign this one and the public page speaks of it.
    pub standard: bool,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When it was last offered; an ended one is not offered to new Clients.
    pub ended_on: Option<Date>,
    /// Counts saves, for lost-update checks.
    pub revision: i64,
}

/// A Client's agreement. A Client has at most one in force on any day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Identity.
    pub id: Id,
    /// Whose.
    pub client_id: Id,
    /// Which DPA version.
    pub dpa_id: Id,
    /// The day it was signed, where known.
    pub signed_on: Option<Date>,
    /// First day it is in force.
    pub effective_on: Date,
    /// Last day it is in force; `None` while nobody ended it.
    pub ended_on: Option<Date>,
    /// What is different for this Client.
    pub overrides: Overrides,
    /// The list version it was signed against, where known.
    pub list_version: Option<i64>,
    /// When it was entered.
    pub created_at: Timestamp,
    /// Counts saves, for lost-update checks.
    pub revision: i64,
}

impl Agreement {
    /// Whether it binds on `day`.
    #[must_use]
    pub fn is_in_force(&self, day: Date) -> bool {
        self.effective_on <= day && self.ended_on.is_none_or(|last| day <= last)
    }

    /// Whether some day is in both.
    #[must_use]
    pub fn overlaps(&self, other: &Agreement) -> bool {
        self.ended_on.is_none_or(|last| other.effective_on <= last)
            && other.ended_on.is_none_or(|last| self.effective_on <= last)
    }

    /// What is wrong with it beside the Client's `others`.
    ///
    /// # Errors
    /// It ends before it begins; it was signed after it took effect; it overlaps another.
    pub fn check(&self, others: &[Agreement]) -> Result<(), Vec<FieldError>> {
        let mut problems = Vec::new();
        if self.ended_on.is_some_and(|last| last < self.effective_on) {
            problems.push(FieldError::new("ended_on", "The agreement ends before it begins."));
        }
        if let Some(signed) = self.signed_on.filter(|signed| *signed > self.effective_on) {
            problems.push(FieldError::new(
                "signed_on",
                format!(
                    "Signed on {}, after it took effect on {}. Correct one of the two days.",
                    long_date(signed),
                    long_date(self.effective_on)
                ),
            ));
        }
        if let Some(other) = others.iter().find(|other| other.id != self.id && self.overlaps(other)) {
            let until = other
                .ended_on
                .map_or_else(|| "has no end".to_owned(), |day| format!("ends {}", long_date(day)));
            problems.push(FieldError::new(
                "effective_on",
                format!(
                    "Another agreement of this Client is in force from {} and {until}. End that one the day before this one begins.",
                    long_date(other.effective_on),
                ),
            ));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// What it promises, overrides applied.
    #[must_use]
    pub fn terms(&self, dpa: &DpaVersion) -> Terms {
        self.overrides.apply(&dpa.terms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn agreement(from: Date, to: Option<Date>) -> Agreement {
        Agreement {
            id: Id::new(Timestamp::UNIX_EPOCH),
            client_id: Id::new(Timestamp::UNIX_EPOCH),
            dpa_id: Id::new(Timestamp::UNIX_EPOCH),
            signed_on: None,
            effective_on: from,
            ended_on: to,
            overrides: Overrides::default(),
            list_version: None,
            created_at: Timestamp::UNIX_EPOCH,
            revision: 1,
        }
    }

    #[test]
    fn a_contract_that_ended_in_february_is_not_in_force_in_march() {
        let ended = agreement(date(2025, 1, 1), Some(date(2026, 2, 28)));
        assert!(ended.is_in_force(date(2026, 2, 28)));
        assert!(!ended.is_in_force(date(2026, 3, 1)));
    }

    #[test]
    fn two_agreements_never_bind_on_one_day() {
        let old = agreement(date(2025, 1, 1), None);
        let new = agreement(date(2026, 1, 1), None);
        assert_eq!(new.check(std::slice::from_ref(&old)).unwrap_err()[0].field, "effective_on");
        let ended = Agreement { ended_on: Some(date(2025, 12, 31)), ..old };
        assert!(new.check(&[ended, new.clone()]).is_ok());
    }

    #[test]
    fn signed_after_effective_is_refused() {
        let late = Agreement { signed_on: Some(date(2026, 2, 1)), ..agreement(date(2026, 1, 1), None) };
        assert_eq!(late.check(&[]).unwrap_err()[0].field, "signed_on");
    }
}
