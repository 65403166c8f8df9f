use super::*;
use jiff::civil::date;
use proptest::prelude::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn thirty_and_sixty_days_from_the_first_of_march() {
    let count = DayCount::plain(zone("Europe/Berlin"));
    let sent = at("2026-03-01T09:00:00Z");
    assert_eq!(count.last_day(sent, Period::calendar(30)), date(2026, 3, 31));
    assert_eq!(count.last_day(sent, Period::calendar(60)), date(2026, 4, 30));
    let end = count.end(sent, Period::calendar(60));
    assert_eq!(earliest_effective_date(end, &zone("Europe/Berlin")), date(2026, 5, 1));
}

#[test]
fn ten_business_days_leave_out_weekends_and_holidays() {
    let mut count = DayCount::plain(zone("Europe/Berlin"));
    count.holidays.insert(date(2026, 3, 9));
    let received = at("2026-03-05T08:00:00Z");
    let period = Period { days: 10, counting: Counting::Business };
    assert_eq!(count.last_day(received, period), date(2026, 3, 20));
    assert_eq!(count.end(received, period), at("2026-03-20T23:00:00Z"));
}

#[test]
fn honolulu_ends_its_day_ten_hours_after_utc() {
    let count = DayCount::plain(zone("Pacific/Honolulu"));
    let end = count.end(at("2026-03-01T20:00:00Z"), Period::calendar(10));
    assert_eq!(end, at("2026-03-12T10:00:00Z"));
    assert!(at("2026-03-12T09:30:00Z") < end, "11 March 23:30 local is in time");
    assert!(at("2026-03-12T10:05:00Z") >= end, "12 March 00:05 local is late");
}

#[test]
fn a_client_west_of_the_company_delays_go_live_to_the_next_midnight() {
    // Ends 12 March 10:00 UTC, 11:00 in Berlin: the 12th has begun there.
    let end = at("2026-03-12T10:00:00Z");
    assert_eq!(earliest_effective_date(end, &zone("Europe/Berlin")), date(2026, 3, 13));
    // Auckland's 11 March ends at 11:00 UTC on the 11th; Berlin may from the 12th.
    let east = end_of(date(2026, 3, 11), &zone("Pacific/Auckland"));
    assert_eq!(earliest_effective_date(east, &zone("Europe/Berlin")), date(2026, 3, 12));
}

#[test]
fn a_period_ending_on_a_day_off_moves_only_where_the_agreement_says_so() {
    let mut count = DayCount::plain(zone("Europe/Berlin"));
    let sent = at("2026-03-05T09:00:00Z");
    assert_eq!(count.last_day(sent, Period::calendar(30)), date(2026, 4, 4), "a Saturday");
    count.moves_to_working_day = true;
    count.holidays.insert(date(2026, 4, 6));
    assert_eq!(count.last_day(sent, Period::calendar(30)), date(2026, 4, 7), "Easter Monday is off");
}

#[test]
fn a_year_of_holidays_never_hangs() {
    let mut count = DayCount::plain(TimeZone::UTC);
    count.holidays = (0..400).map(|n| date(2026, 1, 1).saturating_add(n.days())).collect();
    let period = Period { days: 1, counting: Counting::Business };
    assert_eq!(count.last_day(at("2026-01-01T00:00:00Z"), period), date(2027, 2, 5));
}

const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "Pacific/Honolulu",
    "Pacific/Kiritimati",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
];

proptest! {
    /// Over zones, daylight saving, leap days and year ends.
    #[test]
    fn a_calendar_period_gives_every_one_of_its_days_in_full(
        seconds in 1_500_000_000i64..2_000_000_000, days in 0u16..400, which in 0usize..8, company in 0usize..8,
    ) {
        let (start, zone, company) = (
            Timestamp::from_second(seconds).unwrap(), zone(ZONES[which]), zone(ZONES[company]),
        );
        let count = DayCount::plain(zone.clone());
        let period = Period::calendar(days);
        let last = count.last_day(start, period);
        prop_assert_eq!(day_of(start, &zone).until(last).unwrap().get_days(), i32::from(days));
        let end = count.end(start, period);
        prop_assert!(end > start);
        // The very last moment belongs to the last day; the end does not.
        prop_assert_eq!(day_of(end - 1.microsecond(), &zone), last);
        prop_assert!(day_of(end, &zone) > last);
        // Go-live is at a midnight of the company that is not before the end, and the first one.
        let live = earliest_effective_date(end, &company);
        prop_assert!(start_of(live, &company) >= end);
        prop_assert!(start_of(live.yesterday().unwrap(), &company) < end);
    }

    #[test]
    fn a_business_period_has_exactly_its_working_days(
        seconds in 1_500_000_000i64..2_000_000_000, days in 1u16..60, off in proptest::collection::btree_set(0i32..120, 0..20),
    ) {
        let start = Timestamp::from_second(seconds).unwrap();
        let mut count = DayCount::plain(zone("America/New_York"));
        let first = day_of(start, &count.zone);
        count.holidays = off.into_iter().map(|n| first.saturating_add(n.days())).collect();
        let last = count.last_day(start, Period { days, counting: Counting::Business });
        let mut day = first;
        let mut worked = 0;
        while day < last {
            day = day.tomorrow().unwrap();
            worked += u16::from(count.is_working(day));
        }
        prop_assert_eq!(worked, days);
        prop_assert!(count.is_working(last));
    }

    #[test]
    fn a_longer_period_never_ends_earlier(
        seconds in 1_500_000_000i64..2_000_000_000, days in 0u16..200, which in 0usize..8, business in any::<bool>(), moves in any::<bool>(),
    ) {
        let start = Timestamp::from_second(seconds).unwrap();
        let count = DayCount { moves_to_working_day: moves, ..DayCount::plain(zone(ZONES[which])) };
        let counting = if business { Counting::Business } else { Counting::Calendar };
        let (short, long) = (Period { days, counting }, Period { days: days + 1, counting });
        prop_assert!(count.end(start, short) <= count.end(start, long));
    }
}
