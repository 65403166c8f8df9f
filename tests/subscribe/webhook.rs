//! News by webhook: contact, secret, challenge, test.

use super::count;
use crate::support::watched::eventually;
use crate::support::*;
use reqwest::header::{HeaderMap, HeaderName};
use standardwebhooks::Webhook;

/// Asks for a webhook and opens the contact's link.
fn ask(app: &App, url: &str, contact: &str) -> Page {
    let mut visitor = app.browser();
    let form = visitor.get("/subscribe/webhook").expect(200);
    visitor.submit(&form, "form[action='/subscribe/webhook']", &[("url", url), ("email", contact)])
}

/// … and confirms; gives the page that shows the secret.
fn confirmed(app: &App, visitor: &mut Browser, contact: &str) -> Page {
    ask(app, &app.hooks.url("/hook"), contact).expect(200);
    let mail = app.mail.wait_for_one_to(contact);
    let page = visitor.get(&mail.link("/subscriptions/confirm/")).expect(200);
    assert!(page.says(&app.hooks.url("/hook")));
    visitor.submit(&page, "main form", &[]).expect(200)
}

fn verified(request: &Request, secret: &str) -> bool {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let name: HeaderName = name.parse().unwrap();
        headers.insert(name, value.parse().unwrap());
    }
    Webhook::new(secret).unwrap().verify(&request.body, &headers).is_ok()
}

on_both! {
    fn an_endpoint_agrees_itself_and_every_message_is_signed(app) {
        let mut visitor = app.browser();
        let page = confirmed(&app, &mut visitor, "hooks@client.example");
        let secret = page.one("#secret");
        assert!(secret.starts_with("whsec_"), "{page}");
        assert_eq!(count(&app, "secret LIKE '%whsec_%'"), 0, "the secret is stored sealed");
        assert_eq!(app.hooks.count(), 0, "nothing is sent unasked");

        let done = visitor.submit(&page, "form[action$='/challenge']", &[]).expect(200);
        assert!(done.one(".notice.ok").contains("answered the challenge"), "{done}");
        assert_eq!(count(&app, "consented_at IS NOT NULL"), 1);
        assert!(verified(&app.hooks.events("subscription.challenge")[0], &secret));

        let asked = visitor.submit(&done, "form[action$='/test']", &[]).expect(200);
        assert!(asked.one(".notice.ok").contains("A test is on its way"));
        let test = app.hooks.wait_for("subscription.test", 1).remove(0);
        assert!(verified(&test, &secret), "the official library does not accept {test:?}");
        assert!(!verified(&test, "whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdCB2ZWN0b3IuLi4="));

        let preferences = asked.attributes("form[action*='/preferences/']", "action").pop().unwrap();
        let accepted = || app.browser().get(&preferences).says("Test Accepted").then_some(());
        eventually("the accepted test", PATIENCE, accepted);
        assert!(visitor.get(&preferences).says("status 200"));
    }

    fn the_secret_is_shown_once_and_a_lost_one_is_replaced_at_once(app) {
        let mut visitor = app.browser();
        let page = confirmed(&app, &mut visitor, "hooks@client.example");
        let first = page.one("#secret");
        let link = app.mail.wait_for_one_to("hooks@client.example").link("/subscriptions/confirm/");
        let again = visitor.send(reqwest::Method::POST, &link, &[], Vec::new()).expect(200);
        assert!(again.all("#secret").is_empty() && !again.text().contains(&first));
        let preferences = visitor.get(&again.attributes("main a[href*=preferences]", "href")[0]).expect(200);
        assert!(!preferences.text().contains("whsec_"));

        let renewed = visitor.submit(&preferences, "form[action$='/secret']", &[]).expect(200);
        let second = renewed.one("#secret");
        assert_ne!(first, second);
        let done = visitor.submit(&renewed, "form[action$='/challenge']", &[]).expect(200);
        let challenge = &app.hooks.events("subscription.challenge")[0];
        assert!(verified(challenge, &second) && !verified(challenge, &first));
        visitor.submit(&done, "form[action$='/test']", &[]).expect(200);
        assert!(verified(&app.hooks.wait_for("subscription.test", 1)[0], &second));
    }

    fn a_failed_challenge_says_what_the_endpoint_did_and_can_be_repeated(app) {
        app.hooks.answer(|_, _| Reply::status(503).body("database\r\nis <b>away</b>"));
        let mut visitor = app.browser();
        let page = confirmed(&app, &mut visitor, "hooks@client.example");
        let failed = visitor.submit(&page, "form[action$='/challenge']", &[]).expect(422);
        let told = failed.one(".notice.bad");
        assert!(told.contains("503") && told.contains("is <b>away</b>"), "{told}");
        assert!(!failed.text().contains("<b>away"));

        app.hooks.answer(|_, _| Reply::json(&serde_json::json!({ "challenge": "guessed" })));
        let failed = visitor.submit(&failed, "form[action$='/challenge']", &[]).expect(422);
        assert!(failed.one(".notice.bad").contains("200"), "{failed}");
        app.hooks.answer(|_, _| Reply::status(307).header("location", "http://127.0.0.1/"));
        let failed = visitor.submit(&failed, "form[action$='/challenge']", &[]).expect(422);
        assert!(failed.one(".notice.bad").contains("redirect"), "{failed}");
        assert!(failed.all("form[action$='/test']").is_empty(), "no test before the challenge");
        assert_eq!(count(&app, "consented_at IS NOT NULL"), 0);

        app.hooks.answer(|request, _| receiver::well_behaved(request));
        visitor.submit(&failed, "form[action$='/challenge']", &[]).expect(200);
        assert_eq!(count(&app, "consented_at IS NOT NULL"), 1);
    }

    fn an_endpoint_is_not_called_more_than_ten_times_an_hour(app) {
        app.hooks.answer(|_, _| Reply::status(500));
        let mut visitor = app.browser();
        let page = confirmed(&app, &mut visitor, "hooks@client.example");
        let mut last = page;
        for _ in 0..11 {
            last = visitor.submit(&last, "form[action$='/challenge']", &[]).expect(422);
        }
        assert!(last.one(".notice.bad").contains("10 times in the last hour"), "{last}");
        assert_eq!(app.hooks.count(), 10);
    }
}

on_both! {
    fn an_address_that_no_message_may_go_to_is_refused_with_what_to_mend(backend: Backend) {
        let app = App::on(backend).set("webhooks.allow_loopback", "false").start();
        let long = format!("https://client.example/{}", "x".repeat(10_000));
        for (url, told) in [
            ("", "Enter the URL"),
            ("client.example/hook", "like https://example.com/hook"),
            ("http://client.example/hook", "use https"),
            ("https://127.0.0.1/hook", "use a public host name"),
            ("https://127.1/hook", "loopback"),
            ("https://localhost/hook", "use a public host name"),
            ("https://169.254.169.254/latest", "link-local"),
            ("https://10.0.0.7/hook", "private"),
            ("https://[::1]/hook", "loopback"),
            ("https://[::ffff:127.0.0.1]/hook", "use a public host name"),
            ("https://[fe80::1]/hook", "link-local"),
            ("https://user:secret@client.example/hook", "remove it"),
            ("https://client.example:8443/hook", "leave the port out"),
            ("https://client.example/a\r\nHost: evil.example", "line break"),
            ("javascript:alert(1)", "use https"),
            (long.as_str(), "at most 2048"),
        ] {
            let page = ask(&app, url, "hooks@client.example").expect(422);
            assert_eq!(page.attributes(".summary a", "href"), ["#url"], "{url}");
            assert!(page.one("#url-error").contains(told), "{url}: {}", page.one("#url-error"));
            assert_eq!(page.attributes("#email", "value"), ["hooks@client.example"]);
        }
        assert_eq!(count(&app, "1 = 1"), 0);
        assert_eq!(app.mail.count(), 0);
    }
}
