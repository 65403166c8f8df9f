//! Publishing a list version: the register as it stands in this transaction, made into two
//! immutable documents.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::Error;
use crate::config::Settings;
use crate::db::{self, Conn};
use crate::domain::audit::{Actor, Event};
use crate::domain::canonical::document;
use crate::domain::change::{Change, Edit, Item, Operation};
use crate::domain::entry::Entry;
use crate::domain::id::Id;
use crate::domain::list_document::{
    Cause, Company, Pending, PendingFor, PendingStatements, Readers, Source, build, changed_members,
};

const STATEMENTS: &str = "list.statements";

/// The statements about the whole list that are in force.
pub(super) fn statements(conn: &mut Conn) -> Result<Vec<String>, Error> {
    let stored = db::setting::get(conn, STATEMENTS)?;
    Ok(stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

pub(super) fn put_statements(conn: &mut Conn, after: &[String]) -> Result<(), Error> {
    let text = serde_json::to_string(after).map_err(|e| db::Error::Corrupt(e.to_string()))?;
    Ok(db::setting::put(conn, STATEMENTS, &text)?)
}

/// Publishes the next version and answers its number.
pub(super) fn version(
    conn: &mut Conn,
    now: Timestamp,
    settings: &Settings,
    cause: Cause,
    change_id: Option<Id>,
) -> Result<i64, Error> {
    let number = db::list::current_number(conn)? + 1;
    // A clock set back must not make history run backwards.
    let last = db::list::get(conn, number - 1)?.map(|v| v.published_at);
    let now = last
        .filter(|at| *at >= now)
        .and_then(|at| at.checked_add(jiff::SignedDuration::from_micros(1)).ok())
        .unwrap_or(now);
    let (pending, pending_statements) = pending(conn)?;
    let source = Source {
        version: number,
        published_at: now,
        company: Company {
            name: settings.company.name.clone(),
            privacy_contact: settings.company.privacy_contact.clone(),
        },
        notice_period: super::plan::standard(conn, settings)?.period(),
        statements: statements(conn)?,
        entries: db::register::listed_entries(conn)?,
        pending,
        pending_statements,
    };
    let public = document(&build(&source, Readers::Everybody))?;
    let full = document(&build(&source, Readers::Staff))?;
    let new =
        db::list::NewVersion { number, published_at: now, cause, change_id, public: &public, full: &full };
    db::list::insert(conn, &new)?;
    Ok(number)
}

/// Announced modifications that are not in force yet. A new line is itself on the list as
/// announced and pends nothing.
fn pending(conn: &mut Conn) -> Result<(Vec<PendingFor>, Vec<PendingStatements>), Error> {
    let (mut lines, mut statements) = (Vec::new(), Vec::new());
    for change in db::change::announced(conn)? {
        let Some(notice) = db::notice::of_change(conn, change.id)? else { continue };
        let (number, effective_from) = (notice.number, change.effective_on);
        for item in change.items.iter().filter(|item| item.is_deferred()) {
            match &item.edit {
                Edit::Statements { after, .. } => {
                    let (notice, after) = (number.clone(), after.clone());
                    statements.push(PendingStatements { notice, effective_from, after });
                }
                Edit::Entry { before: Some(before), after } => {
                    lines.extend(pend(item, before, after.as_deref(), &number, effective_from));
                }
                Edit::Entry { before: None, .. } => {}
            }
        }
    }
    Ok((lines, statements))
}

/// What pends for a line. One that is about to be hidden is said to leave the public list, as a
/// removal is, and nothing more: that it leaves is public, since its notice says so and the next
/// version shows it; whether it stays for some Clients, and with which facts, is what is hidden.
/// Its status stays as it is, for to call it retiring would tell everybody that its use ends.
fn pend(
    item: &Item,
    before: &Entry,
    after: Option<&Entry>,
    notice: &str,
    effective_from: Option<Date>,
) -> Vec<PendingFor> {
    let pend = |operation, after: Map<String, Value>, only| PendingFor {
        entry_id: before.id,
        pending: Pending { notice: notice.to_owned(), operation, effective_from, after },
        only,
    };
    let members = after.map(|after| changed_members(before, after).1).unwrap_or_default();
    if item.is_public() {
        return vec![pend(item.operation, members, None)];
    }
    let mut pending = vec![pend(item.operation, members, Some(Readers::Staff))];
    if before.is_public() {
        pending.push(pend(Operation::Removed, Map::new(), Some(Readers::Everybody)));
    }
    pending
}

/// An audit event of the program itself, about a change.
pub(super) fn record(
    conn: &mut Conn,
    now: Timestamp,
    action: &'static str,
    change: &Change,
    detail: serde_json::Value,
) -> Result<(), Error> {
    let event = Event { actor: Actor::System, action, subject: change.reference(), detail };
    Ok(db::audit::append(conn, now, event)?)
}
