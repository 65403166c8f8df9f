//! One line of the register: its facts, its history, and the ways into a change.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Serialize;

use super::change_view::state_words;
use super::console::{Desk, Problem, Tab};
use super::field::Choice;
use super::into::into_choices;
use super::records::{self, Records};
use super::register::{status_words, vetting_weight};
use crate::db;
use crate::domain::change::{Change, ChangeState, Edit};
use crate::domain::diff::{differences, long_date};
use crate::domain::id::Id;
use crate::web::auth::Staff;
use crate::web::error::Error;

#[derive(Serialize)]
struct Fact {
    label: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Past {
    on: String,
    text: String,
    changes: Vec<String>,
}

#[derive(Serialize)]
struct Open {
    href: String,
    text: String,
}

#[derive(Serialize)]
struct EntryPage {
    problems: Vec<Problem>,
    id: Id,
    vendor: Id,
    name: String,
    public: String,
    status: String,
    listed: bool,
    vetting: &'static str,
    weight: &'static str,
    effective_from: Option<String>,
    effective_to: Option<String>,
    facts: Vec<Fact>,
    history: Vec<Past>,
    records: Records,
    open: Vec<Open>,
    into: Vec<Choice>,
}

/// `GET /staff/entries/{id}`
pub async fn page(desk: Desk, staff: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    show(&desk, &staff, StatusCode::OK, *id, Vec::new()).await
}

/// The page, with problems of a form that was refused.
///
/// # Errors
/// There is no such entry; the database failed.
pub async fn show(
    desk: &Desk,
    staff: &Staff,
    status: StatusCode,
    id: Id,
    problems: Vec<Problem>,
) -> Result<HttpResponse, Error> {
    let me = staff.by.staff;
    let read = move |conn: &mut db::Conn| {
        let Some(listed) = db::register::entry(conn, id)? else { return Ok(None) };
        let history = db::history::of_vendor(conn, &listed.entry.slug)?;
        let states = [ChangeState::Draft, ChangeState::Submitted, ChangeState::Held, ChangeState::Announced];
        let mut open: Vec<Change> = Vec::new();
        for head in db::change::in_states(conn, &states, 200)? {
            let whole = db::change::get(conn, head.id)?;
            open.extend(whole.filter(|c| c.items.iter().any(|i| i.entry_id == Some(id))));
        }
        let stored = records::stored(conn, &listed.entry)?;
        Ok::<_, db::Error>(Some((listed, history, stored, open, into_choices(conn, me, None)?)))
    };
    let found = desk.state.db.read(read).await?;
    let Some((listed, history, stored, open, into)) = found else {
        return Err(Error::not_found(
            "There is no such entry. One that a change adds is in the register only after the announcement.",
        ));
    };
    let facts = differences(None, Some(&listed.entry));
    let site = desk.pages.site();
    let past = history.iter().filter(|p| p.item.entry_id == Some(id)).map(|p| {
        let changes = match &p.item.edit {
            Edit::Entry { before: Some(before), after: Some(after) } => {
                differences(Some(before), Some(after))
                    .into_iter()
                    .map(|d| match (d.was.as_str(), d.now.as_str()) {
                        ("", now) => format!("Added: {}: {now}", d.label),
                        (was, "") => format!("Removed: {}: {was}", d.label),
                        (was, now) => format!("{}: was {was}, now {now}", d.label),
                    })
                    .collect()
            }
            _ => Vec::new(),
        };
        let notice = p.notice.as_ref().map(|n| format!(", notice {n}")).unwrap_or_default();
        Past {
            on: long_date(site.day(p.at)),
            text: format!("{} with version {}{notice}", status_like(p.item.operation.as_str()), p.version),
            changes,
        }
    });
    let vetting = listed.entry.engagement.vetting.status;
    let names = desk.names().await?;
    let body = EntryPage {
        problems,
        id,
        vendor: listed.entry.vendor_id,
        public: format!("/sub-processors/{}", listed.entry.slug),
        status: status_words(listed.status),
        listed: listed.status.is_listed(),
        vetting: vetting.label(),
        weight: vetting_weight(vetting),
        effective_from: listed.entry.effective_from.map(long_date),
        effective_to: listed.effective_to.map(long_date),
        facts: facts.into_iter().map(|d| Fact { label: d.label, text: d.now }).collect(),
        history: past.collect(),
        records: records::view(&stored, &listed.entry, &names, desk.today()),
        open: open
            .iter()
            .map(|c| Open {
                href: format!("/staff/changes/{}", c.id),
                text: format!("{} {} ({})", c.reference(), c.title, state_words(c.state).to_lowercase()),
            })
            .collect(),
        into,
        name: listed.entry.vendor.name,
    };
    let title = body.name.clone();
    desk.page_with(status, staff, Tab::Register, &title, "staff/entry", body).await
}

fn status_like(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
