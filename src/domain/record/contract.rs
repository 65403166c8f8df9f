//! What was signed with a vendor.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Check;
use crate::domain::id::Id;
use crate::domain::text::{FieldError, TEXT_LIMIT, line, paragraph};

crate::words! {
    /// Kinds of contract with a vendor.
    ContractKind {
        /// Data processing agreement (GDPR Art. 28(3), 28(4)).
        Dpa = "dpa",
        /// Standard contractual clauses (Art. 46(2)(c)).
        Scc = "scc",
        /// UK International Data Transfer Agreement or Addendum.
        Idta = "idta",
        /// Business associate agreement (45 CFR 164.502(e), 164.308(b)).
        Baa = "baa",
        /// Agreement between companies of one group.
        IntraGroup = "intra_group",
    }
}

impl ContractKind {
    /// The words for people, in English.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Dpa => "Data processing agreement (DPA)",
            Self::Scc => "Standard contractual clauses",
            Self::Idta => "UK IDTA or Addendum",
            Self::Baa => "Business associate agreement (BAA)",
            Self::IntraGroup => "Agreement within the group",
        }
    }
}

/// A contract as somebody enters it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContractWish {
    /// Which.
    pub kind: Option<ContractKind>,
    /// Day of the last signature.
    pub signed_on: Option<Date>,
    /// First day it binds; the day it was signed where none is named.
    pub effective_on: Option<Date>,
    /// Last day it binds; none for one without an end.
    pub ends_on: Option<Date>,
    /// Whether it passes our Clients' data protection obligations on (Art. 28(4)).
    pub flow_down: bool,
    /// SHA-256 of the signed file, in hex; empty where unknown. The file itself is not kept.
    pub file_sha256: String,
    /// For staff, such as where the file lies.
    pub note: String,
}

/// A contract that is fit to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContractFacts {
    /// Which.
    pub kind: ContractKind,
    /// Day of the last signature.
    pub signed_on: Date,
    /// First day it binds.
    pub effective_on: Date,
    /// Last day it binds; none for one without an end.
    pub ends_on: Option<Date>,
    /// Whether it passes our Clients' data protection obligations on (Art. 28(4)).
    pub flow_down: bool,
    /// SHA-256 of the signed file, in lowercase hex; empty where unknown.
    pub file_sha256: String,
    /// For staff.
    pub note: String,
}

/// A contract on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VendorContract {
    /// Identity.
    pub id: Id,
    /// With whom.
    pub vendor_id: Id,
    /// What it says.
    #[serde(flatten)]
    pub facts: ContractFacts,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// Counts saves, for lost-update checks.
    pub revision: i64,
}

impl ContractWish {
    /// The contract, checked on `today`.
    ///
    /// # Errors
    /// Every field that is wrong, with how to mend it.
    pub fn tidy(self, today: Date) -> Result<ContractFacts, Vec<FieldError>> {
        let mut check = Check::default();
        check.need(self.kind.is_some(), "kind", "Choose what was signed.");
        let signed = check.past("signed_on", "Enter the day of the last signature.", self.signed_on, today);
        let effective = self.effective_on.or(signed);
        check.within_ten_years("effective_on", effective, Some(today));
        let ordered = self.ends_on.zip(effective).is_none_or(|(end, begin)| begin <= end);
        check.need(ordered, "ends_on", "Lies before the contract begins. Check both days.");
        if ordered {
            let from = effective.max(Some(today));
            check.within_ten_years("ends_on", self.ends_on, from);
        }
        let file_sha256 = check.keep(line("file_sha256", &self.file_sha256, 200)).to_ascii_lowercase();
        let is_hash = file_sha256.is_empty()
            || (file_sha256.len() == 64 && file_sha256.chars().all(|c| c.is_ascii_hexdigit()));
        check.need(
            is_hash,
            "file_sha256",
            "Is not a SHA-256: that has 64 digits from 0 to f. Copy it again, choose the file, or leave it empty.",
        );
        let note = check.keep(paragraph("note", &self.note, TEXT_LIMIT));
        match (self.kind, signed, effective) {
            (Some(kind), Some(signed_on), Some(effective_on)) if check.problems.is_empty() => {
                Ok(ContractFacts {
                    kind,
                    signed_on,
                    effective_on,
                    ends_on: self.ends_on,
                    flow_down: self.flow_down,
                    file_sha256,
                    note,
                })
            }
            _ => Err(check.problems),
        }
    }
}

impl ContractFacts {
    /// Whether it binds on `day`.
    #[must_use]
    pub fn binds_on(&self, day: Date) -> bool {
        self.signed_on <= day && self.effective_on <= day && self.ends_on.is_none_or(|end| day <= end)
    }
}
