//! Objecting from the page behind a notice's link.

use jiff::SignedDuration;

use super::bound::{announced, bound, thirty_days};
use crate::support::*;

const OBJECT: &str = "form[action$='/object']";
const WORDS: [(&str, &str); 3] =
    [("person", "Jane Roe"), ("grounds", "No seat\nin the EU"), ("wish", "Not for us")];

/// From the link in a mail to the receipt.
fn object(visitor: &mut Browser, mail: &Mail, words: &[(&str, &str)]) -> Page {
    let form = visitor.get(&mail.link("/object")).expect(200);
    let check = visitor.submit(&form, OBJECT, words).expect(200);
    assert!(check.says("Nothing was sent yet"), "{check:?}");
    visitor.submit(&check, "button[value='send']", &[]).expect(200)
}

on_both! {
    fn an_objection_is_checked_sent_once_and_both_sides_hear_of_it(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "One AG", thirty_days(), "", &["one@client.example", "two@client.example"]);
        announced(&world, 40);
        app.restart();
        let mail = app.mail.wait_for_one_to("one@client.example");
        let other = app.mail.wait_for_one_to("two@client.example");
        let year = app.now().to_zoned_datetime(jiff::tz::TimeZone::UTC).year();
        let number = format!("O-{year}-001");

        let mut visitor = app.browser();
        let form = visitor.get(&mail.link("/object"));
        assert!(form.says("One AG objects to notice") && form.says("Example GmbH"), "{form:?}");
        let refused = visitor.submit(&form, OBJECT, &[("person", "Jane Roe")]).expect(422);
        assert!(refused.says("Say why you object") && refused.text().contains("Jane Roe"), "{refused:?}");
        let check = visitor.submit(&form, OBJECT, &WORDS).expect(200);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM objection"), 0);
        let again = visitor.submit(&check, "button[value='edit']", &[]).expect(200);
        assert!(again.one("#grounds").contains("in the EU"), "{again:?}");

        let receipt = visitor.submit(&check, "button[value='send']", &[]).expect(200);
        assert!(receipt.one("h1").contains(&number) && receipt.says("in time"), "{receipt:?}");
        visitor.submit(&check, "button[value='send']", &[]).expect(200);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM objection"), 1, "sent twice, taken once");
        let told = app.mail.wait_for_nth_to("one@client.example", 2);
        assert!(told.subject().contains(&number) && told.text().contains("No seat\nin the EU"), "{}", told.text());
        let desk = app.mail.wait_for_one_to("privacy@acme.example");
        assert!(desk.subject().contains("One AG") && desk.text().contains("/staff/objections/"), "{}", desk.text());

        let second = object(&mut visitor, &other, &[("person", "John Doe"), ("grounds", "Me too")]);
        assert!(second.says("answered together"), "{second:?}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM objection WHERE merged_into IS NOT NULL"), 1);
        let page = visitor.get(&mail.link("/acknowledge"));
        assert!(page.says("by Jane Roe") && page.says("by John Doe"), "{page:?}");
        app.mail.wait_for_nth_to("two@client.example", 2);
    }

    fn late_and_after_a_withdrawal_it_is_kept_and_says_so(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "Late AG", thirty_days(), "", &["late@client.example"]);
        bound(&world, "Gone AG", thirty_days(), "", &["gone@client.example"]);
        announced(&world, 60);
        app.restart();
        let late = app.mail.wait_for_one_to("late@client.example");
        let gone = app.mail.wait_for_one_to("gone@client.example");
        watched::eventually("both clocks", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM client_notice WHERE objection_until IS NOT NULL") == 2).then_some(())
        });
        app.advance(SignedDuration::from_hours(24 * 32));
        let mut visitor = app.browser();
        let receipt = object(&mut visitor, &late, &WORDS);
        assert!(receipt.says("marked as late"), "{receipt:?}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM objection WHERE state = 'late'"), 1);

        app.database.execute("UPDATE client_notice SET state = 'withdrawn'");
        let receipt = object(&mut visitor, &gone, &WORDS);
        assert!(receipt.says("was withdrawn before this objection came"), "{receipt:?}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM objection WHERE state = 'inadmissible'"), 1);
    }
}
