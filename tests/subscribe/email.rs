//! News by mail, from the form to the confirmation.

use super::{ask, count, subscribed};
use crate::support::*;
use jiff::SignedDuration;

on_both! {
    fn nothing_counts_before_the_mailed_link_is_confirmed(app) {
        let answer = ask(&app, "dpo@client.example").expect(200);
        assert_eq!(answer.one("h1"), "Check your mail");
        let mail = app.mail.wait_for_one_to("dpo@client.example");
        assert_eq!(count(&app, "state = 'pending' AND confirmed_at IS NULL"), 1);

        let link = mail.link("/subscriptions/confirm/");
        assert!(link.starts_with(&app.url), "{link}");
        let mut visitor = app.browser();
        let page = visitor.get(&link).expect(200);
        assert_eq!(page.one("h1"), "Confirm your subscription");
        assert_eq!(count(&app, "state = 'pending'"), 1, "looking at the page changed something");

        let done = visitor.submit(&page, "main form", &[]).expect(200);
        assert_eq!(done.one("h1"), "You are subscribed");
        assert_eq!(count(&app, "state = 'confirmed' AND confirmed_at IS NOT NULL"), 1);
        assert!(visitor.cookies.is_empty(), "no cookie is needed");
    }

    fn a_second_click_shows_success_too(app) {
        ask(&app, "dpo@client.example").expect(200);
        let link = app.mail.wait_for_one_to("dpo@client.example").link("/subscriptions/confirm/");
        let mut visitor = app.browser();
        let page = visitor.get(&link);
        for _ in 0..2 {
            assert_eq!(visitor.submit(&page, "main form", &[]).expect(200).one("h1"), "You are subscribed");
        }
        assert_eq!(visitor.get(&link).expect(200).one("h1"), "You are subscribed");
        let confirmed = "SELECT count(*) AS n FROM audit_event WHERE action = 'subscription.confirmed'";
        assert_eq!(app.database.number(confirmed), 1);
    }

    fn two_clicks_at_the_same_time_both_succeed_and_make_one_subscription(app) {
        ask(&app, "dpo@client.example").expect(200);
        let link = app.mail.wait_for_one_to("dpo@client.example").link("/subscriptions/confirm/");
        let page = app.browser().get(&link).expect(200);
        std::thread::scope(|scope| {
            let click = || app.browser().submit(&page, "main form", &[]).expect(200).one("h1");
            let clicks: Vec<_> = (0..8).map(|_| scope.spawn(click)).collect();
            for one in clicks {
                assert_eq!(one.join().unwrap(), "You are subscribed");
            }
        });
        assert_eq!(count(&app, "state = 'confirmed'"), 1);
        assert_eq!(count(&app, "1 = 1"), 1);
        let confirmed = "SELECT count(*) AS n FROM audit_event WHERE action = 'subscription.confirmed'";
        assert_eq!(app.database.number(confirmed), 1);
    }

    fn the_answer_never_tells_whether_an_address_is_known(app) {
        let first = ask(&app, "dpo@client.example").expect(200);
        let pending = ask(&app, "dpo@client.example").expect(200);
        assert_eq!(first.text(), pending.text());
        let second = app.mail.wait_for_nth_to("dpo@client.example", 2);
        let mut visitor = app.browser();
        let page = visitor.get(&second.link("/subscriptions/confirm/"));
        visitor.submit(&page, "main form", &[]).expect(200);

        let known = ask(&app, "DPO@Client.example").expect(200);
        assert_eq!(first.text(), known.text().replace("DPO@Client", "dpo@client"));
        let mail = app.mail.wait_for_nth_to("dpo@client.example", 3);
        assert!(mail.link("/subscriptions/preferences/").starts_with(&app.url));
        assert_eq!(count(&app, "1 = 1"), 1);
    }

    fn a_fourth_mail_in_an_hour_is_not_sent_but_looks_the_same(app) {
        let pages: Vec<String> = (0..5).map(|_| ask(&app, "dpo@client.example").expect(200).text()).collect();
        assert!(pages.windows(2).all(|pair| pair[0] == pair[1]));
        let owed = "SELECT count(*) AS n FROM delivery WHERE kind = 'confirm'";
        assert_eq!(app.database.number(owed), 3);
        app.advance(SignedDuration::from_mins(61));
        ask(&app, "dpo@client.example").expect(200);
        assert_eq!(app.database.number(owed), 4);
    }

    fn plus_addresses_and_international_domains_are_welcome(app) {
        ask(&app, "dpo+acme@bücher.example").expect(200);
        let mail = app.mail.wait_for_one_to("dpo+acme@xn--bcher-kva.example");
        assert!(!mail.link("/subscriptions/confirm/").is_empty());
        let done = subscribed(&app, "privacy+acme@client.example");
        assert!(done.says("privacy+acme@client.example"));
    }

    fn a_request_that_nobody_confirms_is_erased_after_thirty_days(app) {
        ask(&app, "dpo@client.example").expect(200);
        app.mail.wait_for_one_to("dpo@client.example");
        subscribed(&app, "kept@client.example");
        let purge = |app: &App| {
            let world = World::of(app);
            world.wait(subprocessors::actions::subscribe::purge_unconfirmed(&world.state)).expect("purged")
        };
        app.advance(SignedDuration::from_hours(29 * 24));
        assert_eq!(purge(&app), 0);
        app.advance(SignedDuration::from_hours(2 * 24));
        purge(&app);
        assert_eq!(count(&app, "email LIKE '%dpo@%' OR email_key LIKE '%dpo@%'"), 0);
        assert_eq!(count(&app, "state = 'ended' AND email = 'erased@erased.invalid'"), 1);
        assert_eq!(count(&app, "state = 'confirmed' AND email = 'kept@client.example'"), 1);
    }
}

on_both! {
    fn one_network_asks_for_twenty_mails_an_hour(backend: Backend) {
        let app = App::on(backend).start();
        for n in 0..22 {
            ask(&app, &format!("dpo{n}@client.example")).expect(200);
        }
        assert_eq!(count(&app, "1 = 1"), 20);
        // Nobody named a proxy, so nobody is believed to be one.
        let mut liar = app.browser();
        liar.headers.insert("x-forwarded-for".to_owned(), "192.0.2.77".to_owned());
        let form = liar.get("/subscribe");
        liar.submit(&form, "form[action='/subscribe']", &[("email", "other@client.example")]).expect(200);
        assert_eq!(count(&app, "1 = 1"), 20);
    }

    fn behind_a_trusted_proxy_each_reader_has_a_limit_of_their_own(backend: Backend) {
        let app = App::on(backend).set("server.trusted_proxies", "127.0.0.0/8").start();
        for n in 0..22 {
            let mut reader = app.browser();
            reader.headers.insert("x-forwarded-for".to_owned(), format!("192.0.2.{n}"));
            let form = reader.get("/subscribe");
            let address = format!("dpo{n}@client.example");
            reader.submit(&form, "form[action='/subscribe']", &[("email", &address)]).expect(200);
        }
        assert_eq!(count(&app, "1 = 1"), 22);
    }
}
