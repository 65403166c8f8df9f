//! Deliveries with their attempts; trying again; pausing all sending.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::page::{Paging, answer};
use super::{body, view};
use crate::actions;
use crate::db;
use crate::db::outbox::Wanted;
use crate::state::State;
use crate::web::Error;

pub(super) async fn list(
    caller: Caller,
    state: Data<State>,
    query: Query<Paging>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let limit = query.limit()?;
    let mut wanted = Wanted { before: query.after()?, ..Wanted::default() };
    let mut path = "/deliveries".to_owned();
    if let Some(word) = &query.state {
        wanted.state = Some(word.parse().map_err(|e| Error::Malformed(format!("state: {e}")))?);
        path.push_str(&format!("?state={word}"));
    }
    if let Some(number) = query.notice.clone() {
        let notice = state.db.read(move |conn| db::notice::by_number(conn, &number)).await?;
        let notice = notice.ok_or_else(|| Error::not_found("There is no notice with this number."))?;
        wanted.notice_id = Some(notice.id);
        let separator = if path.contains('?') { '&' } else { '?' };
        path.push_str(&format!("{separator}notice={}", notice.number));
    }
    let rows = state.db.read(move |conn| db::outbox::list(conn, &wanted, limit)).await?;
    let views: Vec<Value> = rows.iter().map(|row| view::delivery(&row.delivery)).collect();
    Ok(answer(&path, limit, &views, rows.last().map(|row| row.delivery.id.to_string())))
}

pub(super) async fn show(
    caller: Caller,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    let id = body::id(&path)?;
    let (found, attempts) = state
        .db
        .read(move |conn| Ok::<_, db::Error>((db::outbox::get(conn, id)?, db::outbox::attempts(conn, id)?)))
        .await?;
    let (delivery, _) = found.ok_or_else(|| Error::not_found("There is no such delivery."))?;
    let mut shown = view::delivery(&delivery);
    if let Value::Object(members) = &mut shown {
        members.insert("log".into(), attempts.iter().map(view::attempt).collect());
    }
    Ok(HttpResponse::Ok().json(shown))
}

pub(super) async fn resend(
    caller: Caller,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    let sent = actions::resend(&state, &caller.0, body::id(&path)?).await?;
    Ok(HttpResponse::Ok().json(view::delivery(&sent)))
}

pub(super) async fn sending(caller: Caller, state: Data<State>) -> Result<HttpResponse, Error> {
    caller.may_read()?;
    tell(&state).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendingBody {
    paused: bool,
}

pub(super) async fn set_sending(
    caller: Caller,
    state: Data<State>,
    bytes: Bytes,
) -> Result<HttpResponse, Error> {
    let sent: SendingBody = body::read(&bytes)?;
    if sent.paused {
        actions::pause_sending(&state, &caller.0).await?;
    } else {
        actions::resume_sending(&state, &caller.0).await?;
    }
    tell(&state).await
}

async fn tell(state: &State) -> Result<HttpResponse, Error> {
    let stored = state.db.read(|conn| db::setting::get(conn, actions::PAUSED)).await?;
    let since = stored.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    Ok(HttpResponse::Ok()
        .json(json!({ "paused": since.is_some(), "since": since.and_then(|s| s.get("at").cloned()) })))
}
