//! What a mail tells of a notice: one model from the notice's document, so that subject, text
//! and HTML cannot tell different facts. The webhook is made from the same document, see
//! [`super::payload`].

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::dates::{last_minute, moment, weekday};
use super::one_line;
use crate::domain::change::Operation;
use crate::domain::diff::long_date;
use crate::domain::list_document::DocumentEntry;
use crate::domain::notice::{Happening, NoticeDocument, NoticeEvent, NoticeItem, headline};
use crate::domain::place::LocationKind;

/// What can be done about a withdrawn notice.
pub(super) const WITHDRAWN: &str =
    "Nothing has to be done: the change does not take effect, and the time to object has ended with it.";

/// A label and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// For people.
    pub label: String,
    /// Never empty.
    pub value: String,
}

/// One item in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemFacts {
    /// `Added: Example GmbH`.
    pub heading: String,
    /// `In force since 12 February 2026`, where items of one notice have different days.
    pub when: Option<String>,
    /// Field by field, what was and what will be; empty for a line that comes or goes whole.
    pub changes: Vec<String>,
    /// Who, what for, which data, where: the line as it will be, or as it was.
    pub summary: Vec<Line>,
}

/// A notice in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Of the mail.
    pub subject: String,
    /// Whose list.
    pub company: String,
    /// `N-2026-007`.
    pub number: String,
    /// What changes, and from when.
    pub sentence: String,
    /// What can be done until when, under the standard DPA.
    pub objection: String,
    /// The processor's words.
    pub reason: Option<String>,
    /// Notice, deadline, effective date.
    pub dates: Vec<Line>,
    /// What changes.
    pub items: Vec<ItemFacts>,
}

impl Facts {
    /// Tells `notice` and what `happened`. `now` decides whether a window is still open; it is the
    /// delivery's birth, so that a repeat says the same.
    #[must_use]
    pub fn new(notice: &NoticeDocument, happened: &Happening, now: Timestamp, zone: &TimeZone) -> Self {
        let mixed = !notice.at_once().is_empty();
        let today = now.to_zoned_datetime(zone.clone()).date();
        let told = |one: &NoticeItem| {
            let day = one.effective_from.filter(|_| mixed);
            ItemFacts { when: day.map(|day| in_force(day, today)), ..item(one) }
        };
        Self {
            subject: one_line(&subject(notice, happened.event)),
            company: one_line(&notice.company),
            number: notice.number.clone(),
            sentence: one_line(&sentence(notice, happened, zone)),
            objection: match happened.event {
                NoticeEvent::Withdrawn => WITHDRAWN.to_owned(),
                _ => objection(notice, now, zone),
            },
            reason: [&happened.reason, &notice.reason]
                .into_iter()
                .map(|text| text.trim().to_owned())
                .find(|text| !text.is_empty()),
            dates: dates(notice, happened, zone),
            items: notice.items.iter().map(told).collect(),
        }
    }
}

/// When an item is in force, seen from `today`.
fn in_force(day: Date, today: Date) -> String {
    let word = if day <= today { "In force since" } else { "In force from" };
    format!("{word} {}", long_date(day))
}

fn subject(notice: &NoticeDocument, event: NoticeEvent) -> String {
    let what = format!("{} {}", notice.company, headline(&notice.awaited()));
    let when = match (event, notice.in_use_since, notice.effective_from) {
        (NoticeEvent::Effective, ..) => return format!("Now in effect: {what} ({})", notice.number),
        (NoticeEvent::Withdrawn, ..) => return format!("Withdrawn: {what} ({})", notice.number),
        (NoticeEvent::Updated, _, Some(from)) => {
            return format!("Later, from {}: {what} ({})", long_date(from), notice.number);
        }
        (_, Some(since), _) => format!(", in use since {}", long_date(since)),
        (_, None, Some(from)) => format!(" from {}", long_date(from)),
        (_, None, None) => String::new(),
    };
    format!("{what}{when} ({})", notice.number)
}

fn sentence(notice: &NoticeDocument, happened: &Happening, zone: &TimeZone) -> String {
    let announced = || long_date(notice.published_at.to_zoned_datetime(zone.clone()).date());
    let company = &notice.company;
    match (happened.event, notice.in_use_since) {
        (NoticeEvent::Effective, _) => {
            let since = notice.effective_from.map(|d| format!(" since {}", long_date(d))).unwrap_or_default();
            let what = headline(&notice.awaited());
            format!("In effect{since}: {company} {what}. Announced on {}.", announced())
        }
        (NoticeEvent::Updated, _) => {
            let from = notice.effective_from.map(long_date).unwrap_or_default();
            let not = happened.planned.map(|day| format!(", not on {}", long_date(day))).unwrap_or_default();
            let what = headline(&notice.awaited());
            format!(
                "The effective date has moved to a later day: {company} {what} on {from}{not}. Announced on {}; everything else stays as announced.",
                announced()
            )
        }
        (NoticeEvent::Withdrawn, _) => {
            let what = headline(&notice.awaited());
            format!("Withdrawn, and not to take effect: {company} {what}. Announced on {}.", announced())
        }
        (NoticeEvent::Announced, Some(since)) => format!(
            "{} This is a late disclosure: it tells of something in use since {} already.",
            notice.sentence(),
            long_date(since)
        ),
        (NoticeEvent::Announced, None) => notice.sentence(),
    }
}

fn objection(notice: &NoticeDocument, now: Timestamp, zone: &TimeZone) -> String {
    match notice.object_by {
        Some(day) if super::dates::last_instant(day, zone) >= now => format!(
            "A Client can object until {} under our standard DPA; your agreement decides.",
            last_minute(day, zone)
        ),
        Some(day) => format!(
            "The objection window under our standard DPA ended on {}; your agreement decides.",
            last_minute(day, zone)
        ),
        None => "No objection window runs under our standard DPA; your agreement decides.".to_owned(),
    }
}

fn dates(notice: &NoticeDocument, happened: &Happening, zone: &TimeZone) -> Vec<Line> {
    let mut lines = vec![line("Notice", moment(notice.published_at, zone))];
    if happened.event == NoticeEvent::Withdrawn {
        lines.extend(happened.at.map(|at| line("Withdrawn", moment(at, zone))));
        lines.extend(happened.planned.map(|day| line("Had been announced for", weekday(day))));
        return lines;
    }
    if let Some(day) = notice.object_by {
        let until = format!("{}; your agreement decides", last_minute(day, zone));
        lines.push(line("Objection deadline under our standard DPA", until));
    }
    if let Some(since) = notice.in_use_since {
        lines.push(line("In use since", weekday(since)));
    } else if let Some(from) = notice.effective_from {
        lines.push(line("Effective date", weekday(from)));
        if let Some(planned) = happened.planned.filter(|day| *day != from) {
            lines.push(line("Announced for", weekday(planned)));
        }
    }
    lines
}

/// One item in words.
pub(super) fn item(item: &NoticeItem) -> ItemFacts {
    let name = &item.name;
    let heading = match (item.operation, &item.replaces) {
        (Operation::Added, _) => format!("Added: {name}"),
        (Operation::Replaced, Some(old)) => format!("Added: {name}, in place of {old}"),
        (Operation::Replaced, None) => format!("Added: {name}, in place of another"),
        (Operation::Removed, _) => format!("Removed: {name}"),
        (Operation::Changed, _) => format!("Changed: {name}"),
    };
    let changed = item.operation == Operation::Changed;
    let changes = item.changes.iter().filter(|_| changed).map(|c| {
        let label = &c.label;
        match (c.was.is_empty(), c.now.is_empty()) {
            (true, _) => format!("{label}: now “{}”; nothing was stated before", c.now),
            (_, true) => format!("{label}: was “{}”, now nothing is stated", c.was),
            _ => format!("{label}: was “{}”, now “{}”", c.was, c.now),
        }
    });
    let mut summary = item.entry.as_ref().map(summary).unwrap_or_default();
    if let Some(old) = &item.replaces {
        summary.push(line("Replaces", old.clone()));
    }
    let changes = changes.map(|c| one_line(&c)).collect();
    ItemFacts { heading: one_line(&heading), when: None, changes, summary }
}

fn summary(entry: &DocumentEntry) -> Vec<Line> {
    let vendor = &entry.vendor;
    let mut who = vec![vendor.name.clone()];
    who.extend(vendor.legal_name.clone().filter(|legal| *legal != vendor.name));
    who.extend(vendor.address.as_deref().map(|address| address.replace('\n', ", ")));
    who.extend(vendor.seat.map(|seat| seat.name().to_owned()));
    if vendor.affiliate {
        who.push("a company of our own group".to_owned());
    }
    let places = entry.locations.iter().map(|l| match l.kind {
        LocationKind::Processing => l.name(),
        LocationKind::Storage => format!("{} (storage)", l.name()),
        LocationKind::RemoteAccess => format!("{} (remote access)", l.name()),
    });
    let transfers = entry
        .transfers
        .iter()
        .map(|t| format!("from {} to {}: {}", t.jurisdiction, t.destination.name(), t.mechanism.label()));
    let products =
        if entry.products.is_empty() { "every product".to_owned() } else { entry.products.join("; ") };
    let vetting = match entry.vetting.reviewed_on {
        Some(day) => format!("{}, {}", entry.vetting.status.label(), long_date(day)),
        None => entry.vetting.status.label().to_owned(),
    };
    let purposes: Vec<String> = entry.purposes.iter().map(|p| p.text.clone()).collect();
    [
        ("Who", who.join(", ")),
        ("Does what", purposes.join("; ")),
        ("Data", entry.data_categories.join("; ")),
        ("Special categories", entry.special_categories.join("; ")),
        ("Whose data", entry.data_subjects.join("; ")),
        ("Where", places.collect::<Vec<_>>().join("; ")),
        ("Transfer", transfers.collect::<Vec<_>>().join("; ")),
        ("Safeguards", entry.safeguards.clone().unwrap_or_default()),
        ("Kept for", entry.retention.clone().unwrap_or_default()),
        ("Products", products),
        ("Only with the feature", entry.feature.clone().unwrap_or_default()),
        ("Vetting", vetting),
    ]
    .into_iter()
    .filter(|(_, value)| !value.trim().is_empty())
    .map(|(label, value)| line(label, value))
    .collect()
}

fn line(label: &str, value: String) -> Line {
    Line { label: label.to_owned(), value: one_line(&value) }
}
