//! The mail that a change would become, for whoever approves it: in frames of their own, which
//! may run and load nothing.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::web::Path;

use super::console::Desk;
use crate::actions;
use crate::db;
use crate::delivery::{Rendered, render_preview};
use crate::domain::deadline::day_of;
use crate::domain::id::Id;
use crate::domain::notice;
use crate::web::auth::Staff;
use crate::web::error::Error;

/// The mail brings styles of its own; nothing else is let in, and only our pages may frame it.
const FRAMED: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; \
     frame-ancestors 'self'; form-action 'none'; base-uri 'none'";

/// The mail of a change; a conflict where nobody would get one.
///
/// # Errors
/// There is no such change; nothing in it is public; a template of one's own cannot be filled in.
pub async fn rendered(desk: &Desk, id: Id) -> Result<Rendered, Error> {
    let (now, settings) = (desk.state.clock.now(), desk.state.settings.clone());
    let read = move |conn: &mut db::Conn| {
        let Some(change) = db::change::get(conn, id)? else { return Ok(None) };
        let at = change.held_until.unwrap_or(now.saturating_add(settings.hold(false)).unwrap_or(now));
        let year = day_of(at, &settings.zone()).year();
        let number = notice::number(year, db::notice::next_ordinal(conn, year)?);
        let version = db::list::current_number(conn)? + 1;
        actions::notice_document(conn, &settings, at, &change, &number, version).map(Some)
    };
    let document = desk.state.db.read(read).await?.ok_or(Error::not_found("There is no such change."))?;
    let Some(public) = document.public() else {
        return Err(Error::Conflict(
            "Nothing in this change is public, so courtesy subscribers are told nothing.".into(),
        ));
    };
    render_preview(&desk.state, &desk.templates.clone().into_inner(), &public).map_err(Error::internal)
}

/// `GET /staff/changes/{id}/mail.txt`
pub async fn text(desk: Desk, _: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    let mail = rendered(&desk, *id).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, FRAMED))
        .body(format!("Subject: {}\n\n{}", mail.subject, mail.text)))
}

/// `GET /staff/changes/{id}/mail.html`
pub async fn html(desk: Desk, _: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    let mail = rendered(&desk, *id).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, FRAMED))
        .body(mail.html))
}
