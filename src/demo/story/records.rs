//! What the gate asks to have on record, for the lines of the demo's changes.

use jiff::ToSpan;
use jiff::civil::Date;

use super::super::Error;
use crate::actions::{self, By};
use crate::domain::change::{Change, Item};
use crate::domain::record::{
    AssessmentWish, ContractKind, ContractWish, EvidenceItem, Outcome, Risk, VettingKind, VettingResult,
    VettingWish,
};
use crate::state::State;

/// Contract, vetting and TIAs of each line of `change`, written down by somebody who may approve.
pub(super) async fn put(state: &State, by: &By, today: Date, change: &Change) -> Result<(), Error> {
    for entry in change.items.iter().filter_map(Item::entry) {
        let signed = today.saturating_sub(30.days());
        let contract = ContractWish {
            kind: Some(ContractKind::Dpa),
            signed_on: Some(signed),
            flow_down: true,
            note: "Signed copy: contracts folder, number 2041".to_owned(),
            ..ContractWish::default()
        };
        actions::record::record_contract(state, by, entry.vendor_id, contract).await?;
        let reviewed = entry.engagement.vetting.reviewed_on.unwrap_or(today);
        let piece = |item: &str, reference: &str, expires_on| EvidenceItem {
            item: item.to_owned(),
            reference: reference.to_owned(),
            expires_on,
        };
        let vetting = VettingWish {
            kind: Some(VettingKind::Initial),
            risk: Some(Risk::Medium),
            result: Some(VettingResult::Approved),
            conditions: String::new(),
            evidence: vec![
                piece(
                    "ISO 27001 certificate",
                    "certificate IS 123456",
                    Some(today.saturating_add(250.days())),
                ),
                piece("Security questionnaire", "answered by the vendor, version 3", None),
            ],
            decided_on: Some(reviewed),
            valid_until: Some(reviewed.saturating_add(1.year())),
            approver: None,
        };
        actions::record::record_vetting(state, by, entry.id, vetting).await?;
        for transfer in &entry.engagement.transfers {
            let tia = AssessmentWish {
                jurisdiction: transfer.jurisdiction.clone(),
                destination: Some(transfer.destination),
                mechanism: Some(transfer.mechanism),
                outcome: Some(Outcome::WithMeasures),
                summary: "Encrypted in transit and at rest; the keys stay with us.".to_owned(),
                assessed_on: Some(signed),
                review_by: Some(signed.saturating_add(1.year())),
            };
            actions::record::record_assessment(state, by, entry.id, tia).await?;
        }
    }
    Ok(())
}
