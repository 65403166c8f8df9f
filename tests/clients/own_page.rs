//! The Client's page behind a fresh link: what it shows, and who is told from now on.

use jiff::SignedDuration;

use super::bound::{announced, bound, path_of, thirty_days};
use super::{add_dpa, editor};
use crate::support::*;

const ASK: &str = "form[action$='/link']";

/// Asks for the link on the page of a notice, and opens the one that was mailed.
fn own_page(app: &App, visitor: &mut Browser, notice: &Mail, to: &str) -> Page {
    let page = visitor.get(&notice.link("/acknowledge")).expect(200);
    let mailed = app.mail.tries(to);
    let asked = visitor.submit(&page, ASK, &[]).expect(200);
    assert!(asked.says("Check your mail"), "{asked:?}");
    let mail = app.mail.wait_for_nth_to(to, mailed + 1);
    visitor.get(&mail.link("/client/")).expect(200)
}

on_both! {
    fn the_page_takes_a_fresh_link_and_shows_what_is_the_clients(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "One AG", thirty_days(), "", &["one@client.example"]);
        bound(&world, "Two AG", thirty_days(), "", &["two@client.example"]);
        announced(&world, 40);
        app.restart();
        let mail = app.mail.wait_for_one_to("one@client.example");
        watched::eventually("both clocks", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM client_notice WHERE objection_until IS NOT NULL") == 2).then_some(())
        });
        let mut visitor = app.browser();
        let of_notice = path_of(&mail.link("/acknowledge"));
        let short = of_notice.split("/notices/").next().unwrap();
        visitor.get(short).expect(404);

        let page = own_page(&app, &mut visitor, &mail, "one@client.example");
        assert!(page.says("Next deadline: 30 days") && page.says("Example GmbH"), "{page:?}");
        assert!(page.says("one@client.example") && page.says("DPA of One AG"), "{page:?}");
        assert!(!page.says("Two AG") && !page.says("two@client.example"), "{page:?}");
        let at = page.url.path().to_owned();
        let number = page.attributes("th[scope=row] a", "href").remove(0);
        assert!(visitor.get(&number).expect(200).says("‹ One AG"));
        app.advance(SignedDuration::from_hours(73));
        let old = visitor.get_with(&at, &[]);
        assert_eq!(old.status, 410);
        assert!(old.says("This link has expired"), "{old:?}");
    }

    fn a_successor_is_told_only_once_they_agreed(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "One AG", thirty_days(), "", &["leaves@client.example"]);
        announced(&world, 40);
        app.restart();
        let mail = app.mail.wait_for_one_to("leaves@client.example");
        let mut visitor = app.browser();
        let page = own_page(&app, &mut visitor, &mail, "leaves@client.example");
        let form = "form[action$='/successor']";
        let refused = visitor.submit(&page, form, &[("email", "nobody")]).expect(422);
        assert!(refused.says("There is a problem"), "{refused:?}");
        let named = visitor.submit(&page, form, &[("email", "comes@client.example")]).expect(200);
        assert!(named.says("has not agreed yet") && named.says("To be replaced"), "{named:?}");
        let question = app.mail.wait_for_one_to("comes@client.example");
        assert!(question.text().contains("leaves@client.example"), "{}", question.text());
        let working = "SELECT count(*) AS n FROM contact WHERE state = 'working'";
        assert_eq!(app.database.number(working), 0, "the old one is told until then");

        let ask = visitor.get(&question.link("/contacts/confirm/")).expect(200);
        assert!(ask.says("Be told for One AG?"), "{ask:?}");
        assert_eq!(app.database.number(working), 0, "looking changes nothing");
        let done = visitor.submit(&ask, "main form", &[]).expect(200);
        assert!(done.says("You are a contact now"), "{done:?}");
        visitor.submit(&ask, "main form", &[]).expect(200);
        assert_eq!(app.database.number(working), 1);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM contact WHERE state = 'ended'"), 1);
        let desk = app.mail.wait_for_one_to("privacy@acme.example");
        assert!(desk.text().contains("comes@client.example"), "{}", desk.text());
        assert_eq!(visitor.get_with(page.url.path(), &[]).status, 404, "whoever left opens nothing");
    }

    fn a_newer_dpa_is_asked_for_with_one_button(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "One AG", thirty_days(), "", &["one@client.example"]);
        announced(&world, 40);
        app.restart();
        let mail = app.mail.wait_for_one_to("one@client.example");
        let mut visitor = app.browser();
        let page = own_page(&app, &mut visitor, &mail, "one@client.example");
        assert!(page.says("It is our current one"), "{page:?}");
        let mut editor = editor(&app);
        add_dpa(&mut editor, "DPA of this year", "30");
        let page = visitor.get(page.url.path()).expect(200);
        let asked = visitor.submit(&page, "form[action$='/dpa']", &[]).expect(200);
        assert!(asked.says("We have passed on"), "{asked:?}");
        let desk = app.mail.wait_for_one_to("privacy@acme.example");
        assert!(desk.subject().contains("One AG asks for the current DPA"), "{}", desk.subject());
        assert_eq!(app.database.number("SELECT count(*) AS n FROM audit_event WHERE action = 'client.dpa_asked'"), 1);
    }

    fn unsubscribing_ends_no_notice_and_says_so(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let reader = world.mail_subscriber("one@client.example");
        bound(&world, "One AG", thirty_days(), "", &["one@client.example"]);
        app.restart();
        let purpose = subprocessors::keys::Purpose::Unsubscribe;
        let link = format!("{}{}", purpose.path(), world.state.keys.link(purpose, reader, None));
        let mut visitor = app.browser();
        let page = visitor.get(&link).expect(200);
        assert!(page.says("Unsubscribing does not end that"), "{page:?}");
        visitor.submit(&page, "form[action$='/successor']", &[]).expect(200);
        let mail = app.mail.wait_for_one_to("one@client.example");
        assert!(visitor.get(&mail.link("/client/")).expect(200).says("Name a successor"));
        let gone = visitor.submit(&page, "button.danger", &[]).expect(200);
        assert!(gone.says("You are unsubscribed") && gone.says("Unsubscribing does not end that"), "{gone:?}");
        let desk = app.mail.wait_for_one_to("privacy@acme.example");
        assert!(desk.subject().contains("a contact unsubscribed"), "{}", desk.subject());
        announced(&world, 40);
        let notice = app.mail.wait_for_nth_to("one@client.example", 2);
        assert_eq!(notice.from, "notices@acme.example");
    }
}
