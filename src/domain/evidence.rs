//! The part of the gate that looks at records (invariant 4): no announcement, and nothing comes
//! into force, without an approved vetting, a flow-down contract and complete transfers; and a
//! BAA where health data meets a Client who needs one.

use jiff::civil::Date;

use super::block::{Block, Missing};
use super::case::meets;
use super::country::Country;
use super::diff::long_date;
use super::engagement::{EngagementFacts, Group, TransferMechanism};
use super::entry::Entry;
use super::place::Region;
use super::record::{ContractKind, Outcome, RecordKind, TransferAssessment, VendorContract, VettingRecord};

/// What is on record for the lines of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Contracts with the vendors concerned.
    pub contracts: Vec<VendorContract>,
    /// Vettings of the engagements concerned.
    pub vettings: Vec<VettingRecord>,
    /// TIAs of the engagements concerned.
    pub assessments: Vec<TransferAssessment>,
    /// Clients with health data and an agreement in force; asked for only where a line may
    /// touch such data.
    pub health_clients: Vec<HealthClient>,
}

/// What of a Client with health data decides whether a line concerns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthClient {
    /// Products it uses; empty means unknown, and then every product.
    pub products: Vec<String>,
    /// Regions it is in; empty means unknown, and then every region.
    pub regions: Vec<String>,
}

/// Whether the data named by an engagement is, or may be, health data (GDPR Art. 4(15); PHI under
/// 45 CFR 160.103). Lists name their data in words, so this reads words, and rather too many.
#[must_use]
pub fn touches_health(engagement: &EngagementFacts) -> bool {
    const PARTS: [&str; 7] = ["health", "medical", "patient", "clinical", "diagnos", "gesundheit", "santé"];
    let named = engagement.special_categories.iter().chain(&engagement.data_categories);
    named.map(|words| words.to_lowercase()).any(|words| {
        PARTS.iter().any(|part| words.contains(part))
            || words.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "phi" | "ephi"))
    })
}

/// What `entry` lacks on record to be announced on `today` and in force from `first_day`.
#[must_use]
pub fn lacks(entry: &Entry, first_day: Date, today: Date, evidence: &Evidence) -> Vec<Block> {
    let mut found = Vec::new();
    let mut add = |record: Option<RecordKind>, reason: String| {
        let record = record.map(|kind| Missing { kind, entry_id: entry.id });
        found.push(Block { entry: entry.vendor.name.clone(), reason, record });
    };
    unvetted(entry, first_day, evidence, &mut add);
    if !contract_holds(entry, first_day, evidence, has_flow_down) {
        add(
            Some(RecordKind::Contract),
            format!(
                "No signed contract passes our Clients' obligations on and is in force on {} (GDPR Art. 28(4)). Record the DPA{} with “flow-down”.",
                long_date(first_day),
                if is_affiliate(entry) { " or the agreement within the group" } else { "" }
            ),
        );
    }
    transfers(entry, first_day, today, evidence, &mut add);
    if touches_health(&entry.engagement)
        && concerns_health_client(entry, evidence)
        && !contract_holds(entry, first_day, evidence, |_, kind, _| kind == ContractKind::Baa)
    {
        add(
            Some(RecordKind::Contract),
            format!(
                "It touches health data, and a Client whose health data we hold is affected, but no BAA is in force on {} (45 CFR 164.502(e)). Record the BAA.",
                long_date(first_day)
            ),
        );
    }
    found
}

type Add<'a> = dyn FnMut(Option<RecordKind>, String) + 'a;

/// Approved by what the list says, and by a record that says the same (Art. 28(1)).
fn unvetted(entry: &Entry, first_day: Date, evidence: &Evidence, add: &mut Add<'_>) {
    let vetting = &entry.engagement.vetting;
    if !vetting.status.is_approval() {
        add(
            None,
            format!(
                "Vetting is “{}”. Record an approved vetting before the announcement (GDPR Art. 28(1)).",
                vetting.status.label()
            ),
        );
    } else if !vetting.holds_on(first_day) {
        add(
            None,
            format!(
                "The vetting approval has no review date, or not one on or after {}. Review again and set a later date.",
                long_date(first_day)
            ),
        );
    }
    let of_entry = evidence.vettings.iter().filter(|v| v.engagement_id == entry.id);
    let Some(last) = of_entry.max_by_key(|v| (v.facts.decided_on, v.created_at, v.id)) else {
        return add(
            Some(RecordKind::Vetting),
            "No vetting result is on record (GDPR Art. 28(1)). Record it, with its evidence and who approved it.".to_owned(),
        );
    };
    let (result, decided) = (last.facts.result, long_date(last.facts.decided_on));
    if !result.is_approval() {
        add(
            Some(RecordKind::Vetting),
            format!(
                "The vetting of {decided} ended as “{}”. Only a later approval on record mends that.",
                result.label()
            ),
        );
    } else if last.facts.valid_until < first_day {
        add(
            Some(RecordKind::Vetting),
            format!(
                "The vetting of {decided} is valid to {}, which is before {}. Vet again and record the result.",
                long_date(last.facts.valid_until),
                long_date(first_day)
            ),
        );
    } else if vetting.status.is_approval() && !result.bears_out(vetting.status) {
        add(
            None,
            format!(
                "The entry says “{}”, but the vetting of {decided} ended as “{}”. Set the vetting status of the entry to that.",
                vetting.status.label(),
                result.label()
            ),
        );
    }
}

fn is_affiliate(entry: &Entry) -> bool {
    entry.vendor.affiliate || entry.engagement.group == Group::Affiliate
}

fn has_flow_down(entry: &Entry, kind: ContractKind, flow_down: bool) -> bool {
    flow_down && (kind == ContractKind::Dpa || (kind == ContractKind::IntraGroup && is_affiliate(entry)))
}

fn contract_holds(
    entry: &Entry,
    day: Date,
    evidence: &Evidence,
    fits: impl Fn(&Entry, ContractKind, bool) -> bool,
) -> bool {
    evidence.contracts.iter().any(|c| {
        c.vendor_id == entry.vendor_id
            && fits(entry, c.facts.kind, c.facts.flow_down)
            && c.facts.binds_on(day)
    })
}

fn concerns_health_client(entry: &Entry, evidence: &Evidence) -> bool {
    let facts = &entry.engagement;
    evidence
        .health_clients
        .iter()
        .any(|client| meets(&facts.products, &client.products) && meets(&facts.regions, &client.regions))
}

/// A tool for each country outside the EEA where data is (Art. 44–49), and a TIA for each tool
/// that the law does not vouch for (Art. 46; EDPB Recommendations 01/2020).
fn transfers(entry: &Entry, first_day: Date, today: Date, evidence: &Evidence, add: &mut Add<'_>) {
    let facts = &entry.engagement;
    for country in third_countries(facts) {
        if !facts.transfers.iter().any(|t| is_of_union(&t.jurisdiction) && t.destination == country) {
            add(
                None,
                format!(
                    "Data is in {}, outside the EEA, and the entry names no tool for that transfer (GDPR Art. 44–49). Add it under “Transfers to third countries”, with EU as the law.",
                    country.name()
                ),
            );
        }
    }
    for transfer in &facts.transfers {
        let (to, tool) = (transfer.destination.name(), transfer.mechanism.label());
        if transfer.mechanism == TransferMechanism::Dpf && transfer.destination.code() != "US" {
            add(
                None,
                format!(
                    "The Data Privacy Framework covers the United States only, not {to}. Choose another tool."
                ),
            );
        }
        if !needs_assessment(transfer.mechanism) {
            continue;
        }
        let lacking =
            |what: String| format!("The transfer to {to} under “{tool}” ({}) {what}", transfer.jurisdiction);
        let same_law = |a: &str| a.trim().eq_ignore_ascii_case(transfer.jurisdiction.trim());
        let last = evidence
            .assessments
            .iter()
            .filter(|a| a.engagement_id == entry.id && a.facts.assessed_on <= today)
            .filter(|a| {
                a.facts.destination == transfer.destination && a.facts.mechanism == transfer.mechanism
            })
            .filter(|a| same_law(&a.facts.jurisdiction))
            .max_by_key(|a| (a.facts.assessed_on, a.created_at, a.id));
        let problem = match last {
            None => lacking("has no transfer impact assessment (TIA) on record. Record it.".to_owned()),
            Some(tia) if tia.facts.outcome == Outcome::Inadequate => lacking(format!(
                "was found inadequate on {}. Take measures and record a new TIA, or drop the destination.",
                long_date(tia.facts.assessed_on)
            )),
            Some(tia) if tia.facts.review_by < first_day => lacking(format!(
                "has a TIA to be reviewed by {}, which is before {}. Assess it again and record the result.",
                long_date(tia.facts.review_by),
                long_date(first_day)
            )),
            Some(_) => continue,
        };
        add(Some(RecordKind::Assessment), problem);
    }
}

fn third_countries(facts: &EngagementFacts) -> Vec<Country> {
    let mut countries: Vec<Country> = facts.locations.iter().filter_map(|l| l.country).collect();
    countries.retain(|country| !Region::Eea.holds(*country));
    countries.sort_unstable();
    countries.dedup();
    countries
}

fn is_of_union(jurisdiction: &str) -> bool {
    matches!(jurisdiction.trim().to_uppercase().as_str(), "EU" | "EEA" | "EU/EEA")
}

fn needs_assessment(mechanism: TransferMechanism) -> bool {
    match mechanism {
        TransferMechanism::Scc | TransferMechanism::Idta | TransferMechanism::Bcr => true,
        TransferMechanism::Adequacy | TransferMechanism::Dpf | TransferMechanism::Derogation => false,
    }
}
