//! The records asked for once more before an announced change comes into force.

use jiff::civil::Date;

use super::Error;
use crate::db::{self, Conn};
use crate::domain::change::{Change, Edit, Item};
use crate::domain::entry::Entry;
use crate::domain::evidence::lacks;
use crate::domain::gate::{Block, needs_records};

/// What an announced change lacks to come into force `today`. A vetting may have moved since.
pub(super) fn lacking(conn: &mut Conn, change: &Change, today: Date) -> Result<Vec<Block>, Error> {
    let evidence = db::evidence::of_change(conn, change, today)?;
    let mut found = Vec::new();
    for item in change.items.iter().filter(|item| item.is_deferred() && needs_records(change, item)) {
        let Some(entry) = as_it_stands(conn, item)? else { continue };
        found.extend(lacks(&entry, today, today, &evidence));
    }
    Ok(found)
}

/// The line as it would be in force: with the vetting of the register, unless the change itself
/// sets another.
fn as_it_stands(conn: &mut Conn, item: &Item) -> Result<Option<Entry>, Error> {
    let Edit::Entry { before, after: Some(after) } = &item.edit else { return Ok(None) };
    let mut entry = (**after).clone();
    let sets_vetting =
        before.as_ref().is_some_and(|before| before.engagement.vetting != after.engagement.vetting);
    if !sets_vetting && let Some(engagement) = db::register::engagement(conn, entry.id)? {
        entry.engagement.vetting = engagement.facts.vetting;
    }
    Ok(Some(entry))
}
