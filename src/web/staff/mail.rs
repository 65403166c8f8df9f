//! The mail that a change would become, for whoever approves it: in frames of their own, which
//! may run and load nothing.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::web::Path;

use super::change::refused;
use super::console::{Desk, see};
use crate::actions;
use crate::domain::id::Id;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::preview::rendered;

/// The mail brings styles of its own; nothing else is let in, and only our pages may frame it.
const FRAMED: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; \
     frame-ancestors 'self'; form-action 'none'; base-uri 'none'";

/// `GET /staff/changes/{id}/mail.txt`
pub async fn text(desk: Desk, _: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    let mail = rendered(&desk.state, &desk.templates, *id).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, FRAMED))
        .body(format!("Subject: {}\n\n{}", mail.subject, mail.text)))
}

/// `GET /staff/changes/{id}/mail.html`
pub async fn html(desk: Desk, _: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    let mail = rendered(&desk.state, &desk.templates, *id).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, FRAMED))
        .body(mail.html))
}

/// `POST /staff/changes/{id}/test-mail`: to the person who asks, and to nobody else.
pub async fn send_test(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let templates = desk.templates.clone().into_inner();
    match actions::send_test_mail(&desk.state, &templates, &form.staff.by, *id).await {
        Ok(_) => Ok(see(&format!("/staff/changes/{id}"), "tested")),
        Err(error) => refused(&desk, &form.staff, *id, &form.fields, error).await,
    }
}
