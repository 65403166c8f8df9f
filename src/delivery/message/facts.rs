//! What a mail tells of a notice: one model from the notice's document, so that subject, text
//! and HTML cannot tell different facts. The webhook is made from the same document, see
//! [`super::payload`].

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::days::{last_minute, long_date, moment, weekday};
use super::one_line;
use crate::domain::change::Operation;
use crate::domain::list_document::DocumentEntry;
use crate::domain::notice::{Happening, NoticeDocument, NoticeEvent, NoticeItem};
use crate::domain::place::LocationKind;
use crate::templates::words::{Words, fill};

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
    pub(crate) fn new(
        words: &Words,
        notice: &NoticeDocument,
        happened: &Happening,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Self {
        let mixed = !notice.at_once().is_empty();
        let today = now.to_zoned_datetime(zone.clone()).date();
        let told = |one: &NoticeItem| {
            let day = one.effective_from.filter(|_| mixed);
            ItemFacts { when: day.map(|day| in_force(words, day, today)), ..item(words, one) }
        };
        Self {
            subject: one_line(&subject(words, notice, happened)),
            company: one_line(&notice.company),
            number: notice.number.clone(),
            sentence: one_line(&sentence(words, notice, happened, zone)),
            objection: match happened.event {
                NoticeEvent::Withdrawn => words.objection.withdrawn.clone(),
                _ => objection(words, notice, now, zone),
            },
            reason: [&happened.reason, &notice.reason]
                .into_iter()
                .map(|text| text.trim().to_owned())
                .find(|text| !text.is_empty()),
            dates: dates(words, notice, happened, zone),
            items: match happened.corrected.as_slice() {
                [] => notice.items.iter().map(told).collect(),
                corrected => corrected.iter().map(told).collect(),
            },
        }
    }
}

/// When an item is in force, seen from `today`.
fn in_force(words: &Words, day: Date, today: Date) -> String {
    let sentence = if day <= today { &words.item.in_force_since } else { &words.item.in_force_from };
    fill(sentence, &[("date", &long_date(&words.dates, day))])
}

/// What happens, with the company as its subject; in English the same as
/// [`crate::domain::notice::headline`].
pub(super) fn headline(words: &Words, items: &[NoticeItem]) -> String {
    let w = &words.clause;
    let clause = |item: &NoticeItem| {
        let name = ("name", item.name.as_str());
        match (item.operation, &item.replaces) {
            (Operation::Added, _) => fill(&w.adds, &[name]),
            (Operation::Replaced, Some(old)) => fill(&w.replaces, &[name, ("old", old)]),
            (Operation::Replaced, None) => fill(&w.replaces_another, &[name]),
            (Operation::Removed, _) => fill(&w.removes, &[name]),
            (Operation::Changed, _) if item.entry_id.is_none() => w.restates.clone(),
            (Operation::Changed, _) => fill(&w.changes, &[name]),
        }
    };
    match items {
        [] => w.nothing.clone(),
        [one] => clause(one),
        [one, two] => fill(&w.two, &[("first", &clause(one)), ("second", &clause(two))]),
        [one, rest @ ..] => fill(&w.more, &[("first", &clause(one)), ("count", &rest.len().to_string())]),
    }
}

fn subject(words: &Words, notice: &NoticeDocument, happened: &Happening) -> String {
    let w = &words.subject;
    let (sentence, date) = match (happened.event, notice.in_use_since, notice.effective_from) {
        (NoticeEvent::Updated, ..) if !happened.corrected.is_empty() => (&w.corrected, None),
        (NoticeEvent::Effective, ..) => (&w.effective, None),
        (NoticeEvent::Withdrawn, ..) => (&w.withdrawn, None),
        (NoticeEvent::Updated, _, Some(from)) => (&w.later, Some(from)),
        (_, Some(since), _) => (&w.in_use, Some(since)),
        (_, None, Some(from)) => (&w.planned, Some(from)),
        (_, None, None) => (&w.undated, None),
    };
    about(words, sentence, notice, date)
}

/// A sentence about what awaits its day, with the company, the number and one date.
pub(super) fn about(words: &Words, sentence: &str, notice: &NoticeDocument, date: Option<Date>) -> String {
    let what = headline(words, &notice.awaited());
    let date = date.map(|day| long_date(&words.dates, day)).unwrap_or_default();
    fill(
        sentence,
        &[("company", &notice.company), ("what", &what), ("number", &notice.number), ("date", &date)],
    )
}

fn sentence(words: &Words, notice: &NoticeDocument, happened: &Happening, zone: &TimeZone) -> String {
    let w = &words.sentence;
    let spelled = |day: Date| long_date(&words.dates, day);
    let announced = spelled(notice.published_at.to_zoned_datetime(zone.clone()).date());
    let date = notice.effective_from.map(spelled);
    let planned = happened.planned.map(spelled);
    let follow_up = match happened.event {
        NoticeEvent::Effective if date.is_some() => &w.effective_since,
        NoticeEvent::Effective => &w.effective,
        NoticeEvent::Updated if !happened.corrected.is_empty() => &w.corrected,
        NoticeEvent::Updated if planned.is_some() => &w.later_than,
        NoticeEvent::Updated => &w.later,
        NoticeEvent::Withdrawn => &w.withdrawn,
        NoticeEvent::Announced => return announcement(words, notice),
    };
    let what = headline(words, &notice.awaited());
    fill(
        follow_up,
        &[
            ("company", &notice.company),
            ("what", &what),
            ("date", &date.unwrap_or_default()),
            ("planned", &planned.unwrap_or_default()),
            ("announced", &announced),
        ],
    )
}

/// What changes, and from when; in English as [`NoticeDocument::sentence`] has it.
fn announcement(words: &Words, notice: &NoticeDocument) -> String {
    let w = &words.sentence;
    let (sentence, date) = match (notice.in_use_since, notice.effective_from) {
        (Some(since), _) => (&w.in_use, Some(since)),
        (None, Some(from)) => (&w.planned, Some(from)),
        (None, None) => (&w.undated, None),
    };
    let mut told = about(words, sentence, notice, date);
    let at_once = notice.at_once();
    if let Some(from) = at_once.first().and_then(|item| item.effective_from) {
        let (what, date) = (headline(words, &at_once), long_date(&words.dates, from));
        told = fill(&w.at_once, &[("sentence", &told), ("date", &date), ("what", &what)]);
    }
    // A name such as "Example Inc." brings its own full stop.
    if !told.ends_with('.') {
        told.push('.');
    }
    match notice.in_use_since {
        Some(since) => fill(&w.late, &[("sentence", &told), ("date", &long_date(&words.dates, since))]),
        None => told,
    }
}

fn objection(words: &Words, notice: &NoticeDocument, now: Timestamp, zone: &TimeZone) -> String {
    let w = &words.objection;
    let Some(day) = notice.object_by else { return w.standard_none.clone() };
    let open = super::dates::last_instant(day, zone) >= now;
    let sentence = if open { &w.standard_until } else { &w.standard_ended };
    fill(sentence, &[("until", &last_minute(&words.dates, day, zone))])
}

fn dates(words: &Words, notice: &NoticeDocument, happened: &Happening, zone: &TimeZone) -> Vec<Line> {
    let (w, d) = (&words.label, &words.dates);
    let mut lines = vec![line(&w.notice, moment(d, notice.published_at, zone))];
    if happened.event == NoticeEvent::Withdrawn {
        lines.extend(happened.at.map(|at| line(&w.withdrawn, moment(d, at, zone))));
        lines.extend(happened.planned.map(|day| line(&w.had_been_announced_for, weekday(d, day))));
        return lines;
    }
    if let Some(day) = notice.object_by {
        let until = fill(&w.standard_deadline_value, &[("until", &last_minute(d, day, zone))]);
        lines.push(line(&w.standard_deadline, until));
    }
    if let Some(since) = notice.in_use_since {
        lines.push(line(&w.in_use_since, weekday(d, since)));
    } else if let Some(from) = notice.effective_from {
        lines.push(line(&w.effective_date, weekday(d, from)));
        if let Some(planned) = happened.planned.filter(|day| *day != from) {
            lines.push(line(&w.announced_for, weekday(d, planned)));
        }
    }
    lines
}

/// One item in words.
pub(super) fn item(words: &Words, item: &NoticeItem) -> ItemFacts {
    let w = &words.item;
    let heading = match (item.operation, &item.replaces) {
        (Operation::Added, _) => &w.added,
        (Operation::Replaced, Some(_)) => &w.added_for,
        (Operation::Replaced, None) => &w.added_for_another,
        (Operation::Removed, _) => &w.removed,
        (Operation::Changed, _) => &w.changed,
    };
    let old = item.replaces.as_deref().unwrap_or_default();
    let heading = fill(heading, &[("name", &item.name), ("old", old)]);
    let changed = item.operation == Operation::Changed;
    let changes = item.changes.iter().filter(|_| changed).map(|c| {
        let sentence = match (c.was.is_empty(), c.now.is_empty()) {
            (true, _) => &w.now,
            (_, true) => &w.was,
            _ => &w.was_now,
        };
        // In English as it was published.
        let label = words.fields.get(&c.field).filter(|_| !words.is_english()).unwrap_or(&c.label);
        one_line(&fill(sentence, &[("label", label), ("was", &c.was), ("now", &c.now)]))
    });
    let changes = changes.collect();
    let mut summary = item.entry.as_ref().map(|entry| summary(words, entry)).unwrap_or_default();
    if let Some(old) = &item.replaces {
        summary.push(line(&words.label.replaces, old.clone()));
    }
    ItemFacts { heading: one_line(&heading), when: None, changes, summary }
}

fn summary(words: &Words, entry: &DocumentEntry) -> Vec<Line> {
    let (w, labels) = (&words.item, &words.label);
    let vendor = &entry.vendor;
    let mut who = vec![vendor.name.clone()];
    who.extend(vendor.legal_name.clone().filter(|legal| *legal != vendor.name));
    who.extend(vendor.address.as_deref().map(|address| address.replace('\n', ", ")));
    who.extend(vendor.seat.map(|seat| seat.name().to_owned()));
    if vendor.affiliate {
        who.push(w.affiliate.clone());
    }
    let places = entry.locations.iter().map(|l| match l.kind {
        LocationKind::Processing => l.name(),
        LocationKind::Storage => fill(&w.storage, &[("place", &l.name())]),
        LocationKind::RemoteAccess => fill(&w.remote_access, &[("place", &l.name())]),
    });
    let transfers = entry.transfers.iter().map(|t| {
        let (from, to) = (t.jurisdiction.to_string(), t.destination.name());
        fill(&w.transfer, &[("from", &from), ("to", to), ("mechanism", t.mechanism.label())])
    });
    let products =
        if entry.products.is_empty() { w.every_product.clone() } else { entry.products.join("; ") };
    let vetting = match entry.vetting.reviewed_on {
        Some(day) => format!("{}, {}", entry.vetting.status.label(), long_date(&words.dates, day)),
        None => entry.vetting.status.label().to_owned(),
    };
    let purposes: Vec<String> = entry.purposes.iter().map(|p| p.text.clone()).collect();
    [
        (&labels.who, who.join(", ")),
        (&labels.purpose, purposes.join("; ")),
        (&labels.data, entry.data_categories.join("; ")),
        (&labels.special_categories, entry.special_categories.join("; ")),
        (&labels.data_subjects, entry.data_subjects.join("; ")),
        (&labels.locations, places.collect::<Vec<_>>().join("; ")),
        (&labels.transfer, transfers.collect::<Vec<_>>().join("; ")),
        (&labels.safeguards, entry.safeguards.clone().unwrap_or_default()),
        (&labels.retention, entry.retention.clone().unwrap_or_default()),
        (&labels.products, products),
        (&labels.feature, entry.feature.clone().unwrap_or_default()),
        (&labels.vetting, vetting),
    ]
    .into_iter()
    .filter(|(_, value)| !value.trim().is_empty())
    .map(|(label, value)| line(label, value))
    .collect()
}

fn line(label: &str, value: String) -> Line {
    Line { label: label.to_owned(), value: one_line(&value) }
}
