//! The public past of a vendor: what each published change did to its lines.

use jiff::tz::TimeZone;

use super::vendor_page::Event;
use super::words::is_for_readers;
use crate::db::history::{Published, of_vendor as published};
use crate::db::{Conn, Error};
use crate::domain::change::{Edit, Operation};
use crate::domain::deadline::day_of;
use crate::domain::diff::differences;
use crate::domain::list_document::Cause;

/// The vendor's latest public name and its events, newest first; `None` if nothing about it was
/// ever public.
///
/// # Errors
/// The database failed.
pub fn of_vendor(
    conn: &mut Conn,
    slug: &str,
    zone: &TimeZone,
) -> Result<Option<(String, Vec<Event>)>, Error> {
    let mut past = published(conn, slug)?;
    past.retain(|p| p.item.is_public());
    // A correction was in force with the announcement; the later version did nothing to it.
    past.retain(|p| {
        !matches!(p.cause, Cause::Effective | Cause::Updated | Cause::Withdrawn) || p.item.is_deferred()
    });
    let Some(name) = past.first().and_then(|p| p.item.entry()).map(|e| e.vendor.name.clone()) else {
        return Ok(None);
    };
    Ok(Some((name, past.iter().map(|p| event(p, zone)).collect())))
}

fn event(published: &Published, zone: &TimeZone) -> Event {
    let (before, after) = match &published.item.edit {
        Edit::Entry { before, after } => (before.as_deref(), after.as_deref()),
        Edit::Statements { .. } => (None, None),
    };
    let mut changes = differences(before, after);
    changes.retain(|c| is_for_readers(c.field));
    // A removal says everything that was; the title says enough.
    let said = matches!(published.cause, Cause::Effective | Cause::Updated | Cause::Withdrawn);
    if published.item.operation == Operation::Removed || said {
        changes.clear();
    }
    Event {
        day: day_of(published.at, zone),
        title: title(published),
        changes,
        version: published.version,
        notice: published.notice.clone(),
    }
}

fn title(published: &Published) -> &'static str {
    use Operation::{Added, Changed, Removed, Replaced};
    match (published.cause, published.item.operation) {
        (Cause::Baseline, _) => "Taken over with the first version of the list",
        (Cause::Announced, Added | Replaced) => "Announced as a new sub-processor",
        (Cause::Announced, Removed) => "Announced to leave the list",
        (Cause::Announced, Changed) if !published.item.is_deferred() => "Entry corrected",
        (Cause::Announced, Changed) => "Change announced",
        (Cause::Effective, Added | Replaced) => "In use",
        (Cause::Effective, Removed) => "Left the list",
        (Cause::Effective, Changed) => "Change in effect",
        (Cause::Withdrawn, _) => "Withdrawn before it took effect",
        (Cause::Updated, _) => "Effective date moved to a later day",
        (Cause::Editorial | Cause::Vetting | Cause::Terms, Added | Replaced) => "Added",
        (Cause::Editorial | Cause::Vetting | Cause::Terms, Removed) => "Removed",
        (Cause::Editorial | Cause::Vetting | Cause::Terms, Changed) => "Entry corrected",
    }
}
