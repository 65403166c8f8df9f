//! Records as form fields, and form fields as records. What cannot be read is told by field; what
//! is read is checked by the domain.

use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::field::{Choice, Field, Maker, Rows, choice};
use crate::domain::access::Permission;
use crate::domain::country::Country;
use crate::domain::engagement::TransferMechanism;
use crate::domain::id::Id;
use crate::domain::record::{
    AssessmentWish, ContractKind, ContractWish, EvidenceItem, Outcome, Risk, TransferAssessment,
    VendorContract, VettingKind, VettingResult, VettingWish,
};
use crate::domain::staff::Staff as Person;
use crate::domain::text::FieldError;
use crate::web::auth::Staff;
use crate::web::form::Fields;

fn words<T: Copy + ToString>(all: &[T], label: impl Fn(T) -> String) -> Vec<Choice> {
    let choices = all.iter().map(|word| choice(word.to_string(), label(*word)));
    std::iter::once(choice("", "–")).chain(choices).collect()
}

/// The fields of a contract.
#[must_use]
pub fn contract_fields(m: Maker<'_>) -> Vec<Field> {
    vec![
        m.select("kind", "What was signed", "", words(ContractKind::ALL, |k| k.label().to_owned())),
        m.date("signed_on", "Signed on", "Day of the last signature."),
        m.check("flow_down", "Flow-down: it passes our Clients' data protection obligations on", ""),
        m.date("effective_on", "In force from", "Empty for the day it was signed."),
        m.date("ends_on", "Last day", "Empty where it has no end. To end it, enter its last day."),
        m.area("note", "Note", "For staff, such as where the signed copy lies."),
        m.text("file_sha256", "SHA-256 of the signed file", "Its proof; or choose the file below."),
    ]
}

/// The contract that a form tells of.
///
/// # Errors
/// Every field that cannot be read.
pub fn contract_of(f: &Fields) -> Result<ContractWish, Vec<FieldError>> {
    let mut r = Reader { fields: f, problems: Vec::new() };
    // The hash of a file that was chosen, read on the way; the file itself is not kept.
    let hashed = f.get("file.sha256");
    let wish = ContractWish {
        kind: r.word("kind"),
        signed_on: r.day("signed_on"),
        effective_on: r.day("effective_on"),
        ends_on: r.day("ends_on"),
        flow_down: f.get("flow_down") == "yes",
        file_sha256: if hashed.is_empty() { f.get("file_sha256") } else { hashed }.to_owned(),
        note: f.get("note").to_owned(),
    };
    r.done(wish)
}

/// The fields that show a contract.
#[must_use]
pub fn fields_of_contract(contract: &VendorContract) -> Fields {
    let c = &contract.facts;
    pairs(vec![
        ("kind", c.kind.to_string()),
        ("signed_on", c.signed_on.to_string()),
        ("effective_on", c.effective_on.to_string()),
        ("ends_on", c.ends_on.map(|d| d.to_string()).unwrap_or_default()),
        ("flow_down", if c.flow_down { "yes" } else { "" }.to_owned()),
        ("file_sha256", c.file_sha256.clone()),
        ("note", c.note.clone()),
        ("revision", contract.revision.to_string()),
    ])
}

/// The fields of a vetting. `people` may be named as those who decided.
#[must_use]
pub fn vetting_fields(m: Maker<'_>, people: &[Person]) -> (Vec<Field>, Vec<Rows>) {
    let able = people.iter().filter(|p| p.is_enabled() && p.role.may(Permission::Approve));
    let able = able.map(|p| choice(p.id.to_string(), p.name.clone()));
    let able = std::iter::once(choice("", "–")).chain(able).collect();
    let kind = |k: VettingKind| match k {
        VettingKind::Initial => "Before the first use".to_owned(),
        VettingKind::Periodic => "Because the last one runs out".to_owned(),
        VettingKind::Event => "Because something happened".to_owned(),
    };
    let fields = vec![
        m.select("result", "Result", "", words(VettingResult::ALL, |r| r.label().to_owned())),
        m.select("approver", "Decided by", "Somebody with the role approver.", able),
        m.date("decided_on", "Decided on", ""),
        m.date("valid_until", "Valid until", "Last day of the approval."),
        m.select("risk", "Risk", "", words(Risk::ALL, |r| r.to_string())),
        m.select("kind", "Why it was made", "", words(VettingKind::ALL, kind)),
        m.area("conditions", "Conditions", "Needed for “Approved with conditions”."),
    ];
    let hint = "At least one for an approval. The files stay where they are; say where.";
    let evidence = m.rows("evidence", "Evidence", hint, |m, n| {
        vec![
            m.text(&n("item"), "What", ""),
            m.text(&n("reference"), "Where it is found", ""),
            m.date(&n("expires_on"), "Expires on", ""),
        ]
    });
    (fields, vec![evidence])
}

/// What a blank form for a vetting begins with: the usual case.
#[must_use]
pub fn new_vetting(staff: &Staff, today: Date) -> Fields {
    let me = staff.may(Permission::Approve).then(|| staff.by.staff.to_string());
    pairs(vec![
        ("kind", VettingKind::Initial.to_string()),
        ("approver", me.unwrap_or_default()),
        ("decided_on", today.to_string()),
        ("valid_until", today.saturating_add(1.year()).to_string()),
    ])
}

/// The vetting that a form tells of.
///
/// # Errors
/// Every field that cannot be read.
pub fn vetting_of(f: &Fields) -> Result<VettingWish, Vec<FieldError>> {
    let mut r = Reader { fields: f, problems: Vec::new() };
    let evidence = (0..f.rows("evidence"))
        .map(|n| EvidenceItem {
            item: f.get(&format!("evidence.{n}.item")).to_owned(),
            reference: f.get(&format!("evidence.{n}.reference")).to_owned(),
            expires_on: r.day(&format!("evidence.{n}.expires_on")),
        })
        .collect();
    let wish = VettingWish {
        kind: r.word("kind"),
        risk: r.word("risk"),
        result: r.word("result"),
        conditions: f.get("conditions").to_owned(),
        evidence,
        decided_on: r.day("decided_on"),
        valid_until: r.day("valid_until"),
        approver: r.word::<Id>("approver"),
    };
    r.done(wish)
}

/// The fields of a TIA.
#[must_use]
pub fn assessment_fields(m: Maker<'_>) -> Vec<Field> {
    vec![
        m.text("jurisdiction", "Whose law (EU, UK, CH)", "As the transfer on the entry says."),
        m.listed("destination", "Country of destination", "", "countries"),
        m.select("mechanism", "Tool", "", words(TransferMechanism::ALL, |t| t.label().to_owned())),
        m.select("outcome", "Outcome", "", words(Outcome::ALL, |o| o.label().to_owned())),
        m.area("summary", "Summary", "Why, and which measures were taken."),
        m.date("assessed_on", "Assessed on", ""),
        m.date("review_by", "Assess again by", "Last day it can be relied on. To end it, enter that day."),
    ]
}

/// The TIA that a form tells of.
///
/// # Errors
/// Every field that cannot be read.
pub fn assessment_of(f: &Fields) -> Result<AssessmentWish, Vec<FieldError>> {
    let mut r = Reader { fields: f, problems: Vec::new() };
    let typed = f.get("destination").trim();
    let destination = typed.to_uppercase().parse().ok().or_else(|| Country::named(typed));
    if destination.is_none() && !typed.is_empty() {
        r.problems.push(FieldError::new(
            "destination",
            "Is no country we know. Choose one of the list, or write its two letters, such as US.",
        ));
    }
    let wish = AssessmentWish {
        jurisdiction: f.get("jurisdiction").to_owned(),
        destination,
        mechanism: r.word("mechanism"),
        outcome: r.word("outcome"),
        summary: f.get("summary").to_owned(),
        assessed_on: r.day("assessed_on"),
        review_by: r.day("review_by"),
    };
    r.done(wish)
}

/// The fields that show a TIA.
#[must_use]
pub fn fields_of_assessment(assessment: &TransferAssessment) -> Fields {
    let a = &assessment.facts;
    pairs(vec![
        ("jurisdiction", a.jurisdiction.clone()),
        ("destination", a.destination.name().to_owned()),
        ("mechanism", a.mechanism.to_string()),
        ("outcome", a.outcome.to_string()),
        ("summary", a.summary.clone()),
        ("assessed_on", a.assessed_on.to_string()),
        ("review_by", a.review_by.to_string()),
        ("revision", assessment.revision.to_string()),
    ])
}

fn pairs(all: Vec<(&str, String)>) -> Fields {
    Fields::from(all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Vec<_>>())
}

/// Reads fields and collects what cannot be read.
struct Reader<'a> {
    fields: &'a Fields,
    problems: Vec<FieldError>,
}

impl Reader<'_> {
    fn day(&mut self, name: &str) -> Option<Date> {
        self.fields.day(name).unwrap_or_else(|problem| {
            self.problems.push(problem);
            None
        })
    }

    /// One of the words of a select; empty for none.
    fn word<T: FromStr>(&mut self, name: &str) -> Option<T> {
        let text = self.fields.get(name);
        if text.is_empty() {
            return None;
        }
        let word = text.parse().ok();
        if word.is_none() {
            self.problems.push(FieldError::new(name, "Is none of the choices. Open the page again."));
        }
        word
    }

    fn done<T>(self, wish: T) -> Result<T, Vec<FieldError>> {
        if self.problems.is_empty() { Ok(wish) } else { Err(self.problems) }
    }
}
