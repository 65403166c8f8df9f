//! The Client's own page of one notice, behind the link in its mail.

use jiff::SignedDuration;
use subprocessors::actions::clients::revoke_links;
use subprocessors::domain::period::StartEvent;
use subprocessors::domain::terms::Terms;

use super::bound::{announced, bound, path_of, thirty_days};
use crate::support::*;

const ACKNOWLEDGE: &str = "form[action$='/acknowledge']";

on_both! {
    fn the_page_shows_the_clients_own_dates_and_looking_changes_nothing(backend: Backend) {
        let mut app = App::on(backend).set("company.time_zone", "Europe/Berlin").prepare();
        let world = World::of(&app);
        bound(&world, "Far Inc", thirty_days(), "Pacific/Honolulu", &["far@client.example"]);
        announced(&world, 40);
        app.restart();
        let mail = app.mail.wait_for_one_to("far@client.example");
        let events = "SELECT count(*) AS n FROM audit_event";
        let before = app.database.number(events);

        let mut visitor = app.browser();
        let page = visitor.get(&mail.link("/acknowledge"));
        assert!(page.says("for Far Inc") && page.says("23:59 Pacific/Honolulu"), "{page:?}");
        assert!(page.says("UTC)") && page.says("section 5.2") && page.says("30 days"), "{page:?}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("x-robots-tag"), Some("noindex"));
        let file = visitor.get(&mail.link("deadline.ics")).expect(200);
        assert_eq!(file.header("content-type"), Some("text/calendar; charset=utf-8"));
        let text = file.text().replace("\r\n ", "");
        assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.contains("T095900Z\r\n"), "{text}");
        let head = visitor.send(reqwest::Method::HEAD, &path_of(&mail.link("/acknowledge")), &[], Vec::new());
        assert_eq!(head.status, 200);
        assert_eq!(app.database.number(events), before);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM client_notice WHERE acknowledged_at IS NOT NULL"), 0);
    }

    fn acknowledging_names_a_person_and_starts_the_clock_that_waits_for_reading(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let mut terms: Terms = thirty_days();
        terms.objection.start = StartEvent::Read;
        bound(&world, "Read AG", terms, "", &["dpo@client.example", "legal@client.example"]);
        announced(&world, 90);
        app.restart();
        let (dpo, legal) =
            (app.mail.wait_for_one_to("dpo@client.example"), app.mail.wait_for_one_to("legal@client.example"));
        let no_clock = "SELECT count(*) AS n FROM client_notice WHERE objection_until IS NULL";
        assert_eq!(app.database.number(no_clock), 1);

        let mut visitor = app.browser();
        let page = visitor.get(&dpo.link("/acknowledge"));
        assert!(page.says("after you acknowledge this notice"), "{page:?}");
        let refused = visitor.submit(&page, ACKNOWLEDGE, &[("person", " ")]).expect(422);
        assert!(refused.says("There is a problem"), "{refused:?}");
        let done = visitor.submit(&page, ACKNOWLEDGE, &[("person", "Jane Roe")]).expect(200);
        assert!(done.says("by Jane Roe") && done.says("You can object until"), "{done:?}");
        assert_eq!(app.database.number(no_clock), 0);
        let states = "SELECT count(*) AS n FROM delivery WHERE state = 'acknowledged'";
        assert_eq!(app.database.number(states), 1, "the other contact's mail was accepted, not acknowledged");
        let until = "SELECT objection_until AS n FROM client_notice";
        let first = app.database.number(until);

        app.advance(SignedDuration::from_hours(48));
        visitor.submit(&page, ACKNOWLEDGE, &[("person", "Jane Roe")]).expect(200);
        let other = visitor.get(&legal.link("/acknowledge"));
        let both = visitor.submit(&other, ACKNOWLEDGE, &[("person", "John Doe")]).expect(200);
        assert!(both.says("by Jane Roe") && both.says("by John Doe"), "{both:?}");
        assert_eq!(app.database.number(until), first, "the first one counts");
        let told = "SELECT count(*) AS n FROM audit_event WHERE action = 'client_notice.acknowledged'";
        assert_eq!(app.database.number(told), 2);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM audit_event WHERE detail LIKE '%Jane%'"), 0);
    }

    fn a_link_opens_its_own_notice_of_its_own_client_until_it_is_revoked(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let one = bound(&world, "One AG", thirty_days(), "", &["one@client.example"]);
        bound(&world, "Two AG", thirty_days(), "", &["two@client.example"]);
        announced(&world, 40);
        app.restart();
        let link = path_of(&app.mail.wait_for_one_to("one@client.example").link("/acknowledge"));
        app.mail.wait_for_one_to("two@client.example");

        let mut visitor = app.browser();
        let page = visitor.get(&link).expect(200);
        let mut answers = vec![
            visitor.get_with(&link.replacen("/client/", "/client/A", 1), &[]),
            visitor.get_with("/client/nothing/notices/N-2026-001", &[]),
            visitor.get_with(&link.replace("/notices/N-", "/notices/M-"), &[]),
        ];
        world.wait(revoke_links(&world.state, &world.editor, one)).expect("revoked");
        answers.push(visitor.get_with(&link, &[]));
        answers.push(visitor.submit(&page, ACKNOWLEDGE, &[("person", "Jane Roe")]));
        let neutral = answers[0].text();
        for answer in &answers {
            assert_eq!(answer.status, 404);
            assert_eq!(answer.text(), neutral, "no oracle");
        }
        assert_eq!(app.database.number("SELECT count(*) AS n FROM acknowledgement"), 0);
    }

    fn nobody_acknowledges_what_was_withdrawn(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "One AG", thirty_days(), "", &["one@client.example"]);
        announced(&world, 40);
        app.restart();
        let mail = app.mail.wait_for_one_to("one@client.example");
        let mut visitor = app.browser();
        let page = visitor.get(&mail.link("/acknowledge"));
        app.database.execute("UPDATE client_notice SET state = 'withdrawn'");
        let refused = visitor.submit(&page, ACKNOWLEDGE, &[("person", "Jane Roe")]).expect(409);
        assert!(refused.says("was withdrawn"), "{refused:?}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM acknowledgement"), 0);
    }
}
