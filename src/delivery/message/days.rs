//! Days and deadlines in the words of a mail's language; in English as [`super::dates`] tells them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::dates::{is_utc, last_instant};
use crate::domain::period::{Counting, Period};
use crate::templates::words::{Dates, fill};

/// `Saturday 14 March 2026, 23:59 Europe/Berlin (22:59 UTC)`: the last minute of a day.
pub(crate) fn last_minute(words: &Dates, day: Date, zone: &TimeZone) -> String {
    let stated = at(words, day, "23:59", zone);
    let utc = last_instant(day, zone).to_zoned_datetime(TimeZone::UTC);
    let time = utc.strftime("%H:%M").to_string();
    match utc.date() {
        _ if is_utc(zone) => stated,
        same if same == day => fill(&words.utc_same_day, &[("stated", &stated), ("time", &time)]),
        other => {
            let date = long_date(words, other);
            fill(&words.utc_other_day, &[("stated", &stated), ("date", &date), ("time", &time)])
        }
    }
}

/// `Saturday 14 March 2026, 10:02 Europe/Berlin`.
pub(crate) fn moment(words: &Dates, instant: Timestamp, zone: &TimeZone) -> String {
    let local = instant.to_zoned_datetime(zone.clone());
    at(words, local.date(), &local.strftime("%H:%M").to_string(), zone)
}

fn at(words: &Dates, day: Date, time: &str, zone: &TimeZone) -> String {
    let zone = zone.iana_name().unwrap_or("UTC");
    fill(&words.moment, &[("day", &weekday(words, day)), ("time", time), ("zone", zone)])
}

/// `Saturday 14 March 2026`.
pub(crate) fn weekday(words: &Dates, day: Date) -> String {
    let name =
        usize::try_from(day.weekday().to_monday_zero_offset()).ok().and_then(|n| words.weekdays.get(n));
    let date = long_date(words, day);
    fill(&words.with_weekday, &[("weekday", name.map_or("", String::as_str)), ("date", &date)])
}

/// `14 March 2026`.
pub(crate) fn long_date(words: &Dates, date: Date) -> String {
    let month = usize::try_from(date.month() - 1).ok().and_then(|n| words.months.get(n));
    let day = if date.day() == 1 { words.first.clone() } else { date.day().to_string() };
    let (month, year) = (month.map_or("", String::as_str), date.year().to_string());
    fill(&words.long, &[("day", &day), ("month", month), ("year", &year)])
}

/// `30 days`, `1 business day`.
pub(crate) fn period(words: &Dates, period: Period) -> String {
    let sentence = match (period.counting, period.days) {
        (Counting::Business, 1) => &words.one_business_day,
        (Counting::Business, _) => &words.business_days,
        (_, 1) => &words.one_day,
        _ => &words.days,
    };
    fill(sentence, &[("count", &period.days.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::message::dates;
    use crate::templates::Templates;
    use jiff::civil::date;

    #[test]
    fn a_deadline_names_weekday_zone_and_utc() {
        let templates = Templates::load(None, |_| {}).unwrap();
        let told = |lang: &str, day: Date, zone: &str| {
            last_minute(&templates.words(lang).dates, day, &TimeZone::get(zone).unwrap())
        };
        let day = date(2026, 3, 14);
        assert_eq!(
            told("en", day, "Europe/Berlin"),
            "Saturday 14 March 2026, 23:59 Europe/Berlin (22:59 UTC)"
        );
        assert_eq!(
            told("en", date(2026, 3, 11), "Pacific/Honolulu"),
            "Wednesday 11 March 2026, 23:59 Pacific/Honolulu (12 March 2026, 09:59 UTC)"
        );
        assert_eq!(told("en", day, "UTC"), "Saturday 14 March 2026, 23:59 UTC");
        assert_eq!(
            told("de", day, "Europe/Berlin"),
            "Samstag, 14. März 2026, 23:59 Uhr Europe/Berlin (22:59 Uhr UTC)"
        );
        assert_eq!(told("fr", date(2026, 3, 1), "UTC"), "dimanche 1er mars 2026, 23:59 UTC");
        assert_eq!(told("es", day, "UTC"), "sábado 14 de marzo de 2026, 23:59 UTC");
    }

    #[test]
    fn english_spells_days_and_periods_as_pages_do() {
        let templates = Templates::load(None, |_| {}).unwrap();
        let words = &templates.english().dates;
        for month in 1..=12 {
            let day = date(2026, month, 1);
            assert_eq!(long_date(words, day), crate::domain::diff::long_date(day));
            for zone in ["UTC", "Europe/Berlin", "Pacific/Honolulu"] {
                let zone = TimeZone::get(zone).unwrap();
                assert_eq!(last_minute(words, day, &zone), dates::last_minute(day, &zone));
                let instant = dates::last_instant(day, &zone);
                assert_eq!(moment(words, instant, &zone), dates::moment(instant, &zone));
            }
            assert_eq!(weekday(words, day), dates::weekday(day));
        }
        for (days, counting) in [
            (1, Counting::Calendar),
            (30, Counting::Calendar),
            (1, Counting::Business),
            (9, Counting::Business),
        ] {
            let one = Period { days, counting };
            assert_eq!(period(words, one), one.words());
        }
    }
}
