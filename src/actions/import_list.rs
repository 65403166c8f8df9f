//! Taking over a list from a file. Into an empty register it makes the baseline draft, into a
//! filled one a regular draft; a second person publishes either. Nothing here can enqueue a
//! delivery, and what only a person can decide is kept with the change.

mod plan;
mod promises;

use serde::Serialize;
use serde_json::{Map, Value, json};

use self::plan::Plan;
use super::{By, Error, publish};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::canonical::sha256_hex;
use crate::domain::change::{Change, ChangeKind, ChangeState, Class, Edit, Item, Operation};
use crate::domain::classify::{Ruling, classify};
use crate::domain::doubt::Doubt;
use crate::domain::engagement::EngagementStatus;
use crate::domain::entry::Entry;
use crate::domain::id::Id;
use crate::domain::list_document::{changed_members, document_entry};
use crate::domain::text::{NAME_LIMIT, line};
use crate::exchange::comparison::{Finding, Step};
use crate::state::State;

/// How a file is to be read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The product it is about, where its rows do not say. Lines of other products stay.
    pub product: Option<String>,
}

/// What a file would do.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    /// Whether it would be the list of the first day, which tells nobody.
    pub baseline: bool,
    /// What would be added, changed and removed.
    pub items: Vec<PreviewItem>,
    /// What waits for a person, by line.
    pub doubts: Vec<Doubt>,
    /// Columns the file does not have; the register keeps those facts.
    pub missing_columns: Vec<&'static str>,
    /// How many rows could be taken.
    pub rows_taken: usize,
}

/// One thing a file would do.
#[derive(Debug, Clone, Serialize)]
pub struct PreviewItem {
    /// What happens.
    pub operation: Step,
    /// How much it weighs.
    pub class: Class,
    /// The sub-processor's name.
    pub vendor: String,
    /// As it is: the whole line for a removal, the changed members otherwise.
    pub before: Option<Value>,
    /// As it would be: the whole line for an addition, the changed members otherwise.
    pub after: Option<Value>,
    /// Why the file is taken to say so.
    pub reason: String,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// A question a person must settle before the announcement; empty if there is none.
    pub doubt: String,
    /// The row's line, if one stands for it.
    pub line: Option<u64>,
}

/// What an import did.
#[derive(Debug, Clone)]
pub struct Imported {
    /// What the file said.
    pub preview: Preview,
    /// The draft that holds it; `None` where there was nothing to do.
    pub change: Option<Change>,
    /// Whether that draft was there already, from an earlier import of the same.
    pub already: bool,
}

/// Shows what [`import`] would do, and does nothing.
///
/// # Errors
/// Not allowed; the file as a whole cannot be read.
pub async fn preview(state: &State, by: &By, bytes: Vec<u8>, options: Options) -> Result<Preview, Error> {
    by.require(Permission::Read)?;
    let options = checked(options)?;
    let now = state.clock.now();
    let plan = state.db.read(move |conn| Plan::make(conn, now, &bytes, &options)).await?;
    Ok(show(&plan))
}

/// Makes a draft of what the file says; none where it says what the register says.
///
/// # Errors
/// Not allowed; the file as a whole cannot be read; a baseline is open already. Nothing is
/// stored then.
pub async fn import(state: &State, by: &By, bytes: Vec<u8>, options: Options) -> Result<Imported, Error> {
    by.require(Permission::Write)?;
    let options = checked(options)?;
    let (now, by) = (state.clock.now(), by.clone());
    let sha256 = sha256_hex(&bytes);
    // The comparison may take a while and holds up no writer: the gates look again at what moved.
    let plan = state.db.read({
        let options = options.clone();
        move |conn| Plan::make(conn, now, &bytes, &options)
    });
    let plan = plan.await?;
    let preview = show(&plan);
    if plan.is_nothing() {
        return Ok(Imported { preview, change: None, already: false });
    }
    let (change, already) = state
        .db
        .write(move |conn| {
            if plan.kind != plan::kind(conn)? {
                return Err(Error::Conflict(
                    "The first list was published while this file was read. Import it again.".into(),
                ));
            }
            if plan.kind == ChangeKind::Baseline {
                plan::only_baseline(conn)?;
            }
            let change = draft(conn, now, &by, &plan)?;
            if let Some(open) = plan::says_the_same(conn, &change)? {
                return Ok((open, true));
            }
            db::change::save(conn, &change)?;
            db::import_doubt::insert(conn, change.id, &plan.left_out())?;
            if !plan.statements.is_empty() || plan.statements_edit.is_some() {
                promises::remember(conn, options.product.as_deref(), change.id, &plan.statements)?;
            }
            let detail = json!({
                "kind": change.kind, "product": options.product, "items": change.items.len(),
                "doubts": plan.comparison.doubts.len(), "sha256": sha256,
            });
            let event =
                Event { actor: by.actor, action: "change.imported", subject: change.reference(), detail };
            db::audit::append(conn, now, event)?;
            Ok::<_, Error>((change, false))
        })
        .await?;
    Ok(Imported { preview, change: Some(change), already })
}

/// What the import that made a change left out; doubts about rows it took are on their items.
///
/// # Errors
/// Not allowed, or the database failed.
pub async fn doubts(state: &State, by: &By, change_id: Id) -> Result<Vec<Doubt>, Error> {
    by.require(Permission::Read)?;
    state.db.read(move |conn| Ok(db::import_doubt::of_change(conn, change_id)?)).await
}

fn checked(options: Options) -> Result<Options, Error> {
    let product = match options.product {
        Some(product) => Some(line("product", &product, NAME_LIMIT)?).filter(|p| !p.is_empty()),
        None => None,
    };
    Ok(Options { product })
}

fn draft(conn: &mut Conn, now: jiff::Timestamp, by: &By, plan: &Plan) -> Result<Change, Error> {
    let mut items: Vec<Item> = plan.comparison.findings.iter().map(|f| item(now, f)).collect();
    if let Some((edit, doubt)) = &plan.statements_edit {
        let ruling = classify(Operation::Changed, edit);
        items.push(assembled(now, None, Operation::Changed, edit.clone(), ruling, (0, 0), doubt.clone()));
    }
    Ok(Change {
        id: Id::new(now),
        number: db::change::next_number(conn)?,
        title: title(plan),
        reason: String::new(),
        kind: plan.kind,
        state: ChangeState::Draft,
        author: by.staff,
        editors: vec![by.staff],
        effective_on: None,
        in_use_since: None,
        emergency: String::new(),
        corrects: None,
        base_version: db::list::current_number(conn)?,
        created_at: now,
        submitted_at: None,
        held_until: None,
        announced_at: None,
        returned: String::new(),
        revision: 1,
        items,
    })
}

fn title(plan: &Plan) -> String {
    if plan.kind == ChangeKind::Baseline {
        return "The list as published until now".to_owned();
    }
    let counted: Vec<String> = Step::ALL
        .iter()
        .filter_map(|step| {
            let count = plan.comparison.findings.iter().filter(|f| f.step == *step).count();
            (count > 0).then(|| format!("{count} {step}"))
        })
        .collect();
    if counted.is_empty() {
        return "Statements about the list".to_owned();
    }
    format!("List brought up to date: {}", counted.join(", "))
}

fn item(now: jiff::Timestamp, finding: &Finding) -> Item {
    let entry_id = finding.after.as_ref().or(finding.before.as_ref()).map(|e| e.id);
    let base = (finding.base_revision, finding.base_vendor_revision);
    let mut ruling = finding.ruling();
    if !matches!(finding.step, Step::Added | Step::Changed | Step::Removed) {
        ruling.grounds.push(format!("Taken as {}: {}", finding.step, finding.reason));
    }
    let doubt = finding.doubt.clone();
    assembled(now, entry_id, finding.operation(), finding.edit(), ruling, base, doubt)
}

fn assembled(
    now: jiff::Timestamp,
    entry_id: Option<Id>,
    operation: Operation,
    edit: Edit,
    ruling: Ruling,
    (base_revision, base_vendor_revision): (i64, i64),
    doubt: String,
) -> Item {
    Item {
        id: Id::new(now),
        entry_id,
        operation,
        edit,
        ruled: ruling.class,
        class: ruling.class,
        class_reason: String::new(),
        grounds: ruling.grounds,
        base_revision,
        base_vendor_revision,
        doubt,
    }
}

fn show(plan: &Plan) -> Preview {
    let mut items: Vec<PreviewItem> = plan.comparison.findings.iter().map(show_item).collect();
    if let Some((edit, doubt)) = &plan.statements_edit
        && let Edit::Statements { before, after } = edit
    {
        items.push(PreviewItem {
            operation: Step::Changed,
            class: classify(Operation::Changed, edit).class,
            vendor: String::new(),
            before: Some(json!({ "statements": before })),
            after: Some(json!({ "statements": after })),
            reason: "statements about the whole list".into(),
            confidence: if doubt.is_empty() { 1.0 } else { 0.5 },
            doubt: doubt.clone(),
            line: None,
        });
    }
    Preview {
        baseline: plan.kind == ChangeKind::Baseline,
        items,
        doubts: plan.comparison.doubts.clone(),
        missing_columns: plan.missing_columns.clone(),
        rows_taken: plan.rows_taken,
    }
}

fn show_item(finding: &Finding) -> PreviewItem {
    let whole = |entry: &Entry| match serde_json::to_value(document_entry(entry, EngagementStatus::Active)) {
        Ok(Value::Object(mut members)) => {
            members.remove("status");
            members.remove("pending");
            members
        }
        _ => Map::new(),
    };
    let (before, after) = match (&finding.before, &finding.after) {
        (Some(before), Some(after)) => {
            let (was, now) = changed_members(before, after);
            (Some(was), Some(now))
        }
        (before, after) => (before.as_ref().map(whole), after.as_ref().map(whole)),
    };
    PreviewItem {
        operation: finding.step,
        class: finding.ruling().class,
        vendor: finding.vendor().to_owned(),
        before: before.map(Value::Object),
        after: after.map(Value::Object),
        reason: finding.reason.clone(),
        confidence: finding.confidence,
        doubt: finding.doubt.clone(),
        line: finding.line,
    }
}
