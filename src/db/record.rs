//! Contracts with vendors, vettings that ended, transfer impact assessments; and the lines they
//! are about, on the list or still in a draft.

use diesel::prelude::*;

use super::change::ItemRow;
use super::schema::{change, change_item, transfer_assessment, vendor_contract, vetting_record};
use super::stored::{day, from_json, parse, parse_maybe, put, time, to_json};
use super::{Conn, Error, register};
use crate::domain::change::{ChangeState, Item};
use crate::domain::entry::Entry;
use crate::domain::id::Id;
use crate::domain::record::{
    AssessmentFacts, ContractFacts, TransferAssessment, VendorContract, VettingFacts, VettingRecord,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = vendor_contract, treat_none_as_null = true)]
struct ContractRow {
    id: String,
    vendor_id: String,
    kind: String,
    signed_on: String,
    effective_on: String,
    ends_on: Option<String>,
    flow_down: bool,
    file_sha256: String,
    note: String,
    created_at: i64,
    revision: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = vetting_record)]
struct VettingRow {
    id: String,
    engagement_id: String,
    kind: String,
    risk: String,
    result: String,
    conditions: String,
    evidence: String,
    decided_on: String,
    valid_until: String,
    approver: String,
    created_at: i64,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = transfer_assessment)]
struct AssessmentRow {
    id: String,
    engagement_id: String,
    jurisdiction: String,
    destination: String,
    mechanism: String,
    outcome: String,
    summary: String,
    assessed_on: String,
    review_by: String,
    created_at: i64,
    revision: i64,
}

impl ContractRow {
    fn contract(self) -> Result<VendorContract, Error> {
        Ok(VendorContract {
            id: parse(&self.id)?,
            vendor_id: parse(&self.vendor_id)?,
            facts: ContractFacts {
                kind: parse(&self.kind)?,
                signed_on: parse(&self.signed_on)?,
                effective_on: parse(&self.effective_on)?,
                ends_on: parse_maybe(self.ends_on.as_deref())?,
                flow_down: self.flow_down,
                file_sha256: self.file_sha256,
                note: self.note,
            },
            created_at: time(self.created_at)?,
            revision: self.revision,
        })
    }
}

impl VettingRow {
    fn vetting(self) -> Result<VettingRecord, Error> {
        Ok(VettingRecord {
            id: parse(&self.id)?,
            engagement_id: parse(&self.engagement_id)?,
            facts: VettingFacts {
                kind: parse(&self.kind)?,
                risk: parse(&self.risk)?,
                result: parse(&self.result)?,
                conditions: self.conditions,
                evidence: from_json(&self.evidence)?,
                decided_on: parse(&self.decided_on)?,
                valid_until: parse(&self.valid_until)?,
            },
            approver: parse(&self.approver)?,
            created_at: time(self.created_at)?,
        })
    }
}

impl AssessmentRow {
    fn assessment(self) -> Result<TransferAssessment, Error> {
        Ok(TransferAssessment {
            id: parse(&self.id)?,
            engagement_id: parse(&self.engagement_id)?,
            facts: AssessmentFacts {
                jurisdiction: self.jurisdiction,
                destination: parse(&self.destination)?,
                mechanism: parse(&self.mechanism)?,
                outcome: parse(&self.outcome)?,
                summary: self.summary,
                assessed_on: parse(&self.assessed_on)?,
                review_by: parse(&self.review_by)?,
            },
            created_at: time(self.created_at)?,
            revision: self.revision,
        })
    }
}

fn words(ids: &[Id]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// Contracts with any of `vendors`, the latest to begin first.
///
/// # Errors
/// The database failed.
pub fn contracts(conn: &mut Conn, vendors: &[Id]) -> Result<Vec<VendorContract>, Error> {
    let rows: Vec<ContractRow> = vendor_contract::table
        .filter(vendor_contract::vendor_id.eq_any(words(vendors)))
        .order((vendor_contract::effective_on.desc(), vendor_contract::id.desc()))
        .select(ContractRow::as_select())
        .load(conn)?;
    rows.into_iter().map(ContractRow::contract).collect()
}

/// Vettings of any of `engagements`, the latest decision first.
///
/// # Errors
/// The database failed.
pub fn vettings(conn: &mut Conn, engagements: &[Id]) -> Result<Vec<VettingRecord>, Error> {
    let rows: Vec<VettingRow> = vetting_record::table
        .filter(vetting_record::engagement_id.eq_any(words(engagements)))
        .order((
            vetting_record::decided_on.desc(),
            vetting_record::created_at.desc(),
            vetting_record::id.desc(),
        ))
        .select(VettingRow::as_select())
        .load(conn)?;
    rows.into_iter().map(VettingRow::vetting).collect()
}

/// TIAs of any of `engagements`, the latest first.
///
/// # Errors
/// The database failed.
pub fn assessments(conn: &mut Conn, engagements: &[Id]) -> Result<Vec<TransferAssessment>, Error> {
    let rows: Vec<AssessmentRow> = transfer_assessment::table
        .filter(transfer_assessment::engagement_id.eq_any(words(engagements)))
        .order((transfer_assessment::assessed_on.desc(), transfer_assessment::id.desc()))
        .select(AssessmentRow::as_select())
        .load(conn)?;
    rows.into_iter().map(AssessmentRow::assessment).collect()
}

/// One contract.
///
/// # Errors
/// The database failed.
pub fn contract(conn: &mut Conn, id: Id) -> Result<Option<VendorContract>, Error> {
    let row = vendor_contract::table
        .find(id.to_string())
        .select(ContractRow::as_select())
        .first(conn)
        .optional()?;
    row.map(ContractRow::contract).transpose()
}

/// One TIA.
///
/// # Errors
/// The database failed.
pub fn assessment(conn: &mut Conn, id: Id) -> Result<Option<TransferAssessment>, Error> {
    let row = transfer_assessment::table
        .find(id.to_string())
        .select(AssessmentRow::as_select())
        .first(conn)
        .optional()?;
    row.map(AssessmentRow::assessment).transpose()
}

/// Stores a contract, new or known. The caller has set its revision.
///
/// # Errors
/// The database failed.
pub fn save_contract(conn: &mut Conn, contract: &VendorContract) -> Result<(), Error> {
    let facts = &contract.facts;
    let row = ContractRow {
        id: contract.id.to_string(),
        vendor_id: contract.vendor_id.to_string(),
        kind: facts.kind.to_string(),
        signed_on: facts.signed_on.to_string(),
        effective_on: facts.effective_on.to_string(),
        ends_on: day(facts.ends_on),
        flow_down: facts.flow_down,
        file_sha256: facts.file_sha256.clone(),
        note: facts.note.clone(),
        created_at: contract.created_at.as_microsecond(),
        revision: contract.revision,
    };
    put!(conn, vendor_contract, row);
    Ok(())
}

/// Stores a vetting. There is no way to change one.
///
/// # Errors
/// The database failed.
pub fn insert_vetting(conn: &mut Conn, vetting: &VettingRecord) -> Result<(), Error> {
    let facts = &vetting.facts;
    let row = VettingRow {
        id: vetting.id.to_string(),
        engagement_id: vetting.engagement_id.to_string(),
        kind: facts.kind.to_string(),
        risk: facts.risk.to_string(),
        result: facts.result.to_string(),
        conditions: facts.conditions.clone(),
        evidence: to_json(&facts.evidence)?,
        decided_on: facts.decided_on.to_string(),
        valid_until: facts.valid_until.to_string(),
        approver: vetting.approver.to_string(),
        created_at: vetting.created_at.as_microsecond(),
    };
    diesel::insert_into(vetting_record::table).values(&row).execute(conn)?;
    Ok(())
}

/// Stores a TIA, new or known. The caller has set its revision.
///
/// # Errors
/// The database failed.
pub fn save_assessment(conn: &mut Conn, assessment: &TransferAssessment) -> Result<(), Error> {
    let facts = &assessment.facts;
    let row = AssessmentRow {
        id: assessment.id.to_string(),
        engagement_id: assessment.engagement_id.to_string(),
        jurisdiction: facts.jurisdiction.clone(),
        destination: facts.destination.to_string(),
        mechanism: facts.mechanism.to_string(),
        outcome: facts.outcome.to_string(),
        summary: facts.summary.clone(),
        assessed_on: facts.assessed_on.to_string(),
        review_by: facts.review_by.to_string(),
        created_at: assessment.created_at.as_microsecond(),
        revision: assessment.revision,
    };
    put!(conn, transfer_assessment, row);
    Ok(())
}

/// The line with this id: as the register has it, else as the latest change that adds it.
///
/// # Errors
/// The database failed.
pub fn line(conn: &mut Conn, id: Id) -> Result<Option<Entry>, Error> {
    if let Some(listed) = register::entry(conn, id)? {
        return Ok(Some(listed.entry));
    }
    let row: Option<ItemRow> = change_item::table
        .filter(change_item::entry_id.eq(id.to_string()))
        .order(change_item::id.desc())
        .select(ItemRow::as_select())
        .first(conn)
        .optional()?;
    let item = row.map(ItemRow::item).transpose()?;
    Ok(item.as_ref().and_then(Item::entry).cloned())
}

/// The open change that holds this line, if one does.
///
/// # Errors
/// The database failed.
pub fn draft_of(conn: &mut Conn, entry_id: Id) -> Result<Option<Id>, Error> {
    let open: Vec<&str> =
        ChangeState::ALL.iter().filter(|state| state.is_open()).map(|state| state.as_str()).collect();
    let id: Option<String> = change_item::table
        .inner_join(change::table.on(change::id.eq(change_item::change_id)))
        .filter(change_item::entry_id.eq(entry_id.to_string()))
        .filter(change::state.eq_any(open))
        .order(change_item::id.desc())
        .select(change::id)
        .first(conn)
        .optional()?;
    parse_maybe(id.as_deref())
}

/// Whether the register or any change knows this vendor.
///
/// # Errors
/// The database failed.
pub fn knows_vendor(conn: &mut Conn, id: Id) -> Result<bool, Error> {
    if register::vendor(conn, id)?.is_some() {
        return Ok(true);
    }
    let found: i64 = change_item::table
        .filter(change_item::edit.like(format!("%\"vendor_id\":\"{id}\"%")))
        .count()
        .get_result(conn)?;
    Ok(found > 0)
}
