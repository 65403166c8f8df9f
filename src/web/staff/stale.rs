//! A save that somebody else was faster than: both versions side by side, nothing lost, and a
//! button to save one's own on top.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use super::console::{Desk, Tab};
use crate::actions::Draft;
use crate::db;
use crate::domain::change::{Change, Edit};
use crate::domain::diff::differences;
use crate::domain::entry::Entry;
use crate::web::auth::Staff;
use crate::web::error::Error;
use crate::web::form::Fields;

#[derive(Serialize)]
struct Row {
    label: String,
    theirs: String,
    mine: String,
}

#[derive(Serialize)]
struct StalePage {
    reference: String,
    href: String,
    /// Whether the change can still be edited.
    open: bool,
    state: String,
    rows: Vec<Row>,
    action: String,
    hidden: Vec<(String, String)>,
    /// Whether the form can be shown again with what was typed.
    form: bool,
}

/// Fields that are about the form and not about what was typed.
const OF_THE_FORM: &[&str] = &["csrf", "into", "seen", "revision", "more"];

fn typed(fields: &Fields) -> Vec<(String, String)> {
    fields.pairs().iter().filter(|(name, _)| !OF_THE_FORM.contains(&name.as_str())).cloned().collect()
}

async fn answer(desk: &Desk, staff: &Staff, tab: Tab, page: StalePage) -> Result<HttpResponse, Error> {
    desk.page_with(StatusCode::CONFLICT, staff, tab, "Saved meanwhile", "staff/stale", page).await
}

/// A record that somebody else saved, as it stands now.
#[derive(Debug)]
pub struct Record {
    /// Where it belongs in the navigation.
    pub tab: Tab,
    /// What to call it.
    pub name: String,
    /// Its page.
    pub href: String,
    /// Where its form is sent.
    pub action: String,
    /// Its revision now.
    pub revision: i64,
}

/// For a record with one form: `theirs` is what its fields hold now, `mine` what was typed;
/// fields are told by `labels`, rows of fields by the label of their name.
///
/// # Errors
/// The database failed.
pub async fn record(
    desk: &Desk,
    staff: &Staff,
    record: Record,
    theirs: &Fields,
    mine: &Fields,
    labels: &[(&str, &str)],
) -> Result<HttpResponse, Error> {
    let of = |fields: &Fields, name: &str| {
        let prefix = format!("{name}.");
        let is_row = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
        let said = |(field, value): &&(String, String)| {
            !value.is_empty() && (field == name || field.strip_prefix(&prefix).is_some_and(is_row))
        };
        fields.pairs().iter().filter(said).map(|(_, value)| value.trim()).collect::<Vec<_>>().join(", ")
    };
    let rows = labels.iter().map(|(name, label)| Row {
        label: (*label).to_owned(),
        theirs: of(theirs, name).replace("\r\n", "\n"),
        mine: of(mine, name).replace("\r\n", "\n"),
    });
    let mut hidden = typed(mine);
    hidden.push(("revision".to_owned(), record.revision.to_string()));
    let page = StalePage {
        reference: record.name,
        href: record.href,
        open: true,
        state: String::new(),
        rows: rows.filter(|row| row.theirs != row.mine).collect(),
        action: record.action,
        hidden,
        form: false,
    };
    answer(desk, staff, record.tab, page).await
}

/// For a line: theirs is what the change holds now, or the list where it holds nothing.
///
/// # Errors
/// The database failed.
pub async fn entry(
    desk: &Desk,
    staff: &Staff,
    fields: &Fields,
    draft: &Draft,
    theirs: &Change,
) -> Result<HttpResponse, Error> {
    let held = theirs.items.iter().find(|i| i.entry_id.is_some() && i.entry_id == draft.entry_id);
    let removed = held.is_some_and(|i| matches!(&i.edit, Edit::Entry { after: None, .. }));
    let theirs_entry = match (held.and_then(|i| i.entry()).filter(|_| !removed).cloned(), draft.entry_id) {
        (Some(entry), _) => Some(entry),
        (None, Some(id)) if !removed => {
            desk.state.db.read(move |conn| db::register::entry(conn, id)).await?.map(|l| l.entry)
        }
        _ => None,
    };
    let mine = mine(draft, theirs_entry.as_ref(), desk);
    let rows = differences(theirs_entry.as_ref(), Some(&mine))
        .into_iter()
        .map(|d| Row { label: d.label.to_owned(), theirs: d.was, mine: d.now })
        .collect();
    let open = theirs.state.is_open();
    let mut hidden = typed(fields);
    let into = if open { format!("{}:{}", theirs.id, theirs.revision) } else { "new".to_owned() };
    hidden.push(("into".to_owned(), into));
    hidden.push(("seen".to_owned(), if open { theirs.id.to_string() } else { String::new() }));
    let page = StalePage {
        reference: theirs.reference(),
        href: format!("/staff/changes/{}", theirs.id),
        open,
        state: theirs.state.to_string(),
        rows,
        action: "/staff/entries".to_owned(),
        hidden,
        form: true,
    };
    answer(desk, staff, Tab::Changes, page).await
}

fn mine(draft: &Draft, theirs: Option<&Entry>, desk: &Desk) -> Entry {
    let id = crate::domain::id::Id::new(desk.state.clock.now());
    Entry {
        id: draft.entry_id.unwrap_or(id),
        vendor_id: draft.vendor_id.unwrap_or(id),
        slug: theirs.map(|e| e.slug.clone()).unwrap_or_default(),
        vendor: draft.vendor.clone(),
        engagement: draft.engagement.clone(),
        effective_from: None,
    }
}

/// For the details of a change. `mine` are label and value of each field as it was typed.
///
/// # Errors
/// The database failed.
pub async fn change(
    desk: &Desk,
    staff: &Staff,
    fields: &Fields,
    action: String,
    theirs: &Change,
    rows: Vec<(&str, String, String)>,
) -> Result<HttpResponse, Error> {
    let mut hidden = typed(fields);
    hidden.push(("revision".to_owned(), theirs.revision.to_string()));
    let page = StalePage {
        reference: theirs.reference(),
        href: format!("/staff/changes/{}", theirs.id),
        open: theirs.state.is_open(),
        state: theirs.state.to_string(),
        rows: rows
            .into_iter()
            .filter(|(_, theirs, mine)| theirs != mine)
            .map(|(label, theirs, mine)| Row { label: label.to_owned(), theirs, mine })
            .collect(),
        action,
        hidden,
        form: false,
    };
    answer(desk, staff, Tab::Changes, page).await
}
