//! What was in force on a day, as against what had been published by then (invariant 13). Made
//! from public documents alone, so that nothing hidden can reach it.

use jiff::civil::Date;

use super::change::Operation;
use super::list_document::{DocumentEntry, ListDocument};
use super::notice::{NoticeDocument, NoticeItem};

/// What a question about a day is answered from.
#[derive(Debug, Clone)]
pub struct Known {
    /// The newest version whose facts were in force by the end of the day; the first of all for
    /// a day before it.
    pub base: ListDocument,
    /// Whether the day is before that version's.
    pub before_first: bool,
    /// Late disclosures published since then, oldest first.
    pub told_late: Vec<NoticeDocument>,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct InForce {
    /// The lines and statements in force on the day; pending ones are left out.
    pub list: ListDocument,
    /// Lines left out because the first version does not say since when they are used.
    pub undated: usize,
}

/// The list as in force on `day`, by what had been published by the end of `known_by`. For a
/// later day: what had been announced by then to be in force on it. A change that waits past its
/// own date has no day yet, and is not in force.
#[must_use]
pub fn in_force(known: Known, day: Date, known_by: Date) -> InForce {
    let mut list = known.base;
    let is_dated = |line: &DocumentEntry| !known.before_first || line.effective_from.is_some();
    let comes = |from: Option<Date>| from.is_some_and(|from| known_by < from && from <= day);
    let in_use = |line: &DocumentEntry| matches!(line.status.as_str(), "active" | "retiring");
    let undated = list.entries.iter().filter(|line| in_use(line) && !is_dated(line)).count();

    list.entries.retain(|line| {
        let begun = line.effective_from.is_none_or(|from| from <= day) && is_dated(line);
        let in_force = (in_use(line) && begun) || (line.status == "announced" && comes(line.effective_from));
        in_force && !(line.status == "retiring" && comes(line.effective_to)) && !leaves(line, comes)
    });
    for line in &mut list.entries {
        if line.status == "announced" {
            "active".clone_into(&mut line.status);
        }
        for pending in std::mem::take(&mut line.pending) {
            if comes(pending.effective_from)
                && let Some(changed) = line.with(&pending.after)
            {
                *line = changed;
                line.pending.clear();
            }
        }
    }
    for late in &known.told_late {
        let since = late.in_use_since.filter(|since| *since <= day);
        for item in since.iter().flat_map(|_| &late.items) {
            tell_late(&mut list.entries, item, since);
        }
    }
    list.entries.sort_by_cached_key(|line| (line.vendor.name.to_lowercase(), line.id));
    if known.before_first {
        list.statements.clear();
    }
    for pending in std::mem::take(&mut list.pending_statements) {
        if comes(pending.effective_from) {
            list.statements = pending.after;
        }
    }
    (list.in_force_on, list.known_by) = (Some(day), Some(known_by));
    InForce { list, undated }
}

/// Whether an announced change takes the line off the list by then.
fn leaves(line: &DocumentEntry, comes: impl Fn(Option<Date>) -> bool) -> bool {
    line.pending.iter().any(|p| p.operation == Operation::Removed && comes(p.effective_from))
}

/// A late disclosure tells what had been so: its lines and facts count from the day it names.
fn tell_late(lines: &mut Vec<DocumentEntry>, item: &NoticeItem, since: Option<Date>) {
    let known = lines.iter_mut().find(|line| Some(line.id) == item.entry_id);
    match (item.operation, known, &item.entry) {
        (Operation::Added | Operation::Replaced, None, Some(entry)) => {
            let status = "active".to_owned();
            lines.push(DocumentEntry { status, effective_from: since, ..entry.clone() });
        }
        (Operation::Changed, Some(line), _) => {
            if let Some(changed) = item.after.as_ref().and_then(|after| line.with(after)) {
                *line = changed;
            }
        }
        _ => {}
    }
}
