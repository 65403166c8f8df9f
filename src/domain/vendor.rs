//! The company behind one or more list lines.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::country::Country;
use super::id::Id;

/// What is known, and published, of a vendor. No personal data: the contact person is kept apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VendorFacts {
    /// The name people know: the brand where there is one.
    pub name: String,
    /// The name in the register of companies; empty where unknown.
    pub legal_name: String,
    /// Earlier and other names, so that both find the vendor.
    pub aliases: Vec<Alias>,
    /// Postal address, several lines.
    pub address: String,
    /// Country of the company's seat.
    pub seat: Option<Country>,
    /// Legal Entity Identifier (ISO 17442), twenty characters.
    pub lei: String,
    /// Number in the register of companies.
    pub register_number: String,
    /// The company's site.
    pub website: String,
    /// Its privacy notice.
    pub privacy_url: String,
    /// Name of the parent company.
    pub parent: String,
    /// Whether it belongs to the processor's own group.
    pub affiliate: bool,
}

/// Another name of a vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The name.
    pub name: String,
    /// The last day it was used; `None` for a name still in use.
    pub until: Option<Date>,
}

/// A vendor in the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendor {
    /// Stable identity.
    pub id: Id,
    /// Its permanent place in addresses.
    pub slug: String,
    /// Published facts.
    pub facts: VendorFacts,
    /// Contact person; personal data, never public.
    pub contact: String,
    /// Counts saves, for lost-update checks.
    pub revision: i64,
}
