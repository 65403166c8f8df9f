//! A published entry in words: the same for the list, the vendor's page and its history.

use jiff::civil::Date;
use serde::Serialize;

use crate::domain::change::Operation;
use crate::domain::diff::long_date;
use crate::domain::engagement::Group;
use crate::domain::list_document::{
    DocumentEntry, DocumentVetting, ListDocument, Pending, PendingStatements,
};
use crate::domain::place::LocationKind;
use crate::domain::vetting::VettingStatus;

/// A word with a tone: `ok`, `warn`, `bad` or none. The word says it all; the tone colours it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Badge {
    /// Class of the stylesheet, or empty.
    pub tone: &'static str,
    /// What it says.
    pub text: String,
}

impl Badge {
    /// A badge.
    pub fn new(tone: &'static str, text: impl Into<String>) -> Self {
        Self { tone, text: text.into() }
    }
}

/// A fact of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is about.
    pub label: &'static str,
    /// What the list says; empty if nothing.
    pub lines: Vec<String>,
}

impl Fact {
    fn new(label: &'static str, lines: impl IntoIterator<Item = String>) -> Self {
        Self { label, lines: lines.into_iter().filter(|l| !l.is_empty()).collect() }
    }

    fn words(&self) -> String {
        self.lines.join("; ")
    }
}

/// Places of one kind, on one line of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Places {
    /// `Germany, Ireland`
    pub text: String,
    /// `remote access`; `None` for plain processing.
    pub note: Option<&'static str>,
}

/// Whether a field of a diff is for readers outside: the others only steer this register.
#[must_use]
pub fn is_for_readers(field: &str) -> bool {
    !matches!(field, "visibility" | "via" | "vetting.review_by")
}

/// A word of a diff, where the stored word is not what people read.
#[must_use]
pub fn for_readers(field: &str, text: &str) -> String {
    match (field, text.parse::<Group>()) {
        ("group", Ok(group)) => group_name(group).to_owned(),
        _ => text.to_owned(),
    }
}

/// The group's name for people.
#[must_use]
pub fn group_name(group: Group) -> &'static str {
    match group {
        Group::Core => "Core",
        Group::Optional => "Optional features",
        Group::Affiliate => "Group companies",
    }
}

/// What the entry is for.
#[must_use]
pub fn purposes(entry: &DocumentEntry) -> String {
    entry.purposes.iter().map(|p| p.text.as_str()).filter(|t| !t.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Kinds of data, special ones marked as such.
#[must_use]
pub fn data(entry: &DocumentEntry) -> String {
    let special = entry.special_categories.iter().map(|c| format!("{c} (special category)"));
    entry.data_categories.iter().cloned().chain(special).collect::<Vec<_>>().join(", ")
}

/// Where, one line for each kind of place.
#[must_use]
pub fn places(entry: &DocumentEntry) -> Vec<Places> {
    [LocationKind::Processing, LocationKind::Storage, LocationKind::RemoteAccess]
        .into_iter()
        .filter_map(|kind| {
            let names: Vec<String> =
                entry.locations.iter().filter(|l| l.kind == kind).map(|l| l.name()).collect();
            let note = match kind {
                LocationKind::Processing => None,
                LocationKind::Storage => Some("storage"),
                LocationKind::RemoteAccess => Some("remote access"),
            };
            (!names.is_empty()).then(|| Places { text: names.join(", "), note })
        })
        .collect()
}

/// The tools of its transfers, each once.
#[must_use]
pub fn transfers(entry: &DocumentEntry) -> String {
    let mut tools: Vec<&str> = entry.transfers.iter().map(|t| t.mechanism.label()).collect();
    tools.dedup();
    tools.join(", ")
}

/// The vetting status.
#[must_use]
pub fn vetting(vetting: &DocumentVetting) -> Badge {
    let tone = match vetting.status {
        VettingStatus::Approved | VettingStatus::Renewed => "ok",
        VettingStatus::Conditional | VettingStatus::Due | VettingStatus::Overdue => "warn",
        VettingStatus::Rejected | VettingStatus::Revoked => "bad",
        _ => "",
    };
    Badge::new(tone, vetting.status.label())
}

/// The status, with its date where one is to come. A date that passed without effect is said.
#[must_use]
pub fn status(entry: &DocumentEntry, today: Date) -> Badge {
    let dated = |word: &str, day: Option<jiff::civil::Date>| {
        day.map_or_else(|| word.to_owned(), |d| format!("{word} {}", long_date(d)))
    };
    match entry.status.as_str() {
        "announced" => match entry.effective_from {
            Some(day) if day < today => {
                Badge::new("warn", format!("Announced for {}; not in use yet", long_date(day)))
            }
            Some(day) => Badge::new("warn", format!("From {}", long_date(day))),
            None => Badge::new("warn", "Announced"),
        },
        "retiring" => Badge::new("warn", dated("Until", entry.effective_to)),
        "retired" => Badge::new("", dated("Ended", entry.effective_to)),
        _ => Badge::new("ok", "In use"),
    }
}

/// Everything the list says of an engagement.
#[must_use]
pub fn facts(entry: &DocumentEntry) -> Vec<Fact> {
    let optional = |text: &Option<String>| text.clone().into_iter();
    let data = entry.data_categories.iter().cloned();
    let special = entry.special_categories.iter().map(|c| format!("{c} (special category)"));
    let places = entry.locations.iter().map(|l| match l.kind {
        LocationKind::Processing => l.name(),
        LocationKind::Storage => format!("{} (storage)", l.name()),
        LocationKind::RemoteAccess => format!("{} (remote access)", l.name()),
    });
    let transfers = entry
        .transfers
        .iter()
        .map(|t| format!("From {} to {}: {}", t.jurisdiction, t.destination.name(), t.mechanism.label()));
    let products =
        if entry.products.is_empty() { vec!["All products".to_owned()] } else { entry.products.clone() };
    vec![
        Fact::new("What for", entry.purposes.iter().map(|p| p.text.clone())),
        Fact::new("Data", data.chain(special)),
        Fact::new("Whose data", entry.data_subjects.iter().cloned()),
        Fact::new("Processed in", places),
        Fact::new("Transfer", transfers),
        Fact::new("Products", products),
        Fact::new("Group", [group_name(entry.group).to_owned()]),
        Fact::new("Applies to", optional(&entry.feature)),
        Fact::new("Kept for", optional(&entry.retention)),
        Fact::new("Safeguards", optional(&entry.safeguards)),
        Fact::new(
            "In use since",
            entry.effective_from.filter(|_| entry.status != "announced").map(long_date),
        ),
    ]
}

/// An announced change of the statements about the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementsToCome {
    from: Option<String>,
    from_iso: Option<Date>,
    was: Vec<String>,
    now: Vec<String>,
    notice: String,
}

/// The statements about the list that will end, and those that will come.
#[must_use]
pub fn statements_to_come(list: &ListDocument) -> Vec<StatementsToCome> {
    let lacking = |all: &[String], some: &[String]| {
        all.iter().filter(|statement| !some.contains(statement)).cloned().collect()
    };
    let told = |pending: &PendingStatements| StatementsToCome {
        from: pending.effective_from.map(long_date),
        from_iso: pending.effective_from,
        was: lacking(&list.statements, &pending.after),
        now: lacking(&pending.after, &list.statements),
        notice: pending.notice.clone(),
    };
    list.pending_statements.iter().map(told).collect()
}

/// What will be different once an announced modification is in force.
#[must_use]
pub fn pending(entry: &DocumentEntry, pending: &Pending) -> String {
    let from = pending.effective_from.map_or_else(String::new, |d| format!("From {}: ", long_date(d)));
    if pending.operation == Operation::Removed {
        return pending.effective_from.map_or_else(
            || "Its entry leaves this public list.".to_owned(),
            |d| format!("From {} on its entry is no longer on this public list.", long_date(d)),
        );
    }
    let Some(after) = entry.with(&pending.after) else { return format!("{from}its entry changes.") };
    let vendor = |e: &DocumentEntry| {
        vec![
            Fact::new("Name", [e.vendor.name.clone()]),
            Fact::new("Company seat", e.vendor.seat.map(|c| c.name().to_owned())),
            Fact::new("Vetting", [vetting(&e.vetting).text]),
        ]
    };
    let (was, now) = ([vendor(entry), facts(entry)].concat(), [vendor(&after), facts(&after)].concat());
    let differing: Vec<String> = was
        .iter()
        .zip(&now)
        .filter(|(was, now)| was != now)
        .map(|(was, now)| {
            let label = now.label;
            match (was.words(), now.words()) {
                (was, now) if was.is_empty() => format!("{label}: {now} (not stated until then)"),
                (was, now) if now.is_empty() => format!("{label}: not stated (until then {was})"),
                (was, now) => format!("{label}: {now} (until then {was})"),
            }
        })
        .collect();
    if differing.is_empty() {
        return format!("{from}its entry changes.");
    }
    format!("{from}{}.", differing.join("; "))
}
