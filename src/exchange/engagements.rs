//! Which row is about which engagement of a vendor, once the vendor is known.

use super::names::words;
use super::row::Row;
use crate::domain::entry::{Entry, ListedEntry};

/// What the file speaks of: its products. Whatever is outside stays untouched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Scope {
    products: Vec<String>,
    whole_list: bool,
}

impl Scope {
    /// Of all rows taken.
    pub(super) fn of(rows: &[Row]) -> Self {
        let mut products: Vec<String> = rows.iter().flat_map(|r| r.products.clone()).collect();
        products.sort();
        products.dedup();
        Self { products, whole_list: rows.iter().any(|r| r.products.is_empty()) }
    }

    /// Whether an absent row ends this line, or a part of it.
    pub(super) fn covers(&self, entry: &Entry) -> bool {
        let products = &entry.engagement.products;
        if products.is_empty() { self.whole_list } else { products.iter().any(|p| self.products.contains(p)) }
    }

    /// The entry's products the file says nothing of.
    pub(super) fn outside(&self, entry: &Entry) -> Vec<String> {
        entry.engagement.products.iter().filter(|p| !self.products.contains(p)).cloned().collect()
    }
}

/// Pairs the rows of one company with its entries: (row, entry) by index, each once.
pub(super) fn pair(rows: &[&Row], entries: &[&ListedEntry]) -> Vec<(usize, usize)> {
    let mut scored: Vec<(i32, usize, usize)> = Vec::new();
    for (r, row) in rows.iter().enumerate() {
        for (e, listed) in entries.iter().enumerate() {
            if let Some(score) = score(row, &listed.entry) {
                scored.push((score, r, e));
            }
        }
    }
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let (mut rows_used, mut entries_used) = (vec![], vec![]);
    let mut pairs = Vec::new();
    for (_, r, e) in scored {
        if !rows_used.contains(&r) && !entries_used.contains(&e) {
            rows_used.push(r);
            entries_used.push(e);
            pairs.push((r, e));
        }
    }
    pairs.sort_unstable();
    pairs
}

/// How well a row fits an entry; `None` if it is about other products.
fn score(row: &Row, entry: &Entry) -> Option<i32> {
    let facts = &entry.engagement;
    let products = match (row.products.is_empty(), facts.products.is_empty()) {
        (true, true) => 2,
        (false, true) => 0,
        (true, false) => return None,
        (false, false) => {
            let same = row.products.iter().any(|p| facts.products.contains(p));
            same.then_some(4)?
        }
    };
    let folded = |text: &str| words(text).concat();
    let shared = row
        .purposes
        .iter()
        .filter(|p| facts.purposes.iter().any(|k| folded(&k.text) == folded(&p.text)))
        .count();
    let feature = i32::from(!row.feature.is_empty() && row.feature == facts.feature);
    Some(products + 8 * i32::try_from(shared).unwrap_or(i32::MAX / 16) + 2 * feature)
}
