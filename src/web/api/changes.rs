//! Changes: begin, edit, look at.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{self, Json, parse};
use super::caller::{Caller, Seen};
use super::page::Paging;
use super::view;
use crate::actions::{self, Details, Draft};
use crate::db;
use crate::domain::change::{ChangeState, Class};
use crate::domain::entry::Entry;
use crate::domain::id::Id;
use crate::templates::Templates;
use crate::web::Error;
use crate::web::preview;

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

pub(super) async fn list(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let paging = Paging::of(&request, &["state"])?;
    let (limit, before) = (paging.limit, paging.after::<i64>()?);
    let state: Option<ChangeState> = paging.word("state")?;
    let states = state.map_or_else(|| ChangeState::ALL.to_vec(), |state| vec![state]);
    let changes = caller.read(move |conn| db::change::page(conn, &states, before, limit)).await?;
    let rows: Vec<Value> = changes.iter().map(view::head).collect();
    Ok(paging.answer(&rows, changes.last().map(|c| c.number.to_string())))
}

pub(super) async fn start(caller: Caller, sent: Json) -> Result<HttpResponse, Error> {
    let details: DetailsBody = sent.read()?;
    let change = actions::start_change(&caller.state, &caller.by, details.into()).await?;
    let mut created = HttpResponse::Created();
    created.insert_header(("location", format!("/api/v1/changes/{}", change.id)));
    caller.tell(created, change).await
}

/// What was wrong in an announcement.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CorrectBody {
    #[serde(default)]
    reason: String,
}

/// A draft that corrects an announced change.
pub(super) async fn correct(caller: Caller, path: Path<String>, sent: Json) -> Result<HttpResponse, Error> {
    let (id, said) = (parse(&path)?, sent.read::<CorrectBody>()?);
    let draft =
        actions::correct(&caller.state, &caller.by, id, said.reason).await.map_err(super::body::refused)?;
    let mut created = HttpResponse::Created();
    created.insert_header(("location", format!("/api/v1/changes/{}", draft.id)));
    caller.tell(created, draft).await
}

/// A new draft with the items of one that was withdrawn or cancelled.
pub(super) async fn draft_again(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let draft =
        actions::draft_again(&caller.state, &caller.by, parse(&path)?).await.map_err(super::body::refused)?;
    let mut created = HttpResponse::Created();
    created.insert_header(("location", format!("/api/v1/changes/{}", draft.id)));
    caller.tell(created, draft).await
}

pub(super) async fn show(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse(&path)?;
    let change = caller.read(move |conn| db::change::get(conn, id)).await?;
    caller.tell(HttpResponse::Ok(), change.ok_or_else(missing)?).await
}

fn missing() -> Error {
    Error::not_found("There is no such change.")
}

/// What an import left for a person: rows and columns that are not in the draft.
pub(super) async fn doubts(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse(&path)?;
    caller.read(move |conn| db::change::get(conn, id)).await?.ok_or_else(missing)?;
    let doubts = actions::import_list::doubts(&caller.state, &caller.by, id).await?;
    Ok(HttpResponse::Ok().json(json!({ "data": doubts })))
}

/// The mail that the change would become.
pub(super) async fn mail(
    caller: Caller,
    templates: actix_web::web::Data<Templates>,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    let id = parse(&path)?;
    caller.by.require(crate::domain::access::Permission::Read)?;
    let mail = preview::rendered(&caller.state, &templates, id).await?;
    Ok(HttpResponse::Ok().json(json!({ "subject": mail.subject, "text": mail.text, "html": mail.html })))
}

pub(super) async fn set_details(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, details) = (&seen, sent.read::<DetailsBody>()?);
    seen.done(actions::set_details(&caller.state, &caller.by, *id, *revision, details.into()).await).await
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

pub(super) async fn put_item(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, item) = (&seen, sent.read::<ItemBody>()?);
    let (change, entry) = (*id, item.entry_id);
    let current = match entry {
        Some(entry) => caller.state.db.read(move |conn| current(conn, change, entry)).await?,
        None => None,
    };
    let draft = Draft {
        entry_id: item.entry_id,
        vendor_id: item.vendor_id,
        vendor: body::facts("vendor", item.vendor, current.as_ref().map(|e| &e.vendor))?,
        engagement: body::facts("engagement", item.engagement, current.as_ref().map(|e| &e.engagement))?,
    };
    seen.done(actions::put_entry(&caller.state, &caller.by, *id, *revision, draft).await).await
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

pub(super) async fn remove(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, removal) = (&seen, sent.read::<RemovalBody>()?);
    seen.done(actions::remove_entry(&caller.state, &caller.by, *id, *revision, removal.entry_id).await).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementsBody {
    statements: Vec<String>,
}

pub(super) async fn statements(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, said) = (&seen, sent.read::<StatementsBody>()?);
    seen.done(actions::edit_statements(&caller.state, &caller.by, *id, *revision, said.statements).await)
        .await
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
    seen: Seen,
    path: Path<(String, String)>,
    sent: Json,
) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, item) = (&seen, parse(&path.1)?);
    let (state, by) = (&caller.state, &caller.by);
    let edit: EditBody = sent.read()?;
    seen.done(match edit.class {
        Some(class) => actions::set_class(state, by, *id, *revision, item, class, edit.class_reason).await,
        None if edit.settle_doubt => actions::settle_doubt(state, by, *id, *revision, item).await,
        None => return Err(Error::Malformed("Send class, or settle_doubt: true.".into())),
    })
    .await
}

pub(super) async fn undo_item(seen: Seen, path: Path<(String, String)>) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, item) = (&seen, parse(&path.1)?);
    seen.done(actions::undo_item(&caller.state, &caller.by, *id, *revision, item).await).await
}
