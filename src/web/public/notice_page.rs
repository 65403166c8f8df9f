//! Screen 3: the notices, and one of them.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::list_page::objection;
use super::words::{Badge, for_readers, is_for_readers};
use crate::domain::change::{Class, Operation};
use crate::domain::diff::long_date;
use crate::domain::notice::{Notice, NoticeDocument, NoticeEvent, NoticeItem, NoticeUpdate, headline};
use crate::web::error::Error;
use crate::web::render::{Frame, Pages, Section};
use crate::web::site::{Site, weekday_date};

#[derive(Serialize)]
struct NoticesPage {
    frame: Frame,
    notices: Vec<Summary>,
    pages: Option<PageLinks>,
}

#[derive(Serialize)]
struct Summary {
    iso: Date,
    date: String,
    number: String,
    title: String,
    status: Badge,
    sentence: String,
    effective: Option<String>,
    object_by: Option<String>,
}

/// Links between pages of a long list.
#[derive(Debug, Serialize)]
pub struct PageLinks {
    /// Address of the page before.
    pub newer: Option<String>,
    /// Address of the page after.
    pub older: Option<String>,
    /// Where one is.
    pub text: String,
}

#[derive(Serialize)]
struct NoticePage {
    frame: Frame,
    number: String,
    title: String,
    sentence: String,
    dates: Vec<Step>,
    items: Vec<Item>,
    reason: Option<String>,
    objection: String,
    updates: Vec<Update>,
    published: String,
    published_iso: Timestamp,
    version: i64,
    hash: String,
}

/// A step of the date strip.
#[derive(Serialize)]
struct Step {
    label: &'static str,
    iso: Option<Date>,
    text: String,
    note: Option<&'static str>,
    past: bool,
}

/// One thing that changes, field by field.
#[derive(Serialize)]
pub struct Item {
    slug: Option<String>,
    heading: String,
    class: &'static str,
    products: String,
    /// When it takes effect.
    pub when: Option<String>,
    caption: String,
    before: bool,
    after: bool,
    rows: Vec<FieldRow>,
}

#[derive(Serialize)]
struct FieldRow {
    label: String,
    before: String,
    after: String,
    added: bool,
    removed: bool,
}

#[derive(Serialize)]
struct Update {
    iso: Date,
    date: String,
    text: String,
}

/// Renders the notices, newest first.
///
/// # Errors
/// The template failed.
pub fn render_all(
    pages: &Pages,
    notices: &[Notice],
    today: Date,
    links: Option<PageLinks>,
) -> Result<String, Error> {
    let site = pages.site();
    let summary = |notice: &Notice| {
        let document = notice.public.as_ref()?;
        let day = site.day(document.published_at);
        Some(Summary {
            iso: day,
            date: long_date(day),
            number: notice.number.clone(),
            title: title(document),
            status: status(site, notice, document, today),
            sentence: sentence(site, notice, document),
            effective: match notice.withdrawn() {
                Some(_) => None,
                None => notice.in_force_on().or(notice.planned_day()).map(long_date),
            },
            object_by: document.object_by.map(long_date),
        })
    };
    pages.render(
        "public/notices",
        &NoticesPage {
            frame: pages.frame("Notices", Section::Notices, Some("/notices")),
            notices: notices.iter().filter_map(summary).collect(),
            pages: links,
        },
    )
}

/// Renders one notice; `None` if everything in it is hidden from the public.
///
/// # Errors
/// The template failed.
pub fn render(pages: &Pages, notice: &Notice, today: Date) -> Result<Option<String>, Error> {
    let site = pages.site();
    let Some(document) = &notice.public else { return Ok(None) };
    let published = site.day(document.published_at);
    let is_in_force = notice.is_in_force(published);
    let title = title(document);
    let path = format!("/notices/{}", notice.number);
    let mut frame = pages.frame(&format!("{title} ({})", notice.number), Section::Notices, Some(&path));
    frame.description = Some(sentence(site, notice, document));
    let page = NoticePage {
        frame,
        number: notice.number.clone(),
        title,
        sentence: sentence(site, notice, document),
        dates: strip(site, notice, document, today),
        items: notice
            .latest()
            .iter()
            .flat_map(|told| &told.items)
            .map(|one| {
                let over = is_in_force || one.effective_from.is_some_and(|d| d <= published);
                let told = item(one, over, today);
                // What was withdrawn takes effect on no day; its corrections are so since the notice.
                Item { when: told.when.filter(|_| over || notice.withdrawn().is_none()), ..told }
            })
            .collect(),
        reason: (!document.reason.is_empty()).then(|| document.reason.clone()),
        objection: standing_objection(site, notice, document, today).unwrap_or_else(|| {
            "This change opens no time to object under our standard DPA; your agreement decides. Write to us with any question.".to_owned()
        }),
        updates: notice
            .updates
            .iter()
            .filter(|update| !update.is_hidden())
            .filter(|u| u.event != NoticeEvent::Announced)
            .map(|u| {
                let day = site.day(u.at);
                Update { iso: day, date: long_date(day), text: told_since(notice, document, u) }
            })
            .collect(),
        published: site.moment(document.published_at),
        published_iso: document.published_at,
        version: document.list_version,
        hash: notice.sha256.clone(),
    };
    pages.render("public/notice", &page).map(Some)
}

/// The headline with a capital, without the company: `Adds Example GmbH as a sub-processor`.
#[must_use]
pub fn title(document: &NoticeDocument) -> String {
    let headline = headline(&document.items);
    let mut letters = headline.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The sentence on top, with the day as it stands by now.
fn sentence(site: &Site, notice: &Notice, document: &NoticeDocument) -> String {
    let said = NoticeDocument { effective_from: notice.planned_day(), ..document.clone() }.sentence();
    match notice.withdrawn() {
        Some(update) => {
            format!(
                "Withdrawn on {}, before it took effect. It had said: {said}",
                long_date(site.day(update.at))
            )
        }
        None => said,
    }
}

fn standing_objection(
    site: &Site,
    notice: &Notice,
    document: &NoticeDocument,
    today: Date,
) -> Option<String> {
    match notice.withdrawn() {
        Some(_) => Some("It was withdrawn: there is nothing left to object to.".to_owned()),
        None => objection(site, document, today),
    }
}

/// What was told after the announcement. The day it came into force may be another than planned:
/// nothing does while a review does not hold.
fn told_since(notice: &Notice, document: &NoticeDocument, update: &NoticeUpdate) -> String {
    let version = format!("Published as version {} of the list.", update.list_version);
    let before = notice.happening(&update.word).and_then(|happened| happened.planned);
    let why = match update.public_reason.trim() {
        "" => String::new(),
        reason => format!(" Reason: {reason}"),
    };
    match update.event {
        NoticeEvent::Withdrawn => {
            format!("Withdrawn before it took effect; nothing has to be done.{why} {version}")
        }
        NoticeEvent::Updated if update.is_correction() => {
            let told = update.public_correction.iter().flat_map(|told| &told.corrected);
            let words: Vec<String> = told
                .flat_map(|item| {
                    item.changes.iter().map(move |c| {
                        let stated =
                            |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
                        format!(
                            "{}, {}: was “{}”, now “{}”.",
                            item.name,
                            c.label,
                            stated(&c.was),
                            stated(&c.now)
                        )
                    })
                })
                .collect();
            format!("Corrected. {} The date and every deadline stay.{why} {version}", words.join(" "))
        }
        NoticeEvent::Updated => {
            let not = before.map(|day| format!(", not on {}", long_date(day))).unwrap_or_default();
            format!("It takes effect later, on {}{not}.{why} {version}", long_date(update.day))
        }
        NoticeEvent::Announced | NoticeEvent::Effective => {
            let planned = document.effective_from.filter(|day| *day != update.day);
            let planned =
                planned.map(|day| format!(", announced for {}", long_date(day))).unwrap_or_default();
            format!("The change is in effect since {}{planned}. {version}", long_date(update.day))
        }
    }
}

fn status(site: &Site, notice: &Notice, document: &NoticeDocument, today: Date) -> Badge {
    if notice.withdrawn().is_some() {
        Badge::new("", "Withdrawn")
    } else if notice.is_in_force(site.day(document.published_at)) {
        Badge::new("ok", "In effect")
    } else if notice.planned_day().is_some_and(|day| day < today) {
        Badge::new("warn", "Not in effect yet")
    } else {
        Badge::new("warn", "Announced")
    }
}

fn strip(site: &Site, notice: &Notice, document: &NoticeDocument, today: Date) -> Vec<Step> {
    let noticed = site.day(document.published_at);
    let mut steps = Vec::new();
    if let Some(since) = document.in_use_since {
        steps.push(Step {
            label: "In use since",
            iso: Some(since),
            text: weekday_date(since),
            note: Some("told late"),
            past: true,
        });
    }
    steps.push(Step {
        label: "Notice",
        iso: Some(noticed),
        text: weekday_date(noticed),
        note: None,
        past: true,
    });
    if let Some(last) = document.object_by.filter(|_| notice.withdrawn().is_none()) {
        steps.push(Step {
            label: "Object by",
            iso: Some(last),
            text: site.end_of_day(last),
            note: Some("under our standard DPA; your agreement decides"),
            past: today > last,
        });
    }
    let step = |label, day, note, past| Step { label, iso: Some(day), text: weekday_date(day), note, past };
    if let Some(withdrawn) = notice.withdrawn() {
        steps.push(step("Withdrawn", site.day(withdrawn.at), None, true));
    } else if let (Some(announced), Some(planned)) = (document.effective_from, notice.planned_day()) {
        let is_in_force = notice.is_in_force(noticed);
        let day = notice.in_force_on().unwrap_or(planned);
        if day != announced {
            steps.push(step("Announced for", announced, None, announced <= today));
        }
        let note = if !is_in_force && planned < today {
            Some("put off; not in effect yet")
        } else {
            (document.class == Class::Material && document.in_use_since.is_none())
                .then_some("not before this day")
        };
        steps.push(step("Effective", day, note, is_in_force));
    }
    steps.sort_by_key(|step| step.iso);
    steps
}

/// An item for readers outside; `is_in_force` says whether it took effect.
#[must_use]
pub fn item(item: &NoticeItem, is_in_force: bool, today: Date) -> Item {
    let (was, is) = match item.operation {
        Operation::Added | Operation::Replaced => (false, true),
        Operation::Removed => (true, false),
        Operation::Changed => (true, true),
    };
    let heading = match (item.operation, &item.replaces) {
        (Operation::Added, _) => format!("Added: {}", item.name),
        (Operation::Replaced, Some(old)) => format!("{} in place of {old}", item.name),
        (Operation::Replaced, None) => format!("Added in place of another: {}", item.name),
        (Operation::Removed, _) => format!("Removed: {}", item.name),
        (Operation::Changed, _) => format!("Changed: {}", item.name),
    };
    Item {
        slug: item.slug.clone(),
        caption: format!("{heading}, field by field"),
        heading,
        class: class_words(item.class),
        products: item.products.join(", "),
        when: item.effective_from.map(|day| takes_effect(day, is_in_force, today)),
        before: was,
        after: is,
        rows: item
            .changes
            .iter()
            .filter(|c| is_for_readers(&c.field))
            .map(|c| FieldRow {
                label: c.label.clone(),
                before: for_readers(&c.field, &c.was),
                after: for_readers(&c.field, &c.now),
                added: c.was.is_empty() && !c.now.is_empty(),
                removed: c.now.is_empty() && !c.was.is_empty(),
            })
            .collect(),
    }
}

/// When an item takes effect: a correction joined to a later change does so at once.
fn takes_effect(day: Date, is_in_force: bool, today: Date) -> String {
    match day {
        day if is_in_force => format!("In effect since {}", long_date(day)),
        day if day > today => format!("Takes effect on {}", long_date(day)),
        day => format!("Announced for {}; not in effect yet", long_date(day)),
    }
}

/// The class for readers outside.
fn class_words(class: Class) -> &'static str {
    match class {
        Class::Editorial => "Editorial",
        Class::Informational => "For information",
        Class::Material => "Material",
    }
}
