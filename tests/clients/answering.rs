//! Staff answer objections, and what an objection holds up.

use jiff::SignedDuration;
use serde_json::{Value, json};
use subprocessors::actions;
use subprocessors::domain::access::Role;
use subprocessors::domain::objection::Words;
use subprocessors::domain::terms::ObjectionEffect;

use super::bound::{announced, announced_withholdable, bound, thirty_days};
use super::hire;
use crate::api::{etag, program, token};
use crate::support::*;

const EFFECTIVE: &str = "SELECT count(*) AS n FROM change WHERE state = 'effective'";

/// Objects as the contact to whom `mail` went.
fn object(world: &World, mail: &Mail) -> String {
    let link = mail.link("/object");
    let mut parts = link.rsplit('/').skip(1);
    let number = parts.next().unwrap().to_owned();
    let token = parts.nth(1).unwrap().to_owned();
    let words = Words { person: "Jane Roe".into(), grounds: "No seat in the EU".into(), wish: String::new() };
    world
        .wait(async {
            let visitor = actions::portal::open(&world.state, &token).await.unwrap().expect("the link opens");
            actions::objections::object(&world.state, &visitor, &number, words)
                .await
                .expect("an objection")
                .id
        })
        .to_string()
}

on_both! {
    fn an_objection_blocks_only_where_the_agreement_says_so(backend: Backend) {
        for (effect, blocks) in [(ObjectionEffect::Blocks, true), (ObjectionEffect::RemedyOnly, false)] {
            let mut app = App::on(backend).prepare();
            let world = World::of(&app);
            let mut terms = thirty_days();
            terms.objection.effect = effect;
            bound(&world, "One AG", terms, "", &["one@client.example"]);
            announced(&world, 40);
            app.restart();
            let id = object(&world, &app.mail.wait_for_one_to("one@client.example"));
            app.advance(SignedDuration::from_hours(24 * 41));
            if !blocks {
                watched::eventually("the change in force", PATIENCE, || (app.database.number(EFFECTIVE) == 1).then_some(()));
                continue;
            }
            world.wait(actions::take_effect_due(&world.state)).expect("looked at");
            assert_eq!(app.database.number(EFFECTIVE), 0, "an open objection blocks, judged or not");
            let mut editor = hire(&app, "editor", "editor");
            let at = format!("/staff/objections/{id}");
            let page = editor.get(&at).expect(200);
            assert!(page.says("does not come into force for it while this is open"), "{page:?}");
            let page = editor.submit(&page, "aside form", &[("to", "admitted")]).expect(200);
            assert!(page.says("Admitted") && page.says("30 days left"), "{page:?}");
            world.wait(actions::take_effect_due(&world.state)).expect("looked at");
            assert_eq!(app.database.number(EFFECTIVE), 0);
            let none = editor.submit(&page, "aside form", &[("to", "resolved"), ("answer", "")]).expect(422);
            assert!(none.says("Choose what resolved it"), "{none:?}");
            let words = [("to", "resolved"), ("remedy", "workaround"), ("answer", "Upload it by hand")];
            editor.submit(&none, "aside form", &words).expect(200);
            watched::eventually("the change in force", PATIENCE, || (app.database.number(EFFECTIVE) == 1).then_some(()));
            let answer = app.mail.wait_for_nth_to("one@client.example", 4);
            assert!(answer.text().contains("Upload it by hand") || answer.subject().contains("effect"), "{}", answer.text());
        }
    }

    fn holding_a_client_out_is_one_act_with_the_answer(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let mut terms = thirty_days();
        terms.objection.effect = ObjectionEffect::Blocks;
        bound(&world, "One AG", terms, "", &["one@client.example"]);
        announced_withholdable(&world, 40);
        app.restart();
        let id = object(&world, &app.mail.wait_for_one_to("one@client.example"));
        let mut editor = program(&app, &token(&world, Role::Editor));
        let at = format!("/api/v1/objections/{id}");
        let seen = editor.get(&at).expect(200);
        assert_eq!((&seen.json()["blocks"], &seen.json()["state"]), (&json!(true), &json!("received")));
        let mut decide = |seen: &Page, body: Value| {
            editor.json_with("POST", &format!("{at}/decide"), &[("if-match", &etag(seen))], &body)
        };
        let skipped = decide(&seen, json!({ "state": "resolved", "remedy": "held_out", "answer": "Not for you" }));
        assert_eq!(skipped.status, 409, "it is admitted first: {skipped:?}");
        let admitted = decide(&seen, json!({ "state": "admitted" })).expect(200);
        decide(&seen, json!({ "state": "in_talks" })).expect(412);
        let done = decide(&admitted, json!({ "state": "resolved", "remedy": "held_out", "answer": "Not for you" })).expect(200);
        assert_eq!((&done.json()["remedy"], &done.json()["blocks"]), (&json!("held_out"), &json!(false)));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM hold_out WHERE ended_at IS NULL"), 1);
        let answer = app.mail.wait_for_nth_to("one@client.example", 4);
        assert!(answer.subject().starts_with("Resolved: objection O-"), "{}", answer.subject());
        assert!(answer.text().contains("Not for you") && answer.text().contains("not used for this Client"));
        let after = "SELECT count(*) AS n FROM audit_event WHERE action LIKE 'objection.%' OR action = 'client.held_out'";
        assert_eq!(app.database.number(after), 4);
    }

    fn staff_enter_one_that_came_by_letter_and_the_day_it_came_counts(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let client = bound(&world, "Far Inc", thirty_days(), "Pacific/Honolulu", &["far@client.example"]);
        announced(&world, 60);
        app.restart();
        app.mail.wait_for_one_to("far@client.example");
        watched::eventually("the clock", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM client_notice WHERE objection_until IS NOT NULL") == 1).then_some(())
        });
        app.advance(SignedDuration::from_hours(24 * 40));
        let mut editor = hire(&app, "editor", "editor");
        let form = editor.get(&format!("/staff/clients/{client}/objections/new")).expect(200);
        let day = |ago: i64| {
            let zone = jiff::tz::TimeZone::get("Pacific/Honolulu").unwrap();
            (app.now() - SignedDuration::from_hours(24 * ago)).to_zoned_datetime(zone).date().to_string()
        };
        let (in_time, late) = (day(12), day(2));
        let words = [("person", "Jane Roe"), ("grounds", "No seat in the EU"), ("received_by", "letter")];
        let refused = editor.submit(&form, "main form", &[words.as_slice(), &[("received_on", "2099-01-01")]].concat()).expect(422);
        assert!(refused.says("This is still to come"), "{refused:?}");
        let one = editor.submit(&form, "main form", &[words.as_slice(), &[("received_on", in_time.as_str())]].concat()).expect(200);
        assert!(one.says("by letter") && !one.says("came late") && one.says("answer them yourself"), "{one:?}");
        let other = editor.submit(&form, "main form", &[&words[1..], &[("received_on", late.as_str()), ("person", "John Doe")]].concat()).expect(200);
        assert!(other.says("came late") && other.says("It is answered together with"), "{other:?}");
        let inbox = editor.get("/staff/objections").expect(200);
        assert!(inbox.says("Far Inc") && inbox.says("no day set yet"), "{inbox:?}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM objection WHERE in_time"), 1);
    }

    fn a_day_that_passes_unanswered_raises_one_alarm(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "One AG", thirty_days(), "", &["one@client.example"]);
        announced(&world, 40);
        app.restart();
        let id = object(&world, &app.mail.wait_for_one_to("one@client.example"));
        app.stop();
        let decision = actions::objections::Decision {
            to: "admitted".parse().unwrap(),
            answer: String::new(),
            remedy: None,
            fix_by: None,
            engagement_id: None,
        };
        world.wait(actions::objections::decide(&world.state, &world.editor, (id.parse().unwrap(), 1), decision)).unwrap();
        let warn = || world.wait(actions::objections::warn_overdue(&world.state)).unwrap();
        assert_eq!(warn(), 0);
        app.advance(SignedDuration::from_hours(24 * 32));
        assert_eq!((warn(), warn()), (1, 0));
    }
}
