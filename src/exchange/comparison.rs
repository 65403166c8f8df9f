//! A file against the register: what would be added, changed and removed, and what only a
//! person can decide. Absence means removal only within the file's products, and never for a
//! line that a doubtful row might mean.

mod leaving;
mod lines;
mod links;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::csv_list::CsvList;
use super::engagements::Scope;
use super::identity::{Identity, Link, host, pair};
use super::merge;
use super::names::key;
use super::row::Row;
use crate::domain::change::{Edit, Operation};
use crate::domain::classify::{Ruling, classify};
use crate::domain::doubt::Doubt;
use crate::domain::entry::{Entry, ListedEntry};
use crate::domain::id::Id;
use crate::domain::vendor::{Vendor, VendorFacts};

crate::words! {
    /// What a file does to a line, as people tell it.
    Step {
        /// A new line.
        Added = "added",
        /// Other facts.
        Changed = "changed",
        /// Gone.
        Removed = "removed",
        /// Takes the place of another.
        Replaced = "replaced",
        /// The same company under another name.
        Renamed = "renamed",
        /// Several became one.
        Merged = "merged",
        /// One became several.
        Split = "split",
    }
}

/// The register as a file is compared with it.
#[derive(Debug, Clone, Default)]
pub struct Register {
    /// Every vendor, also those that left the list.
    pub vendors: Vec<Vendor>,
    /// The lines on the list.
    pub entries: Vec<ListedEntry>,
    /// Lines as an announced change will make them; not in force yet.
    pub pending: HashMap<Id, Entry>,
}

/// One thing the file would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// In the words of people.
    pub step: Step,
    /// The line as it is.
    pub before: Option<Entry>,
    /// The line as it would be.
    pub after: Option<Entry>,
    /// Revision of the engagement compared with; 0 for a new one.
    pub base_revision: i64,
    /// Revision of the vendor compared with; 0 for a new one.
    pub base_vendor_revision: i64,
    /// Why the file is taken to say so.
    pub reason: String,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// A question for a person; empty where there is none.
    pub doubt: String,
    /// The row's line; `None` where no row stands for it.
    pub line: Option<u64>,
}

impl Finding {
    /// The operation of the change's item.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match (&self.before, &self.after) {
            (None, Some(after)) if after.engagement.replaces.is_some() => Operation::Replaced,
            (None, _) => Operation::Added,
            (Some(_), None) => Operation::Removed,
            (Some(_), Some(_)) => Operation::Changed,
        }
    }

    /// Before and after, as an item holds them.
    #[must_use]
    pub fn edit(&self) -> Edit {
        Edit::Entry { before: self.before.clone().map(Box::new), after: self.after.clone().map(Box::new) }
    }

    /// How much it weighs.
    #[must_use]
    pub fn ruling(&self) -> Ruling {
        classify(self.operation(), &self.edit())
    }

    /// The vendor's name, after it if there is one.
    #[must_use]
    pub fn vendor(&self) -> &str {
        self.after.as_ref().or(self.before.as_ref()).map_or("", |e| e.vendor.name.as_str())
    }
}

/// What a comparison found.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// What would be done, additions and changes in the file's order, then removals.
    pub findings: Vec<Finding>,
    /// What waits for a person.
    pub doubts: Vec<Doubt>,
}

/// Compares `list` with `register`. `now` makes the ids of what is new.
#[must_use]
pub fn compare(list: &CsvList, register: &Register, now: Timestamp) -> Comparison {
    let companies = Company::of(&list.rows);
    let mut work = Work::new(list, register, now);
    let known: Vec<Identity> = register.vendors.iter().map(|v| Identity::of(&v.facts)).collect();
    let new: Vec<Identity> = companies.iter().map(Company::identity).collect();
    let may_leave = |at: usize| {
        let vendor = register.vendors.get(at).map(|v| v.id);
        vendor.is_some_and(|id| work.lines_of(id).iter().any(|l| work.scope.covers(&l.entry)))
    };
    let mut linked = HashSet::new();
    for link in pair(&known, &new, may_leave) {
        match link {
            Link::Same { known, new, confidence, reason, doubt } => {
                linked.insert(new);
                let Some((vendor, company)) = register.vendors.get(known).zip(companies.get(new)) else {
                    continue;
                };
                work.same(vendor, company, &Told { step: Step::Changed, confidence, reason, doubt });
            }
            Link::Merged { known, new } => {
                linked.insert(new);
                work.merged(&known, companies.get(new));
            }
            Link::Split { known, new } => {
                linked.extend(new.iter().copied());
                let parts: Vec<&Company> = new.iter().filter_map(|at| companies.get(*at)).collect();
                work.split(known, &parts);
            }
            Link::Unclear { known, new } => {
                linked.insert(new);
                work.unclear(&known, companies.get(new));
            }
        }
    }
    for (_, company) in companies.iter().enumerate().filter(|(at, _)| !linked.contains(at)) {
        let told = Told {
            step: Step::Added,
            confidence: 1.0,
            reason: "not on the list".into(),
            doubt: String::new(),
        };
        work.add_company(company, &told);
    }
    work.finish()
}

/// The rows of one company.
struct Company<'a> {
    rows: Vec<&'a Row>,
}

impl<'a> Company<'a> {
    fn of(rows: &'a [Row]) -> Vec<Self> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut companies: Vec<Self> = Vec::new();
        for row in rows {
            let at = *places.entry(key(&row.name)).or_insert(companies.len());
            match companies.get_mut(at) {
                Some(company) => company.rows.push(row),
                None => companies.push(Self { rows: vec![row] }),
            }
        }
        companies
    }

    fn identity(&self) -> Identity {
        let name = self.rows.first().map(|r| r.name.clone()).unwrap_or_default();
        let website =
            self.rows.iter().map(|r| r.website.as_str()).find(|w| !w.is_empty()).unwrap_or_default();
        Identity { name, host: host(website), ..Identity::default() }
    }

    fn facts(&self, was: &VendorFacts) -> VendorFacts {
        // The first row names the company; what it leaves open another may say.
        let mut rows = self.rows.iter();
        let first = rows.next().map_or_else(|| was.clone(), |row| merge::onto_vendor(was, row));
        rows.fold(first, |facts, row| {
            let later = merge::onto_vendor(&facts, row);
            VendorFacts { name: facts.name, aliases: facts.aliases, ..later }
        })
    }
}

/// How a finding came about.
#[derive(Clone)]
struct Told {
    step: Step,
    confidence: f64,
    reason: String,
    doubt: String,
}

struct Work<'a> {
    list: &'a CsvList,
    register: &'a Register,
    scope: Scope,
    now: Timestamp,
    by_vendor: HashMap<Id, Vec<&'a ListedEntry>>,
    slugs: HashSet<String>,
    facts: HashMap<Id, VendorFacts>,
    /// Entries a row speaks for, or that a doubtful row might.
    spoken_for: HashSet<Id>,
    found: Comparison,
}

impl<'a> Work<'a> {
    fn new(list: &'a CsvList, register: &'a Register, now: Timestamp) -> Self {
        let mut by_vendor: HashMap<Id, Vec<&ListedEntry>> = HashMap::new();
        for listed in &register.entries {
            by_vendor.entry(listed.entry.vendor_id).or_default().push(listed);
        }
        Self {
            list,
            register,
            scope: Scope::of(&list.rows),
            now,
            by_vendor,
            slugs: register.vendors.iter().map(|v| v.slug.clone()).collect(),
            facts: HashMap::new(),
            spoken_for: HashSet::new(),
            found: Comparison { findings: Vec::new(), doubts: list.doubts.clone() },
        }
    }

    fn lines_of(&self, vendor: Id) -> Vec<&'a ListedEntry> {
        self.by_vendor.get(&vendor).cloned().unwrap_or_default()
    }

    fn push(
        &mut self,
        told: &Told,
        row: Option<&Row>,
        sides: (Option<Entry>, Option<Entry>),
        base: (i64, i64),
    ) {
        if !told.doubt.is_empty() && row.is_some() {
            let (line, name) = row.map(|r| (r.line, r.name.as_str())).unwrap_or_default();
            self.found.doubts.push(Doubt::new(line, "name", name, told.doubt.clone()));
        }
        let rows_doubts =
            row.map(|r| r.doubts.iter().map(|d| d.to_string()).collect::<Vec<_>>()).unwrap_or_default();
        let doubt = rows_doubts
            .into_iter()
            .chain(Some(told.doubt.clone()).filter(|d| !d.is_empty()))
            .collect::<Vec<_>>();
        self.found.findings.push(Finding {
            step: told.step,
            before: sides.0,
            after: sides.1,
            base_revision: base.0,
            base_vendor_revision: base.1,
            reason: told.reason.clone(),
            confidence: told.confidence,
            doubt: doubt.join(" "),
            line: row.map(|r| r.line),
        });
    }
}
