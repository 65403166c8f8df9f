//! What the gate asks to have on record, put there the way the product does it.

use jiff::Span;
use subprocessors::actions::{self, By, record};
use subprocessors::domain::change::Item;
use subprocessors::domain::deadline::day_of;
use subprocessors::domain::engagement::{EngagementFacts, Transfer, TransferMechanism};
use subprocessors::domain::place::Region;
use subprocessors::domain::record::{
    AssessmentWish, ContractKind, ContractWish, EvidenceItem, Outcome, Risk, VettingKind, VettingResult,
    VettingWish,
};
use subprocessors::domain::vetting::VettingStatus;
use subprocessors::state::State;

/// A DPA that passes the obligations on, signed today.
pub fn contract(state: &State) -> ContractWish {
    ContractWish {
        kind: Some(ContractKind::Dpa),
        signed_on: Some(day_of(state.clock.now(), &state.settings.zone())),
        flow_down: true,
        ..ContractWish::default()
    }
}

/// An approval of today with one piece of evidence, valid for ten years.
pub fn vetting(state: &State) -> VettingWish {
    let today = day_of(state.clock.now(), &state.settings.zone());
    VettingWish {
        kind: Some(VettingKind::Initial),
        risk: Some(Risk::Low),
        result: Some(VettingResult::Approved),
        evidence: vec![EvidenceItem { item: "SOC 2 report".into(), ..EvidenceItem::default() }],
        decided_on: Some(today),
        valid_until: Some(today.saturating_add(Span::new().years(10))),
        ..VettingWish::default()
    }
}

/// A TIA of today for standard clauses between the EU and the United States, good for a year.
pub fn assessment(state: &State) -> AssessmentWish {
    let today = day_of(state.clock.now(), &state.settings.zone());
    AssessmentWish {
        jurisdiction: "EU".into(),
        destination: "US".parse().ok(),
        mechanism: Some(TransferMechanism::Scc),
        outcome: Some(Outcome::WithMeasures),
        summary: "Encrypted with keys that stay in the EU".into(),
        assessed_on: Some(today),
        review_by: Some(today.saturating_add(Span::new().years(1))),
    }
}

/// A contract for each of these lines, a vetting where the line says it is approved, a TIA for
/// each transfer that asks for one. `by` may approve.
pub async fn put_on_record(
    state: &State,
    by: &By,
    items: impl Iterator<Item = &subprocessors::domain::change::Item>,
) -> Result<(), actions::Error> {
    for entry in items.filter_map(Item::entry) {
        record::record_contract(state, by, entry.vendor_id, contract(state)).await?;
        let result = match entry.engagement.vetting.status {
            VettingStatus::Conditional => Some(VettingResult::Conditional),
            status if status.is_approval() => Some(VettingResult::Approved),
            _ => None,
        };
        if result.is_some() {
            let wish = VettingWish { result, conditions: "None open".into(), ..vetting(state) };
            record::record_vetting(state, by, entry.id, wish).await?;
        }
        for transfer in &entry.engagement.transfers {
            let wish = AssessmentWish {
                jurisdiction: transfer.jurisdiction.clone(),
                destination: Some(transfer.destination),
                mechanism: Some(transfer.mechanism),
                ..assessment(state)
            };
            record::record_assessment(state, by, entry.id, wish).await?;
        }
    }
    Ok(())
}

/// A tool that takes no TIA for each country outside the EEA where data is.
pub fn with_transfers(mut engagement: EngagementFacts) -> EngagementFacts {
    let mut abroad: Vec<_> = engagement.locations.iter().filter_map(|l| l.country).collect();
    abroad.retain(|c| !Region::Eea.holds(*c) && !engagement.transfers.iter().any(|t| t.destination == *c));
    abroad.sort_unstable();
    abroad.dedup();
    engagement.transfers.extend(abroad.into_iter().map(|destination| Transfer {
        jurisdiction: "EU".into(),
        destination,
        mechanism: if destination.code() == "US" {
            TransferMechanism::Dpf
        } else {
            TransferMechanism::Adequacy
        },
        checked_on: None,
        review_by: None,
    }));
    engagement
}
