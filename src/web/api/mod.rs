//! `/api/v1`: everything the staff console does, for programs. Bearer tokens with scopes,
//! RFC 9457 problems, `If-Match` against lost updates, `Idempotency-Key` on POST.
//!
//! The description at `/api/v1/openapi.json` is written by hand, because it is the contract; a
//! test holds it and these routes to each other.

mod audit;
mod body;
mod caller;
mod changes;
mod decisions;
mod deliveries;
mod idempotency;
mod imports;
mod openapi;
mod page;
mod published;
mod register;
mod subscriptions;
mod view;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

/// Declares the routes once, for the server and for the test of the description.
macro_rules! declare {
    ($($method:ident $path:literal => $handler:path),+ $(,)?) => {
        /// Method and path, below `/api/v1`, of every route.
        pub const ROUTES: &[(&str, &str)] = &[$((stringify!($method), $path)),+];

        fn add(cfg: &mut ServiceConfig) {
            cfg$(.route($path, web::$method().to($handler)))+;
        }
    };
}

declare! {
    get "/openapi.json" => openapi::serve,
    get "/vendors" => register::vendors,
    get "/vendors/{id}" => register::vendor,
    get "/engagements" => register::engagements,
    get "/engagements/{id}" => register::engagement,
    get "/changes" => changes::list,
    post "/changes" => changes::start,
    get "/changes/{id}" => changes::show,
    patch "/changes/{id}" => changes::set_details,
    post "/changes/{id}/items" => changes::put_item,
    post "/changes/{id}/removals" => changes::remove,
    put "/changes/{id}/statements" => changes::statements,
    patch "/changes/{id}/items/{item}" => changes::edit_item,
    delete "/changes/{id}/items/{item}" => changes::undo_item,
    post "/changes/{id}/submit" => decisions::submit,
    post "/changes/{id}/approve" => decisions::approve,
    post "/changes/{id}/return" => decisions::send_back,
    post "/changes/{id}/cancel" => decisions::cancel,
    post "/imports" => imports::import,
    get "/notices" => published::notices,
    get "/notices/{number}" => published::notice,
    get "/versions/{number}" => published::version,
    get "/subscriptions" => subscriptions::list,
    get "/subscriptions/{id}" => subscriptions::show,
    post "/subscriptions/{id}/end" => subscriptions::end,
    get "/deliveries" => deliveries::list,
    get "/deliveries/{id}" => deliveries::show,
    post "/deliveries/{id}/resend" => deliveries::resend,
    get "/sending" => deliveries::sending,
    put "/sending" => deliveries::set_sending,
    get "/audit" => audit::list,
}

/// Mounts the API.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(web::scope("/api/v1").wrap(from_fn(idempotency::once)).configure(add));
}
