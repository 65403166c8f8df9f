//! What a file would do to the register as it stands in one snapshot.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::super::Error;
use super::{Options, promises, publish};
use crate::db::{self, Conn};
use crate::domain::change::{Change, ChangeKind, ChangeState, Edit};
use crate::domain::doubt::Doubt;
use crate::domain::entry::Entry;
use crate::domain::id::Id;
use crate::domain::text::{FieldError, fold};
use crate::exchange::comparison::{Comparison, Register, compare};
use crate::exchange::csv_list::{self, CsvList};
use crate::exchange::names::key;

const OPEN: [ChangeState; 3] = [ChangeState::Draft, ChangeState::Submitted, ChangeState::Held];

/// What an import will do.
pub(super) struct Plan {
    pub kind: ChangeKind,
    pub comparison: Comparison,
    /// The edit of the statements, and the question it leaves.
    pub statements_edit: Option<(Edit, String)>,
    /// Every statement the file makes.
    pub statements: Vec<String>,
    pub missing_columns: Vec<&'static str>,
    pub rows_taken: usize,
}

impl Plan {
    /// Reads the file and compares it.
    pub fn make(conn: &mut Conn, now: Timestamp, bytes: &[u8], options: &Options) -> Result<Self, Error> {
        let kind = kind(conn)?;
        let register = register(conn)?;
        let known: HashSet<String> = register.vendors.iter().map(|v| key(&v.facts.name)).collect();
        let list = csv_list::read(bytes, options.product.as_deref(), |key| known.contains(key))
            .map_err(|e| FieldError::new("file", e.0))?;
        if list.rows.is_empty() && list.doubts.is_empty() {
            return Err(FieldError::new(
                "file",
                "The file has a header and no rows. An empty file removes nothing.",
            )
            .into());
        }
        let mut comparison = compare(&list, &register, now);
        let statements_edit = statements(conn, &list, options)?;
        if let Some((_, doubt)) = statements_edit.as_ref().filter(|(_, doubt)| !doubt.is_empty()) {
            comparison.doubts.push(Doubt::new(1, "notes", "", doubt.clone()));
        }
        Ok(Self {
            kind,
            comparison,
            statements_edit,
            statements: list.statements,
            missing_columns: list.missing_columns,
            rows_taken: list.rows.len(),
        })
    }

    /// Doubts that no item of the draft carries: rows that were left out, and whom they kept.
    pub fn left_out(&self) -> Vec<Doubt> {
        let carried: HashSet<u64> =
            self.comparison.findings.iter().filter(|f| !f.doubt.is_empty()).filter_map(|f| f.line).collect();
        self.comparison.doubts.iter().filter(|d| !carried.contains(&d.line)).cloned().collect()
    }

    /// Whether the file says what the register says.
    pub fn is_nothing(&self) -> bool {
        self.comparison.findings.is_empty() && self.statements_edit.is_none()
    }
}

/// The first list of an empty register is the baseline.
pub(super) fn kind(conn: &mut Conn) -> Result<ChangeKind, Error> {
    if db::list::current_number(conn)? > 0 || !db::register::entries(conn)?.is_empty() {
        return Ok(ChangeKind::Regular);
    }
    Ok(ChangeKind::Baseline)
}

/// There is only one baseline at a time.
///
/// # Errors
/// One is open already.
pub(super) fn only_baseline(conn: &mut Conn) -> Result<(), Error> {
    let changes = db::change::in_states(conn, &OPEN, i64::MAX)?;
    match changes.iter().find(|c| c.kind == ChangeKind::Baseline) {
        Some(open) => Err(Error::Conflict(format!(
            "{} already holds the first list. Have it published, or cancel it, before importing again.",
            open.reference()
        ))),
        None => Ok(()),
    }
}

/// An open change whose items say the same as those of `new`: a file imported twice makes one
/// draft.
pub(super) fn says_the_same(conn: &mut Conn, new: &Change) -> Result<Option<Change>, Error> {
    let wanted = signs(new)?;
    for head in db::change::in_states(conn, &OPEN, i64::MAX)? {
        let Some(open) = db::change::get(conn, head.id)? else { continue };
        if open.kind == new.kind && open.items.len() == new.items.len() && signs(&open)? == wanted {
            return Ok(Some(open));
        }
    }
    Ok(None)
}

/// What a change's items say, without the ids made for new lines.
fn signs(change: &Change) -> Result<Vec<String>, Error> {
    let blank = Id::from_bytes(&[0; 16]);
    let mut signs = Vec::with_capacity(change.items.len());
    for item in &change.items {
        let mut edit = item.edit.clone();
        if let Edit::Entry { before: None, after: Some(after) } = &mut edit
            && let Some(blank) = blank
        {
            (after.id, after.vendor_id) = (blank, blank);
        }
        signs.push(serde_json::to_string(&edit).map_err(|e| db::Error::Corrupt(e.to_string()))?);
    }
    signs.sort();
    Ok(signs)
}

fn register(conn: &mut Conn) -> Result<Register, Error> {
    let mut pending: HashMap<Id, Entry> = HashMap::new();
    for change in db::change::announced(conn)? {
        for item in change.items {
            if let Edit::Entry { before: Some(_), after: Some(after) } = item.edit {
                pending.insert(after.id, *after);
            }
        }
    }
    Ok(Register {
        vendors: db::register::vendors(conn)?,
        entries: db::register::listed_entries(conn)?,
        pending,
    })
}

/// New promises are added. One that an earlier import brought and this file no longer makes
/// goes, once a person has confirmed it; those written here by hand stay.
fn statements(conn: &mut Conn, list: &CsvList, options: &Options) -> Result<Option<(Edit, String)>, Error> {
    if list.rows.is_empty() || list.missing_columns.contains(&"notes") {
        return Ok(None);
    }
    let before = publish::statements(conn)?;
    let imported = promises::brought(conn, options.product.as_deref())?;
    let holds = |all: &[String], one: &String| all.iter().any(|s| fold(s) == fold(one));
    let gone: Vec<String> =
        before.iter().filter(|s| holds(&imported, s) && !holds(&list.statements, s)).cloned().collect();
    let mut after: Vec<String> = before.iter().filter(|s| !gone.contains(s)).cloned().collect();
    after.extend(list.statements.iter().filter(|s| !holds(&before, s)).cloned());
    if after == before {
        return Ok(None);
    }
    let doubt = if gone.is_empty() {
        String::new()
    } else {
        format!(
            "The file no longer says “{}”. Was this promise withdrawn? If not, undo this item.",
            gone.join("”, “")
        )
    };
    Ok(Some((Edit::Statements { before, after }, doubt)))
}
