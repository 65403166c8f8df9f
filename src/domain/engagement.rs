//! One line of the list: what a vendor does, with which data, where, for which products.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::country::Country;
use super::id::Id;
use super::place::Location;
use super::vetting::Vetting;

crate::words! {
    /// Short codes for what a vendor does. The text beside the code is what people read.
    PurposeCode {
        /// Hosting and storage of the service.
        Hosting = "hosting",
        /// Delivering content and shielding from attacks.
        Cdn = "cdn",
        /// Storing or querying data in bulk.
        DataWarehouse = "data_warehouse",
        /// Sending mail the service triggers.
        Email = "email",
        /// Chat and messaging.
        Messaging = "messaging",
        /// Helping Clients.
        Support = "support",
        /// Watching errors and performance.
        Monitoring = "monitoring",
        /// Measuring use.
        Analytics = "analytics",
        /// Taking payments.
        Payments = "payments",
        /// Machine learning and AI inference.
        Ai = "ai",
        /// Guarding against misuse.
        Security = "security",
        /// Selling and marketing.
        Marketing = "marketing",
        /// Finding things.
        Search = "search",
        /// Work of a company of the same group.
        GroupCompany = "group_company",
        /// Anything else; the text says what.
        Other = "other",
    }
}

crate::words! {
    /// How an engagement relates to the product.
    Group {
        /// Part of the product for every Client.
        Core = "core",
        /// Used only if a Client turns a feature on.
        Optional = "optional",
        /// A company of the processor's own group.
        Affiliate = "affiliate",
    }
}

crate::words! {
    /// Who may see an entry (ISO/IEC 27701 B.8.5.7).
    Visibility {
        /// Everybody.
        Public = "public",
        /// Clients only.
        Clients = "clients",
        /// Only under a non-disclosure agreement.
        Nda = "nda",
    }
}

crate::words! {
    /// Where an engagement stands in its life.
    EngagementStatus {
        /// Somebody suggests it.
        Proposed = "proposed",
        /// Its vetting runs.
        InVetting = "in_vetting",
        /// Vetted, not announced.
        Approved = "approved",
        /// Announced, not in use yet.
        Announced = "announced",
        /// The date has come and the gates are open.
        Cleared = "cleared",
        /// In use.
        Active = "active",
        /// In use before, paused.
        Suspended = "suspended",
        /// Its end is announced.
        Retiring = "retiring",
        /// No longer in use.
        Retired = "retired",
        /// Never came to be.
        Rejected = "rejected",
        /// Announced and taken back.
        Withdrawn = "withdrawn",
    }
}

impl EngagementStatus {
    /// Whether an entry with this status stands on the list.
    #[must_use]
    pub fn is_listed(self) -> bool {
        matches!(self, Self::Announced | Self::Cleared | Self::Active | Self::Suspended | Self::Retiring)
    }
}

crate::words! {
    /// The tool that makes a transfer to a third country lawful (GDPR Art. 44–49).
    TransferMechanism {
        /// Adequacy decision (Art. 45).
        Adequacy = "adequacy",
        /// Data Privacy Framework (Art. 45, Decision 2023/1795).
        Dpf = "dpf",
        /// Standard contractual clauses (Art. 46(2)(c)).
        Scc = "scc",
        /// UK International Data Transfer Agreement or Addendum.
        Idta = "idta",
        /// Binding corporate rules (Art. 46(2)(b), 47).
        Bcr = "bcr",
        /// A derogation (Art. 49).
        Derogation = "derogation",
    }
}

impl TransferMechanism {
    /// The words for people, in English.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Adequacy => "Adequacy decision",
            Self::Dpf => "Data Privacy Framework",
            Self::Scc => "Standard contractual clauses",
            Self::Idta => "UK IDTA or Addendum",
            Self::Bcr => "Binding corporate rules",
            Self::Derogation => "Derogation (Art. 49 GDPR)",
        }
    }

    /// How well it protects, the stronger the higher; for "weaker transfer mechanism is material".
    #[must_use]
    pub fn strength(self) -> u8 {
        match self {
            Self::Adequacy => 5,
            Self::Bcr => 4,
            Self::Scc | Self::Idta => 3,
            Self::Dpf => 2,
            Self::Derogation => 1,
        }
    }
}

/// A transfer out of a jurisdiction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Whose law asks for a tool: `EU`, `UK`, `CH` …
    pub jurisdiction: String,
    /// Where the data goes.
    pub destination: Country,
    /// The tool.
    pub mechanism: TransferMechanism,
    /// Day the tool was last checked.
    #[serde(default)]
    pub checked_on: Option<Date>,
    /// Day by which to check it again.
    #[serde(default)]
    pub review_by: Option<Date>,
}

/// What the vendor does, as a code and in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    /// The code, if one fits.
    pub code: PurposeCode,
    /// The words.
    pub text: String,
}

/// Everything the list says of an engagement. Two values that are equal need no change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EngagementFacts {
    /// Why the vendor is used.
    pub purposes: Vec<Purpose>,
    /// Kinds of personal data, in words.
    pub data_categories: Vec<String>,
    /// Special categories (GDPR Art. 9), in words.
    pub special_categories: Vec<String>,
    /// Whose data.
    pub data_subjects: Vec<String>,
    /// Why each data category must be processed at all; required for special categories.
    pub necessity: BTreeMap<String, String>,
    /// How long data is kept.
    pub retention: String,
    /// Technical and organisational safeguards.
    pub safeguards: String,
    /// Whether the data is pseudonymised, where known.
    pub pseudonymised: Option<bool>,
    /// Where.
    pub locations: Vec<Location>,
    /// Transfers and their tools.
    pub transfers: Vec<Transfer>,
    /// Products concerned; empty means every product.
    pub products: Vec<String>,
    /// Regions of Clients concerned; empty means every region.
    pub regions: Vec<String>,
    /// Relation to the product.
    pub group: Group,
    /// For `optional`: the feature, and when it applies.
    pub feature: String,
    /// How it can be withheld from a single Client; empty means it cannot.
    pub withholding: String,
    /// Who may see the entry.
    pub visibility: Visibility,
    /// Parent engagement, for a sub-processor's sub-processor.
    pub via: Option<Id>,
    /// The engagement this one replaces.
    pub replaces: Option<Id>,
    /// Vetting status and review date.
    pub vetting: Vetting,
}

#[allow(clippy::derivable_impls)]
impl Default for Group {
    fn default() -> Self {
        Self::Core
    }
}

#[allow(clippy::derivable_impls)]
impl Default for Visibility {
    fn default() -> Self {
        Self::Public
    }
}

/// An engagement in the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engagement {
    /// Stable identity: the entry's id on the list.
    pub id: Id,
    /// Whose engagement.
    pub vendor_id: Id,
    /// What the list says of it now.
    pub facts: EngagementFacts,
    /// Where it stands.
    pub status: EngagementStatus,
    /// First day the vendor may touch the data, where known.
    pub effective_from: Option<Date>,
    /// First day it may not any more.
    pub effective_to: Option<Date>,
    /// Counts saves, for lost-update checks.
    pub revision: i64,
}
