//! A Client's own dates in words.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::delivery::message::dates::{last_minute, moment};
use crate::domain::client_notice::{ClientNotice, ClientNoticeState};
use crate::domain::deadline::day_of;
use crate::domain::terms::{Authorisation, Silence};

/// The zone this Client's days are counted in.
pub(super) fn zone(one: &ClientNotice) -> TimeZone {
    one.rules.day_count().zone
}

/// The last day to object, once its clock runs.
pub(super) fn last_day(one: &ClientNotice) -> Option<Date> {
    let end = one.clocks.objection_until?;
    let before = end.saturating_add(SignedDuration::from_secs(-1)).unwrap_or(end);
    Some(day_of(before, &zone(one)))
}

/// The deadline: weekday, 23:59, its zone, UTC beside it.
pub(super) fn deadline(one: &ClientNotice) -> Option<String> {
    last_day(one).map(|day| last_minute(day, &zone(one)))
}

/// `12 days`, `1 day`, `ends today`; `None` when it is over or has not begun.
pub(super) fn days_left(one: &ClientNotice, now: Timestamp) -> Option<String> {
    let end = one.clocks.objection_until.filter(|end| *end > now)?;
    let (today, last) = (day_of(now, &zone(one)), last_day(one)?);
    let days = end.duration_since(now).as_secs() / 86_400;
    Some(match today.until(last).map_or(days, |span| i64::from(span.get_days())) {
        0 => "ends today".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    })
}

/// A moment as this Client's clock shows it.
pub(super) fn at(one: &ClientNotice, when: Timestamp) -> String {
    moment(when, &zone(one))
}

/// What the Client can do until when, and what follows if it does nothing.
pub(super) fn choice(one: &ClientNotice, now: Timestamp, in_use: bool) -> String {
    let rules = &one.rules;
    if one.state == ClientNoticeState::Withdrawn {
        return "This notice was withdrawn: nothing of it comes into force, and you need not do anything."
            .to_owned();
    }
    let Some(period) = rules.objection else {
        return "This is for your information: your agreement opens no objection window for it.".to_owned();
    };
    let Some(until) = deadline(one) else {
        return match rules.objection_start {
            crate::domain::period::StartEvent::Read => format!(
                "You can object within {} after you acknowledge this notice: your time starts with that.",
                period.words()
            ),
            _ => format!("You can object within {} after this notice has reached you.", period.words()),
        };
    };
    if one.clocks.objection_until.is_some_and(|end| end <= now) {
        return format!(
            "Your time to object ended on {until}. An objection is still taken, marked as late and answered."
        );
    }
    if rules.authorisation == Authorisation::Specific && !in_use {
        return format!(
            "It needs your authorisation by {until}. Without your consent it is not used for you."
        );
    }
    let silence = match rules.silence {
        Silence::Accepts => " If you do not object, it counts as accepted under your agreement.",
        Silence::Refuses => " If you do not answer, it counts as refused under your agreement.",
        Silence::Unstated => "",
    };
    format!("You can object until {until}.{silence}")
}
