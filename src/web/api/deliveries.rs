//! Deliveries with their attempts; trying again; pausing all sending.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body::{Json, parse};
use super::caller::Caller;
use super::page::Paging;
use super::view;
use crate::actions;
use crate::db;
use crate::db::outbox::Wanted;
use crate::domain::delivery::DeliveryState;
use crate::web::Error;

pub(super) async fn list(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let paging = Paging::of(&request, &["state", "channel", "notice", "subscription"])?;
    let mut wanted = Wanted {
        state: paging.word("state")?,
        channel: paging.word("channel")?,
        subscription_id: paging.word("subscription")?,
        before: paging.after()?,
        ..Wanted::default()
    };
    if let Some(number) = paging.text("notice").map(str::to_owned) {
        let notice = caller.read(move |conn| db::notice::by_number(conn, &number)).await?;
        let notice = notice.ok_or_else(|| Error::not_found("There is no notice with this number."))?;
        wanted.notice_id = Some(notice.id);
    }
    let limit = paging.limit;
    let rows = caller.read(move |conn| db::outbox::list(conn, &wanted, limit)).await?;
    let views: Vec<Value> = rows.iter().map(|row| view::delivery(&row.delivery)).collect();
    Ok(paging.answer(&views, rows.last().map(|row| row.delivery.id.to_string())))
}

pub(super) async fn show(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse(&path)?;
    let read = move |conn: &mut db::Conn| Ok((db::outbox::get(conn, id)?, db::outbox::attempts(conn, id)?));
    let (found, attempts) = caller.read(read).await?;
    let (delivery, _) = found.ok_or_else(|| Error::not_found("There is no such delivery."))?;
    let mut shown = view::delivery(&delivery);
    if let Value::Object(members) = &mut shown {
        members.insert("log".into(), attempts.iter().map(view::attempt).collect());
    }
    Ok(HttpResponse::Ok().json(shown))
}

pub(super) async fn resend(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let sent = actions::resend(&caller.state, &caller.by, parse(&path)?).await?;
    Ok(HttpResponse::Ok().json(view::delivery(&sent)))
}

pub(super) async fn sending(caller: Caller) -> Result<HttpResponse, Error> {
    caller.by.require(crate::domain::access::Permission::Read)?;
    tell(&caller).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendingBody {
    paused: bool,
}

pub(super) async fn set_sending(caller: Caller, sent: Json) -> Result<HttpResponse, Error> {
    if sent.read::<SendingBody>()?.paused {
        actions::pause_sending(&caller.state, &caller.by).await?;
    } else {
        actions::resume_sending(&caller.state, &caller.by).await?;
    }
    tell(&caller).await
}

async fn tell(caller: &Caller) -> Result<HttpResponse, Error> {
    let read = |conn: &mut db::Conn| {
        Ok::<_, db::Error>((db::setting::get(conn, actions::PAUSED)?, db::outbox::counts(conn)?))
    };
    let (stored, counts) = caller.state.db.read(read).await?;
    let since = stored.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let count = |state: DeliveryState| counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    let deliveries: Map<String, Value> =
        DeliveryState::ALL.iter().map(|s| (s.to_string(), count(*s).into())).collect();
    Ok(HttpResponse::Ok().json(json!({
        "paused": since.is_some(),
        "since": since.and_then(|s| s.get("at").cloned()),
        "deliveries": deliveries,
    })))
}
