//! The public pages and data: no login, no cookies, no scripts.

mod current;
mod days;
mod filter;
mod handlers;
mod history;
mod list_page;
pub mod notice_page;
mod schemas;
#[cfg(test)]
mod tests;
mod vendor_page;
mod words;

pub use current::Current;
pub use schemas::schema_names;

use actix_web::web::{ServiceConfig, get, head, resource};

/// The routes of this area.
pub fn routes(cfg: &mut ServiceConfig) {
    macro_rules! readable {
        ($path:literal, $handler:path) => {
            cfg.service(resource($path).route(get().to($handler)).route(head().to($handler)))
        };
    }
    readable!("/", handlers::list);
    readable!("/list.json", handlers::list_json);
    readable!("/sub-processors/{slug}", handlers::vendor);
    readable!("/notices", handlers::notices);
    readable!("/notices/{number}", handlers::notice);
    readable!("/schemas/{name}", schemas::serve);
}
