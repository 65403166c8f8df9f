//! What people, and those who mean harm, type into the forms.

use super::{ask, count};
use crate::public::seed::{announce, hidden, line};
use crate::support::*;
use reqwest::Method;

on_both! {
    fn what_is_wrong_is_said_beside_the_field_and_nothing_is_stored(app) {
        let long = "x".repeat(10_000);
        let too_long = format!("{long}@client.example");
        for bad in [
            "", " ", "dpo", "@client.example", "dpo@", "dpo@localhost", "a b@client.example",
            "dpo@client.example\r\nBcc: x@evil.example", "<script>alert(1)</script>", long.as_str(),
            too_long.as_str(), "dpo@client.example,other@client.example", "\"dpo\"@client.example",
        ] {
            let page = ask(&app, bad).expect(422);
            assert_eq!(page.attributes(".summary a", "href"), ["#email"], "{bad}");
            assert_eq!(page.all("#email-error").len(), 1);
            assert_eq!(page.attributes("#email", "aria-invalid"), ["true"]);
            assert!(page.one("title").starts_with("Error"));
            assert!(!page.text().contains("<script>"), "{bad}");
            if !bad.contains(['\r', '\n']) {
                assert_eq!(page.attributes("#email", "value"), [bad], "what was typed is kept");
            }
        }
        assert_eq!(count(&app, "1 = 1"), 0);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery"), 0);
        assert_eq!(app.mail.count(), 0);
    }

    fn every_problem_of_a_form_is_told_at_once_and_choices_are_kept(app) {
        let mut visitor = app.browser();
        let form = visitor.get("/subscribe/webhook").expect(200);
        let wrong = [("url", "ftp://client.example"), ("email", "x"), ("level", "gossip"), ("products", "Nobody’s")];
        let page = visitor.submit(&form, "form[action='/subscribe/webhook']", &wrong).expect(422);
        assert_eq!(page.attributes(".summary a", "href"), ["#url", "#email", "#level", "#products"]);
        let right = [("email", "x"), ("level", "everything")];
        let form = visitor.get("/subscribe");
        let page = visitor.submit(&form, "form[action='/subscribe']", &right).expect(422);
        assert_eq!(page.attributes("input[name=level][checked]", "value"), ["everything"]);
    }

    fn a_form_of_another_site_is_refused(app) {
        let mut visitor = app.browser();
        let body = b"email=dpo%40client.example".to_vec();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        for foreign in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")] {
            let page = visitor.send(Method::POST, "/subscribe", &[kind, foreign], body.clone());
            assert_eq!(page.status, 403, "{foreign:?}");
        }
        assert_eq!(count(&app, "1 = 1"), 0);
    }

    fn no_link_is_ever_made_from_a_forged_host(app) {
        let mut visitor = app.browser();
        let body = b"email=dpo%40client.example".to_vec();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let forged = visitor.send(Method::POST, "/subscribe", &[kind, ("host", "evil.example")], body.clone());
        assert_eq!(forged.status, 421);
        let forwarded = ("x-forwarded-host", "evil.example");
        visitor.send(Method::POST, "/subscribe", &[kind, forwarded], body).expect(200);
        let mail = app.mail.wait_for_one_to("dpo@client.example");
        assert!(!String::from_utf8_lossy(&mail.data).contains("evil.example"));
        assert!(mail.links().iter().all(|link| link.starts_with(&app.url)), "{:?}", mail.links());
    }

    fn a_mail_s_headers_cannot_be_forged_through_the_form(app) {
        ask(&app, "dpo@client.example\r\nSubject: mine").expect(422);
        ask(&app, "dpo@client.example\nBcc: victim@evil.example").expect(422);
        ask(&app, "dpo@client.example").expect(200);
        let mail = app.mail.wait_for_one_to("dpo@client.example");
        assert_eq!(mail.to, ["dpo@client.example"]);
        assert!(!mail.subject().contains("mine"));
    }
}

on_both! {
    fn the_products_to_choose_from_are_those_everybody_may_read_of(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let with = |name: &str, product: &str| {
            let mut draft = line(&world, name, "Hosting", &["All data"], &["DE"]);
            draft.engagement.products = vec![product.to_owned()];
            draft
        };
        let secret = hidden(with("Sentinel AG", "Sentinel product"));
        announce(&world, "The list", vec![with("Cloudhost", "Desk & Chair"), with("Mailer", "Mail"), secret]);
        app.restart();
        let mut visitor = app.browser();
        let form = visitor.get("/subscribe").expect(200);
        assert_eq!(form.attributes("input[name=products]", "value"), ["Desk & Chair", "Mail"]);
        assert!(!form.text().contains("Sentinel"));

        let send = "form[action='/subscribe']";
        for unknown in ["Sentinel product", "Gone", "<b>"] {
            let wrong = [("email", "x@client.example"), ("products", "Mail"), ("products", unknown)];
            let page = visitor.submit(&form, send, &wrong).expect(422);
            assert_eq!(page.attributes(".summary a", "href"), ["#products"]);
            assert!(page.attributes("input[name=products][checked]", "value").contains(&"Mail".to_owned()));
        }
        let wish = [("email", "dpo@client.example"), ("products", "Desk & Chair"), ("level", "material")];
        visitor.submit(&form, send, &wish).expect(200);
        let link = app.mail.wait_for_one_to("dpo@client.example").link("/subscriptions/confirm/");
        assert!(visitor.get(&link).says("material changes only, for Desk & Chair"));
        assert_eq!(count(&app, "1 = 1"), 1);
    }
}
