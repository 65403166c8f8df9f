//! The list as it is published: one immutable document per version, the same facts for the
//! page, `/list.json`, feeds and proof. Built from the register, never from itself.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::change::Operation;
use super::country::Country;
use super::engagement::{EngagementStatus, Group, Purpose, TransferMechanism, Visibility};
use super::entry::{Entry, ListedEntry};
use super::id::Id;
use super::period::{Counting, Period};
use super::place::Location;
use super::vendor::Alias;
use super::vetting::VettingStatus;

/// Where the JSON Schema of the document is published, below the public address.
pub const SCHEMA_PATH: &str = "/schemas/list-1.json";

/// A version of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListDocument {
    /// Path of the schema.
    #[serde(rename = "$schema")]
    pub schema: String,
    /// Number of the version; the baseline is 1.
    pub version: i64,
    /// When it was published.
    pub published_at: Timestamp,
    /// Whose list.
    pub company: Company,
    /// Days of notice under the standard DPA.
    pub notice_period_days: u16,
    /// Which days these are; absent means every day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_period_counting: Option<Counting>,
    /// Statements about the whole list.
    pub statements: Vec<String>,
    /// Announced changes of those statements that are not in force yet.
    #[serde(default)]
    pub pending_statements: Vec<PendingStatements>,
    /// The lines, by vendor name.
    pub entries: Vec<DocumentEntry>,
    /// In an answer about a day: the day. A published version has no such member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force_on: Option<Date>,
    /// In an answer about a day: what had been published by the end of this day was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_by: Option<Date>,
}

/// The processor that publishes the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    /// Its name.
    pub name: String,
    /// Where to write about privacy; a mailbox of the company, not of a person.
    pub privacy_contact: String,
}

/// A line as published. Top-level members are what is in force now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentEntry {
    /// Stable id; survives renames.
    pub id: Id,
    /// Place of the vendor's page.
    pub slug: String,
    /// The vendor.
    pub vendor: DocumentVendor,
    /// What for.
    pub purposes: Vec<Purpose>,
    /// Kinds of personal data.
    pub data_categories: Vec<String>,
    /// Special categories (GDPR Art. 9).
    pub special_categories: Vec<String>,
    /// Whose data.
    pub data_subjects: Vec<String>,
    /// Where.
    pub locations: Vec<Location>,
    /// Transfers and their tools.
    pub transfers: Vec<DocumentTransfer>,
    /// Products; empty means every product.
    pub products: Vec<String>,
    /// Used only if a Client turns a feature on.
    pub optional: bool,
    /// The feature, for optional ones.
    pub feature: Option<String>,
    /// Core, optional or affiliate.
    pub group: Group,
    /// announced, active, retiring or retired.
    pub status: String,
    /// First day in use.
    pub effective_from: Option<Date>,
    /// First day no longer in use.
    pub effective_to: Option<Date>,
    /// Vetting status and day of the last review.
    pub vetting: DocumentVetting,
    /// The entry this one replaces.
    pub replaces: Option<Id>,
    /// How long data is kept.
    pub retention: Option<String>,
    /// Safeguards.
    pub safeguards: Option<String>,
    /// Announced modifications that are not in force yet.
    pub pending: Vec<Pending>,
    /// Who may see the entry; only in the full document, and only where not everybody may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
}

/// The vendor of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentVendor {
    /// Name.
    pub name: String,
    /// Name in the register of companies.
    pub legal_name: Option<String>,
    /// Other names.
    pub aliases: Vec<Alias>,
    /// Postal address.
    pub address: Option<String>,
    /// Seat.
    pub seat: Option<Country>,
    /// Site.
    pub website: Option<String>,
    /// Privacy notice.
    pub privacy_url: Option<String>,
    /// Parent company.
    pub parent: Option<String>,
    /// Of the processor's own group.
    pub affiliate: bool,
}

/// A transfer as published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentTransfer {
    /// Whose law asks for a tool.
    pub jurisdiction: String,
    /// Where the data goes.
    pub destination: Country,
    /// The tool.
    pub mechanism: TransferMechanism,
}

/// The vetting as published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentVetting {
    /// Status.
    pub status: VettingStatus,
    /// Day of the last review.
    pub reviewed_on: Option<Date>,
}

/// An announced modification of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Number of the notice.
    pub notice: String,
    /// What will happen.
    pub operation: Operation,
    /// From which day.
    pub effective_from: Option<Date>,
    /// The members that will differ, as they will be.
    pub after: Map<String, Value>,
}

/// An announced change of the statements about the whole list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingStatements {
    /// Number of the notice.
    pub notice: String,
    /// From which day.
    pub effective_from: Option<Date>,
    /// The statements, all of them, as they will be.
    pub after: Vec<String>,
}

/// A pending modification and the line it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingFor {
    /// The line.
    pub entry_id: Id,
    /// The modification.
    pub pending: Pending,
    /// Who reads it; `None`: everybody.
    pub only: Option<Readers>,
}

/// Everything a document is built from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Number of the version.
    pub version: i64,
    /// When it is published.
    pub published_at: Timestamp,
    /// Whose list.
    pub company: Company,
    /// Notice under the standard DPA.
    pub notice_period: Period,
    /// Statements about the whole list.
    pub statements: Vec<String>,
    /// Lines on the list, hidden ones among them.
    pub entries: Vec<ListedEntry>,
    /// Announced modifications.
    pub pending: Vec<PendingFor>,
    /// Announced changes of the statements.
    pub pending_statements: Vec<PendingStatements>,
}

/// Which readers a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Everybody: hidden lines leave no trace.
    Everybody,
    /// Staff and auditors: every line.
    Staff,
}

impl ListDocument {
    /// Notice under the standard DPA.
    #[must_use]
    pub fn notice_period(&self) -> Period {
        let counting = self.notice_period_counting.unwrap_or(Counting::Calendar);
        Period { days: self.notice_period_days, counting }
    }
}

/// Builds the document for `readers`. Lines are ordered by name, then id, so that equal
/// registers give equal bytes.
#[must_use]
pub fn build(source: &Source, readers: Readers) -> ListDocument {
    let visible = |entry: &Entry| readers == Readers::Staff || entry.is_public();
    let shown: Vec<&ListedEntry> = source.entries.iter().filter(|l| visible(&l.entry)).collect();
    let mut entries: Vec<DocumentEntry> = shown
        .iter()
        .map(|listed| {
            let mut line = document_entry(&listed.entry, listed.status);
            line.effective_to = listed.effective_to;
            // The predecessor may be hidden from these readers, and then its id is a trace.
            line.replaces = line.replaces.filter(|id| shown.iter().any(|l| l.entry.id == *id));
            line.pending = source
                .pending
                .iter()
                .filter(|p| p.entry_id == line.id && p.only.is_none_or(|only| only == readers))
                .map(|p| p.pending.clone())
                .collect();
            if readers == Readers::Staff && !listed.entry.is_public() {
                line.visibility = Some(listed.entry.engagement.visibility);
            }
            line
        })
        .collect();
    entries.sort_by_cached_key(|e| (e.vendor.name.to_lowercase(), e.id));
    ListDocument {
        schema: SCHEMA_PATH.to_owned(),
        version: source.version,
        published_at: source.published_at,
        company: source.company.clone(),
        notice_period_days: source.notice_period.days,
        notice_period_counting: Some(source.notice_period.counting).filter(|c| *c != Counting::Calendar),
        statements: source.statements.clone(),
        pending_statements: source.pending_statements.clone(),
        entries,
        in_force_on: None,
        known_by: None,
    }
}

/// One line as published, with the public word of its status.
#[must_use]
pub fn document_entry(entry: &Entry, status: EngagementStatus) -> DocumentEntry {
    let (vendor, facts) = (&entry.vendor, &entry.engagement);
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    DocumentEntry {
        id: entry.id,
        slug: entry.slug.clone(),
        vendor: DocumentVendor {
            name: vendor.name.clone(),
            legal_name: some(&vendor.legal_name),
            aliases: vendor.aliases.clone(),
            address: some(&vendor.address),
            seat: vendor.seat,
            website: some(&vendor.website),
            privacy_url: some(&vendor.privacy_url),
            parent: some(&vendor.parent),
            affiliate: vendor.affiliate,
        },
        purposes: facts.purposes.clone(),
        data_categories: facts.data_categories.clone(),
        special_categories: facts.special_categories.clone(),
        data_subjects: facts.data_subjects.clone(),
        locations: facts.locations.clone(),
        transfers: facts
            .transfers
            .iter()
            .map(|t| DocumentTransfer {
                jurisdiction: t.jurisdiction.clone(),
                destination: t.destination,
                mechanism: t.mechanism,
            })
            .collect(),
        products: facts.products.clone(),
        optional: facts.group == Group::Optional,
        feature: some(&facts.feature),
        group: facts.group,
        status: public_status(status).to_owned(),
        effective_from: entry.effective_from,
        effective_to: None,
        vetting: DocumentVetting { status: facts.vetting.status, reviewed_on: facts.vetting.reviewed_on },
        replaces: facts.replaces,
        retention: some(&facts.retention),
        safeguards: some(&facts.safeguards),
        pending: Vec::new(),
        visibility: None,
    }
}

impl DocumentEntry {
    /// The line with some members replaced, as [`Pending::after`] holds them; `None` if they make
    /// no line.
    #[must_use]
    pub fn with(&self, members: &Map<String, Value>) -> Option<DocumentEntry> {
        let Value::Object(mut all) = serde_json::to_value(self).ok()? else { return None };
        all.extend(members.iter().map(|(name, value)| (name.clone(), value.clone())));
        serde_json::from_value(Value::Object(all)).ok()
    }
}

/// The four words the public knows: a cleared line is not used yet, a suspended one still listed.
fn public_status(status: EngagementStatus) -> &'static str {
    match status {
        EngagementStatus::Active | EngagementStatus::Suspended => "active",
        EngagementStatus::Retiring => "retiring",
        EngagementStatus::Retired => "retired",
        _ => "announced",
    }
}

/// The members that differ between two published lines, as they were and as they will be.
/// Status, dates and pending notes are left out: they follow from the change itself.
#[must_use]
pub fn changed_members(before: &Entry, after: &Entry) -> (Map<String, Value>, Map<String, Value>) {
    let members = |entry: &Entry| match serde_json::to_value(document_entry(entry, EngagementStatus::Active))
    {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let (was, now) = (members(before), members(after));
    let differs = |key: &String| {
        !matches!(key.as_str(), "status" | "effective_from" | "effective_to" | "pending")
            && was.get(key) != now.get(key)
    };
    let pick = |map: &Map<String, Value>| {
        map.iter().filter(|(k, _)| differs(k)).map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    (pick(&was), pick(&now))
}

/// A published version with its stored bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListVersion {
    /// Number.
    pub number: i64,
    /// When it was published.
    pub published_at: Timestamp,
    /// The public document: RFC 8785 bytes.
    pub public: super::canonical::Document,
}

crate::words! {
    /// Why a list version came to be.
    Cause {
        /// The first version.
        Baseline = "baseline",
        /// A notice was published.
        Announced = "announced",
        /// An announced change took effect.
        Effective = "effective",
        /// The effective date of an announced change was moved.
        Updated = "updated",
        /// An announced change was taken back.
        Withdrawn = "withdrawn",
        /// A change that needs no notice.
        Editorial = "editorial",
        /// A vetting status moved with time.
        Vetting = "vetting",
        /// The standard DPA promises another notice period.
        Terms = "terms",
    }
}
