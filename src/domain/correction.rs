//! Facts that were announced wrongly: what differs between the announcement and its correction,
//! and how much that weighs (invariant 16).

use super::change::{Change, Class, Edit, Item, Operation};
use super::classify::classify;
use super::diff::long_date;
use super::engagement::EngagementFacts;
use super::entry::Entry;
use super::gate::Block;
use super::text::fold;

/// What a correction does to an announced change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What was announced wrongly: before is as announced, after as corrected.
    pub corrected: Vec<Item>,
    /// Every item of the announced change with the corrected facts.
    pub items: Vec<Item>,
}

impl Difference {
    /// The heaviest class: a material one restarts clocks unless a second person decides otherwise.
    #[must_use]
    pub fn class(&self) -> Class {
        self.corrected.iter().map(|item| item.class).max().unwrap_or(Class::Editorial)
    }
}

/// Whether an announced item has facts that can be corrected: it waits for its day and does not
/// end a line.
#[must_use]
pub fn has_facts(item: &Item) -> bool {
    item.is_deferred() && !matches!(item.edit, Edit::Entry { after: None, .. })
}

/// What `draft` corrects in the `announced` change.
///
/// # Errors
/// Everything for which it is no correction but a change of its own.
pub fn difference(announced: &Change, draft: &Change) -> Result<Difference, Vec<Block>> {
    let mut blocks = Vec::new();
    let (mut corrected, mut items) = (Vec::new(), announced.items.clone());
    for extra in &draft.items {
        if !announced.items.iter().any(|item| has_facts(item) && is_same(item, extra)) {
            blocks.push(block(extra, "was not announced with it. A correction is about what was announced; use a change of its own."));
        }
    }
    for item in items.iter_mut().filter(|item| has_facts(item)) {
        let Some(draft) = draft.items.iter().find(|draft| is_same(item, draft)) else {
            blocks.push(block(
                item,
                "was announced and is missing here. Edit it back in, or withdraw the announced change.",
            ));
            continue;
        };
        match between(&item.edit, &draft.edit) {
            Ok(None) => {}
            Ok(Some((edit, after))) => {
                corrected.push(told(item, edit));
                item.edit = after;
            }
            Err(field) => blocks.push(block(item, &format!("{field} is corrected, and with it who is concerned. That is a new notice: withdraw the announced change and draft it again."))),
        }
    }
    if draft.effective_on != announced.effective_on {
        let day = announced.effective_on.map_or_else(|| "no day".to_owned(), long_date);
        blocks.push(Block::new(
            "",
            format!("A correction keeps the day announced: enter {day} again. To move it, move the date of the announced change."),
        ));
    }
    if blocks.is_empty() && corrected.is_empty() {
        blocks.push(Block::new(
            "",
            "Nothing differs from what was announced. Edit what is wrong first.".to_owned(),
        ));
    }
    if blocks.is_empty() { Ok(Difference { corrected, items }) } else { Err(blocks) }
}

fn block(item: &Item, problem: &str) -> Block {
    let name = item.entry().map_or("The statements about the list", |entry| entry.vendor.name.as_str());
    Block::new(name, format!("{name}: {problem}"))
}

fn is_same(one: &Item, other: &Item) -> bool {
    one.entry_id == other.entry_id && one.operation == other.operation
}

/// The correction of one item, and the announced edit with it; `Err` names a field that decides
/// whom the change concerns.
fn between(announced: &Edit, draft: &Edit) -> Result<Option<(Edit, Edit)>, &'static str> {
    match (announced, draft) {
        (Edit::Statements { before, after: was }, Edit::Statements { after: now, .. }) if was != now => {
            let correction = Edit::Statements { before: was.clone(), after: now.clone() };
            Ok(Some((correction, Edit::Statements { before: before.clone(), after: now.clone() })))
        }
        (Edit::Entry { before, after: Some(was) }, Edit::Entry { after: Some(now), .. }) => {
            if let Some(field) = reach(&was.engagement, &now.engagement) {
                return Err(field);
            }
            let mut now = now.clone();
            // A review moves on its own.
            now.engagement.vetting = was.engagement.vetting.clone();
            now.effective_from = was.effective_from;
            if now == *was {
                return Ok(None);
            }
            let correction = Edit::Entry { before: Some(was.clone()), after: Some(now.clone()) };
            Ok(Some((correction, Edit::Entry { before: before.clone(), after: Some(now) })))
        }
        _ => Ok(None),
    }
}

fn reach(was: &EngagementFacts, now: &EngagementFacts) -> Option<&'static str> {
    let fields = [
        (was.products != now.products, "Products"),
        (was.regions != now.regions, "Regions"),
        (was.group != now.group, "The relation to the product"),
        (was.feature != now.feature, "The feature"),
        (was.visibility != now.visibility, "Who may see it"),
        (was.replaces != now.replaces, "What it replaces"),
    ];
    fields.into_iter().find(|(differs, _)| *differs).map(|(_, field)| field)
}

fn told(item: &Item, edit: Edit) -> Item {
    let mut ruling = classify(Operation::Changed, &edit);
    if let Edit::Entry { before: Some(was), after: Some(now) } = &edit {
        for ground in wrong(was, now) {
            ruling.class = Class::Material;
            ruling.grounds.push(ground.to_owned());
        }
    }
    Item {
        operation: Operation::Changed,
        edit,
        ruled: ruling.class,
        class: ruling.class,
        class_reason: String::new(),
        grounds: ruling.grounds,
        ..item.clone()
    }
}

/// A wrong vendor, data, place or transfer weighs as material in either direction: a Client may
/// have agreed, or objected, to what was never so.
fn wrong(was: &Entry, now: &Entry) -> Vec<&'static str> {
    let mut grounds = Vec::new();
    let (a, b) = (&was.vendor, &now.vendor);
    let other = |was: &str, now: &str| !was.is_empty() && fold(was) != fold(now);
    if other(&a.name, &b.name)
        || other(&a.legal_name, &b.legal_name)
        || other(&a.register_number, &b.register_number)
        || other(&a.lei, &b.lei)
        || (a.seat.is_some() && a.seat != b.seat)
    {
        grounds.push("The wrong vendor was announced");
    }
    let (a, b) = (&was.engagement, &now.engagement);
    let differ = |was: &[String], now: &[String]| {
        let words = |list: &[String]| {
            list.iter().map(|text| fold(text)).collect::<std::collections::BTreeSet<String>>()
        };
        !was.is_empty() && words(was) != words(now)
    };
    if differ(&a.data_categories, &b.data_categories)
        || differ(&a.special_categories, &b.special_categories)
        || differ(&a.data_subjects, &b.data_subjects)
    {
        grounds.push("The wrong data was announced");
    }
    if !a.locations.is_empty() && a.locations != b.locations {
        grounds.push("The wrong place was announced");
    }
    let transfers = |facts: &EngagementFacts| {
        facts
            .transfers
            .iter()
            .map(|t| (t.jurisdiction.clone(), t.destination, t.mechanism))
            .collect::<Vec<_>>()
    };
    if !a.transfers.is_empty() && transfers(a) != transfers(b) {
        grounds.push("The wrong transfer was announced");
    }
    grounds
}
