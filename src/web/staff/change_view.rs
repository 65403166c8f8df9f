//! A change as people read it: the state, what changes in words, the checks, who hears of it.

use serde::Serialize;

use super::console::{Desk, Names};
use super::field::{Choice, choice};
use crate::actions::{Guard, hold};
use crate::domain::change::{
    Approval, Change, ChangeKind, ChangeState, Class, Decision, Edit, Item, Operation,
};
use crate::domain::diff::{differences, long_date};
use crate::domain::entry::ListedEntry;
use crate::domain::gate::{Block, Missing};
use crate::domain::id::Id;
use crate::domain::record::RecordKind;
use crate::domain::standard::Standard;
use crate::domain::three_people::standing;
use crate::web::site::weekday_date;

/// A step of the breadcrumb.
#[derive(Serialize)]
pub struct Step {
    text: String,
    current: bool,
}

/// A field that differs.
#[derive(Serialize)]
pub struct DiffRow {
    label: String,
    was: String,
    now: String,
    added: bool,
    removed: bool,
}

/// An item.
#[derive(Serialize)]
pub struct ItemView {
    id: Id,
    entry: Option<Id>,
    heading: String,
    operation: &'static str,
    class: &'static str,
    weight: &'static str,
    /// The rules' class, where a person set another.
    ruled: Option<&'static str>,
    class_reason: String,
    grounds: Vec<String>,
    doubt: String,
    rows: Vec<DiffRow>,
    /// Whether the line can be edited further: not when it is taken off.
    editable: bool,
    classes: Vec<Choice>,
}

/// A line of the check list.
#[derive(Serialize)]
pub struct Check {
    /// Class of the list item: ok, warn or bad.
    weight: &'static str,
    text: String,
    /// The form that mends it, where one does.
    href: Option<String>,
    link: &'static str,
}

impl Check {
    fn said(weight: &'static str, text: String) -> Self {
        Self { weight, text, href: None, link: "" }
    }
}

/// The form that puts a missing record there, and what leads to it.
fn mending(missing: Missing, change: Id) -> (String, &'static str) {
    let (form, link) = match missing.kind {
        RecordKind::Contract => ("contracts", "Record a contract"),
        RecordKind::Vetting => ("vettings", "Record a vetting result"),
        RecordKind::Assessment => ("assessments", "Record a transfer assessment"),
    };
    (format!("/staff/entries/{}/{form}/new?change={change}", missing.entry_id), link)
}

/// One decision.
#[derive(Serialize)]
pub struct DecisionView {
    text: String,
    comment: String,
}

/// For people: the weight of a class, and the badge it gets.
#[must_use]
pub fn class_words(class: Class) -> (&'static str, &'static str) {
    match class {
        Class::Material => ("material", "warn"),
        Class::Informational => ("informational", "info"),
        Class::Editorial => ("editorial", ""),
    }
}

/// For people: where a change stands.
#[must_use]
pub fn state_words(state: ChangeState) -> &'static str {
    match state {
        ChangeState::Draft => "Draft",
        ChangeState::Submitted => "Waits for approval",
        ChangeState::Held => "Held",
        ChangeState::Announced => "Announced",
        ChangeState::Effective => "In use",
        ChangeState::Published => "Published",
        ChangeState::Cancelled => "Cancelled",
        ChangeState::Withdrawn => "Withdrawn",
    }
}

/// A length of time for people: `1 h`, `90 min`.
#[must_use]
pub fn length(duration: jiff::SignedDuration) -> String {
    match duration.as_mins() {
        0 => "none".to_owned(),
        minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
        minutes => format!("{minutes} min"),
    }
}

/// The breadcrumb.
#[must_use]
pub fn steps(desk: &Desk, change: &Change, names: &Names, solo: bool) -> Vec<Step> {
    let direct = change.kind == ChangeKind::Baseline || change.class() == Class::Editorial;
    let submitted = match change.submitted_at {
        Some(at) => {
            format!("Submitted by {}, {}", names.of(change.author), long_date(desk.pages.site().day(at)))
        }
        None => "Submitted".to_owned(),
    };
    let hold = match change.held_until {
        Some(until) => format!("Hold until {}", desk.moment(until)),
        None => match length(hold(&desk.state.settings, change, solo)) {
            none if none == "none" => "No hold".to_owned(),
            hold => format!("Hold {hold}"),
        },
    };
    let mut steps = vec![
        ("Draft".to_owned(), change.state == ChangeState::Draft),
        (submitted, false),
        ("Approval".to_owned(), change.state == ChangeState::Submitted),
    ];
    if direct && !solo {
        steps.push(("Published".to_owned(), change.state == ChangeState::Published));
    } else {
        steps.push((hold, change.state == ChangeState::Held));
        if direct {
            steps.push(("Published".to_owned(), change.state == ChangeState::Published));
        } else {
            steps.push(("Announced".to_owned(), change.state == ChangeState::Announced));
            steps.push(("In use".to_owned(), change.state == ChangeState::Effective));
        }
    }
    if change.state == ChangeState::Cancelled {
        steps.push(("Cancelled".to_owned(), true));
    }
    if change.state == ChangeState::Withdrawn {
        steps.push(("Withdrawn".to_owned(), true));
    }
    steps.into_iter().map(|(text, current)| Step { text, current }).collect()
}

/// The items, with their differences in words.
#[must_use]
pub fn items(change: &Change, register: &[ListedEntry]) -> Vec<ItemView> {
    change.items.iter().map(|item| view(item, register)).collect()
}

/// Each statement that comes or goes, by itself.
fn statements(before: &[String], after: &[String]) -> Vec<(String, String, String)> {
    let label = || "Statement".to_owned();
    let gone = before.iter().filter(|s| !after.contains(s)).map(|s| (label(), s.clone(), String::new()));
    let new = after.iter().filter(|s| !before.contains(s)).map(|s| (label(), String::new(), s.clone()));
    gone.chain(new).collect()
}

fn name_of(id: Id, register: &[ListedEntry]) -> String {
    let known = register.iter().find(|l| l.entry.id == id);
    known.map_or_else(|| id.to_string(), |l| l.entry.vendor.name.clone())
}

fn view(item: &Item, register: &[ListedEntry]) -> ItemView {
    let (heading, rows) = match &item.edit {
        Edit::Statements { before, after } => {
            ("Statements about the whole list".to_owned(), statements(before, after))
        }
        Edit::Entry { before, after } => {
            let (before, after) = (before.as_deref(), after.as_deref());
            let name = after.or(before).map(|e| e.vendor.name.clone()).unwrap_or_default();
            let mut rows: Vec<(String, String, String)> = differences(before, after)
                .into_iter()
                .map(|d| {
                    let named = |text: String| match (d.field, text.parse()) {
                        ("via", Ok(id)) => name_of(id, register),
                        _ => text,
                    };
                    (d.label.to_owned(), named(d.was.clone()), named(d.now.clone()))
                })
                .collect();
            let replaces = |e: Option<&crate::domain::entry::Entry>| {
                e.and_then(|e| e.engagement.replaces).map(|id| name_of(id, register)).unwrap_or_default()
            };
            let (was, now) = (replaces(before), replaces(after));
            if was != now {
                rows.push(("Takes the place of".to_owned(), was, now));
            }
            (name, rows)
        }
    };
    let (class, weight) = class_words(item.class);
    let removes = matches!(&item.edit, Edit::Entry { after: None, .. });
    let classes = Class::ALL.iter().map(|c| {
        let label = if *c == item.ruled { format!("{c} (by the rules)") } else { c.to_string() };
        Choice { selected: *c == item.class, ..choice(c.as_str(), label) }
    });
    ItemView {
        id: item.id,
        entry: item.entry_id,
        heading,
        operation: match item.operation {
            Operation::Added => "Added",
            Operation::Changed => "Changed",
            Operation::Removed => "Removed",
            Operation::Replaced => "Takes the place of another",
        },
        class,
        weight,
        ruled: (item.ruled != item.class).then(|| class_words(item.ruled).0),
        class_reason: item.class_reason.clone(),
        grounds: item.grounds.clone(),
        doubt: item.doubt.clone(),
        rows: rows
            .into_iter()
            .map(|(label, was, now)| DiffRow {
                added: was.is_empty(),
                removed: now.is_empty(),
                label,
                was,
                now,
            })
            .collect(),
        editable: !removes && item.entry_id.is_some(),
        classes: classes.collect(),
    }
}

/// The earliest date that the standard DPA allows, in a sentence; `None` where no clock runs.
#[must_use]
pub fn earliest(desk: &Desk, change: &Change, standard: &Standard, solo: bool) -> Option<String> {
    if change.kind == ChangeKind::Baseline || change.in_use_since.is_some() {
        return None;
    }
    let (now, settings) = (desk.state.clock.now(), &desk.state.settings);
    let held = || now.saturating_add(settings.hold(solo)).unwrap_or(now);
    let promise = standard.promise(change, change.held_until.unwrap_or_else(held))?;
    Some(weekday_date(promise.earliest))
}

/// What stands in the way, and what does not.
#[must_use]
pub fn checks(change: &Change, blocks: &[Block]) -> Vec<Check> {
    let mut checks: Vec<Check> = blocks
        .iter()
        .map(|b| {
            let about = if b.entry.is_empty() { String::new() } else { format!("{}: ", b.entry) };
            let check = Check::said("bad", format!("{about}{}", b.reason));
            match b.record.map(|missing| mending(missing, change.id)) {
                Some((href, link)) => Check { href: Some(href), link, ..check },
                None => check,
            }
        })
        .collect();
    for item in change.items.iter().filter(|i| i.operation != Operation::Removed) {
        let Some(entry) = item.entry() else { continue };
        let vetting = &entry.engagement.vetting;
        if let (true, Some(until)) = (vetting.status.is_approval(), vetting.review_by)
            && !blocks.iter().any(|b| b.entry == entry.vendor.name)
        {
            let text = format!("{}: vetting approved, valid to {}", entry.vendor.name, long_date(until));
            checks.push(Check::said("ok", text));
        }
    }
    if blocks.is_empty() {
        checks.push(Check::said("ok", "Nothing stands in the way of an announcement".to_owned()));
    }
    checks
}

/// The decisions so far, voided ones marked.
#[must_use]
pub fn decisions(desk: &Desk, approvals: &[Approval], change: &Change, names: &Names) -> Vec<DecisionView> {
    approvals
        .iter()
        .map(|a| {
            let what = match a.decision {
                Decision::Approved => "Approved",
                Decision::Returned => "Returned",
            };
            let solo = if a.solo { " alone (solo mode)" } else { "" };
            let is_open = matches!(change.state, ChangeState::Draft | ChangeState::Submitted);
            let stands = standing(change, std::slice::from_ref(a)).len() == 1;
            let voided = if a.decision == Decision::Approved && is_open && !stands {
                "; voided by a later edit"
            } else {
                ""
            };
            let solo = if a.dpo { " as DPO" } else { solo };
            DecisionView {
                text: format!("{what} by {}{solo}, {}{voided}", names.of(a.by), desk.moment(a.at)),
                comment: a.comment.clone(),
            }
        })
        .collect()
}

fn counted(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

/// What the approving button says: how many will be told, and when.
#[must_use]
pub fn approve_label(desk: &Desk, change: &Change, guard: &Guard, solo: bool) -> String {
    let direct = change.kind == ChangeKind::Baseline || change.class() == Class::Editorial;
    let told = format!(
        "{} and {}",
        counted(guard.mails, "mail", "mails"),
        counted(guard.webhooks, "webhook", "webhooks")
    );
    if change.kind == ChangeKind::Baseline {
        return "Publish as the first version: 0 mails sent".to_owned();
    }
    let now = desk.state.clock.now();
    let at = if direct && !solo {
        now
    } else {
        now.saturating_add(hold(&desk.state.settings, change, solo)).unwrap_or(now)
    };
    let time = at.to_zoned_datetime(desk.pages.site().zone().clone());
    let day = if desk.pages.site().day(at) == desk.today() { "" } else { "%-d %B, " };
    let time = time.strftime(&format!("{day}%H:%M %Z")).to_string();
    let word = if direct { "Approve and publish" } else { "Approve" };
    format!("{word}: {told} at {time}")
}
