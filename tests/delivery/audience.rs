//! An audience of which one row cannot be read.

use crate::support::watched::eventually;
use crate::support::*;

on_both! {
    fn a_subscriber_who_cannot_be_read_costs_nobody_else_the_news(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").start();
        let world = World::of(&app);
        let ids: Vec<_> = (0..5).map(|n| world.mail_subscriber(&format!("reader-{n}@client.example"))).collect();
        let (broken, odd) = (ids[1], ids[4]);
        app.database.execute(&format!("UPDATE subscription SET email = 'reader-1 at client' WHERE id = '{broken}'"));
        app.database.execute(&format!("UPDATE subscription SET filter = 'of a newer release' WHERE id = '{odd}'"));
        let change = world.draft_addition("Example GmbH");
        world.submit_and_approve(&change);
        for n in [0, 2, 3] {
            app.mail.wait_for_one_to(&format!("reader-{n}@client.example"));
        }
        eventually("the audience is done", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM expansion WHERE finished_at IS NOT NULL") == 1).then_some(())
        });
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery"), 3);
        let log = app.process().log();
        for id in [broken, odd] {
            assert!(log.contains(&id.to_string()), "{log}");
        }
        assert!(log.contains("subscription_unreadable") && !log.contains("reader-1 at"), "{log}");
        let figures = app.browser().get("/metrics").expect(200);
        assert!(figures.text().contains("subprocessors_unreadable_subscriptions_total 2"), "{}", figures.text());
        app.stop();
    }
}
