//! What an item of a change is, in the terms a rule table speaks: the kind of change, the class
//! of data, the kind of vendor. And whom it concerns.

use serde::{Deserialize, Serialize};

use super::change::{Change, Class, Edit, Item, Operation};
use super::engagement::Group;
use super::entry::Entry;
use super::id::Id;

crate::words! {
    /// Kinds of material change that agreements tell apart.
    RuleChange {
        /// A new sub-processor or engagement.
        Addition = "addition",
        /// One takes the place of another.
        Replacement = "replacement",
        /// A line already there does more, elsewhere, or under a weaker tool.
        Modification = "modification",
    }
}

crate::words! {
    /// Classes of data that agreements tell apart.
    DataClass {
        /// Personal data without special categories.
        Ordinary = "ordinary",
        /// Special categories (GDPR Art. 9), health data among them.
        Special = "special",
    }
}

crate::words! {
    /// Kinds of vendor that agreements tell apart.
    VendorKind {
        /// A company outside the group.
        ThirdParty = "third_party",
        /// A company of the processor's own group.
        Affiliate = "affiliate",
    }
}

/// One cell of a rule table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Case {
    /// What happens.
    pub change: RuleChange,
    /// To which data.
    pub data: DataClass,
    /// At whom.
    pub vendor: VendorKind,
}

impl Case {
    /// Every cell.
    pub fn all() -> impl Iterator<Item = Case> {
        RuleChange::ALL.iter().flat_map(|change| {
            DataClass::ALL.iter().flat_map(move |data| {
                VendorKind::ALL.iter().map(move |vendor| Case {
                    change: *change,
                    data: *data,
                    vendor: *vendor,
                })
            })
        })
    }

    /// `an addition of ordinary data at a third party`.
    #[must_use]
    pub fn words(self) -> String {
        let change = match self.change {
            RuleChange::Addition => "an addition",
            RuleChange::Replacement => "a replacement",
            RuleChange::Modification => "a modification",
        };
        let data = match self.data {
            DataClass::Ordinary => "ordinary personal data",
            DataClass::Special => "special categories of data",
        };
        let vendor = match self.vendor {
            VendorKind::ThirdParty => "a third party",
            VendorKind::Affiliate => "a company of the group",
        };
        format!("{change} with {data} at {vendor}")
    }
}

/// What of an item decides whom it concerns and how long the notice is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concern {
    /// The engagement; `None` for statements about the list.
    pub entry_id: Option<Id>,
    /// The line's name, for people.
    pub name: String,
    /// Editorial, informational or material.
    pub class: Class,
    /// The cell of the table; of weight only for material items.
    pub case: Case,
    /// Products concerned; empty means every product.
    pub products: Vec<String>,
    /// Regions of Clients concerned; empty means every region.
    pub regions: Vec<String>,
    /// Whether a single Client can be held out.
    pub withholdable: bool,
    /// Whether it touches health data, in words that say so; for BAAs.
    pub special: Vec<String>,
}

/// What each item of `change` concerns. Editorial items tell nobody and are left out.
#[must_use]
pub fn concerns(change: &Change) -> Vec<Concern> {
    change.items.iter().filter(|item| item.class > Class::Editorial).map(concern).collect()
}

fn concern(item: &Item) -> Concern {
    let (before, after) = match &item.edit {
        Edit::Entry { before, after } => (before.as_deref(), after.as_deref()),
        Edit::Statements { .. } => (None, None),
    };
    let shown = after.or(before);
    let special = shown.map(|e| e.engagement.special_categories.clone()).unwrap_or_default();
    let change = match item.operation {
        Operation::Added => RuleChange::Addition,
        Operation::Replaced => RuleChange::Replacement,
        Operation::Changed | Operation::Removed => RuleChange::Modification,
    };
    let affiliate = shown.is_some_and(|e| e.vendor.affiliate || e.engagement.group == Group::Affiliate);
    Concern {
        entry_id: item.entry_id,
        name: shown.map_or_else(|| "Statements about the list".to_owned(), |e| e.vendor.name.clone()),
        class: item.class,
        case: Case {
            change,
            data: if special.is_empty() { DataClass::Ordinary } else { DataClass::Special },
            vendor: if affiliate { VendorKind::Affiliate } else { VendorKind::ThirdParty },
        },
        products: union(before, after, |e| &e.engagement.products),
        regions: union(before, after, |e| &e.engagement.regions),
        withholdable: shown.is_some_and(|e| !e.engagement.withholding.trim().is_empty()),
        special,
    }
}

/// Both sides together; a side that names none means all, and so does the union.
fn union(before: Option<&Entry>, after: Option<&Entry>, of: impl Fn(&Entry) -> &Vec<String>) -> Vec<String> {
    let sides: Vec<&Vec<String>> = before.into_iter().chain(after).map(of).collect();
    if sides.iter().any(|side| side.is_empty()) {
        return Vec::new();
    }
    let mut all: Vec<String> = sides.into_iter().flatten().cloned().collect();
    all.sort();
    all.dedup();
    all
}

/// Whether something for `theirs` concerns somebody with `mine`. Either side unknown or empty
/// means all: who cannot be told apart counts as affected.
#[must_use]
pub fn meets(theirs: &[String], mine: &[String]) -> bool {
    theirs.is_empty()
        || mine.is_empty()
        || theirs
            .iter()
            .any(|one| mine.iter().any(|other| super::text::fold(one) == super::text::fold(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_twelve_cells_and_each_has_words_of_its_own() {
        let words: std::collections::BTreeSet<String> = Case::all().map(Case::words).collect();
        assert_eq!(words.len(), 12);
    }

    #[test]
    fn unknown_products_count_as_affected() {
        let crm = ["CRM".to_owned()];
        assert!(meets(&[], &crm) && meets(&crm, &[]));
        assert!(meets(&crm, &["crm".to_owned()]));
        assert!(!meets(&crm, &["Mail".to_owned()]));
    }
}
