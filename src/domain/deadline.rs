//! Days and deadlines under the standard DPA: counting by Regulation 1182/71 Art. 3.
//!
//! The day of the event is not counted; a period ends with the last hour of its last day.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The calendar day of `at` in `zone`.
#[must_use]
pub fn day_of(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned_datetime(zone.clone()).date()
}

/// The last day of a period of `days` calendar days that an event on `from` starts
/// (Reg. 1182/71 Art. 3(1) and (2)(b)).
#[must_use]
pub fn last_day(from: Date, days: u16) -> Date {
    from.saturating_add(i32::from(days).days())
}

/// The first day on which an engagement announced on `announced` may start under a notice
/// period of `days`: the day after the period's last.
#[must_use]
pub fn earliest_effective(announced: Date, days: u16) -> Date {
    last_day(announced, days).saturating_add(1.day())
}

/// The moment a day begins in `zone`: effective dates begin at 00:00 in the company's zone.
/// Where a daylight-saving change skips midnight, the first moment of that day.
#[must_use]
pub fn start_of(day: Date, zone: &TimeZone) -> Timestamp {
    day.to_zoned_datetime(zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// The last moment of a day in `zone`, exclusive: the start of the next.
#[must_use]
pub fn end_of(day: Date, zone: &TimeZone) -> Timestamp {
    start_of(day.saturating_add(1.day()), zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn thirty_days_from_the_first_of_march_end_with_the_thirty_first() {
        let sent = date(2026, 3, 1);
        assert_eq!(last_day(sent, 30), date(2026, 3, 31));
        assert_eq!(earliest_effective(sent, 30), date(2026, 4, 1));
        assert_eq!(earliest_effective(sent, 60), date(2026, 5, 1));
    }

    #[test]
    fn a_day_begins_at_its_first_moment_even_where_midnight_is_skipped() {
        let zone = TimeZone::get("America/Sao_Paulo").unwrap();
        assert_eq!(start_of(date(2018, 11, 4), &zone).to_string(), "2018-11-04T03:00:00Z");
    }
}
