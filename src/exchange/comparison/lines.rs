//! Rows of a company that is known, or that is new, line by line.

use super::{Company, Step, Told, Work};
use crate::domain::engagement::{EngagementFacts, EngagementStatus};
use crate::domain::entry::{Entry, ListedEntry};
use crate::domain::id::Id;
use crate::domain::slug::slug_for;
use crate::domain::vendor::{Vendor, VendorFacts};
use crate::exchange::names::key;
use crate::exchange::row::Row;
use crate::exchange::{engagements, merge};

impl<'a> Work<'a> {
    pub(super) fn add_company(&mut self, company: &Company<'_>, told: &Told) {
        let vendor = company.facts(&VendorFacts::default());
        let slug = slug_for(&vendor.name, |s| self.slugs.contains(s));
        self.slugs.insert(slug.clone());
        let vendor_id = Id::new(self.now);
        for row in &company.rows {
            self.add(row, vendor_id, &slug, vendor.clone(), told, 0);
        }
    }

    fn add(&mut self, row: &Row, vendor_id: Id, slug: &str, vendor: VendorFacts, told: &Told, revision: i64) {
        let blank = EngagementFacts { products: row.products.clone(), ..EngagementFacts::default() };
        let mut engagement = merge::onto_engagement(&blank, row);
        let mut told = told.clone();
        if !row.replaces.is_empty() {
            match self.replaced(&row.replaces) {
                Some(old) => {
                    engagement.replaces = Some(old.entry.id);
                    self.spoken_for.insert(old.entry.id);
                    told.step = Step::Replaced;
                    told.reason = format!("the notes say that it replaces {}", old.entry.vendor.name);
                }
                None if self.is_in_file(&row.replaces) => {
                    let why = format!(
                        "The notes say that it replaces “{}”, which is still in the file. Correct the one or the other.",
                        row.replaces
                    );
                    told.doubt = format!("{} {why}", told.doubt).trim().to_owned();
                }
                // It left the list before; that is history, and no doubt.
                None => {}
            }
        }
        let after = Entry {
            id: Id::new(self.now),
            vendor_id,
            slug: slug.to_owned(),
            vendor,
            engagement,
            effective_from: row.effective_from,
        };
        self.push(&told, Some(row), (None, Some(after)), (0, revision));
    }

    /// The line that a row says is replaced: on the list, in use, and no longer in the file.
    fn replaced(&self, name: &str) -> Option<&'a ListedEntry> {
        let wanted = key(name);
        if self.is_in_file(name) {
            return None;
        }
        self.register.entries.iter().find(|l| {
            key(&l.entry.vendor.name) == wanted
                && l.status == EngagementStatus::Active
                && self.scope.covers(&l.entry)
                && !self.spoken_for.contains(&l.entry.id)
        })
    }

    fn is_in_file(&self, name: &str) -> bool {
        let wanted = key(name);
        self.list.rows.iter().any(|r| key(&r.name) == wanted)
    }

    pub(super) fn same(&mut self, vendor: &'a Vendor, company: &Company<'_>, told: &Told) {
        let lines = self.lines_of(vendor.id);
        // One that comes back after it had left: its known facts stand, an edit can mend them.
        let facts = if lines.is_empty() { vendor.facts.clone() } else { company.facts(&vendor.facts) };
        self.facts.insert(vendor.id, facts.clone());
        let pairs = engagements::pair(&company.rows, &lines);
        for (r, row) in company.rows.iter().enumerate() {
            let paired = pairs.iter().find(|(at, _)| *at == r).and_then(|(_, e)| lines.get(*e));
            match paired {
                Some(listed) => self.compare_line(row, listed, &facts, told),
                None => self.widen_or_add(row, vendor, &lines, &facts, told),
            }
        }
    }

    fn compare_line(&mut self, row: &Row, listed: &'a ListedEntry, facts: &VendorFacts, told: &Told) {
        let entry = &listed.entry;
        self.spoken_for.insert(entry.id);
        let now = |entry: &Entry| merge::onto_engagement(&entry.engagement, row);
        // What is announced already needs no second change.
        if let Some(coming) = self.register.pending.get(&entry.id)
            && now(coming) == coming.engagement
            && (coming.vendor == *facts || coming.vendor.name == facts.name)
        {
            self.facts.remove(&entry.vendor_id);
            return;
        }
        let engagement = now(entry);
        let base = (listed.revision, listed.vendor_revision);
        let outside = self.scope.outside(entry);
        let mut told = told.clone();
        if engagement == entry.engagement && *facts == entry.vendor {
            return;
        }
        if entry.vendor.name != facts.name && told.step == Step::Changed {
            told.step = Step::Renamed;
        }
        let after = |vendor: &VendorFacts, engagement: EngagementFacts| Entry {
            vendor: vendor.clone(),
            engagement,
            ..entry.clone()
        };
        if !outside.is_empty() && engagement != entry.engagement {
            let rest = EngagementFacts { products: outside, ..entry.engagement.clone() };
            told.reason = format!(
                "the line goes on for other products; {} has facts of its own",
                row.products.join(", ")
            );
            self.push(&told, None, (Some(entry.clone()), Some(after(facts, rest))), base);
            let own = EngagementFacts { products: row.products.clone(), ..engagement };
            let new = Entry { id: Id::new(self.now), effective_from: None, ..after(facts, own) };
            self.push(
                &Told { step: Step::Added, ..told },
                Some(row),
                (None, Some(new)),
                (0, listed.vendor_revision),
            );
            return;
        }
        if entry.engagement.products.is_empty() && !row.products.is_empty() && engagement != entry.engagement
        {
            told.doubt = format!(
                "{} The line holds for every product and the file speaks of {} only. Is it so for all?",
                told.doubt,
                row.products.join(", ")
            )
            .trim()
            .to_owned();
        }
        if told.step == Step::Changed {
            told.reason = "the file says otherwise".into();
        }
        self.push(&told, Some(row), (Some(entry.clone()), Some(after(facts, engagement))), base);
    }

    /// A row no line stands for: the same engagement for one more product, or a new one.
    fn widen_or_add(
        &mut self,
        row: &Row,
        vendor: &Vendor,
        lines: &[&'a ListedEntry],
        facts: &VendorFacts,
        told: &Told,
    ) {
        let same_but_products = |listed: &&&ListedEntry| {
            let was = &listed.entry.engagement;
            let now = merge::onto_engagement(was, row);
            !was.products.is_empty()
                && !row.products.is_empty()
                && EngagementFacts { products: was.products.clone(), ..now } == *was
                && !self.spoken_for.contains(&listed.entry.id)
        };
        let said_already = |listed: &&&ListedEntry| {
            let was = &listed.entry.engagement;
            row.products.iter().all(|p| was.products.contains(p)) && merge::onto_engagement(was, row) == *was
        };
        if !row.products.is_empty() && lines.iter().any(|l| said_already(&l)) {
            return;
        }
        if let Some(listed) = lines.iter().find(same_but_products) {
            let after = Entry {
                vendor: facts.clone(),
                engagement: merge::onto_engagement(&listed.entry.engagement, row),
                ..listed.entry.clone()
            };
            self.spoken_for.insert(listed.entry.id);
            let told =
                Told { step: Step::Changed, reason: "the same for one more product".into(), ..told.clone() };
            self.push(
                &told,
                Some(row),
                (Some(listed.entry.clone()), Some(after)),
                (listed.revision, listed.vendor_revision),
            );
            return;
        }
        let told =
            Told { step: Step::Added, reason: "known sub-processor, new engagement".into(), ..told.clone() };
        self.add(row, vendor.id, &vendor.slug, facts.clone(), &told, vendor.revision);
    }
}
