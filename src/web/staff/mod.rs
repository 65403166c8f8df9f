//! The console under `/staff`. Reading takes a login, everything else a form of ours
//! ([`crate::web::auth::Posted`]) and the permission that its action asks for.

mod audit;
mod change;
mod change_acts;
mod change_view;
mod changes;
mod clients;
mod console;
mod correction_view;
mod deliveries;
mod entry;
mod entry_form;
mod entry_values;
mod entry_view;
mod field;
mod flash;
mod home;
mod import;
mod into;
pub(in crate::web) mod kept;
mod login;
mod mail;
mod objections;
mod plan_view;
mod record_values;
mod recording;
mod records;
mod register;
mod stale;
mod statements;
mod subscriptions;
mod users;
mod voices_view;

use actix_web::web::{ServiceConfig, get, post, resource};

/// The routes of the console: all of them on this screen.
pub fn routes(cfg: &mut ServiceConfig) {
    macro_rules! page {
        ($path:literal, $get:path) => {
            cfg.service(resource($path).route(get().to($get)))
        };
        ($path:literal, $get:path, $post:path) => {
            cfg.service(resource($path).route(get().to($get)).route(post().to($post)))
        };
    }
    macro_rules! form {
        ($path:literal, $post:path) => {
            cfg.service(resource($path).route(post().to($post)))
        };
    }
    page!("/staff/login", login::login_page, login::login);
    form!("/staff/logout", login::logout);
    page!("/staff/welcome/{token}", login::welcome_page, login::welcome);
    page!("/staff", home::home);
    page!("/staff/register", register::page);
    form!("/staff/entries", entry_form::save);
    page!("/staff/entries/new", entry_form::new_form);
    page!("/staff/entries/{id}", entry::page);
    page!("/staff/entries/{id}/edit", entry_form::edit_form);
    form!("/staff/entries/{id}/remove", entry_form::remove);
    page!("/staff/entries/{id}/records", records::page);
    page!("/staff/entries/{id}/contracts/new", recording::new_contract, recording::add_contract);
    page!("/staff/entries/{id}/contracts/{record}", recording::contract, recording::correct_contract);
    page!("/staff/entries/{id}/vettings/new", recording::new_vetting, recording::add_vetting);
    page!("/staff/entries/{id}/assessments/new", recording::new_assessment, recording::add_assessment);
    page!("/staff/entries/{id}/assessments/{record}", recording::assessment, recording::correct_assessment);
    page!("/staff/statements", statements::page, statements::save);
    page!("/staff/changes", changes::page, change_acts::start);
    page!("/staff/changes/{id}", change::page);
    form!("/staff/changes/{id}/details", change_acts::set_details);
    form!("/staff/changes/{id}/emergency", voices_view::set_emergency);
    form!("/staff/changes/{id}/submit", change_acts::submit);
    form!("/staff/changes/{id}/approve", change_acts::approve);
    form!("/staff/changes/{id}/return", change_acts::return_to_author);
    form!("/staff/changes/{id}/cancel", change_acts::cancel);
    form!("/staff/changes/{id}/withdraw", change_acts::withdraw);
    form!("/staff/changes/{id}/postpone", change_acts::postpone);
    form!("/staff/changes/{id}/correct", change_acts::correct);
    form!("/staff/changes/{id}/again", change_acts::draft_again);
    page!("/staff/changes/{id}/clients", clients::in_the_way::page);
    page!("/staff/changes/{id}/clients/{item}/consent", clients::consent::new, clients::consent::add);
    form!("/staff/changes/{id}/waivers", clients::in_the_way::waive);
    form!("/staff/changes/{id}/items/{item}/class", change_acts::set_class);
    form!("/staff/changes/{id}/items/{item}/undo", change_acts::undo);
    form!("/staff/changes/{id}/items/{item}/settle", change_acts::settle);
    page!("/staff/changes/{id}/mail.txt", mail::text);
    page!("/staff/changes/{id}/mail.html", mail::html);
    form!("/staff/changes/{id}/test-mail", mail::send_test);
    page!("/staff/import", import::page, import::import);
    page!("/staff/clients", clients::list::page, clients::form::add);
    page!("/staff/clients/new", clients::form::new);
    page!("/staff/clients/import", clients::import::page, clients::import::import);
    page!("/staff/clients/{id}", clients::page::page);
    page!("/staff/clients/{id}/edit", clients::form::edit, clients::form::save);
    form!("/staff/clients/{id}/confirm", clients::page::confirm);
    form!("/staff/clients/{id}/links/revoke", clients::page::revoke_links);
    page!("/staff/clients/{id}/contacts/new", clients::contact::new, clients::contact::add);
    page!("/staff/clients/{id}/contacts/{item}", clients::contact::edit, clients::contact::save);
    form!("/staff/clients/{id}/contacts/{item}/move", clients::contact::shift);
    form!("/staff/clients/{id}/contacts/{item}/end", clients::contact::end);
    form!("/staff/clients/{id}/contacts/{item}/restore", clients::contact::restore);
    page!("/staff/clients/{id}/webhooks/new", clients::subscribed::new, clients::subscribed::add);
    form!("/staff/clients/{id}/subscriptions", clients::subscribed::link);
    page!("/staff/clients/{id}/agreements/new", clients::agreement::new, clients::agreement::sign);
    page!("/staff/clients/{id}/agreements/{item}", clients::agreement::edit, clients::agreement::save);
    form!("/staff/clients/{id}/agreements/{item}/end", clients::agreement::end);
    page!("/staff/clients/{id}/hold-outs/new", clients::hold_out::new, clients::hold_out::add);
    form!("/staff/clients/{id}/hold-outs/{item}/end", clients::hold_out::end);
    page!("/staff/clients/{id}/objections/new", objections::enter::new, objections::enter::add);
    page!("/staff/objections", objections::inbox::page);
    page!("/staff/objections/{id}", objections::one::page, objections::one::act);
    page!("/staff/dpas", clients::dpas::page, clients::dpas::add);
    page!("/staff/dpas/new", clients::dpas::new);
    page!("/staff/dpas/{id}", clients::dpa_form::edit, clients::dpa_form::save);
    page!("/staff/deliveries", deliveries::page);
    page!("/staff/deliveries/{id}", deliveries::one);
    form!("/staff/deliveries/{id}/resend", deliveries::resend);
    form!("/staff/sending/pause", deliveries::pause);
    form!("/staff/sending/resume", deliveries::resume);
    page!("/staff/subscriptions", subscriptions::page);
    page!("/staff/audit", audit::page);
    page!("/staff/users", users::page, users::add);
    form!("/staff/users/{id}/reset", users::reset);
    form!("/staff/users/{id}/disable", users::disable);
    form!("/staff/users/{id}/role", users::change_role);
    form!("/staff/tokens", users::make_token);
    form!("/staff/tokens/{id}/revoke", users::revoke_token);
}
