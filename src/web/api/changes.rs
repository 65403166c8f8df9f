//! Changes: begin, edit, look at.

use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use super::caller::Caller;
use super::page::{Paging, answer};
use super::{body, view};
use crate::actions::{self, Details, Draft};
use crate::db;
use crate::domain::change::{Change, ChangeState, Class};
use crate::domain::entry::Entry;
use crate::domain::id::Id;
use crate::state::State;
use crate::web::Error;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DetailsBody {
    title: String,
    #[serde(default)]
    reason: String,
    effective_on: Option<Date>,
    in_use_since: Option<Date>,
}

impl From<DetailsBody> for Details {
    fn from(b: DetailsBody) -> Self {
        Details {
            title: b.title,
            reason: b.reason,
            effective_on: b.effective_on,
            in_use_since: b.in_use_since,
        }
    }
}

pub(super) async fn list(
    caller: Caller,
    state: Data<State>,
    query: Query<Paging>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let limit = query.limit()?;
    let before = query.after::<i64>()?;
    let states = match &query.state {
        None => ChangeState::ALL.to_vec(),
        Some(word) => vec![word.parse().map_err(|e| Error::Malformed(format!("state: {e}")))?],
    };
    let changes = state.db.read(move |conn| db::change::page(conn, &states, before, limit)).await?;
    let path = query.state.as_ref().map_or_else(|| "/changes".to_owned(), |s| format!("/changes?state={s}"));
    let rows: Vec<Value> = changes.iter().map(view::head).collect();
    Ok(answer(&path, limit, &rows, changes.last().map(|c| c.number.to_string())))
}

pub(super) async fn start(caller: Caller, state: Data<State>, bytes: Bytes) -> Result<HttpResponse, Error> {
    let details: DetailsBody = body::read(&bytes)?;
    let change = actions::start_change(&state, &caller.0, details.into()).await.map_err(body::refused)?;
    let location = format!("/api/v1/changes/{}", change.id);
    let mut created = HttpResponse::Created();
    created.insert_header(("location", location));
    tell(&state, created, change).await
}

pub(super) async fn show(
    caller: Caller,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let id = body::id(&path)?;
    let change = state.db.read(move |conn| db::change::get(conn, id)).await?;
    let change = change.ok_or_else(|| Error::not_found("There is no such change."))?;
    tell(&state, HttpResponse::Ok(), change).await
}

pub(super) async fn set_details(
    caller: Caller,
    state: Data<State>,
    request: HttpRequest,
    path: Path<String>,
    bytes: Bytes,
) -> Result<HttpResponse, Error> {
    let (id, revision) = (body::id(&path)?, body::revision(&request)?);
    let details: DetailsBody = body::read(&bytes)?;
    done(&state, actions::set_details(&state, &caller.0, id, revision, details.into()).await).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemBody {
    entry_id: Option<Id>,
    vendor_id: Option<Id>,
    #[serde(default = "nothing")]
    vendor: Value,
    #[serde(default = "nothing")]
    engagement: Value,
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

pub(super) async fn put_item(
    caller: Caller,
    state: Data<State>,
    request: HttpRequest,
    path: Path<String>,
    bytes: Bytes,
) -> Result<HttpResponse, Error> {
    let (id, revision) = (body::id(&path)?, body::revision(&request)?);
    let item: ItemBody = body::read(&bytes)?;
    let current = match item.entry_id {
        Some(entry_id) => state.db.read(move |conn| current(conn, id, entry_id)).await?,
        None => None,
    };
    let draft = Draft {
        entry_id: item.entry_id,
        vendor_id: item.vendor_id,
        vendor: body::facts("vendor", item.vendor, current.as_ref().map(|e| &e.vendor))?,
        engagement: body::facts("engagement", item.engagement, current.as_ref().map(|e| &e.engagement))?,
    };
    done(&state, actions::put_entry(&state, &caller.0, id, revision, draft).await).await
}

/// The line as the change has it, else as the list has it: what is left out stays so.
fn current(conn: &mut db::Conn, change_id: Id, entry_id: Id) -> Result<Option<Entry>, db::Error> {
    let change = db::change::get(conn, change_id)?;
    let item = change.as_ref().and_then(|c| c.items.iter().find(|i| i.entry_id == Some(entry_id)));
    match item.and_then(|i| i.entry()) {
        Some(entry) => Ok(Some(entry.clone())),
        None => Ok(db::register::entry(conn, entry_id)?.map(|listed| listed.entry)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemovalBody {
    entry_id: Id,
}

pub(super) async fn remove(
    caller: Caller,
    state: Data<State>,
    request: HttpRequest,
    path: Path<String>,
    bytes: Bytes,
) -> Result<HttpResponse, Error> {
    let (id, revision) = (body::id(&path)?, body::revision(&request)?);
    let removal: RemovalBody = body::read(&bytes)?;
    done(&state, actions::remove_entry(&state, &caller.0, id, revision, removal.entry_id).await).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementsBody {
    statements: Vec<String>,
}

pub(super) async fn statements(
    caller: Caller,
    state: Data<State>,
    request: HttpRequest,
    path: Path<String>,
    bytes: Bytes,
) -> Result<HttpResponse, Error> {
    let (id, revision) = (body::id(&path)?, body::revision(&request)?);
    let sent: StatementsBody = body::read(&bytes)?;
    done(&state, actions::edit_statements(&state, &caller.0, id, revision, sent.statements).await).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditBody {
    class: Option<Class>,
    #[serde(default)]
    class_reason: String,
    #[serde(default)]
    settle_doubt: bool,
}

pub(super) async fn edit_item(
    caller: Caller,
    state: Data<State>,
    request: HttpRequest,
    path: Path<(String, String)>,
    bytes: Bytes,
) -> Result<HttpResponse, Error> {
    let (id, item) = (body::parse(&path.0)?, body::parse(&path.1)?);
    let revision = body::revision(&request)?;
    let edit: EditBody = body::read(&bytes)?;
    let by = &caller.0;
    let edited = match edit.class {
        Some(class) => actions::set_class(&state, by, id, revision, item, class, edit.class_reason).await,
        None if edit.settle_doubt => actions::settle_doubt(&state, by, id, revision, item).await,
        None => return Err(Error::Malformed("Send class, or settle_doubt: true.".into())),
    };
    done(&state, edited).await
}

pub(super) async fn undo_item(
    caller: Caller,
    state: Data<State>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Error> {
    let (id, item) = (body::parse(&path.0)?, body::parse(&path.1)?);
    let revision = body::revision(&request)?;
    done(&state, actions::undo_item(&state, &caller.0, id, revision, item).await).await
}

/// Answers the change as it stands after an action, or why it did not happen.
pub(super) async fn done(
    state: &Data<State>,
    result: Result<Change, actions::Error>,
) -> Result<HttpResponse, Error> {
    let change = result.map_err(body::refused)?;
    tell(state, HttpResponse::Ok(), change).await
}

async fn tell(
    state: &Data<State>,
    status: actix_web::HttpResponseBuilder,
    change: Change,
) -> Result<HttpResponse, Error> {
    let (settings, now, revision) = (state.settings.clone(), state.clock.now(), change.revision);
    let shown = state.db.read(move |conn| view::change(conn, &settings, now, &change)).await?;
    Ok(view::with_etag(status, revision, &shown))
}
