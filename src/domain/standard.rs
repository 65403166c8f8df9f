//! What the standard DPA promises: the notice period the public page names, and the days a change
//! is judged by while no Client's agreement is entered.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::case::concerns;
use super::change::{Change, Class};
use super::period::{DayCount, Period, earliest_effective_date};
use super::terms::{Authorisation, Silence, Terms};

/// The standard DPA, counted in the company's own zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Standard {
    terms: Terms,
    count: DayCount,
}

/// What it means for one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// The longest notice any of its items needs.
    pub period: Period,
    /// The last day to object.
    pub object_by: Date,
    /// The first day it may take effect.
    pub earliest: Date,
}

impl Standard {
    /// The terms of a DPA version.
    #[must_use]
    pub fn new(terms: Terms, company: TimeZone) -> Self {
        let moves_to_working_day = terms.moves_to_working_day;
        Self { terms, count: DayCount { moves_to_working_day, ..DayCount::plain(company) } }
    }

    /// So many calendar days of notice and as many to object: before a DPA version is entered.
    #[must_use]
    pub fn of_days(days: u16, company: TimeZone) -> Self {
        Self::new(Terms::simple(Authorisation::General, days, days, Silence::Accepts), company)
    }

    /// The period everybody can count on: the shortest of its table.
    #[must_use]
    pub fn period(&self) -> Period {
        self.terms.shortest().unwrap_or(self.terms.objection.period)
    }

    /// What `change` owes if it is announced at `at`; `None` where no clock runs.
    #[must_use]
    pub fn promise(&self, change: &Change, at: Timestamp) -> Option<Promise> {
        let period = concerns(change)
            .iter()
            .filter(|concern| concern.class == Class::Material)
            .filter_map(|concern| self.terms.rule(concern.case))
            .map(|rule| rule.period)
            .max_by_key(|period| self.count.end(at, *period))?;
        Some(Promise {
            period,
            object_by: self.count.last_day(at, self.terms.objection.period),
            earliest: earliest_effective_date(self.count.end(at, period), &self.count.zone),
        })
    }
}
