//! Days and deadlines as mails tell them: month names spelled out, the weekday where it
//! matters, 23:59 and never "midnight", the company's zone with UTC beside it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::deadline::end_of;
use crate::domain::diff::long_date;

/// `Saturday 14 March 2026, 23:59 Europe/Berlin (22:59 UTC)`: the last minute of a day.
#[must_use]
pub fn last_minute(day: Date, zone: &TimeZone) -> String {
    let end = last_instant(day, zone);
    let stated = format!("{}, 23:59 {}", weekday(day), zone_name(zone));
    let utc = end.to_zoned_datetime(TimeZone::UTC);
    match utc.date() {
        _ if is_utc(zone) => stated,
        same if same == day => format!("{stated} ({} UTC)", utc.strftime("%H:%M")),
        other => format!("{stated} ({}, {} UTC)", long_date(other), utc.strftime("%H:%M")),
    }
}

/// The last whole minute of a day in `zone`.
#[must_use]
pub fn last_instant(day: Date, zone: &TimeZone) -> Timestamp {
    end_of(day, zone).saturating_add(SignedDuration::from_mins(-1)).unwrap_or(Timestamp::MAX)
}

/// `Saturday 14 March 2026, 10:02 Europe/Berlin`.
#[must_use]
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned_datetime(zone.clone());
    format!("{}, {} {}", weekday(local.date()), local.strftime("%H:%M"), zone_name(zone))
}

/// `Saturday 14 March 2026`.
#[must_use]
pub fn weekday(day: Date) -> String {
    format!("{} {}", day.strftime("%A"), long_date(day))
}

fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

pub(super) fn is_utc(zone: &TimeZone) -> bool {
    matches!(zone.iana_name(), None | Some("UTC" | "Etc/UTC"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_deadline_names_weekday_zone_and_utc() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(
            last_minute(date(2026, 3, 14), &berlin),
            "Saturday 14 March 2026, 23:59 Europe/Berlin (22:59 UTC)"
        );
        let honolulu = TimeZone::get("Pacific/Honolulu").unwrap();
        assert_eq!(
            last_minute(date(2026, 3, 11), &honolulu),
            "Wednesday 11 March 2026, 23:59 Pacific/Honolulu (12 March 2026, 09:59 UTC)"
        );
        assert_eq!(last_minute(date(2026, 3, 14), &TimeZone::UTC), "Saturday 14 March 2026, 23:59 UTC");
    }
}
