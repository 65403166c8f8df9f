//! Clients for whom a change may not be active yet on its effective date (invariants 1, 2, 8, 9).

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::Error;
use crate::db::{self, Conn};
use crate::domain::case::concerns;
use crate::domain::change::{Change, Class};
use crate::domain::client_notice::Gate;
use crate::domain::diff::long_date;
use crate::domain::id::Id;
use crate::domain::notice::NoticeEvent;

/// ClientNotices looked at in one query.
const CHUNK: i64 = 1_000;
/// Names told; the count goes on.
const NAMES: usize = 3;

/// Why `change` cannot come into force on `today`, naming the Clients in the way; `None` if
/// nobody is. Who is held out, or can be and has not consented, is in nobody's way.
pub(super) fn in_the_way(conn: &mut Conn, change: &Change, today: Date) -> Result<Option<String>, Error> {
    let Some(notice) = db::notice::of_change(conn, change.id)? else { return Ok(None) };
    let made = db::expansion::of_notice(conn, notice.id, NoticeEvent::Announced.as_str())?;
    let anybody = db::agreement::count_in_force(conn, today)? > 0;
    if anybody && made.is_none_or(|audience| !audience.is_past_clients()) {
        return Ok(Some("Not in force: the notices of its Clients are still being made.".to_owned()));
    }
    let concerns = concerns(change);
    let mut material = concerns.iter().filter(|concern| concern.class == Class::Material).peekable();
    let withholdable = material.peek().is_some() && material.all(|concern| concern.withholdable);
    let common = db::party::Common::load(conn, change, &concerns, today)?;
    let blocked: BTreeSet<Id> = db::objection::of_notice(conn, notice.id)?
        .into_iter()
        .filter(crate::domain::objection::Objection::blocks)
        .map(|objection| objection.client_notice_id)
        .collect();
    let (mut count, mut names, mut cursor) = (0, Vec::new(), String::new());
    loop {
        let found = db::client_notice::of_notice(conn, notice.id, &cursor, CHUNK)?;
        let Some(last) = found.last() else { break };
        cursor = last.id.to_string();
        for one in &found {
            let why = match one.gate(today, blocked.contains(&one.id), false) {
                _ if common.is_held_out(one.client_id) => continue,
                Gate::Open | Gate::Withdrawn => continue,
                Gate::NeedsConsent if withholdable => continue,
                Gate::NeedsConsent => "has not consented".to_owned(),
                Gate::From(day) => format!("not before {}", long_date(day)),
                Gate::Unreached => "could not be reached".to_owned(),
                Gate::Objected => "has objected".to_owned(),
            };
            count += 1;
            if names.len() < NAMES {
                let client = db::client::get(conn, one.client_id)?;
                names.push(format!("{} ({why})", client.map(|client| client.name).unwrap_or_default()));
            }
        }
    }
    let more = if count > names.len() { format!(" and {} more", count - names.len()) } else { String::new() };
    Ok((count > 0).then(|| format!("Not in force: it may not be active yet for {}{more}.", names.join(", "))))
}
