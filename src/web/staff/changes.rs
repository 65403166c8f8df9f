//! The list of changes, and the button that begins one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use serde::{Deserialize, Serialize};

use super::change_view::state_words;
use super::console::{Desk, Problem, Tab, problems};
use super::field::{Field, Maker};
use crate::db;
use crate::domain::change::ChangeState;
use crate::domain::diff::long_date;
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;

const MOST: i64 = 500;

#[derive(Serialize)]
struct Tabbed {
    href: String,
    label: &'static str,
    current: bool,
}

#[derive(Serialize)]
struct Line {
    href: String,
    reference: String,
    title: String,
    author: String,
    state: &'static str,
    effective: Option<String>,
    begun: String,
}

#[derive(Serialize)]
struct ChangesPage {
    problems: Vec<Problem>,
    tabs: Vec<Tabbed>,
    lines: Vec<Line>,
    title: Field,
}

/// Which ones.
#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    state: String,
}

/// `GET /staff/changes`
pub async fn page(desk: Desk, staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, Error> {
    show(&desk, &staff, StatusCode::OK, &asked.state, &Fields::default(), &[]).await
}

/// The list again after a change could not be begun.
///
/// # Errors
/// The database failed.
pub async fn refused(desk: &Desk, form: &Posted, errors: &[FieldError]) -> Result<HttpResponse, Error> {
    show(desk, &form.staff, StatusCode::UNPROCESSABLE_ENTITY, "", &form.fields, errors).await
}

async fn show(
    desk: &Desk,
    staff: &Staff,
    status: StatusCode,
    wanted: &str,
    fields: &Fields,
    errors: &[FieldError],
) -> Result<HttpResponse, Error> {
    let wanted: Option<ChangeState> = wanted.parse().ok();
    let states = wanted.map_or_else(|| ChangeState::ALL.to_vec(), |state| vec![state]);
    let changes = desk.state.db.read(move |conn| db::change::in_states(conn, &states, MOST)).await?;
    let names = desk.names().await?;
    let tab = |state: Option<ChangeState>| Tabbed {
        href: state.map_or_else(|| "/staff/changes".to_owned(), |s| format!("/staff/changes?state={s}")),
        label: state.map_or("All", state_words),
        current: state == wanted,
    };
    let site = desk.pages.site();
    let body = ChangesPage {
        problems: problems(errors),
        tabs: std::iter::once(None).chain(ChangeState::ALL.iter().copied().map(Some)).map(tab).collect(),
        lines: changes
            .iter()
            .map(|c| Line {
                href: format!("/staff/changes/{}", c.id),
                reference: c.reference(),
                title: c.title.clone(),
                author: names.of(c.author).to_owned(),
                state: state_words(c.state),
                effective: c.effective_on.map(long_date),
                begun: long_date(site.day(c.created_at)),
            })
            .collect(),
        title: Maker { fields, errors }.text("title", "What the change is about", "In a few words."),
    };
    desk.page_with(status, staff, Tab::Changes, "Changes", "staff/changes", body).await
}
