//! Asking to be told: opt-in, preferences, unsubscribing, webhooks.

mod email;
mod forms;
mod links;
mod preferences;
mod receivers;
mod webhook;

use crate::support::*;

/// Asks for mail in a browser; gives the answer's page.
fn ask(app: &App, address: &str) -> Page {
    let mut visitor = app.browser();
    let form = visitor.get("/subscribe").expect(200);
    visitor.submit(&form, "form[action='/subscribe']", &[("email", address)])
}

/// Asks, opens the mailed link and confirms.
fn subscribed(app: &App, address: &str) -> Page {
    ask(app, address).expect(200);
    let mail = app.mail.wait_for_one_to(address);
    let mut visitor = app.browser();
    let page = visitor.get(&mail.link("/subscriptions/confirm/")).expect(200);
    visitor.submit(&page, "main form", &[]).expect(200)
}

fn count(app: &App, condition: &str) -> i64 {
    app.database.number(&format!("SELECT count(*) AS n FROM subscription WHERE {condition}"))
}
