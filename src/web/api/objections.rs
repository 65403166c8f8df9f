//! Objections: listed, entered, decided on.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Json, parse, refused};
use super::caller::{Caller, Seen};
use super::page::Paging;
use super::view::etag;
use crate::actions::objections::{Decision, Entered, decide, enter};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::id::Id;
use crate::domain::objection::{Objection, ObjectionState, Remedy, Words};
use crate::web::Error;

fn view(o: &Objection) -> Value {
    json!({
        "id": o.id,
        "number": o.number,
        "client_notice_id": o.client_notice_id,
        "contact_id": o.contact_id,
        "person": o.person,
        "email": o.email,
        "received_at": o.received_at,
        "received_by": o.received_by,
        "grounds": o.grounds,
        "wish": o.wish,
        "in_time": o.in_time,
        "state": o.state,
        "blocks": o.blocks(),
        "remedy": o.remedy,
        "answer": o.answer,
        "fix_by": o.fix_by,
        "merged_into": o.merged_into,
        "revision": o.revision,
    })
}

pub(super) async fn list(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let paging = Paging::of(&request, &["state"])?;
    let states: Vec<ObjectionState> = paging.word("state")?.into_iter().collect();
    let (limit, before) = (paging.limit, paging.after::<Id>()?.map(|id| id.to_string()).unwrap_or_default());
    let found = caller.read(move |conn| db::objection::page(conn, &states, &before, limit)).await?;
    let rows: Vec<Value> = found.iter().map(view).collect();
    Ok(paging.answer(&rows, found.last().map(|o| o.id.to_string())))
}

pub(super) async fn show(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse(&path)?;
    let found = caller.read(move |conn| db::objection::get(conn, id)).await?;
    let found = found.ok_or_else(|| Error::not_found("There is no such objection."))?;
    Ok(HttpResponse::Ok().insert_header(etag(found.revision)).json(view(&found)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewObjection {
    client_id: Id,
    notice: String,
    received_at: Option<Timestamp>,
    received_by: String,
    contact_id: Option<Id>,
    person: String,
    grounds: String,
    #[serde(default)]
    wish: String,
}

pub(super) async fn add(caller: Caller, sent: Json) -> Result<HttpResponse, Error> {
    caller.by.require(Permission::Write)?;
    let new: NewObjection = sent.read()?;
    let (number, client) = (new.notice, new.client_id);
    let read = move |conn: &mut db::Conn| match db::notice::by_number(conn, &number)? {
        Some(notice) => db::client_notice::of(conn, notice.id, client),
        None => Ok(None),
    };
    let one = caller.state.db.read(read).await?;
    let one =
        one.ok_or_else(|| Error::field("notice", "This Client was told of no notice with this number."))?;
    let entered = Entered {
        client_notice_id: one.id,
        received_at: new.received_at.unwrap_or_else(|| caller.state.clock.now()),
        received_by: new.received_by,
        contact_id: new.contact_id,
        words: Words { person: new.person, grounds: new.grounds, wish: new.wish },
    };
    let made = enter(&caller.state, &caller.by, entered).await.map_err(refused)?;
    let mut created = HttpResponse::Created();
    created.insert_header(("location", format!("/api/v1/objections/{}", made.id)));
    Ok(created.insert_header(etag(made.revision)).json(view(&made)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionBody {
    state: ObjectionState,
    #[serde(default)]
    answer: String,
    remedy: Option<Remedy>,
    fix_by: Option<Date>,
    engagement_id: Option<Id>,
}

pub(super) async fn decide_on(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let Seen { caller, id, revision } = seen;
    caller.by.require(Permission::Write)?;
    let said: DecisionBody = sent.read()?;
    let decision = Decision {
        to: said.state,
        answer: said.answer,
        remedy: said.remedy,
        fix_by: said.fix_by,
        engagement_id: said.engagement_id,
    };
    let done = decide(&caller.state, &caller.by, (id, revision), decision).await.map_err(refused)?;
    Ok(HttpResponse::Ok().insert_header(etag(done.revision)).json(view(&done)))
}
