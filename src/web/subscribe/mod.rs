//! Getting told: the forms, the pages behind mailed links, and what a webhook's receiver has to
//! know. Nobody logs in. Reading changes nothing: scanners follow every link in a mail, so each
//! leads to a page with a button.

mod confirm;
mod filter;
mod links;
mod preferences;
mod receivers;
mod sign_up;
mod unsubscribe;
mod webhook;

use actix_web::web::{ServiceConfig, get, head, post, resource};

/// The routes of this area.
pub fn routes(cfg: &mut ServiceConfig) {
    macro_rules! page {
        ($path:expr, $show:path $(, $act:path)?) => {
            cfg.service(
                resource($path).route(get().to($show)).route(head().to($show))$(.route(post().to($act)))?,
            )
        };
    }
    page!("/subscribe", sign_up::email_page, sign_up::subscribe_email);
    page!("/subscribe/webhook", sign_up::webhook_page, sign_up::subscribe_webhook);
    page!("/subscribe/preferences", preferences::request_page, preferences::request_link);
    page!("/subscriptions/confirm/{token}", confirm::page, confirm::confirm);
    page!("/subscriptions/preferences/{token}", preferences::page, preferences::save);
    // One-click, RFC 8058: mail providers post here, so nothing but the token is asked for.
    page!("/subscriptions/unsubscribe/{token}", unsubscribe::page, unsubscribe::unsubscribe);
    page!("/webhooks", receivers::page);
    cfg.route("/subscriptions/confirm/{token}/again", post().to(confirm::send_again))
        .route("/subscriptions/preferences/{token}/challenge", post().to(webhook::challenge))
        .route("/subscriptions/preferences/{token}/secret", post().to(webhook::renew_secret))
        .route("/subscriptions/unsubscribe/{token}/successor", post().to(unsubscribe::successor))
        .route("/subscriptions/preferences/{token}/test", post().to(webhook::test));
}
