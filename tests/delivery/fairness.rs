//! One host that hangs holds nobody else up.

use super::engine::{prepared, runtime, start, stop};
use crate::support::watched::eventually;
use crate::support::*;
use std::time::Duration;

const ANNOUNCED: &str = "subprocessor.change.announced";
/// Well before the hanging requests are given up, after 20 s.
const SOON: Duration = Duration::from_secs(15);

on_both! {
    fn six_hundred_messages_to_a_host_that_hangs_do_not_delay_the_others(backend: Backend) {
        let (app, world) = prepared(backend);
        for i in 0..600 {
            world.webhook_subscriber(&app.hooks.url(&format!("/hang/{i}")), "dpo@client.example");
        }
        for i in 0..20 {
            let url = app.hooks.url_on(&format!("127.0.1.{}", 1 + i % 10), &format!("/ok/{i}"));
            world.webhook_subscriber(&url, "dpo@client.example");
        }
        app.hooks.answer(|request, _| {
            if request.path.starts_with("/hang/") { Reply::hang() } else { Reply::status(200) }
        });
        let change = world.draft_addition("Example GmbH");
        world.submit_and_approve(&change);
        while world.wait(subprocessors::delivery::engine::step(&world.state)).expect("a chunk").is_some() {}
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery WHERE state = 'queued'"), 620);

        let runtime = runtime();
        let engine = start(&runtime, &world);
        eventually("the healthy ones to be accepted", SOON, || {
            let accepted = "SELECT count(*) AS n FROM delivery WHERE state = 'accepted'";
            (app.database.number(accepted) == 20).then_some(())
        });
        let (hanging, healthy): (Vec<Request>, Vec<Request>) =
            app.hooks.events(ANNOUNCED).into_iter().partition(|r| r.path.starts_with("/hang/"));
        assert_eq!(healthy.len(), 20);
        assert!(hanging.len() <= 2, "two at most on their way to one host: {}", hanging.len());
        let claimed = app.database.number("SELECT count(*) AS n FROM delivery WHERE state = 'sending'");
        assert!(claimed <= 16, "{claimed} are claimed for one host");
        stop(&runtime, engine, Duration::from_millis(100));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery WHERE state = 'queued'"), 600);
    }
}
