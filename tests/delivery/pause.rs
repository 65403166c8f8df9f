//! A pause, or a stop, holds back what is claimed and not begun.

use super::engine::{prepared, runtime, start, stop, wait_for_accepted};
use crate::support::watched::{Watched, eventually};
use crate::support::*;
use std::time::Duration;
use subprocessors::db::{setting, subscription};
use subprocessors::delivery::engine::PAUSED;
use subprocessors::delivery::send_challenge;
use subprocessors::delivery::webhook::signature::Secret;
use tokio::time::Instant;

const ANNOUNCED: &str = "subprocessor.change.announced";
const QUEUED: &str = "SELECT count(*) AS n FROM delivery WHERE state = 'queued' AND attempts = 0";
const SENDING: &str = "SELECT count(*) AS n FROM delivery WHERE state = 'sending'";

/// Ten messages claimed for one host, of which two are on their way and wait for the gate.
fn ten_claimed(app: &App, world: &World) -> Watched<bool> {
    for i in 0..10 {
        world.webhook_subscriber(&app.hooks.url(&format!("/{i}")), "dpo@client.example");
    }
    let gate = Watched::new(false);
    let keeper = gate.clone();
    app.hooks.answer(move |_, _| {
        keeper.wait(PATIENCE, |open| open.then_some(()));
        Reply::status(200)
    });
    gate
}

fn wait_until(app: &App, sql: &str, n: i64) {
    eventually(sql, PATIENCE, || (app.database.number(sql) == n).then_some(()));
}

on_both! {
    fn a_pause_holds_back_what_is_claimed_and_not_begun(backend: Backend) {
        let (app, world) = prepared(backend);
        let gate = ten_claimed(&app, &world);
        let runtime = runtime();
        let engine = start(&runtime, &world);
        let change = world.draft_addition("Example GmbH");
        world.submit_and_approve(&change);
        app.hooks.wait_for(ANNOUNCED, 2);
        wait_until(&app, SENDING, 10);

        world.state.db.write_blocking(|conn| setting::put(conn, PAUSED, "{}")).expect("paused");
        gate.change(|open| *open = true);
        wait_until(&app, QUEUED, 8);
        wait_for_accepted(&app, 2);
        assert_eq!(app.hooks.count(), 2, "what was on its way ended, and nothing else began");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM attempt"), 2);

        world.state.db.write_blocking(|conn| setting::remove(conn, PAUSED)).expect("resumed");
        wait_for_accepted(&app, 10);
        stop(&runtime, engine, Duration::from_secs(10));
        assert_eq!(app.hooks.count(), 10);
    }

    fn from_the_start_of_a_stop_no_sending_begins(backend: Backend) {
        let (app, world) = prepared(backend);
        let gate = ten_claimed(&app, &world);
        let runtime = runtime();
        let engine = start(&runtime, &world);
        let change = world.draft_addition("Example GmbH");
        world.submit_and_approve(&change);
        app.hooks.wait_for(ANNOUNCED, 2);
        wait_until(&app, SENDING, 10);

        engine.hold(Instant::now() + Duration::from_secs(15));
        wait_until(&app, QUEUED, 8);
        gate.change(|open| *open = true);
        wait_for_accepted(&app, 2);
        stop(&runtime, engine, Duration::from_secs(10));
        assert_eq!(app.hooks.count(), 2);
        assert_eq!(app.database.number(QUEUED), 8);
    }

    fn a_challenge_is_refused_while_sending_is_paused(backend: Backend) {
        let (app, world) = prepared(backend);
        let id = world.webhook_subscriber(&app.hooks.url("/hook"), "dpo@client.example");
        let stored = world.state.db.read_blocking(|conn| subscription::get(conn, id)).expect("it").expect("one");
        let secret = Secret::unseal(&world.state.keys, id, &stored.secret).expect("a secret");
        let ask = || world.wait(send_challenge(&world.state, &stored.subscription.url, &secret));

        world.state.db.write_blocking(|conn| setting::put(conn, PAUSED, "{}")).expect("paused");
        let refused = ask().expect_err("paused");
        assert!(refused.to_string().starts_with("All sending is paused"), "{refused}");
        assert_eq!(app.hooks.count(), 0);

        world.state.db.write_blocking(|conn| setting::remove(conn, PAUSED)).expect("resumed");
        assert_eq!(ask().expect("sent").code, Some(200));
        assert_eq!(app.hooks.count(), 1);
    }
}
