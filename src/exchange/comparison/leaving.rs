//! What the file does not name: lines that leave, and lines that stay because a doubtful row
//! may mean them.

use std::collections::{BTreeMap, HashSet};

use super::{Comparison, Step, Told, Work};
use crate::domain::doubt::Doubt;
use crate::domain::engagement::{EngagementFacts, EngagementStatus};
use crate::domain::entry::{Entry, ListedEntry};
use crate::domain::id::Id;
use crate::exchange::names::key;
use crate::exchange::near::likeness;
use crate::exchange::row::Unsure;

/// A file with more unreadable rows than this proves no absence.
const TOO_UNSURE: usize = 200;

impl<'a> Work<'a> {
    pub(super) fn finish(mut self) -> Comparison {
        self.absent();
        self.siblings();
        self.found.doubts.sort_by_key(|d| d.line);
        self.found
    }

    fn absent(&mut self) {
        let mut withheld: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for listed in &self.register.entries {
            let in_use = matches!(
                listed.status,
                EngagementStatus::Active | EngagementStatus::Suspended | EngagementStatus::Cleared
            );
            let concerned = in_use && self.scope.covers(&listed.entry);
            if !concerned || self.spoken_for.contains(&listed.entry.id) {
                continue;
            }
            match self.list.unsure.iter().find(|u| self.may_mean(u, &listed.entry)) {
                Some(unsure) => {
                    withheld.entry(unsure.line).or_default().push(listed.entry.vendor.name.clone())
                }
                None => {
                    let reason = "not in the file".to_owned();
                    let told = Told { step: Step::Removed, confidence: 1.0, reason, doubt: String::new() };
                    self.leave(listed, &told);
                }
            }
        }
        for (line, names) in withheld {
            let why = format!(
                "On the list and not in the file; line {line} could not be taken and may mean one of them, so they stay. Mend line {line} and import again, or remove them by hand."
            );
            self.found.doubts.push(Doubt::new(line, "name", &names.join(", "), why));
        }
    }

    fn may_mean(&self, unsure: &Unsure, entry: &Entry) -> bool {
        if unsure.names.is_empty() || self.list.unsure.len() > TOO_UNSURE {
            return true;
        }
        let of_entry = std::iter::once(&entry.vendor.name)
            .chain(entry.vendor.aliases.iter().map(|a| &a.name))
            .chain(Some(&entry.vendor.legal_name).filter(|n| !n.is_empty()));
        of_entry.into_iter().any(|known| {
            let known_key = key(known);
            unsure.names.iter().any(|name| {
                let name_key = key(name);
                let holds = known_key.chars().count() > 2 && name_key.contains(&known_key);
                known_key == name_key || holds || likeness(known, name).is_some()
            })
        })
    }

    /// Takes a line off the list, or off the file's products where it has others too.
    pub(super) fn leave(&mut self, listed: &'a ListedEntry, told: &Told) {
        let entry = &listed.entry;
        self.spoken_for.insert(entry.id);
        let outside = self.scope.outside(entry);
        let after = (!outside.is_empty()).then(|| Entry {
            engagement: EngagementFacts { products: outside, ..entry.engagement.clone() },
            ..entry.clone()
        });
        let mut told = told.clone();
        if after.is_some() && told.step == Step::Removed {
            told.step = Step::Changed;
            told.reason = "not in the file, which speaks of some of its products".into();
        }
        self.push(&told, None, (Some(entry.clone()), after), (listed.revision, listed.vendor_revision));
    }

    /// A vendor's facts stand on each of its lines: those the file did not touch follow.
    fn siblings(&mut self) {
        let touched: HashSet<Id> =
            self.found.findings.iter().filter_map(|f| f.before.as_ref()).map(|e| e.id).collect();
        for listed in &self.register.entries {
            let entry = &listed.entry;
            let Some(facts) = self.facts.get(&entry.vendor_id).filter(|f| **f != entry.vendor).cloned()
            else {
                continue;
            };
            if touched.contains(&entry.id) {
                continue;
            }
            let renamed = facts.name != entry.vendor.name;
            let told = Told {
                step: if renamed { Step::Renamed } else { Step::Changed },
                confidence: 1.0,
                reason: "another line of the same sub-processor says so".into(),
                doubt: String::new(),
            };
            let after = Entry { vendor: facts, ..entry.clone() };
            self.push(
                &told,
                None,
                (Some(entry.clone()), Some(after)),
                (listed.revision, listed.vendor_revision),
            );
        }
        let facts = &self.facts;
        for finding in &mut self.found.findings {
            // A line that loses a product keeps its vendor's new facts.
            if let Some(after) = &mut finding.after
                && let Some(facts) = facts.get(&after.vendor_id)
                && finding.before.is_some()
            {
                after.vendor = facts.clone();
            }
        }
    }
}
