//! Screen 2: one sub-processor with its engagements and history.

use jiff::civil::Date;
use serde::Serialize;

use super::list_page::{Announced, announced};
use super::words::{self, Badge, Fact, for_readers};
use crate::domain::diff::{FieldChange, long_date};
use crate::domain::list_document::{DocumentEntry, DocumentVendor, ListDocument};
use crate::domain::notice::NoticeDocument;
use crate::web::error::Error;
use crate::web::render::{Frame, Pages, Section};

#[derive(Serialize)]
struct VendorPage {
    frame: Frame,
    name: String,
    summary: String,
    announced: Vec<Announced>,
    engagements: Vec<Engagement>,
    company: Vec<CompanyFact>,
    vetting: Vec<Check>,
    history: Vec<Past>,
}

#[derive(Serialize)]
struct Engagement {
    title: String,
    status: Badge,
    facts: Vec<Fact>,
    pending: Vec<PendingWords>,
}

#[derive(Serialize)]
struct PendingWords {
    sentence: String,
    notice: String,
}

#[derive(Serialize)]
struct CompanyFact {
    label: &'static str,
    text: String,
    href: Option<String>,
}

#[derive(Serialize)]
struct Check {
    tone: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Past {
    iso: Date,
    date: String,
    title: &'static str,
    changes: Vec<String>,
    version: i64,
    notice: Option<String>,
}

/// Something that happened to a vendor's entries in public.
#[derive(Debug, Clone)]
pub struct Event {
    /// Day it was published.
    pub day: Date,
    /// What it was.
    pub title: &'static str,
    /// Field by field.
    pub changes: Vec<FieldChange>,
    /// The list version published with it.
    pub version: i64,
    /// The notice, if there was one.
    pub notice: Option<String>,
}

/// Renders a vendor's page. `name` is its latest name, for one that left the list.
///
/// # Errors
/// The template failed.
pub fn render(
    pages: &Pages,
    slug: &str,
    name: &str,
    list: &ListDocument,
    open: &[NoticeDocument],
    history: &[Event],
    today: Date,
) -> Result<String, Error> {
    let entries: Vec<&DocumentEntry> = list.entries.iter().filter(|e| e.slug == slug).collect();
    let name = entries.first().map_or(name, |e| e.vendor.name.as_str());
    let concerns = |n: &&NoticeDocument| n.items.iter().any(|i| i.slug.as_deref() == Some(slug));
    let path = format!("/sub-processors/{slug}");
    pages.render(
        "public/vendor",
        &VendorPage {
            frame: pages.frame(name, Section::List, Some(&path)),
            name: name.to_owned(),
            summary: summary(pages.site().company(), &entries),
            announced: open.iter().filter(concerns).map(|n| announced(pages.site(), n, today)).collect(),
            engagements: entries.iter().map(|e| engagement(e, today)).collect(),
            company: entries.first().map(|e| company(&e.vendor)).unwrap_or_default(),
            vetting: entries.iter().map(|e| check(e, entries.len() > 1)).collect(),
            history: history.iter().map(past).collect(),
        },
    )
}

fn summary(company: &str, entries: &[&DocumentEntry]) -> String {
    let purposes: Vec<String> =
        entries.iter().map(|e| words::purposes(e)).filter(|p| !p.is_empty()).collect();
    if entries.is_empty() {
        format!("No longer on {company}’s list of sub-processors.")
    } else if purposes.is_empty() {
        format!("A sub-processor of {company}.")
    } else {
        format!("A sub-processor of {company} for: {}.", purposes.join("; "))
    }
}

fn engagement(entry: &DocumentEntry, today: Date) -> Engagement {
    let purposes = words::purposes(entry);
    Engagement {
        title: if purposes.is_empty() { "Engagement".to_owned() } else { purposes },
        status: words::status(entry, today),
        facts: words::facts(entry).into_iter().filter(is_worth_a_row).collect(),
        pending: entry
            .pending
            .iter()
            .filter(|_| entry.status != "announced")
            .map(|p| PendingWords { sentence: words::pending(entry, p), notice: p.notice.clone() })
            .collect(),
    }
}

/// What a reader looks for is shown even if the list does not say it.
fn is_worth_a_row(fact: &Fact) -> bool {
    fact.label != "What for"
        && (!fact.lines.is_empty()
            || matches!(fact.label, "Data" | "Whose data" | "Processed in" | "Transfer"))
}

fn company(vendor: &DocumentVendor) -> Vec<CompanyFact> {
    let fact = |label, text: Option<&str>| {
        text.filter(|t| !t.is_empty()).map(|t| CompanyFact { label, text: t.to_owned(), href: None })
    };
    let link = |label, address: Option<&str>| {
        let address = address.filter(|a| a.starts_with("https://") || a.starts_with("http://"))?;
        let text = address.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
        Some(CompanyFact { label, text: text.to_owned(), href: Some(address.to_owned()) })
    };
    let aliases = vendor.aliases.iter().map(|a| a.name.as_str()).collect::<Vec<_>>().join(", ");
    [
        fact("Legal name", vendor.legal_name.as_deref()),
        fact("Other names", Some(&aliases)),
        fact("Address", vendor.address.as_deref()),
        fact("Seat", Some(vendor.seat.map_or("Not stated", |c| c.name()))),
        fact("Part of", vendor.parent.as_deref()),
        fact("Group company", vendor.affiliate.then_some("Yes, of our own group")),
        link("Website", vendor.website.as_deref()),
        link("Privacy notice", vendor.privacy_url.as_deref()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn check(entry: &DocumentEntry, of_several: bool) -> Check {
    let badge = words::vetting(&entry.vetting);
    let mut text = badge.text;
    if let Some(day) = entry.vetting.reviewed_on {
        text = format!("{text}, reviewed on {}", long_date(day));
    }
    if of_several {
        text = format!("{}: {text}", words::purposes(entry));
    }
    let tone = if badge.tone.is_empty() { "todo" } else { badge.tone };
    Check { tone, text }
}

fn past(event: &Event) -> Past {
    let said = |c: &FieldChange| match (
        for_readers(c.field, &c.was).as_str(),
        for_readers(c.field, &c.now).as_str(),
    ) {
        ("", now) => format!("{}: {now}", c.label),
        (was, "") => format!("{}: no longer {was}", c.label),
        (was, now) => format!("{}: was {was}, now {now}", c.label),
    };
    Past {
        iso: event.day,
        date: long_date(event.day),
        title: event.title,
        changes: event.changes.iter().map(said).collect(),
        version: event.version,
        notice: event.notice.clone(),
    }
}
