//! `GET /client/{token}/notices/{number}/deadline.ics`: the Client's own deadline.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::links::open_notice;
use super::words::{deadline, last_day, zone};
use crate::delivery::message::dates::last_instant;
use crate::domain::calendar::{Deadline, file as calendar_file};
use crate::domain::notice::headline;
use crate::keys::Purpose;
use crate::state::State;
use crate::web::error::Error;
use crate::web::render::Pages;

/// The file, while there is a deadline.
pub async fn file(
    path: Path<(String, String)>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Error> {
    let (token, number) = path.into_inner();
    let told = match open_notice(&state, &pages, &token, &number).await? {
        Ok((_, told)) => told,
        Err(dead) => return Ok(dead),
    };
    let (Some(day), Some(until)) = (last_day(&told.one), deadline(&told.one)) else {
        return Err(Error::not_found(
            "There is no deadline yet: your time to object has not started, or your agreement opens none.",
        ));
    };
    let site = pages.site();
    let what = headline(&told.notice.clients.items);
    let url = site.link(&format!("{}{token}/notices/{}", Purpose::ClientNotice.path(), told.notice.number));
    let host = url::Url::parse(&url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let text = calendar_file(&Deadline {
        uid: format!("{}@{}", told.one.id, host.unwrap_or_default()),
        stamp: told.one.clocks.objection_start.unwrap_or(told.one.issued_at),
        at: last_instant(day, &zone(&told.one)),
        summary: format!("Object by: {} {what} ({})", site.company(), told.notice.number),
        description: format!("You can object until {until}.\n{url}"),
        url,
    });
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header(("cache-control", "no-store"))
        .insert_header(("x-robots-tag", "noindex"))
        .insert_header((
            "content-disposition",
            format!("attachment; filename=\"{}.ics\"", told.notice.number),
        ))
        .body(text))
}
