//! Screen 1: the list.

use jiff::civil::Date;
use serde::Serialize;

use super::days::Question;
use super::filter::{self, Query, Select};
use super::words::{self, Badge, Places, StatementsToCome};
use crate::domain::diff::long_date;
use crate::domain::engagement::Group;
use crate::domain::list_document::{DocumentEntry, ListDocument};
use crate::domain::notice::NoticeDocument;
use crate::domain::period::Period;
use crate::domain::text::FieldError;
use crate::web::error::Error;
use crate::web::render::{Frame, Pages, Section};
use crate::web::site::Site;

#[derive(Serialize)]
struct ListPage {
    frame: Frame,
    version: Option<VersionWords>,
    as_of: Option<AsOf>,
    asked: Option<Question>,
    notice_period: String,
    announced: Vec<Announced>,
    statements: Vec<String>,
    pending_statements: Vec<StatementsToCome>,
    tabs: Vec<Tab>,
    problems: Vec<FieldError>,
    filters: Filters,
    count: String,
    columns: Columns,
    entries: Vec<Row>,
    query: String,
    time_zone: String,
}

#[derive(Serialize)]
struct VersionWords {
    number: i64,
    published: String,
    published_iso: Date,
}

#[derive(Serialize)]
struct AsOf {
    text: String,
}

/// A change that is announced and not in force.
#[derive(Serialize)]
pub struct Announced {
    from: Option<String>,
    from_iso: Option<Date>,
    what: String,
    objection: Option<String>,
    number: String,
}

#[derive(Serialize)]
struct Tab {
    href: String,
    label: &'static str,
    count: usize,
    current: bool,
}

#[derive(Serialize)]
struct Filters {
    group: String,
    selects: Vec<Select>,
    q: String,
    on: String,
    as_of: String,
    active: bool,
}

/// Which columns say anything at all; the others would only be empty space.
#[derive(Serialize)]
struct Columns {
    data: bool,
    places: bool,
    transfers: bool,
    since: bool,
    count: usize,
}

#[derive(Serialize)]
struct Row {
    slug: String,
    name: String,
    seat: Option<&'static str>,
    optional: bool,
    ended: bool,
    purposes: String,
    data: String,
    places: Vec<Places>,
    transfers: String,
    vetting: Badge,
    reviewed_on: Option<String>,
    since: Option<String>,
    upcoming: Option<Badge>,
    pending: Vec<PendingRow>,
}

#[derive(Serialize)]
struct PendingRow {
    sentence: String,
    notice: String,
}

/// What the page is made from.
#[derive(Debug, Clone)]
pub struct Shown<'a> {
    /// The version.
    pub list: &'a ListDocument,
    /// Public notices whose change is not in force yet.
    pub announced: &'a [NoticeDocument],
    /// Today, in the company's zone.
    pub today: Date,
    /// The question answered, if it is one about a day.
    pub asked: Option<Question>,
}

/// Renders the list, filtered by `query`.
///
/// # Errors
/// The template failed.
pub fn render(
    pages: &Pages,
    shown: Shown<'_>,
    query: &Query,
    problems: Vec<FieldError>,
) -> Result<String, Error> {
    let (site, list) = (pages.site(), shown.list);
    let form = filter::form(query, list);
    let problems = [problems, form.problems].concat();
    let entries: Vec<Row> =
        list.entries.iter().filter(|e| query.admits(e)).map(|e| row(e, shown.today)).collect();
    let path = if query.is_empty() { "/".to_owned() } else { format!("/{}", query.query_string()) };
    let mut frame = pages.frame("Sub-processors", Section::List, Some(&path));
    frame.description = Some(format!(
        "The companies that process personal data on behalf of {}’s Clients: what each does, with which data, and where.",
        site.company()
    ));
    pages.render(
        "public/list",
        &ListPage {
            frame,
            version: Some(VersionWords {
                number: list.version,
                published: long_date(site.day(list.published_at)),
                published_iso: site.day(list.published_at),
            }),
            as_of: None,
            asked: shown.asked,
            notice_period: notice_period(list.notice_period()),
            pending_statements: words::statements_to_come(list),
            announced: shown.announced.iter().map(|n| announced(site, n, shown.today)).collect(),
            statements: list.statements.clone(),
            tabs: tabs(query, list),
            problems,
            filters: Filters {
                group: query.group.clone(),
                selects: form.selects,
                q: query.q.clone(),
                on: shown_day(query.on_day()),
                as_of: shown_day(query.as_of_day()),
                active: !query.is_empty(),
            },
            count: counted(entries.len()),
            columns: columns(list),
            entries,
            query: query.query_string(),
            time_zone: site.zone_name().to_owned(),
        },
    )
}

/// Renders the page before there is any list, or before the day asked for.
///
/// # Errors
/// The template failed.
pub fn render_empty(pages: &Pages, query: &Query, problems: Vec<FieldError>) -> Result<String, Error> {
    let site = pages.site();
    pages.render(
        "public/list",
        &ListPage {
            frame: pages.frame("Sub-processors", Section::List, Some("/")),
            version: None,
            as_of: query.as_of_day().ok().flatten().map(|day| AsOf { text: long_date(day) }),
            asked: None,
            notice_period: notice_period(Period::calendar(site.notice_period_days())),
            announced: Vec::new(),
            statements: Vec::new(),
            pending_statements: Vec::new(),
            tabs: Vec::new(),
            problems,
            filters: Filters {
                group: String::new(),
                selects: Vec::new(),
                q: String::new(),
                on: String::new(),
                as_of: String::new(),
                active: false,
            },
            count: counted(0),
            columns: Columns { data: false, places: false, transfers: false, since: false, count: 3 },
            entries: Vec::new(),
            query: String::new(),
            time_zone: site.zone_name().to_owned(),
        },
    )
}

/// What the date field shows: nothing that is no date.
fn shown_day(day: Result<Option<Date>, FieldError>) -> String {
    day.ok().flatten().map_or_else(String::new, |day| day.to_string())
}

fn notice_period(period: Period) -> String {
    format!("{} under our standard DPA", period.notice())
}

fn counted(n: usize) -> String {
    match n {
        0 => "No sub-processor".to_owned(),
        1 => "1 sub-processor".to_owned(),
        n => format!("{n} sub-processors"),
    }
}

/// A notice as the banner tells it.
#[must_use]
pub fn announced(site: &Site, notice: &NoticeDocument, today: Date) -> Announced {
    let sentence = notice.sentence();
    let from = notice.effective_from.map(long_date);
    // The day stands out on the page, so it comes apart from the sentence.
    let (from, what) =
        match from.and_then(|day| Some((sentence.strip_prefix(&format!("From {day} "))?.to_owned(), day))) {
            Some((what, day)) => (Some(day), what),
            None => (None, sentence),
        };
    // A change whose day passed without effect waits for a review; it comes some other day.
    let (from, what) = match notice.effective_from.filter(|day| *day < today) {
        Some(day) if notice.in_use_since.is_none() => {
            (None, format!("Announced for {}, not in effect yet: {what}", long_date(day)))
        }
        _ => (from, what),
    };
    Announced {
        from_iso: notice.effective_from.filter(|_| from.is_some()),
        from,
        what,
        objection: objection(site, notice, today),
        number: notice.number.clone(),
    }
}

/// Until when one can object under the standard DPA, if a window runs or ran.
#[must_use]
pub fn objection(site: &Site, notice: &NoticeDocument, today: Date) -> Option<String> {
    let last = notice.object_by?;
    Some(if today <= last {
        format!(
            "Under our standard DPA you can object until {}; your agreement decides.",
            site.end_of_day(last)
        )
    } else {
        format!(
            "Under our standard DPA the time to object ended with {}; your agreement decides.",
            long_date(last)
        )
    })
}

fn tabs(query: &Query, list: &ListDocument) -> Vec<Tab> {
    let count = |group: Option<Group>| {
        let in_group =
            |e: &&DocumentEntry| group.is_none_or(|g| e.group == g) && query.admits_in_any_group(e);
        list.entries.iter().filter(in_group).count()
    };
    let present: Vec<Group> =
        Group::ALL.iter().copied().filter(|g| list.entries.iter().any(|e| e.group == *g)).collect();
    if present.len() < 2 {
        return Vec::new();
    }
    let tab = |group: Option<Group>| {
        let word = group.map_or("", Group::as_str);
        Tab {
            href: format!("/{}", query.with_group(word)),
            label: group.map_or("All", words::group_name),
            count: count(group),
            current: query.group == word,
        }
    };
    std::iter::once(None).chain(present.into_iter().map(Some)).map(tab).collect()
}

fn columns(list: &ListDocument) -> Columns {
    let any = |says: fn(&DocumentEntry) -> bool| list.entries.iter().any(says);
    let (data, places) = (any(|e| !words::data(e).is_empty()), any(|e| !e.locations.is_empty()));
    let transfers = any(|e| !e.transfers.is_empty());
    let since = any(|e| e.effective_from.is_some() || e.status != "active");
    let count = 3 + [data, places, transfers, since].iter().filter(|says| **says).count();
    Columns { data, places, transfers, since, count }
}

fn row(entry: &DocumentEntry, today: Date) -> Row {
    let is_coming = entry.status != "active";
    Row {
        slug: entry.slug.clone(),
        name: entry.vendor.name.clone(),
        seat: entry.vendor.seat.map(|c| c.name()),
        optional: entry.optional,
        ended: entry.status == "retired",
        purposes: words::purposes(entry),
        data: words::data(entry),
        places: words::places(entry),
        transfers: words::transfers(entry),
        vetting: words::vetting(&entry.vetting),
        reviewed_on: entry.vetting.reviewed_on.map(long_date),
        since: entry.effective_from.map(long_date),
        upcoming: is_coming.then(|| words::status(entry, today)),
        pending: entry
            .pending
            .iter()
            // The badge of an announced entry says already when it comes.
            .filter(|_| entry.status != "announced")
            .map(|p| PendingRow { sentence: words::pending(entry, p), notice: p.notice.clone() })
            .collect(),
    }
}
