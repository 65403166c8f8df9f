//! Endpoints that are gone or silent, with the real process: everything is kept for them, their
//! contacts are told by mail, and they are asked once a day whether they are back.

use crate::support::watched::eventually;
use crate::support::*;
use jiff::SignedDuration;
use std::time::Duration;

const ANNOUNCED: &str = "subprocessor.change.announced";
const SUSPENDED: &str = "SELECT count(*) AS n FROM subscription WHERE state = 'suspended'";
const OWED: &str = "SELECT count(*) AS n FROM delivery WHERE channel = 'webhook' AND state = 'queued'";
const ACCEPTED: &str = "SELECT count(*) AS n FROM delivery WHERE channel = 'webhook' AND state = 'accepted'";
const ATTEMPTS: &str =
    "SELECT count(*) AS n FROM attempt, delivery WHERE delivery.id = delivery_id AND channel = 'webhook'";
/// Contacts are looked for every ten seconds.
const MAILED: Duration = Duration::from_secs(40);

fn tell(app: &App, name: &str) {
    let world = World::of(app);
    let change = world.draft_addition(name);
    world.submit_and_approve(&change);
}

fn wait_for(app: &App, sql: &str, n: i64) {
    eventually(sql, PATIENCE, || (app.database.number(sql) == n).then_some(()));
}

fn wait_for_mails(app: &App, n: usize) {
    eventually("mails to the contact", MAILED, || (app.mail.count() == n).then_some(()));
}

on_both! {
    fn a_webhook_that_is_gone_is_suspended_and_its_news_wait_until_it_is_back(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").start();
        World::of(&app).webhook_subscriber(&app.hooks.url("/hook"), "dpo@client.example");
        app.hooks.answer(|_, _| Reply::status(410));
        tell(&app, "First GmbH");
        app.hooks.wait_for(ANNOUNCED, 1);
        wait_for(&app, SUSPENDED, 1);
        wait_for(&app, OWED, 1);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM attempt WHERE verdict = 'gone'"), 1);
        wait_for_mails(&app, 1);
        let mail = app.mail.wait_for_one_to("dpo@client.example");
        assert!(mail.subject().contains("First GmbH"), "{}", mail.subject());

        tell(&app, "Second GmbH");
        wait_for(&app, &format!("{OWED} AND last_answer LIKE 'kept:%'"), 1);
        wait_for_mails(&app, 2);
        assert_eq!(app.hooks.count(), 1, "a suspended endpoint is left alone");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery WHERE state = 'failed'"), 0);

        // Still gone: one probe, with the oldest.
        app.advance(SignedDuration::from_hours(25));
        wait_for(&app, ATTEMPTS, 2);
        wait_for(&app, OWED, 2);
        app.hooks.answer(|_, _| Reply::status(200));
        app.advance(SignedDuration::from_hours(25));
        wait_for(&app, ACCEPTED, 2);
        assert_eq!(app.database.number(SUSPENDED), 0);
        let told = app.hooks.events(ANNOUNCED);
        let numbers: Vec<i64> = told.iter().filter_map(|r| r.json()["data"]["sequence"].as_i64()).collect();
        assert_eq!(numbers, [1, 1, 1, 2], "the oldest first");
        assert_eq!(app.mail.count(), 2, "each notice is mailed once");
        app.stop();
    }

    fn after_five_days_without_success_an_endpoint_is_suspended(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").start();
        World::of(&app).webhook_subscriber(&app.hooks.url("/hook"), "dpo@client.example");
        app.hooks.answer(|_, _| Reply::status(500));
        tell(&app, "Example GmbH");
        wait_for(&app, ATTEMPTS, 1);
        wait_for(&app, OWED, 1);
        assert_eq!(app.database.number(SUSPENDED), 0);
        let days = 5 * 24 * 3600 * 1_000_000_i64;
        app.database.execute(&format!("UPDATE delivery SET created_at = created_at - {days}"));
        app.advance(SignedDuration::from_mins(1));
        wait_for(&app, ATTEMPTS, 2);
        wait_for(&app, SUSPENDED, 1);
        wait_for_mails(&app, 1);
        app.hooks.answer(|_, _| Reply::status(200));
        app.advance(SignedDuration::from_hours(25));
        wait_for(&app, ACCEPTED, 1);
        assert_eq!(app.database.number(SUSPENDED), 0);
        app.stop();
    }
}
