//! The announcement of one change: one document from which page, mail and webhook are made, so
//! that they cannot tell different facts.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::change::{Change, Class, Edit, Item, Operation};
use super::diff::{FieldChange, differences, long_date};
use super::engagement::{EngagementStatus, Visibility};
use super::entry::Entry;
use super::id::Id;
use super::list_document::{DocumentEntry, changed_members, document_entry};

mod for_clients;
mod register;

pub use register::{Correction, Happening, Notice, NoticeEvent, NoticeUpdate};

/// A notice as published and hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeDocument {
    /// `N-2026-007`.
    pub number: String,
    /// When it was published.
    pub published_at: Timestamp,
    /// The company whose list it is.
    pub company: String,
    /// The heaviest class of its items.
    pub class: Class,
    /// The change in a few words.
    pub title: String,
    /// Why.
    pub reason: String,
    /// From when the change is in force.
    pub effective_from: Option<Date>,
    /// Late disclosure: in use since this day.
    pub in_use_since: Option<Date>,
    /// The last day to object under the standard DPA; `None` where no window runs.
    pub object_by: Option<Date>,
    /// Days of notice under the standard DPA.
    pub notice_period_days: u16,
    /// The list version published with it.
    pub list_version: i64,
    /// What changes.
    pub items: Vec<NoticeItem>,
}

/// One thing that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeItem {
    /// The line; `None` for statements about the whole list.
    pub entry_id: Option<Id>,
    /// Place of the vendor's page.
    pub slug: Option<String>,
    /// The vendor's name, or "List-wide statements".
    pub name: String,
    /// What happens to it.
    pub operation: Operation,
    /// Its weight.
    pub class: Class,
    /// From when it is in force. A correction is so from the notice on, whatever it is joined to.
    #[serde(default)]
    pub effective_from: Option<Date>,
    /// Products concerned; empty means every product.
    pub products: Vec<String>,
    /// For a replacement: the name of the one replaced.
    pub replaces: Option<String>,
    /// As it was: the whole line for a removal, the changed members for a change.
    pub before: Option<Map<String, Value>>,
    /// As it will be: the whole line for an addition, the changed members for a change.
    pub after: Option<Map<String, Value>>,
    /// The same, field by field in words.
    pub changes: Vec<FieldWords>,
    /// The line as it will be (as it was, for a removal), for summaries.
    pub entry: Option<DocumentEntry>,
    /// Whether everybody may read this item; such items are absent from the public document.
    #[serde(skip)]
    pub public: bool,
    /// Whether the line it replaces is hidden from everybody.
    #[serde(skip)]
    pub hides_predecessor: bool,
    /// Whether it waits for the effective date, see [`Item::is_deferred`].
    #[serde(skip)]
    pub deferred: bool,
    /// Whether only those bound by a non-disclosure agreement may know the name.
    #[serde(skip)]
    pub nda: bool,
    /// Whether that is so of the line it replaces.
    #[serde(skip)]
    pub replaces_nda: bool,
}

impl NoticeItem {
    /// The item with its day: the change's, or `published` where it waits for none.
    #[must_use]
    pub fn dated(mut self, effective: Option<Date>, published: Date) -> Self {
        self.effective_from = effective.filter(|_| self.deferred).or(Some(published));
        self
    }
}

/// A field that differs, in words; see [`FieldChange`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldWords {
    /// JSON member.
    pub field: String,
    /// Label for people.
    pub label: String,
    /// As it was.
    pub was: String,
    /// As it will be.
    pub now: String,
}

impl From<FieldChange> for FieldWords {
    fn from(c: FieldChange) -> Self {
        Self { field: c.field.to_owned(), label: c.label.to_owned(), was: c.was, now: c.now }
    }
}

/// The number of the `n`th notice of `year`: `N-2026-007`.
#[must_use]
pub fn number(year: i16, n: i64) -> String {
    format!("N-{year}-{n:03}")
}

/// The items of a change as a notice tells them. `line_of` finds another line, for "replaces".
///
/// Where a line appears to everybody or disappears from what everybody sees although the change
/// itself is hidden, an item for everybody says just that.
pub fn items(change: &Change, line_of: impl Fn(Id) -> Option<Entry>) -> Vec<NoticeItem> {
    let mut told = Vec::with_capacity(change.items.len());
    for item in &change.items {
        told.push(notice_item(item, &line_of));
        told.extend(seen_by_everybody(item, &line_of));
    }
    told
}

/// The items that everybody may read, without a trace of what they may not.
pub fn public_items(change: &Change, line_of: impl Fn(Id) -> Option<Entry>) -> Vec<NoticeItem> {
    items(change, line_of).into_iter().filter(|item| item.public).map(for_everybody).collect()
}

/// What everybody sees of an item that is hidden on one side.
fn seen_by_everybody(item: &Item, line_of: &impl Fn(Id) -> Option<Entry>) -> Option<NoticeItem> {
    let Edit::Entry { before, after } = &item.edit else { return None };
    let (before, after) = (before.as_deref(), after.as_deref());
    let seen = |operation, entry: &Entry, side: fn(&mut NoticeItem, Map<String, Value>)| {
        let mut told = blank(item, operation);
        told.class = item.class.max(Class::Informational);
        told.entry_id = Some(entry.id);
        let old = entry.engagement.replaces.map(line_of);
        told.hides_predecessor = old.is_some_and(|old| !old.as_ref().is_some_and(Entry::is_public));
        describe(&mut told, entry);
        side(&mut told, whole(entry));
        told.public = true;
        told
    };
    match (before, after) {
        (Some(was), Some(now)) if was.is_public() && !now.is_public() => {
            Some(seen(Operation::Removed, was, |told, line| told.before = Some(line)))
        }
        (Some(was), Some(now)) if !was.is_public() && now.is_public() => {
            Some(seen(Operation::Added, now, |told, line| told.after = Some(line)))
        }
        (None, Some(now)) if !now.is_public() => {
            let old = now.engagement.replaces.and_then(line_of).filter(Entry::is_public)?;
            let mut told = seen(Operation::Removed, &old, |told, line| told.before = Some(line));
            told.class = Class::Informational;
            Some(told)
        }
        _ => None,
    }
}

fn blank(item: &Item, operation: Operation) -> NoticeItem {
    NoticeItem {
        entry_id: item.entry_id,
        slug: None,
        name: "List-wide statements".to_owned(),
        operation,
        class: item.class,
        effective_from: None,
        products: Vec::new(),
        replaces: None,
        before: None,
        after: None,
        changes: Vec::new(),
        entry: None,
        public: item.is_public(),
        hides_predecessor: false,
        deferred: item.is_deferred(),
        nda: item.is_under_nda(),
        replaces_nda: false,
    }
}

fn whole(entry: &Entry) -> Map<String, Value> {
    match serde_json::to_value(document_entry(entry, EngagementStatus::Announced)) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn describe(told: &mut NoticeItem, shown: &Entry) {
    told.slug = Some(shown.slug.clone());
    told.name.clone_from(&shown.vendor.name);
    told.products = shown.engagement.products.clone();
    told.entry = Some(document_entry(shown, EngagementStatus::Announced));
}

fn notice_item(item: &Item, line_of: &impl Fn(Id) -> Option<Entry>) -> NoticeItem {
    let mut told = blank(item, item.operation);
    match &item.edit {
        Edit::Statements { before, after } => {
            let one = |statements: &[String]| {
                Map::from_iter([("statements".to_owned(), Value::from(statements.to_vec()))])
            };
            told.before = Some(one(before));
            told.after = Some(one(after));
            told.changes = vec![FieldWords {
                field: "statements".to_owned(),
                label: "Statements".to_owned(),
                was: before.join(" "),
                now: after.join(" "),
            }];
        }
        Edit::Entry { before, after } => {
            let (before, after) = (before.as_deref(), after.as_deref());
            let Some(shown) = after.or(before) else { return told };
            describe(&mut told, shown);
            told.products =
                products(before.map(|e| &e.engagement.products), after.map(|e| &e.engagement.products));
            told.changes = differences(before, after).into_iter().map(Into::into).collect();
            if let Some(id) = shown.engagement.replaces {
                let old = line_of(id);
                told.hides_predecessor = !old.as_ref().is_some_and(Entry::is_public);
                told.replaces_nda =
                    old.as_ref().is_some_and(|old| old.engagement.visibility == Visibility::Nda);
                told.replaces = old.map(|old| old.vendor.name);
            }
            match (before, after) {
                (Some(b), Some(a)) => {
                    let (was, now) = changed_members(b, a);
                    told.before = Some(was);
                    told.after = Some(now);
                }
                (None, Some(a)) => told.after = Some(whole(a)),
                (Some(b), None) => told.before = Some(whole(b)),
                (None, None) => {}
            }
        }
    }
    told
}

/// What staff alone read of an item: who may see the line, when it is reviewed next.
const FOR_STAFF: [&str; 3] = ["visibility", "via", "vetting.review_by"];

/// The item as everybody may read it: without what is for staff, and without a trace of a hidden
/// line that it replaces.
fn for_everybody(mut item: NoticeItem) -> NoticeItem {
    item.changes.retain(|change| !FOR_STAFF.contains(&change.field.as_str()));
    if item.hides_predecessor {
        item.operation =
            if item.operation == Operation::Replaced { Operation::Added } else { item.operation };
        item.replaces = None;
        if let Some(entry) = &mut item.entry {
            entry.replaces = None;
        }
        for side in [&mut item.before, &mut item.after].into_iter().flatten() {
            if let Some(id) = side.get_mut("replaces") {
                *id = Value::Null;
            }
        }
    }
    item
}

/// Products of both sides; an empty side means every product and so does the union.
fn products(before: Option<&Vec<String>>, after: Option<&Vec<String>>) -> Vec<String> {
    let sides: Vec<&Vec<String>> = before.into_iter().chain(after).collect();
    if sides.iter().any(|side| side.is_empty()) {
        return Vec::new();
    }
    let mut union: Vec<String> = sides.into_iter().flatten().cloned().collect();
    union.sort();
    union.dedup();
    union
}

impl NoticeDocument {
    /// The same notice as everybody may read it; `None` if nothing is left of it.
    #[must_use]
    pub fn public(&self) -> Option<NoticeDocument> {
        let complete = self.items.iter().all(|item| item.public && !item.hides_predecessor);
        let items: Vec<NoticeItem> =
            self.items.iter().filter(|item| item.public).cloned().map(for_everybody).collect();
        let class = items.iter().map(|item| item.class).max()?;
        let (title, reason) = if complete {
            (self.title.clone(), self.reason.clone())
        } else {
            // A person wrote these for the whole change; they may name what is hidden.
            (headline(&items), String::new())
        };
        let object_by = self.object_by.filter(|_| class == Class::Material);
        Some(NoticeDocument { items, class, title, reason, object_by, ..self.clone() })
    }

    /// The items whose day is the notice's.
    #[must_use]
    pub fn awaited(&self) -> Vec<NoticeItem> {
        self.items.iter().filter(|item| !self.is_at_once(item)).cloned().collect()
    }

    /// The items in force since the announcement, where others wait for a later day.
    #[must_use]
    pub fn at_once(&self) -> Vec<NoticeItem> {
        self.items.iter().filter(|item| self.is_at_once(item)).cloned().collect()
    }

    fn is_at_once(&self, item: &NoticeItem) -> bool {
        let awaits = |other: &NoticeItem| other.effective_from == self.effective_from;
        self.in_use_since.is_none()
            && item.effective_from.is_some()
            && !awaits(item)
            && self.items.iter().any(awaits)
    }

    /// One sentence: what changes and from when.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (at_once, what) = (self.at_once(), headline(&self.awaited()));
        let mut sentence = match (self.in_use_since, self.effective_from) {
            (Some(since), _) => format!("{} {what}; in use since {}", self.company, long_date(since)),
            (None, Some(from)) => format!("From {} {} {what}", long_date(from), self.company),
            (None, None) => format!("{} {what}", self.company),
        };
        if let Some(from) = at_once.first().and_then(|item| item.effective_from) {
            sentence = format!("{sentence}; already from {} it {}", long_date(from), headline(&at_once));
        }
        // A name such as "Example Inc." brings its own full stop.
        if sentence.ends_with('.') { sentence } else { format!("{sentence}.") }
    }
}

/// What happens, as a clause: `adds Example GmbH as a sub-processor and removes Old Ltd`.
#[must_use]
pub fn headline(items: &[NoticeItem]) -> String {
    let clause = |item: &NoticeItem| match (item.operation, &item.replaces) {
        (Operation::Added, _) => format!("adds {} as a sub-processor", item.name),
        (Operation::Replaced, Some(old)) => format!("replaces {old} by {}", item.name),
        (Operation::Replaced, None) => format!("adds {} in place of another sub-processor", item.name),
        (Operation::Removed, _) => format!("removes {}", item.name),
        (Operation::Changed, _) if item.entry_id.is_none() => {
            "changes its statements about the list".to_owned()
        }
        (Operation::Changed, _) => format!("changes how it uses {}", item.name),
    };
    match items {
        [] => "changes nothing".to_owned(),
        [one] => clause(one),
        [one, two] => format!("{} and {}", clause(one), clause(two)),
        [one, rest @ ..] => format!("{} and makes {} more changes", clause(one), rest.len()),
    }
}
