//! A change: like a pull request for the list. It collects edits as before and after, one
//! person writes it, another approves it, it waits out a hold and is announced.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::engagement::Visibility;
use super::entry::Entry;
use super::id::Id;

crate::words! {
    /// Where a change stands.
    ChangeState {
        /// Being written.
        Draft = "draft",
        /// Waits for a second person.
        Submitted = "submitted",
        /// Approved; waits out the hold and can still be cancelled.
        Held = "held",
        /// Announced; the effective date is still to come.
        Announced = "announced",
        /// In effect.
        Effective = "effective",
        /// Published without a notice: baseline and editorial changes.
        Published = "published",
        /// Given up before it was announced.
        Cancelled = "cancelled",
        /// Taken back after it was announced, before it took effect.
        Withdrawn = "withdrawn",
    }
}

impl ChangeState {
    /// Whether edits are allowed; an edit brings a submitted or held change back to draft.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::Held)
    }
}

crate::words! {
    /// What kind of change it is.
    ChangeKind {
        /// The list a company already publishes, taken over on the first day: tells nobody.
        Baseline = "baseline",
        /// Any other.
        Regular = "regular",
    }
}

crate::words! {
    /// What an item does to its line.
    Operation {
        /// A new line.
        Added = "added",
        /// A line with other facts.
        Changed = "changed",
        /// A line that ends.
        Removed = "removed",
        /// A new line that takes the place of another.
        Replaced = "replaced",
    }
}

crate::words! {
    /// How much a change weighs. Ordered: editorial < informational < material.
    Class {
        /// New list version, no notice.
        Editorial = "editorial",
        /// Told, no clock.
        Informational = "informational",
        /// Notice and objection window.
        Material = "material",
    }
}

/// What an item is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "subject", rename_all = "snake_case")]
pub enum Edit {
    /// One line. `before` is `None` for a new one, `after` is `None` for one that ends.
    Entry {
        /// As it was when the edit began.
        before: Option<Box<Entry>>,
        /// As it shall be.
        after: Option<Box<Entry>>,
    },
    /// The statements about the whole list.
    Statements {
        /// As they were.
        before: Vec<String>,
        /// As they shall be.
        after: Vec<String>,
    },
}

/// One item of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Identity.
    pub id: Id,
    /// The engagement concerned; `None` for statements.
    pub entry_id: Option<Id>,
    /// What it does.
    pub operation: Operation,
    /// Before and after.
    pub edit: Edit,
    /// The class by the rules.
    pub ruled: Class,
    /// The class in force: the rules', or a person's.
    pub class: Class,
    /// Why a person lowered the class; empty otherwise.
    pub class_reason: String,
    /// Why each rule spoke, in words.
    pub grounds: Vec<String>,
    /// Revision of the engagement when the edit began; 0 for a new line.
    pub base_revision: i64,
    /// Revision of the vendor when the edit began; 0 for a new vendor.
    pub base_vendor_revision: i64,
    /// Doubt left by an import for a person to settle; empty otherwise.
    pub doubt: String,
}

impl Item {
    /// Whether it comes into force on the effective date; an editorial modification does so when
    /// it is published.
    #[must_use]
    pub fn is_deferred(&self) -> bool {
        self.class > Class::Editorial || self.operation != Operation::Changed
    }

    /// Whether it puts a new line on the list.
    #[must_use]
    pub fn is_addition(&self) -> bool {
        matches!(self.operation, Operation::Added | Operation::Replaced)
    }

    /// The entry this item is about as readers know it: after, or before for a removal.
    #[must_use]
    pub fn entry(&self) -> Option<&Entry> {
        match &self.edit {
            Edit::Entry { before, after } => after.as_deref().or(before.as_deref()),
            Edit::Statements { .. } => None,
        }
    }

    /// Whether one side may be named only under a non-disclosure agreement.
    #[must_use]
    pub fn is_under_nda(&self) -> bool {
        let nda = |entry: &Entry| entry.engagement.visibility == Visibility::Nda;
        match &self.edit {
            Edit::Entry { before, after } => before.iter().chain(after).any(|entry| nda(entry)),
            Edit::Statements { .. } => false,
        }
    }

    /// Whether everybody may read about it: neither side is hidden.
    #[must_use]
    pub fn is_public(&self) -> bool {
        match &self.edit {
            Edit::Entry { before, after } => {
                before.as_deref().is_none_or(Entry::is_public)
                    && after.as_deref().is_none_or(Entry::is_public)
            }
            Edit::Statements { .. } => true,
        }
    }
}

/// A change with its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Identity.
    pub id: Id,
    /// Number for people: C-12.
    pub number: i64,
    /// What it is about, in a few words.
    pub title: String,
    /// Why.
    pub reason: String,
    /// Baseline or regular.
    pub kind: ChangeKind,
    /// State.
    pub state: ChangeState,
    /// Who began it.
    pub author: Id,
    /// Everybody who wrote in it, the author among them; none of them approves it.
    pub editors: Vec<Id>,
    /// The effective date wished.
    pub effective_on: Option<Date>,
    /// Late disclosure: in use since this past day.
    pub in_use_since: Option<Date>,
    /// Why it is an emergency replacement; empty where it is none.
    pub emergency: String,
    /// The announced change whose facts it corrects; `None` for any other.
    pub corrects: Option<Id>,
    /// The list version the edits began from.
    pub base_version: i64,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last submitted.
    pub submitted_at: Option<Timestamp>,
    /// The announcement waits until then.
    pub held_until: Option<Timestamp>,
    /// When it was announced or published.
    pub announced_at: Option<Timestamp>,
    /// Why it was returned, by the approver or by a gate at the announcement; empty otherwise.
    pub returned: String,
    /// Counts saves, for lost-update checks.
    pub revision: i64,
    /// The items, in the order they were added.
    pub items: Vec<Item>,
}

impl Change {
    /// The class of the whole: the heaviest of its items, editorial when it has none.
    #[must_use]
    pub fn class(&self) -> Class {
        self.items.iter().map(|item| item.class).max().unwrap_or(Class::Editorial)
    }

    /// Whether it is an emergency replacement.
    #[must_use]
    pub fn is_emergency(&self) -> bool {
        !self.emergency.is_empty()
    }

    /// Why, as the notice says it: in an emergency what happened comes first.
    #[must_use]
    pub fn told_reason(&self) -> String {
        match (self.emergency.as_str(), self.reason.as_str()) {
            ("", reason) => reason.to_owned(),
            (emergency, "") => format!("Emergency replacement: {emergency}"),
            (emergency, reason) => format!("Emergency replacement: {emergency}\n{reason}"),
        }
    }

    /// `C-12`.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("C-{}", self.number)
    }

    /// How many lines it adds; more than five at once take typing the count.
    #[must_use]
    pub fn additions(&self) -> usize {
        self.items.iter().filter(|item| item.is_addition()).count()
    }
}

crate::words! {
    /// What a second person decided.
    Decision {
        /// Approved.
        Approved = "approved",
        /// Sent back to the author.
        Returned = "returned",
    }
}

/// One decision on a change. Voided by any later edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who decided.
    pub by: Id,
    /// When.
    pub at: Timestamp,
    /// What.
    pub decision: Decision,
    /// In solo mode the author decides alone, and that is marked.
    pub solo: bool,
    /// They decided as a DPO.
    pub dpo: bool,
    /// Their words.
    pub comment: String,
    /// The revision of the change they saw.
    pub revision: i64,
    /// How many would have been told then.
    pub audience: usize,
    /// The count they typed, where one was asked for (invariant 17).
    pub typed: Option<usize>,
}
