//! One row of a list, read. A fact the row does not state is empty, and means “not said”.

use jiff::civil::Date;

use crate::domain::country::Country;
use crate::domain::doubt::Doubt;
use crate::domain::engagement::{Group, Purpose, Transfer};
use crate::domain::place::Location;

/// One line of a published list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Its line in the file.
    pub line: u64,
    /// The sub-processor's name.
    pub name: String,
    /// Its site, or a page of it.
    pub website: String,
    /// Country of the company's seat.
    pub seat: Option<Country>,
    /// Whether it belongs to the processor's group; `false` may mean “not said”.
    pub affiliate: bool,
    /// Why it is used.
    pub purposes: Vec<Purpose>,
    /// Kinds of data.
    pub data_categories: Vec<String>,
    /// Where.
    pub locations: Vec<Location>,
    /// Products concerned; empty means the whole list.
    pub products: Vec<String>,
    /// Relation to the product, where the words are clear.
    pub group: Option<Group>,
    /// The feature it belongs to.
    pub feature: String,
    /// The basis of a transfer, in words, where it is no clear tool.
    pub transfer_basis: String,
    /// Transfers with a clear tool.
    pub transfers: Vec<Transfer>,
    /// First day in use.
    pub effective_from: Option<Date>,
    /// The name of the sub-processor it replaces.
    pub replaces: String,
    /// What a person must look at though the row was taken.
    pub doubts: Vec<Doubt>,
}

impl Row {
    /// Whether `other` is about the same company, purpose, products and feature.
    #[must_use]
    pub fn is_of_same_engagement(&self, other: &Row) -> bool {
        let texts = |row: &Row| row.purposes.iter().map(|p| p.text.to_lowercase()).collect::<Vec<_>>();
        texts(self) == texts(other) && self.products == other.products && self.feature == other.feature
    }

    /// Whether `other` says just the same on another line.
    #[must_use]
    pub fn repeats(&self, other: &Row) -> bool {
        let plain = |row: &Row| Row { line: 0, doubts: Vec::new(), name: String::new(), ..row.clone() };
        plain(self) == plain(other)
    }
}

/// A row that could not be taken, and whom it may mean: nobody it might match is taken off the
/// list on its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsure {
    /// Its line.
    pub line: u64,
    /// Names it may stand for; none if it may be anybody.
    pub names: Vec<String>,
}
