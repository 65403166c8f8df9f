//! The description of the API (OpenAPI 3.1).

use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::state::State;

const DESCRIPTION: &str = include_str!("openapi.json");

/// The description, with this installation's address.
#[must_use]
pub fn description(public_url: &str) -> String {
    DESCRIPTION.replace("{public_url}", public_url).replace("{version}", env!("CARGO_PKG_VERSION"))
}

pub(super) async fn serve(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(description(&state.public_url))
}
