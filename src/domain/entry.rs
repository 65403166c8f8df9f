//! A line as readers see it: the vendor's facts and the engagement's together. Changes hold
//! entries before and after; list versions publish them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::engagement::{EngagementFacts, EngagementStatus, Visibility};
use super::id::Id;
use super::vendor::VendorFacts;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The engagement's id.
    pub id: Id,
    /// The vendor's id.
    pub vendor_id: Id,
    /// The vendor's permanent place in addresses.
    pub slug: String,
    /// The vendor.
    pub vendor: VendorFacts,
    /// The engagement.
    pub engagement: EngagementFacts,
    /// First day in use, where known.
    #[serde(default)]
    pub effective_from: Option<Date>,
}

impl Entry {
    /// Whether everybody may see it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.engagement.visibility == Visibility::Public
    }
}

/// An entry as it stands in the register today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEntry {
    /// The line.
    pub entry: Entry,
    /// Its status.
    pub status: EngagementStatus,
    /// First day no longer in use, where announced.
    pub effective_to: Option<Date>,
    /// Revision of the engagement row.
    pub revision: i64,
    /// Revision of the vendor row.
    pub vendor_revision: i64,
}
