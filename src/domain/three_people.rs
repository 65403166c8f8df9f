//! What takes three people: besides its author and an approver, a DPO (invariant 5).

use std::collections::BTreeSet;

use serde::Serialize;

use super::change::{Approval, Change, ChangeKind, Class, Decision, Edit};
use super::id::Id;

/// Why a change needs a DPO's decision besides an approver's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "ground", content = "name", rename_all = "snake_case")]
pub enum Ground {
    /// The latest vetting of this sub-processor found the risk high.
    HighRisk(String),
    /// This sub-processor touches special categories of data (GDPR Art. 9).
    SpecialCategories(String),
    /// It is an emergency replacement.
    Emergency,
    /// It discloses late what is in use already.
    LateDisclosure,
}

impl Ground {
    /// For people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::HighRisk(name) => format!("{name}: its latest vetting found the risk high"),
            Self::SpecialCategories(name) => format!("{name} touches special categories of data"),
            Self::Emergency => "it is an emergency replacement".to_owned(),
            Self::LateDisclosure => "it is a late disclosure".to_owned(),
        }
    }
}

crate::words! {
    /// Whose decision is still missing.
    Voice {
        /// An approver's.
        Approver = "approver",
        /// That of a DPO, who is another person.
        Dpo = "dpo",
    }
}

/// Why `change` needs three people; none for the baseline and for editorial items, which bring
/// nothing new. `high_risk` are the engagements whose latest vetting found the risk high.
#[must_use]
pub fn grounds(change: &Change, high_risk: &BTreeSet<Id>) -> Vec<Ground> {
    let mut found = Vec::new();
    if change.kind == ChangeKind::Baseline {
        return found;
    }
    if change.is_emergency() {
        found.push(Ground::Emergency);
    }
    if change.in_use_since.is_some() {
        found.push(Ground::LateDisclosure);
    }
    for item in change.items.iter().filter(|item| item.class > Class::Editorial) {
        let name = || item.entry().map(|entry| entry.vendor.name.clone()).unwrap_or_default();
        if item.entry_id.is_some_and(|id| high_risk.contains(&id)) {
            found.push(Ground::HighRisk(name()));
        }
        let special = |edit: &Edit| match edit {
            Edit::Entry { after: Some(after), .. } => !after.engagement.special_categories.is_empty(),
            _ => false,
        };
        if special(&item.edit) {
            found.push(Ground::SpecialCategories(name()));
        }
    }
    found
}

/// The approvals that count: those given since `change` was last submitted. Any edit makes it a
/// draft again and so voids them.
#[must_use]
pub fn standing<'a>(change: &Change, approvals: &'a [Approval]) -> Vec<&'a Approval> {
    let Some(since) = change.submitted_at else { return Vec::new() };
    approvals.iter().filter(|one| one.decision == Decision::Approved && one.at >= since).collect()
}

/// Whose decision is still missing. One approval is enough where nothing asks for three people;
/// in solo mode the hold replaces all of them.
#[must_use]
pub fn missing(three: bool, standing: &[&Approval]) -> Vec<Voice> {
    let dpo = standing.iter().any(|one| one.dpo);
    if standing.iter().any(|one| one.solo) || (!three && !standing.is_empty()) {
        return Vec::new();
    }
    if !three {
        return vec![Voice::Approver];
    }
    let people: BTreeSet<Id> = standing.iter().map(|one| one.by).collect();
    match (people.len(), dpo) {
        (0, _) => vec![Voice::Approver, Voice::Dpo],
        (_, false) => vec![Voice::Dpo],
        (1, true) => vec![Voice::Approver],
        (_, true) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn approval(by: Id, dpo: bool, solo: bool) -> Approval {
        Approval {
            by,
            at: Timestamp::UNIX_EPOCH,
            decision: Decision::Approved,
            solo,
            dpo,
            comment: String::new(),
            revision: 1,
            audience: 0,
            typed: None,
        }
    }

    #[test]
    fn it_takes_two_people_one_of_them_a_dpo_in_either_order() {
        let [one, two] = [1, 2].map(|n| Id::new(Timestamp::from_second(n).unwrap()));
        let (approver, dpo, other) =
            (approval(one, false, false), approval(two, true, false), approval(two, false, false));
        assert_eq!(missing(true, &[]), [Voice::Approver, Voice::Dpo]);
        assert_eq!(missing(true, &[&approver]), [Voice::Dpo]);
        assert_eq!(missing(true, &[&dpo]), [Voice::Approver]);
        assert_eq!(missing(true, &[&dpo, &dpo]), [Voice::Approver], "the same person twice is one");
        assert_eq!(missing(true, &[&approver, &other]), [Voice::Dpo]);
        assert_eq!(missing(true, &[&dpo, &approver]), []);
        assert_eq!(missing(true, &[&approval(one, false, true)]), [], "solo mode: the hold instead");
        assert_eq!(missing(false, &[]), [Voice::Approver]);
        assert_eq!(missing(false, &[&approver]), []);
    }
}
