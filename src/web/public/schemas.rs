//! JSON Schemas of everything we send, at permanent addresses.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use crate::web::encoded::Encoded;
use crate::web::error::Error;

#[derive(rust_embed::Embed)]
#[folder = "schemas/"]
#[include = "*.json"]
struct Embedded;

/// `GET /schemas/{name}`
pub async fn serve(request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Error> {
    let file = Embedded::get(&name).ok_or_else(|| Error::not_found("There is no schema with this name."))?;
    Ok(Encoded::new("application/schema+json", "public, max-age=3600", file.data.into_owned())
        .respond(&request))
}

/// The names of all schemas.
pub fn schema_names() -> Vec<String> {
    Embedded::iter().map(|name| name.into_owned()).collect()
}
