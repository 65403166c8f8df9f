//! `/api/v1`: everything the staff console does, for programs. Bearer tokens with scopes,
//! RFC 9457 problems, `If-Match` against lost updates, `Idempotency-Key` on POST.
//!
//! The description at `/api/v1/openapi.json` is written by hand, because it is the contract; a
//! test holds it and these routes to each other.

mod agreements;
mod audit;
mod body;
mod caller;
mod changes;
mod clearance;
mod clients;
mod decisions;
mod deliveries;
mod idempotency;
mod imports;
mod in_the_way;
mod objections;
mod openapi;
mod page;
mod published;
mod records;
mod register;
mod staff;
mod subscriptions;
mod view;

use actix_web::http::header::ALLOW;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Resource};

/// Declares the routes once, for the server and for the test of the description.
macro_rules! declare {
    ($($path:literal { $($method:ident => $handler:path),+ $(,)? })+) => {
        /// Method and path, below `/api/v1`, of every route.
        pub const ROUTES: &[(&str, &str)] = &[$($((stringify!($method), $path)),+),+];

        fn add(cfg: &mut ServiceConfig) {
            $(
                let resource = web::resource($path)$(.route(web::$method().to($handler)))+;
                cfg.service(otherwise(resource, &[$(stringify!($method)),+]));
            )+
        }
    };
}

declare! {
    "/openapi.json" { get => openapi::serve }
    "/vendors" { get => register::vendors }
    "/vendors/{id}" { get => register::vendor }
    "/vendors/{id}/contracts" { get => records::contracts, post => records::add_contract }
    "/vendors/{id}/contracts/{record}" { put => records::correct_contract }
    "/engagements" { get => register::engagements }
    "/engagements/{id}" { get => register::engagement }
    "/engagements/{id}/clearance" { get => clearance::show }
    "/engagements/{id}/history" { get => register::history }
    "/engagements/{id}/vettings" { get => records::vettings, post => records::add_vetting }
    "/engagements/{id}/assessments" { get => records::assessments, post => records::add_assessment }
    "/engagements/{id}/assessments/{record}" { put => records::correct_assessment }
    "/statements" { get => published::statements }
    "/changes" { get => changes::list, post => changes::start }
    "/changes/{id}" { get => changes::show, patch => changes::set_details }
    "/changes/{id}/items" { post => changes::put_item }
    "/changes/{id}/removals" { post => changes::remove }
    "/changes/{id}/statements" { put => changes::statements }
    "/changes/{id}/items/{item}" { patch => changes::edit_item, delete => changes::undo_item }
    "/changes/{id}/doubts" { get => changes::doubts }
    "/changes/{id}/mail" { get => changes::mail }
    "/changes/{id}/emergency" { put => decisions::set_emergency }
    "/changes/{id}/submit" { post => decisions::submit }
    "/changes/{id}/approve" { post => decisions::approve }
    "/changes/{id}/return" { post => decisions::send_back }
    "/changes/{id}/cancel" { post => decisions::cancel }
    "/changes/{id}/withdraw" { post => decisions::withdraw }
    "/changes/{id}/postpone" { post => decisions::postpone }
    "/changes/{id}/correct" { post => changes::correct }
    "/changes/{id}/again" { post => changes::draft_again }
    "/changes/{id}/test-mail" { post => decisions::test_mail }
    "/changes/{id}/clients" { get => in_the_way::list }
    "/changes/{id}/clients/{item}/consent" { put => in_the_way::consent }
    "/changes/{id}/waivers" { post => in_the_way::waive }
    "/imports" { post => imports::import }
    "/clients" { get => clients::list, post => clients::add }
    "/clients/{id}" { get => clients::show, patch => clients::save }
    "/clients/{id}/confirm" { post => clients::confirm }
    "/clients/{id}/links/revoke" { post => clients::revoke_links }
    "/clients/{id}/contacts" { get => clients::contacts, post => clients::add_contact }
    "/clients/{id}/contacts/{item}" { get => clients::contact, patch => clients::save_contact, delete => clients::end_contact }
    "/clients/{id}/contacts/{item}/move" { post => clients::move_contact }
    "/clients/{id}/contacts/{item}/restore" { post => clients::restore_contact }
    "/clients/{id}/webhooks" { post => clients::add_webhook }
    "/clients/{id}/subscriptions" { post => clients::link }
    "/clients/{id}/agreements" { get => agreements::list, post => agreements::sign }
    "/clients/{id}/agreements/{item}" { get => agreements::show, patch => agreements::correct }
    "/clients/{id}/agreements/{item}/end" { post => agreements::end }
    "/clients/{id}/hold-outs" { get => agreements::hold_outs, post => agreements::hold_out }
    "/clients/{id}/hold-outs/{item}/end" { post => agreements::end_hold_out }
    "/dpas" { get => agreements::dpas, post => agreements::add_dpa }
    "/dpas/{id}" { get => agreements::dpa, patch => agreements::save_dpa }
    "/objections" { get => objections::list, post => objections::add }
    "/objections/{id}" { get => objections::show }
    "/objections/{id}/decide" { post => objections::decide_on }
    "/notices" { get => published::notices }
    "/notices/{number}" { get => published::notice }
    "/versions/{number}" { get => published::version }
    "/subscriptions" { get => subscriptions::list }
    "/subscriptions/{id}" { get => subscriptions::show }
    "/subscriptions/{id}/end" { post => subscriptions::end }
    "/deliveries" { get => deliveries::list }
    "/deliveries/{id}" { get => deliveries::show }
    "/deliveries/{id}/resend" { post => deliveries::resend }
    "/sending" { get => deliveries::sending, put => deliveries::set_sending }
    "/staff" { get => staff::list, post => staff::add }
    "/staff/{id}" { get => staff::show }
    "/staff/{id}/role" { post => staff::change_role }
    "/staff/{id}/reset" { post => staff::reset }
    "/staff/{id}/disable" { post => staff::disable }
    "/tokens" { get => staff::tokens, post => staff::make_token }
    "/tokens/{id}" { get => staff::token }
    "/tokens/{id}/revoke" { post => staff::revoke }
    "/audit" { get => audit::list }
}

/// Any other method is told those that there are (RFC 9110 section 15.5.6).
fn otherwise(resource: Resource, methods: &[&str]) -> Resource {
    let allowed = methods.join(", ").to_uppercase();
    resource.default_service(web::to(move || {
        let answer = HttpResponse::MethodNotAllowed().insert_header((ALLOW, allowed.as_str())).finish();
        std::future::ready(answer)
    }))
}

/// Mounts the API.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(web::scope("/api/v1").wrap(from_fn(idempotency::once)).configure(add));
}
