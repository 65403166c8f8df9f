//! Companies that became one, or several, or that could be any of several.

use super::{Company, Step, Told, Work};
use crate::domain::doubt::Doubt;
use crate::domain::vendor::Vendor;
use crate::exchange::near::likeness;

impl<'a> Work<'a> {
    fn vendors(&self, known: &[usize]) -> Vec<&'a Vendor> {
        known.iter().filter_map(|at| self.register.vendors.get(*at)).collect()
    }

    /// The likest goes on under the new name, the others leave; a person confirms.
    pub(super) fn merged(&mut self, known: &[usize], company: Option<&Company<'_>>) {
        let Some(company) = company else { return };
        let name = company.identity().name;
        let mut vendors = self.vendors(known);
        vendors.sort_by(|a, b| alike(&b.facts.name, &name).total_cmp(&alike(&a.facts.name, &name)));
        let was = names(&vendors);
        let told = Told {
            step: Step::Merged,
            confidence: 0.5,
            reason: format!("{was} are not in the file, {name} is new"),
            doubt: format!(
                "Have {was} become {name}? If not, undo these items and remove and add the lines one by one."
            ),
        };
        for (at, vendor) in vendors.into_iter().enumerate() {
            if at == 0 {
                self.same(vendor, company, &told);
                continue;
            }
            let lines = self.lines_of(vendor.id);
            let covered: Vec<_> = lines.into_iter().filter(|l| self.scope.covers(&l.entry)).collect();
            for listed in covered {
                self.leave(listed, &told);
            }
        }
    }

    /// The likest goes on, the others are new; a person confirms.
    pub(super) fn split(&mut self, known: usize, parts: &[&Company<'_>]) {
        let Some(vendor) = self.register.vendors.get(known) else { return };
        let mut parts = parts.to_vec();
        let was = &vendor.facts.name;
        parts.sort_by(|a, b| alike(&b.identity().name, was).total_cmp(&alike(&a.identity().name, was)));
        let now = parts.iter().map(|p| p.identity().name).collect::<Vec<_>>().join(", ");
        let told = Told {
            step: Step::Split,
            confidence: 0.5,
            reason: format!("{was} is not in the file, {now} are new"),
            doubt: format!(
                "Has {was} become {now}? If not, undo these items and remove and add the lines one by one."
            ),
        };
        for (at, company) in parts.into_iter().enumerate() {
            if at == 0 { self.same(vendor, company, &told) } else { self.add_company(company, &told) }
        }
    }

    /// The rows wait, and none of those they may mean leaves the list.
    pub(super) fn unclear(&mut self, known: &[usize], company: Option<&Company<'_>>) {
        let vendors = self.vendors(known);
        let was = names(&vendors);
        for row in company.map(|c| c.rows.clone()).unwrap_or_default() {
            let why = format!(
                "May be any of {was}, which are different companies in the register. Write the name as it stands there."
            );
            self.found.doubts.push(Doubt::new(row.line, "name", &row.name, why));
        }
        for vendor in vendors {
            let lines: Vec<_> = self.lines_of(vendor.id).iter().map(|l| l.entry.id).collect();
            self.spoken_for.extend(lines);
        }
    }
}

fn names(vendors: &[&Vendor]) -> String {
    vendors.iter().map(|v| v.facts.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn alike(one: &str, other: &str) -> f64 {
    let (a, b) = (crate::exchange::names::key(one), crate::exchange::names::key(other));
    likeness(one, other).map_or(0.0, |(confidence, _)| confidence)
        + strsim::normalized_damerau_levenshtein(&a, &b)
}
