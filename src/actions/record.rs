//! Writing down what was signed, how a vetting ended, what was found out about a transfer. The
//! gate asks for these records (invariant 4); nothing here changes the list. A line that is only
//! in a draft can have its records before the register knows it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::apply::today;
use super::{By, Error};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::id::Id;
use crate::domain::record::{
    AssessmentWish, ContractWish, TransferAssessment, VendorContract, VettingRecord, VettingWish,
};
use crate::domain::text::FieldError;
use crate::state::State;

/// Records a contract with a vendor, on the list or in a draft.
///
/// # Errors
/// Not allowed; there is no such vendor; a field is wrong.
pub async fn record_contract(
    state: &State,
    by: &By,
    vendor_id: Id,
    wish: ContractWish,
) -> Result<VendorContract, Error> {
    by.require(Permission::Write)?;
    let now = state.clock.now();
    let facts = wish.tidy(today(now, &state.settings)).map_err(Error::Invalid)?;
    let by = by.clone();
    state
        .db
        .write(move |conn| {
            if !db::record::knows_vendor(conn, vendor_id)? {
                return Err(Error::NotFound("vendor"));
            }
            let contract =
                VendorContract { id: Id::new(now), vendor_id, facts, created_at: now, revision: 1 };
            db::record::save_contract(conn, &contract)?;
            let detail = json!({ "contract": contract.id, "after": contract.facts });
            tell(conn, now, &by, "contract.recorded", vendor_id, detail)?;
            Ok(contract)
        })
        .await
}

/// Corrects a contract on record, or ends it. `revision` is the one the person saw.
///
/// # Errors
/// Not allowed; there is no such contract with this vendor; a field is wrong; somebody saved in
/// between.
pub async fn correct_contract(
    state: &State,
    by: &By,
    (vendor_id, id): (Id, Id),
    revision: i64,
    wish: ContractWish,
) -> Result<VendorContract, Error> {
    by.require(Permission::Write)?;
    let now = state.clock.now();
    let facts = wish.tidy(today(now, &state.settings)).map_err(Error::Invalid)?;
    let by = by.clone();
    state
        .db
        .write(move |conn| {
            let found = db::record::contract(conn, id)?.filter(|c| c.vendor_id == vendor_id);
            let mut contract = found.ok_or(Error::NotFound("contract"))?;
            seen(contract.revision, revision)?;
            let before = std::mem::replace(&mut contract.facts, facts);
            contract.revision += 1;
            db::record::save_contract(conn, &contract)?;
            let detail = json!({ "contract": id, "before": before, "after": contract.facts });
            tell(conn, now, &by, "contract.corrected", vendor_id, detail)?;
            Ok(contract)
        })
        .await
}

/// Records how a vetting ended. A later one takes its place; none is ever edited.
///
/// # Errors
/// Not allowed; there is no such engagement; a field is wrong, the approver among them: somebody
/// who may approve.
pub async fn record_vetting(
    state: &State,
    by: &By,
    engagement_id: Id,
    wish: VettingWish,
) -> Result<VettingRecord, Error> {
    by.require(Permission::Write)?;
    let (now, named) = (state.clock.now(), wish.approver);
    let checked = wish.tidy(today(now, &state.settings));
    let by = by.clone();
    state
        .db
        .write(move |conn| {
            if db::record::line(conn, engagement_id)?.is_none() {
                return Err(Error::NotFound("engagement"));
            }
            let (facts, approver) = match (checked, approver(conn, &by, named)?) {
                (Ok(facts), Ok(approver)) => (facts, approver),
                (facts, approver) => {
                    let mut problems = facts.err().unwrap_or_default();
                    problems.extend(approver.err());
                    return Err(Error::Invalid(problems));
                }
            };
            let vetting = VettingRecord { id: Id::new(now), engagement_id, facts, approver, created_at: now };
            db::record::insert_vetting(conn, &vetting)?;
            let detail = json!({
                "vetting": vetting.id, "approver": approver, "after": vetting.facts,
            });
            tell(conn, now, &by, "vetting.recorded", engagement_id, detail)?;
            Ok(vetting)
        })
        .await
}

/// Who decided: the person named, who may approve; else whoever records it, if they may.
fn approver(conn: &mut Conn, by: &By, named: Option<Id>) -> Result<Result<Id, FieldError>, Error> {
    let may = by.permissions.contains(&Permission::Approve);
    let wanted = match named {
        Some(id) if id != by.staff || !may => id,
        _ if may => return Ok(Ok(by.staff)),
        _ => {
            return Ok(Err(FieldError::new(
                "approver",
                "Name who decided: somebody with the role approver.",
            )));
        }
    };
    let found = db::staff::get(conn, wanted)?;
    Ok(match found.filter(|staff| staff.is_enabled() && staff.role.may(Permission::Approve)) {
        Some(staff) => Ok(staff.id),
        None => Err(FieldError::new(
            "approver",
            "Is nobody who may approve here. Name somebody with the role approver or admin.",
        )),
    })
}

/// Records a transfer impact assessment.
///
/// # Errors
/// Not allowed; there is no such engagement; a field is wrong.
pub async fn record_assessment(
    state: &State,
    by: &By,
    engagement_id: Id,
    wish: AssessmentWish,
) -> Result<TransferAssessment, Error> {
    by.require(Permission::Write)?;
    let now = state.clock.now();
    let facts = wish.tidy(today(now, &state.settings)).map_err(Error::Invalid)?;
    let by = by.clone();
    state
        .db
        .write(move |conn| {
            if db::record::line(conn, engagement_id)?.is_none() {
                return Err(Error::NotFound("engagement"));
            }
            let tia =
                TransferAssessment { id: Id::new(now), engagement_id, facts, created_at: now, revision: 1 };
            db::record::save_assessment(conn, &tia)?;
            let detail = json!({ "assessment": tia.id, "after": tia.facts });
            tell(conn, now, &by, "assessment.recorded", engagement_id, detail)?;
            Ok(tia)
        })
        .await
}

/// Corrects a TIA on record, or ends it. `revision` is the one the person saw.
///
/// # Errors
/// Not allowed; there is no such TIA of this engagement; a field is wrong; somebody saved in
/// between.
pub async fn correct_assessment(
    state: &State,
    by: &By,
    (engagement_id, id): (Id, Id),
    revision: i64,
    wish: AssessmentWish,
) -> Result<TransferAssessment, Error> {
    by.require(Permission::Write)?;
    let now = state.clock.now();
    let facts = wish.tidy(today(now, &state.settings)).map_err(Error::Invalid)?;
    let by = by.clone();
    state
        .db
        .write(move |conn| {
            let found = db::record::assessment(conn, id)?.filter(|a| a.engagement_id == engagement_id);
            let mut tia = found.ok_or(Error::NotFound("transfer impact assessment"))?;
            seen(tia.revision, revision)?;
            let before = std::mem::replace(&mut tia.facts, facts);
            tia.revision += 1;
            db::record::save_assessment(conn, &tia)?;
            let detail = json!({ "assessment": id, "before": before, "after": tia.facts });
            tell(conn, now, &by, "assessment.corrected", engagement_id, detail)?;
            Ok(tia)
        })
        .await
}

fn seen(stored: i64, revision: i64) -> Result<(), Error> {
    if stored == revision {
        return Ok(());
    }
    Err(Error::Conflict(
        "Somebody saved this record in the meantime, so nothing was stored. Open it again and repeat your edit on what is there now.".into(),
    ))
}

fn tell(
    conn: &mut Conn,
    now: Timestamp,
    by: &By,
    action: &'static str,
    subject: Id,
    detail: Value,
) -> Result<(), Error> {
    let event = Event { actor: by.actor, action, subject: subject.to_string(), detail };
    Ok(db::audit::append(conn, now, event)?)
}
