//! Counting periods by Regulation 1182/71 Art. 3: the day of the event is not counted (3(1)), a
//! period of days ends with the last hour of its last day (3(2)(b)); where an agreement says so,
//! a period that would end on a holiday, Sunday or Saturday ends with the next working day
//! (3(4)). Days are counted in the Client's own zone and with its own holidays.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::deadline::{day_of, end_of, last_day, start_of};

crate::words! {
    /// Which days count.
    Counting {
        /// Every day.
        Calendar = "calendar",
        /// Monday to Friday, the Client's holidays left out.
        Business = "business",
    }
}

crate::words! {
    /// What starts a clock.
    StartEvent {
        /// The notice was sent to the notified address.
        Sent = "sent",
        /// The receiving system accepted it.
        Accepted = "accepted",
        /// A person acknowledged it.
        Read = "read",
        /// The announcement was published.
        Published = "published",
    }
}

impl StartEvent {
    /// The words for people, in English, after "counted from".
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Sent => "the day the notice is sent",
            Self::Accepted => "the day your system accepts the notice",
            Self::Read => "the day the notice is acknowledged",
            Self::Published => "the day the notice is published",
        }
    }
}

/// A length of time, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    /// How many days.
    pub days: u16,
    /// Which days count.
    pub counting: Counting,
}

impl Period {
    /// So many calendar days.
    #[must_use]
    pub fn calendar(days: u16) -> Self {
        Self { days, counting: Counting::Calendar }
    }

    /// `30 days`, `10 business days`, `1 day`.
    #[must_use]
    pub fn words(self) -> String {
        let kind = if self.counting == Counting::Business { "business " } else { "" };
        let plural = if self.days == 1 { "" } else { "s" };
        format!("{} {kind}day{plural}", self.days)
    }
}

impl Period {
    /// `30 days’ notice`, `1 day’s notice`.
    #[must_use]
    pub fn notice(self) -> String {
        let mark = if self.days == 1 { "day’s" } else { "days’" };
        let kind = if self.counting == Counting::Business { "business " } else { "" };
        format!("{} {kind}{mark} notice", self.days)
    }
}

/// How a Client counts days.
#[derive(Debug, Clone, PartialEq)]
pub struct DayCount {
    /// Where its days begin and end.
    pub zone: TimeZone,
    /// Days that are no working days, beside Saturday and Sunday.
    pub holidays: BTreeSet<Date>,
    /// Whether a period that would end on a day off ends with the next working day
    /// (Reg. 1182/71 Art. 3(4)).
    pub moves_to_working_day: bool,
}

impl DayCount {
    /// Calendar days in `zone`, nothing else.
    #[must_use]
    pub fn plain(zone: TimeZone) -> Self {
        Self { zone, holidays: BTreeSet::new(), moves_to_working_day: false }
    }

    /// Whether people work on `day`.
    #[must_use]
    pub fn is_working(&self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !self.holidays.contains(&day)
    }

    /// The last day of `period` after an event at `start`.
    #[must_use]
    pub fn last_day(&self, start: Timestamp, period: Period) -> Date {
        let first = day_of(start, &self.zone);
        match period.counting {
            Counting::Calendar => {
                let last = last_day(first, period.days);
                if self.moves_to_working_day { self.working_from(last) } else { last }
            }
            Counting::Business => {
                let mut day = first;
                for _ in 0..period.days {
                    day = self.working_from(day.saturating_add(1.day()));
                }
                day
            }
        }
    }

    /// The moment `period` is over, exclusive: the start of the day after its last.
    #[must_use]
    pub fn end(&self, start: Timestamp, period: Period) -> Timestamp {
        end_of(self.last_day(start, period), &self.zone)
    }

    /// `day`, or the first working day after it. Holidays that never end stop at the calendar's.
    fn working_from(&self, mut day: Date) -> Date {
        while !self.is_working(day) && day < Date::MAX {
            day = day.saturating_add(1.day());
        }
        day
    }
}

/// The first midnight in the company's time zone that is not before `end`: the earliest effective
/// date for a Client whose period ends then.
#[must_use]
pub fn earliest_effective_date(end: Timestamp, company: &TimeZone) -> Date {
    let day = day_of(end, company);
    if start_of(day, company) >= end { day } else { day.saturating_add(1.day()) }
}

#[cfg(test)]
#[path = "period_tests.rs"]
mod tests;
