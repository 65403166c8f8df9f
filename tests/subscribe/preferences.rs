//! Choosing afterwards, and ending.

use super::{ask, count, subscribed};
use crate::support::watched::eventually;
use crate::support::*;
use reqwest::Method;
use subprocessors::domain::id::Id;
use subprocessors::keys::Purpose;

fn link(app: &App, purpose: Purpose, id: Id) -> String {
    let world = World::of(app);
    format!("{}{}", purpose.path(), world.state.keys.link(purpose, id, None))
}

on_both! {
    fn a_subscriber_changes_what_to_hear_of(app) {
        let id = World::of(&app).mail_subscriber("dpo@client.example");
        let mut visitor = app.browser();
        let page = visitor.get(&link(&app, Purpose::Preferences, id)).expect(200);
        assert_eq!(page.attributes("input[name=level][checked]", "value"), ["factual"]);
        let save = "form[action*='/preferences/']:has(input[name=level])";
        let saved = visitor.submit(&page, save, &[("level", "material")]).expect(200);
        assert!(saved.one(".notice.ok").contains("material changes only"), "{saved}");
        assert_eq!(count(&app, "filter LIKE '%material%' AND revision = 2"), 1);
        // Saving the same again is no change.
        visitor.submit(&saved, save, &[]).expect(200);
        assert_eq!(count(&app, "revision = 2"), 1);
        let refused = visitor.submit(&saved, save, &[("level", "gossip")]).expect(422);
        assert_eq!(refused.attributes(".summary a", "href"), ["#level"]);
        assert_eq!(count(&app, "filter LIKE '%material%' AND revision = 2"), 1);
    }

    fn one_click_ends_without_cookie_page_or_redirect(app) {
        let form = ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click".to_owned());
        let parts = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
        let multipart = ("multipart/form-data; boundary=b", parts.to_owned());
        for (n, (kind, body)) in [form, multipart].into_iter().enumerate() {
            let id = World::of(&app).mail_subscriber(&format!("dpo{n}@client.example"));
            let one_click = link(&app, Purpose::Unsubscribe, id);
            let mut provider = app.browser();
            // From the provider's own server: another origin, no cookie.
            let headers = [("content-type", kind), ("origin", "https://mail.example"), ("sec-fetch-site", "cross-site")];
            for _ in 0..2 {
                let answer = provider.send(Method::POST, &one_click, &headers, body.clone().into_bytes());
                assert_eq!(answer.status, 200, "{answer}");
                assert_eq!(answer.one("h1"), "You are unsubscribed");
                assert!(answer.header("set-cookie").is_none());
            }
            assert_eq!(count(&app, "state = 'ended' AND ended_at IS NOT NULL"), i64::try_from(n).unwrap() + 1);
        }
        let ended = "SELECT count(*) AS n FROM audit_event WHERE action = 'subscription.unsubscribed'";
        assert_eq!(app.database.number(ended), 2);
    }

    fn the_unsubscribe_link_opens_a_page_with_a_button(app) {
        let id = World::of(&app).mail_subscriber("dpo@client.example");
        let mut visitor = app.browser();
        let page = visitor.get(&link(&app, Purpose::Unsubscribe, id)).expect(200);
        assert_eq!(count(&app, "state = 'confirmed'"), 1);
        visitor.submit(&page, "main form", &[]).expect(200);
        assert_eq!(count(&app, "state = 'ended'"), 1);
        let gone = visitor.get(&link(&app, Purpose::Preferences, id)).expect(200);
        assert!(gone.all("main form").is_empty(), "an ended subscription has nothing to choose");
    }

    fn what_waits_for_a_subscription_is_cancelled_when_it_ends(app) {
        app.mail.answer(|_, _| Answer::RefuseRecipient("450 4.2.1 try later"));
        ask(&app, "dpo@client.example").expect(200);
        let deferred = "SELECT count(*) AS n FROM delivery WHERE state = 'queued' AND attempts = 1";
        eventually("a first try", PATIENCE, || (app.database.number(deferred) == 1).then_some(()));
        let world = World::of(&app);
        let open = world.state.db.read_blocking(|conn| subprocessors::db::subscription::page(conn, "", 1)).unwrap();
        let end = link(&app, Purpose::Unsubscribe, open[0].id);
        app.browser().send(Method::POST, &end, &[], Vec::new()).expect(200);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery WHERE state = 'cancelled'"), 1);
    }

    fn a_lost_link_is_mailed_again_and_an_unknown_address_learns_nothing(app) {
        subscribed(&app, "dpo@client.example");
        let mut visitor = app.browser();
        let form = visitor.get("/subscribe/preferences").expect(200);
        let send = "form[action='/subscribe/preferences']";
        let known = visitor.submit(&form, send, &[("email", "dpo@client.example")]).expect(200).text();
        let unknown = visitor.submit(&form, send, &[("email", "who@client.example")]).expect(200).text();
        assert_eq!(known.replace("dpo@", "who@"), unknown);
        let mail = app.mail.wait_for_nth_to("dpo@client.example", 2);
        let page = visitor.get(&mail.link("/subscriptions/preferences/")).expect(200);
        assert_eq!(page.one("h1"), "Your subscription");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery WHERE kind = 'preferences'"), 1);
        visitor.submit(&form, send, &[("email", "nobody")]).expect(422);
    }
}
