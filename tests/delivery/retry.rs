//! What the peers' answers lead to, with the real process.

use crate::support::watched::eventually;
use crate::support::*;
use jiff::SignedDuration;

const ANNOUNCED: &str = "subprocessor.change.announced";

fn tell(app: &App) {
    let world = World::of(app);
    let change = world.draft_addition("Example GmbH");
    world.submit_and_approve(&change);
}

fn wait_for(app: &App, sql: &str, n: i64) {
    eventually(sql, PATIENCE, || (app.database.number(sql) == n).then_some(()));
}

const ATTEMPTS: &str = "SELECT count(*) AS n FROM attempt";

on_both! {
    fn a_mail_put_off_arrives_once(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").start();
        World::of(&app).mail_subscriber("reader@client.example");
        app.mail.answer(|_, earlier| match earlier {
            0 => Answer::RefuseRecipient("450 4.2.0 greylisted, try again"),
            _ => Answer::Accept,
        });
        tell(&app);
        wait_for(&app, ATTEMPTS, 1);
        assert_eq!(app.database.number("SELECT CAST(code AS BIGINT) AS n FROM attempt"), 450);
        assert_eq!(app.mail.count(), 0);
        app.advance(SignedDuration::from_mins(6));
        app.mail.wait_for_one_to("reader@client.example");
        wait_for(&app, "SELECT count(*) AS n FROM delivery WHERE state = 'accepted'", 1);
        assert_eq!((app.database.number(ATTEMPTS), app.mail.count()), (2, 1));
        app.stop();
    }

    fn an_unknown_mailbox_fails_at_once_and_raises_an_alarm(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").start();
        World::of(&app).mail_subscriber("nobody@client.example");
        app.mail.answer(|_, _| Answer::RefuseRecipient("550 5.1.1 <nobody@client.example> unknown"));
        tell(&app);
        wait_for(&app, "SELECT count(*) AS n FROM delivery WHERE state = 'failed'", 1);
        let log = app.process().log();
        assert!(log.contains("delivery_failed"), "{log}");
        assert!(!log.contains("nobody@client.example"), "no address in the log:\n{log}");
        app.stop();
    }

    fn a_refusal_that_quotes_the_receiver_is_kept_without_the_address(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").start();
        World::of(&app).mail_subscriber("A@x.example");
        app.mail.answer(|_, _| Answer::RefuseRecipient("550 5.1.1 <a@x.example>: unknown, A@X.EXAMPLE"));
        tell(&app);
        wait_for(&app, "SELECT count(*) AS n FROM delivery WHERE state = 'failed'", 1);
        for (table, column) in [("attempt", "answer"), ("delivery", "last_answer")] {
            let count = |like: &str| {
                app.database.number(&format!("SELECT count(*) AS n FROM {table} WHERE lower({column}) LIKE '{like}'"))
            };
            assert_eq!(count("%5.1.1 <recipient>: unknown, <recipient>%"), 1, "{table}");
            assert_eq!(count("%x.example%"), 0, "{table}");
        }
        app.stop();
    }

    fn a_follow_up_comes_on_the_effective_date(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").start();
        let world = World::of(&app);
        world.mail_subscriber("reader@client.example");
        world.webhook_subscriber(&app.hooks.url("/hook"), "dpo@client.example");
        tell(&app);
        app.mail.wait_for(1);
        app.hooks.wait_for(ANNOUNCED, 1);
        app.advance(SignedDuration::from_hours(46 * 24));
        let follow_up = app.mail.wait_for_nth_to("reader@client.example", 2);
        assert!(follow_up.subject().starts_with("Now in effect: Acme adds Example GmbH"), "{}", follow_up.subject());
        let effective = app.hooks.wait_for("subprocessor.change.effective", 1);
        assert_eq!(effective[0].json()["data"]["sequence"], 2);
        app.stop();
    }
}
