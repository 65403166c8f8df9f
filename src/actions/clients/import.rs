//! Clients, contacts and agreements from a file. Good rows are taken, bad ones reported with how
//! to mend them; what the register says already is left alone, so that importing a file twice
//! changes nothing. A file takes nobody away: who is not in it stays.

mod plan;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use self::plan::{Plan, plan};
use crate::actions::{By, Error};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::agreement::DpaVersion;
use crate::domain::audit::Event;
use crate::domain::canonical::sha256_hex;
use crate::domain::doubt::Doubt;
use crate::domain::text::FieldError;
use crate::exchange::client_file::{self, ClientFile, ClientRow};
use crate::state::State;

/// How many Clients are stored in one transaction.
const BATCH: usize = 1_000;

/// What a file did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Clients that were not known.
    pub new: usize,
    /// Known Clients of which something changed.
    pub changed: usize,
    /// Clients that are as they were.
    pub same: usize,
    /// Rows that wait for a person, by line; nothing of them was stored.
    pub doubts: Vec<Doubt>,
}

impl Imported {
    /// `3 new, 0 changed, 2 as before`.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{} new, {} changed, {} as before", self.new, self.changed, self.same)
    }

    /// How many rows could be taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.new + self.changed + self.same
    }
}

/// What all rows are judged by.
#[derive(Debug, Clone)]
struct Setting {
    now: Timestamp,
    dpas: BTreeMap<String, DpaVersion>,
    standard: Option<DpaVersion>,
}

/// Takes the Clients of a CSV file, or only says what it would do. `progress` hears after each
/// batch how many rows are done, of how many. Batches are stored one by one: after a failure the
/// file is imported again, and what is there already is left alone.
///
/// # Errors
/// Not allowed; the file as a whole cannot be read; the database failed.
pub async fn import_clients(
    state: &State,
    by: &By,
    bytes: &[u8],
    dry_run: bool,
    mut progress: impl FnMut(usize, usize),
) -> Result<Imported, Error> {
    by.require(Permission::Write)?;
    let file = sha256_hex(bytes);
    let ClientFile { rows, doubts } =
        client_file::read(bytes).map_err(|e| FieldError::new("file", e.to_string()))?;
    let (now, total) = (state.clock.now(), rows.len());
    let setting = state.db.read(move |conn| read_setting(conn, now)).await?;
    let mut sum = Imported { doubts, ..Imported::default() };
    let mut rows = rows.into_iter();
    let mut done = 0;
    loop {
        let batch: Vec<ClientRow> = rows.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        done += batch.len();
        let (setting, by, file) = (setting.clone(), by.clone(), file.clone());
        let part = if dry_run {
            state.db.read(move |conn| judge(conn, &setting, batch, |_, _| Ok(()))).await?
        } else {
            state.db.write(move |conn| take(conn, &by, &setting, &file, batch)).await?
        };
        sum.new += part.new;
        sum.changed += part.changed;
        sum.same += part.same;
        sum.doubts.extend(part.doubts);
        progress(done, total);
    }
    sum.doubts.sort_by_key(|doubt| doubt.line);
    Ok(sum)
}

fn read_setting(conn: &mut Conn, now: Timestamp) -> Result<Setting, Error> {
    let all = db::dpa::all(conn)?;
    let standard = all.iter().find(|dpa| dpa.standard).cloned();
    let by_word =
        all.iter().flat_map(|dpa| [dpa.name.to_lowercase(), dpa.id.to_string()].map(|w| (w, dpa.clone())));
    Ok(Setting { now, dpas: by_word.collect(), standard })
}

fn take(
    conn: &mut Conn,
    by: &By,
    setting: &Setting,
    file: &str,
    batch: Vec<ClientRow>,
) -> Result<Imported, Error> {
    let lines = (batch.first().map(|row| row.line), batch.last().map(|row| row.line));
    let part = judge(conn, setting, batch, store)?;
    if part.new + part.changed > 0 {
        let detail = json!({
            "file_sha256": file, "lines": lines, "new": part.new, "changed": part.changed,
        });
        // One event a batch: the file's hash and lines say the rest.
        let event =
            Event { actor: by.actor, action: "clients.imported", subject: "clients".to_owned(), detail };
        db::audit::append(conn, setting.now, event)?;
    }
    Ok(part)
}

fn judge(
    conn: &mut Conn,
    setting: &Setting,
    batch: Vec<ClientRow>,
    mut act: impl FnMut(&mut Conn, &Plan) -> Result<(), Error>,
) -> Result<Imported, Error> {
    let mut part = Imported::default();
    for row in batch {
        match plan(conn, setting, &row)? {
            Err(problems) => {
                part.doubts.extend(
                    problems
                        .into_iter()
                        .map(|(column, value, why)| Doubt::new(row.line, column, &value, why)),
                );
            }
            Ok(plan) => {
                act(conn, &plan)?;
                match (plan.is_new, plan.changes()) {
                    (true, _) => part.new += 1,
                    (false, true) => part.changed += 1,
                    (false, false) => part.same += 1,
                }
            }
        }
    }
    Ok(part)
}

fn store(conn: &mut Conn, plan: &Plan) -> Result<(), Error> {
    if plan.is_new {
        db::client::insert(conn, &plan.client)?;
    } else if plan.changes() {
        db::client::save(conn, &plan.client)?;
    }
    for (contact, is_new) in &plan.contacts {
        if *is_new { db::contact::insert(conn, contact)? } else { db::contact::save(conn, contact)? }
    }
    match &plan.agreement {
        Some((agreement, true)) => db::agreement::insert(conn, agreement)?,
        Some((agreement, false)) => db::agreement::save(conn, agreement)?,
        None => {}
    }
    Ok(())
}
