//! What is on record for one line: contracts, vettings, transfer assessments. On the page of the
//! entry, and by itself for a line that is only in a draft.

use actix_web::HttpResponse;
use actix_web::web::Path;
use jiff::civil::Date;
use serde::Serialize;

use super::console::{Desk, Names, Tab};
use crate::db::{self, Conn};
use crate::domain::diff::long_date;
use crate::domain::entry::Entry;
use crate::domain::id::Id;
use crate::domain::record::{EvidenceItem, Outcome, TransferAssessment, VendorContract, VettingRecord};
use crate::web::auth::Staff;
use crate::web::error::Error;

/// One record as people read it.
#[derive(Serialize)]
struct Line {
    title: String,
    state: String,
    weight: &'static str,
    facts: Vec<String>,
    /// Where it is corrected or ended; vettings never are.
    href: Option<String>,
}

/// A result on record that the list does not show yet.
#[derive(Serialize)]
struct Offer {
    text: String,
    href: String,
}

/// The records of a line.
#[derive(Serialize)]
pub struct Records {
    contracts: Vec<Line>,
    vettings: Vec<Line>,
    assessments: Vec<Line>,
    offer: Option<Offer>,
}

/// The records of a line, as stored.
pub struct Stored {
    contracts: Vec<VendorContract>,
    vettings: Vec<VettingRecord>,
    assessments: Vec<TransferAssessment>,
    /// The open change that adds the line, where it is in no register yet.
    draft: Option<Id>,
}

/// Reads the records of `entry`.
///
/// # Errors
/// The database failed.
pub fn stored(conn: &mut Conn, entry: &Entry) -> Result<Stored, db::Error> {
    Ok(Stored {
        contracts: db::record::contracts(conn, &[entry.vendor_id])?,
        vettings: db::record::vettings(conn, &[entry.id])?,
        assessments: db::record::assessments(conn, &[entry.id])?,
        draft: match db::register::engagement(conn, entry.id)? {
            Some(_) => None,
            None => db::record::draft_of(conn, entry.id)?,
        },
    })
}

/// The records for people, as they stand on `today`.
#[must_use]
pub fn view(stored: &Stored, entry: &Entry, names: &Names, today: Date) -> Records {
    let id = entry.id;
    Records {
        contracts: stored.contracts.iter().map(|c| contract(c, id, today)).collect(),
        vettings: stored.vettings.iter().map(|v| vetting(v, names, today)).collect(),
        assessments: stored.assessments.iter().map(|a| assessment(a, id, today)).collect(),
        offer: offer(stored, entry),
    }
}

/// The list says something else of the vetting than the last result: a change can mend that.
fn offer(stored: &Stored, entry: &Entry) -> Option<Offer> {
    let last = &stored.vettings.first()?.facts;
    let listed = &entry.engagement.vetting;
    let same = listed.review_by == Some(last.valid_until) || !last.result.is_approval();
    if same && (last.result.bears_out(listed.status) || last.result.status() == listed.status) {
        return None;
    }
    let change = stored.draft.map(|id| format!("&change={id}")).unwrap_or_default();
    Some(Offer {
        text: format!(
            "The entry says “{}”{}; the last result on record is “{}”.",
            listed.status.label(),
            listed.review_by.map(|day| format!(", to be reviewed by {}", long_date(day))).unwrap_or_default(),
            last.result.label()
        ),
        href: format!("/staff/entries/{}/edit?vetting=recorded{change}", entry.id),
    })
}

fn contract(c: &VendorContract, entry: Id, today: Date) -> Line {
    let facts = &c.facts;
    let (state, weight) = match facts.ends_on {
        Some(end) if end < today => (format!("ended {}", long_date(end)), "bad"),
        _ if facts.binds_on(today) => ("in force".to_owned(), "ok"),
        _ => (format!("from {}", long_date(facts.effective_on)), "info"),
    };
    let mut lines = vec![format!(
        "Signed {}, in force from {}{}",
        long_date(facts.signed_on),
        long_date(facts.effective_on),
        facts.ends_on.map_or_else(|| ", no end".to_owned(), |end| format!(", to {}", long_date(end)))
    )];
    let flow =
        if facts.flow_down { "Passes our Clients' obligations on (flow-down)" } else { "No flow-down" };
    lines.push(flow.to_owned());
    if !facts.file_sha256.is_empty() {
        lines.push(format!("SHA-256 of the file: {}", facts.file_sha256));
    }
    lines.extend(Some(facts.note.clone()).filter(|note| !note.is_empty()));
    let href = Some(format!("/staff/entries/{entry}/contracts/{}", c.id));
    Line { title: facts.kind.label().to_owned(), state, weight, facts: lines, href }
}

fn vetting(v: &VettingRecord, names: &Names, today: Date) -> Line {
    let facts = &v.facts;
    let (state, weight) = match facts.result.is_approval() {
        false => (format!("since {}", long_date(facts.decided_on)), "bad"),
        true if facts.valid_until < today => (format!("ran out {}", long_date(facts.valid_until)), "bad"),
        true => (format!("valid to {}", long_date(facts.valid_until)), "ok"),
    };
    let mut lines = vec![format!(
        "{} vetting, {} risk; decided {} by {}",
        capital(facts.kind.as_str()),
        facts.risk,
        long_date(facts.decided_on),
        names.of(v.approver)
    )];
    lines.extend(Some(format!("Conditions: {}", facts.conditions)).filter(|_| !facts.conditions.is_empty()));
    lines.extend(facts.evidence.iter().map(|piece| evidence(piece, today)));
    Line { title: facts.result.label().to_owned(), state, weight, facts: lines, href: None }
}

fn evidence(piece: &EvidenceItem, today: Date) -> String {
    let reference =
        if piece.reference.is_empty() { String::new() } else { format!(" ({})", piece.reference) };
    let expiry = match piece.expires_on {
        Some(day) if day < today => format!(", expired {}", long_date(day)),
        Some(day) => format!(", expires {}", long_date(day)),
        None => String::new(),
    };
    format!("Evidence: {}{reference}{expiry}", piece.item)
}

fn assessment(a: &TransferAssessment, entry: Id, today: Date) -> Line {
    let facts = &a.facts;
    let (state, weight) = match facts.outcome {
        Outcome::Inadequate => ("inadequate".to_owned(), "bad"),
        _ if facts.review_by < today => (format!("review was due {}", long_date(facts.review_by)), "bad"),
        _ => (format!("review by {}", long_date(facts.review_by)), "ok"),
    };
    Line {
        title: format!("{} to {}: {}", facts.jurisdiction, facts.destination.name(), facts.mechanism.label()),
        state,
        weight,
        facts: vec![
            format!("{}, assessed {}", facts.outcome.label(), long_date(facts.assessed_on)),
            facts.summary.clone(),
        ],
        href: Some(format!("/staff/entries/{entry}/assessments/{}", a.id)),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[derive(Serialize)]
struct RecordsPage {
    id: Id,
    name: String,
    /// The page of the entry, or of the change that adds it.
    back: String,
    records: Records,
}

/// `GET /staff/entries/{id}/records`
pub async fn page(desk: Desk, staff: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    let id = *id;
    let read = move |conn: &mut Conn| {
        let Some(entry) = db::record::line(conn, id)? else { return Ok(None) };
        let stored = stored(conn, &entry)?;
        Ok::<_, db::Error>(Some((entry, stored)))
    };
    let found = desk.state.db.read(read).await?;
    let (entry, stored) = found.ok_or(Error::not_found("There is no such entry."))?;
    let names = desk.names().await?;
    let body = RecordsPage {
        id,
        back: match stored.draft {
            Some(change) => format!("/staff/changes/{change}"),
            None => format!("/staff/entries/{id}"),
        },
        records: view(&stored, &entry, &names, desk.today()),
        name: entry.vendor.name,
    };
    let title = format!("Records of {}", body.name);
    desk.page(&staff, Tab::Register, &title, "staff/records", body).await
}
