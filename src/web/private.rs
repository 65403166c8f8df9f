//! Pages made for one reader: behind a mailed link, or with what somebody typed. Nobody keeps a
//! copy, and no search engine lists them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use super::error::Error;
use super::render::Pages;

/// Such a page.
///
/// # Errors
/// The template failed.
pub fn answer(
    pages: &Pages,
    status: StatusCode,
    template: &str,
    context: &impl Serialize,
) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header(("cache-control", "no-store"))
        .insert_header(("x-robots-tag", "noindex"))
        .body(pages.render(template, context)?))
}
