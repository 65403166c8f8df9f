//! Links in mails: followed by scanners, used late, twice, or altered.

use super::{ask, count, subscribed};
use crate::support::*;
use jiff::SignedDuration;
use reqwest::Method;
use subprocessors::domain::id::Id;
use subprocessors::keys::Purpose;

/// A link as the product makes it.
fn link(app: &App, purpose: Purpose, id: Id) -> String {
    let world = World::of(app);
    format!("{}{}", purpose.path(), world.state.keys.link(purpose, id, None))
}

on_both! {
    fn a_scanner_that_follows_every_link_changes_nothing(app) {
        ask(&app, "dpo@client.example").expect(200);
        let mut links = app.mail.wait_for_one_to("dpo@client.example").links();
        let world = World::of(&app);
        let confirmed = world.mail_subscriber("kept@client.example");
        let hook = world.webhook_subscriber(&app.hooks.url("/hook"), "hook@client.example");
        for id in [confirmed, hook] {
            links.push(link(&app, Purpose::Preferences, id));
            links.push(link(&app, Purpose::Unsubscribe, id));
        }
        let state = "SELECT CAST(count(*) + sum(revision) * 1000 AS BIGINT) AS n FROM subscription";
        let (before, events) = (app.database.number(state), "SELECT count(*) AS n FROM audit_event");
        let recorded = app.database.number(events);
        let mut scanner = app.browser();
        for link in &links {
            for _ in 0..100 {
                scanner.get(link).expect(200);
                let head = scanner.send(Method::HEAD, link, &[], Vec::new());
                assert_eq!((head.status, head.body.len()), (200, 0), "{link}");
            }
        }
        assert_eq!(app.database.number(state), before);
        assert_eq!(app.database.number(events), recorded);
        assert_eq!(count(&app, "state = 'pending'"), 1);
        assert_eq!(count(&app, "state = 'confirmed'"), 2);
        assert_eq!(app.hooks.count(), 0);
    }

    fn an_expired_link_says_so_and_offers_a_new_mail(app) {
        ask(&app, "dpo@client.example").expect(200);
        let old = app.mail.wait_for_one_to("dpo@client.example").link("/subscriptions/confirm/");
        app.advance(SignedDuration::from_hours(73));
        let mut visitor = app.browser();
        let page = visitor.get(&old).expect(410);
        assert_eq!(page.one("h1"), "This link has expired");
        assert_eq!(visitor.send(Method::POST, &old, &[], Vec::new()).status, 410);
        assert_eq!(count(&app, "state = 'pending'"), 1);

        let answer = visitor.submit(&page, "main form", &[]).expect(200);
        assert_eq!(answer.one("h1"), "Check your mail");
        let fresh = app.mail.wait_for_nth_to("dpo@client.example", 2).link("/subscriptions/confirm/");
        let page = visitor.get(&fresh).expect(200);
        assert_eq!(visitor.submit(&page, "main form", &[]).expect(200).one("h1"), "You are subscribed");
    }

    fn whatever_is_no_link_of_ours_gets_one_and_the_same_page(app) {
        let world = World::of(&app);
        let id = world.mail_subscriber("dpo@client.example");
        let good = world.state.keys.link(Purpose::Confirm, id, None);
        let nobody = world.state.keys.link(Purpose::Confirm, Id::new(app.now()), None);
        let elsewhere = world.state.keys.link(Purpose::Unsubscribe, id, None);
        let mut altered = good.clone();
        altered.replace_range(10..11, if &good[10..11] == "A" { "B" } else { "A" });
        let mut pages = Vec::new();
        let mut visitor = app.browser();
        for token in [&good[..20], &altered, &nobody, &elsewhere, "x", "..%2F..", &"A".repeat(5_000)] {
            for method in [Method::GET, Method::POST] {
                let path = format!("/subscriptions/confirm/{token}");
                pages.push(visitor.send(method, &path, &[], Vec::new()).expect(404).text());
            }
        }
        for purpose in [Purpose::Preferences, Purpose::Unsubscribe] {
            let path = format!("{}{good}", purpose.path());
            pages.push(visitor.get(&path).expect(404).text());
            pages.push(visitor.send(Method::POST, &path, &[], Vec::new()).expect(404).text());
        }
        assert!(pages.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(count(&app, "state = 'confirmed'"), 1);
    }

    fn an_old_opt_in_link_does_not_revive_what_has_ended(app) {
        ask(&app, "dpo@client.example").expect(200);
        let old = app.mail.wait_for_one_to("dpo@client.example").link("/subscriptions/confirm/");
        let mut visitor = app.browser();
        let page = visitor.get(&old);
        let done = visitor.submit(&page, "main form", &[]).expect(200);
        let preferences = visitor.get(&done.attributes("main a[href*=preferences]", "href")[0]).expect(200);
        visitor.submit(&preferences, "form[action*='/unsubscribe/']", &[]).expect(200);
        let again = visitor.submit(&page, "main form", &[]).expect(200);
        assert_eq!(again.one("h1"), "This subscription has ended");
        assert_eq!(count(&app, "state = 'ended'"), 1);
        // Asking anew is a new subscription.
        subscribed_again(&app, "dpo@client.example");
        assert_eq!(count(&app, "state = 'confirmed'"), 1);
    }

    fn links_hold_their_page_back_from_search_engines_and_stores(app) {
        let done = subscribed(&app, "dpo@client.example");
        assert_eq!(done.header("cache-control"), Some("no-store"));
        assert_eq!(done.header("x-robots-tag"), Some("noindex"));
    }
}

fn subscribed_again(app: &App, address: &str) {
    ask(app, address).expect(200);
    let link = app.mail.wait_for_nth_to(address, 2).link("/subscriptions/confirm/");
    let mut visitor = app.browser();
    let page = visitor.get(&link).expect(200);
    visitor.submit(&page, "main form", &[]).expect(200);
}
