//! The mail of a change, to one's own mailbox before anybody else gets it.

use super::people::*;
use crate::support::*;

const BUTTON: &str = "form[action$='/test-mail']";

on_both! {
    fn a_test_goes_to_whoever_asks_and_announces_nothing(app) {
        World::of(&app).mail_subscriber("reader@client.example");
        let mut editor = hire(&app, "ed", "editor");
        let page = draft(&mut editor, "Example GmbH");
        let told = editor.get(&format!("{}/mail.txt", page.url.path())).expect(200).text();
        let subject = told.lines().next().unwrap().strip_prefix("Subject: ").unwrap().to_owned();
        let page = editor.submit(&page, BUTTON, &[]).expect(200);
        assert!(page.says("A test was sent to your own address"), "{page}");
        let mail = app.mail.wait_for_one_to("ed@acme.example");
        assert_eq!(mail.subject(), format!("[Test] {subject}"));
        assert!(mail.text().contains("Nothing was announced"), "{}", mail.text());
        assert!(mail.text().contains("Machine translation"), "{}", mail.text());
        assert_eq!(app.mail.tries("reader@client.example"), 0);
        let count = |sql: &str| app.database.number(sql);
        assert_eq!(count("SELECT count(*) AS n FROM audit_event WHERE action = 'change.test_mailed'"), 1);
        assert_eq!(count("SELECT count(*) AS n FROM notice"), 0);
        assert_eq!(count("SELECT count(*) AS n FROM delivery WHERE kind = 'notice'"), 0);
    }

    fn a_test_waits_for_a_pause_to_end_and_has_an_hourly_limit(app) {
        let (mut editor, mut admin) = (hire(&app, "ed", "editor"), hire(&app, "adm", "admin"));
        let page = draft(&mut editor, "Example GmbH");
        let deliveries = admin.get("/staff/deliveries").expect(200);
        let paused = admin.submit(&deliveries, "form[action='/staff/sending/pause']", &[]).expect(200);
        let refused = editor.submit(&page, BUTTON, &[]).expect(409);
        assert!(refused.says("Sending is paused, so no test was sent."), "{refused}");
        assert_eq!(app.mail.tries("ed@acme.example"), 0);
        admin.submit(&paused, "form[action='/staff/sending/resume']", &[]).expect(200);
        for _ in 0..10 {
            editor.submit(&page, BUTTON, &[]).expect(200);
        }
        let refused = editor.submit(&page, BUTTON, &[]).expect(409);
        assert!(refused.says("10 tests in the last hour"), "{refused}");
    }

    fn a_program_sends_it_to_the_person_it_acts_for(app) {
        let mut editor = hire(&app, "ed", "editor");
        let page = draft(&mut editor, "Example GmbH");
        let path = format!("/api/v1{}/test-mail", page.url.path().trim_start_matches("/staff"));
        let secret = |scopes: &str| {
            let made = app.run_well(&["token", "create", "ci", "--for", "ed@acme.example", "--scope", scopes, "--json"]);
            serde_json::from_str::<serde_json::Value>(&made).unwrap()["secret"].as_str().unwrap().to_owned()
        };
        let nothing = serde_json::json!({});
        app.browser().with_token(&secret("read")).json("POST", &path, &nothing).expect(403);
        app.browser().with_token(&secret("read,write")).json("POST", &path, &nothing).expect(200);
        assert!(app.mail.wait_for_one_to("ed@acme.example").subject().starts_with("[Test] "));
    }
}
