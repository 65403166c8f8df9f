//! Who stands between an announced change and its use: consents, waivers, and the page that
//! says what to do about each Client.

use jiff::SignedDuration;
use serde_json::{Value, json};
use subprocessors::actions::{self, Draft};
use subprocessors::domain::access::Role;
use subprocessors::domain::change::{Change, Edit};

use super::parties::{client, general, specific};
use crate::api::{program, token};
use crate::public::seed::in_days;
use crate::support::*;

fn go(app: &mut App, days: i64) {
    app.advance(SignedDuration::from_hours(24 * days));
}

fn in_state(app: &App, state: &str) {
    let count = format!("SELECT count(*) AS n FROM change WHERE state = '{state}'");
    watched::eventually(state, PATIENCE, || (app.database.number(&count) == 1).then_some(()));
}

fn withheld(app: &App, words: &str) {
    let count =
        format!("SELECT count(*) AS n FROM change WHERE state = 'announced' AND returned LIKE '%{words}%'");
    watched::eventually(words, PATIENCE, || (app.database.number(&count) == 1).then_some(()));
}

/// The draft, of a sub-processor that single Clients can be held out of.
pub(super) fn withholdable(world: &World, name: &str) -> Change {
    let change = world.draft_addition(name);
    let Edit::Entry { after: Some(entry), .. } = &change.items[0].edit else { panic!("an addition") };
    let mut engagement = entry.engagement.clone();
    engagement.withholding = "Switched off in the account's settings".to_owned();
    let draft = Draft {
        entry_id: Some(entry.id),
        vendor_id: Some(entry.vendor_id),
        vendor: entry.vendor.clone(),
        engagement,
    };
    world
        .wait(actions::put_entry(&world.state, &world.editor, change.id, change.revision, draft))
        .expect("an edit")
}

fn rows(program: &mut Browser, change: &Change) -> Vec<Value> {
    let answer = program.get(&format!("/api/v1/changes/{}/clients", change.id)).expect(200).json();
    answer["data"].as_array().unwrap().clone()
}

on_both! {
    fn a_consent_before_the_announcement_opens_the_gate_and_a_second_one_is_refused(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let asked = client(&world, "Careful AG", specific(), "careful@client.example");
        app.restart();
        let draft = world.draft_addition("Example GmbH");
        let mut program = program(&app, &token(&world, Role::Approver));
        let before = rows(&mut program, &draft);
        assert_eq!((&before[0]["why"], &before[0]["delays"]), (&json!("needs_consent"), &json!(true)));
        assert_eq!(before[0]["client_notice_id"], Value::Null);

        let at = format!("/api/v1/changes/{}/clients/{asked}/consent", draft.id);
        let tomorrow = in_days(&world, 1);
        let refused = program.json("PUT", &at, &json!({ "given_on": tomorrow, "evidence": "Letter of today" })).expect(422);
        assert!(refused.says("is still to come"), "{refused}");
        let refused = program.json("PUT", &at, &json!({ "given_on": in_days(&world, 0), "evidence": " " })).expect(422);
        assert!(refused.says("Say where the consent can be found"), "{refused}");
        let said = json!({ "given_on": in_days(&world, -2), "evidence": "Ticket 4711" });
        let consent = program.json("PUT", &at, &said).expect(200).json();
        assert_eq!(program.json("PUT", &at, &said).expect(200).json(), consent, "sent again, the same record");
        let other = json!({ "given_on": in_days(&world, -1), "evidence": "Another ticket" });
        let refused = program.json("PUT", &at, &other).expect(409);
        assert!(refused.says("Ticket 4711"), "{refused}");
        assert_eq!(rows(&mut program, &draft), Vec::<Value>::new());

        let change = world.submit_and_approve(&draft);
        app.mail.wait_for_one_to("careful@client.example");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM client_notice WHERE consented_at IS NOT NULL"), 1);
        go(&mut app, 46);
        in_state(&app, "effective");
        let late = client(&world, "Late AG", specific(), "late@client.example");
        let at = format!("/api/v1/changes/{}/clients/{late}/consent", change.id);
        program.json("PUT", &at, &said).expect(409);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM audit_event WHERE action = 'change.consented'"), 1);
    }

    fn a_consent_after_the_announcement_lets_a_waiting_change_come_into_force(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let slow = client(&world, "Slow AG", general(30), "slow@client.example");
        app.mail.answer(|_, _| Answer::RefuseRecipient("550 5.1.1 no such user"));
        let change = world.submit_and_approve(&world.draft_addition("Example GmbH"));
        app.restart();
        go(&mut app, 46);
        withheld(&app, "Slow AG (could not be reached)");
        let mut editor = crate::clients::editor(&app);
        let page = editor.get(&format!("/staff/changes/{}", change.id)).expect(200);
        assert!(page.attributes("main a", "href").contains(&format!("/staff/changes/{}/clients", change.id)), "{page}");
        let page = editor.get(&format!("/staff/changes/{}/clients", change.id)).expect(200);
        assert!(page.says("Slow AG") && page.says("Could not be reached") && page.says("5.1.1 no such user"), "{page}");
        assert_eq!(page.all("input[type=checkbox]").len(), 0, "an editor waives nobody: {page}");
        let at = format!("/staff/changes/{}/clients/{slow}/consent", change.id);
        let form = editor.get(&at).expect(200);
        let wrong = editor.submit(&form, "main form", &[("given_on", in_days(&world, 400).to_string().as_str()), ("evidence", "Letter")]).expect(422);
        assert!(wrong.says("is still to come"), "{wrong}");
        let given = in_days(&world, 0).to_string();
        let page = editor.submit(&wrong, "main form", &[("given_on", given.as_str()), ("evidence", "Letter of the day")]).expect(200);
        assert!(page.says("The consent is on record") && page.says("No Client is in the way"), "{page}");
        in_state(&app, "effective");
    }

    fn an_approver_goes_without_clients_nobody_could_reach(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let silent = client(&world, "Silent AG", general(30), "gone@client.example");
        let reached = client(&world, "Reached AG", general(60), "here@client.example");
        app.mail.answer(|to, _| match to {
            "gone@client.example" => Answer::RefuseRecipient("550 5.1.1 no such user"),
            _ => Answer::Accept,
        });
        let draft = world.draft_addition("Example GmbH");
        let details = actions::Details { title: draft.title.clone(), reason: draft.reason.clone(), effective_on: Some(in_days(&world, 63)), ..actions::Details::default() };
        let draft = world.wait(actions::set_details(&world.state, &world.editor, draft.id, draft.revision, details)).unwrap();
        let change = world.submit_and_approve(&draft);
        app.restart();
        app.mail.wait_for_one_to("here@client.example");
        let suspended = "SELECT count(*) AS n FROM client_notice WHERE state = 'suspended'";
        watched::eventually("nobody reached", PATIENCE, || (app.database.number(suspended) == 1).then_some(()));

        let mut approver = crate::clients::hire(&app, "approver", "approver");
        let page = approver.get(&format!("/staff/changes/{}/clients", change.id)).expect(200);
        assert_eq!(page.attributes("input[type=checkbox]", "value"), [silent.to_string()], "{page}");
        let wrong = approver.submit(&page, "form[action$='/waivers']", &[("clients", &silent.to_string())]).expect(422);
        assert!(wrong.says("Say why the change need not wait"), "{wrong}");
        let mut program = program(&app, &token(&world, Role::Approver));
        let at = format!("/api/v1/changes/{}/waivers", change.id);
        let both = json!({ "clients": [silent, reached], "reason": "Written to by post as well" });
        let refused = program.json("POST", &at, &both).expect(422);
        assert!(refused.says("Reached AG: nothing waits for it"), "{refused}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM client_notice WHERE waived_at IS NOT NULL"), 0, "all or none");

        let page = approver.submit(&wrong, "form[action$='/waivers']", &[("reason", "Written to by post as well")]).expect(200);
        assert!(page.says("on record") && page.says("No Client is in the way"), "{page}");
        let told = program.get("/api/v1/audit?limit=200").text();
        assert!(told.contains("Written to by post") && told.contains("\"attempts\":1"), "{told}");
        go(&mut app, 64);
        in_state(&app, "effective");
        program.json("POST", &at, &both).expect(409);
    }

    fn without_its_consent_a_client_is_held_out_and_consents_later(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let asked = client(&world, "Careful AG", specific(), "careful@client.example");
        let change = world.submit_and_approve(&withholdable(&world, "Example GmbH"));
        app.restart();
        app.mail.wait_for_one_to("careful@client.example");
        go(&mut app, 46);
        in_state(&app, "effective");
        let mut editor = crate::clients::editor(&app);
        let page = editor.get(&format!("/staff/changes/{}/clients", change.id)).expect(200);
        assert!(page.says("Held out until it consents"), "{page}");
        let page = editor.get(&format!("/staff/clients/{asked}")).expect(200);
        assert!(page.one("h2#hold-outs + table").contains("Held out until it consents"), "{page}");
        let form = editor.get(&format!("/staff/changes/{}/clients/{asked}/consent", change.id)).expect(200);
        let given = in_days(&world, 0).to_string();
        let page = editor.submit(&form, "main form", &[("given_on", given.as_str()), ("evidence", "Mail of its DPO")]).expect(200);
        assert!(page.says("withheld from nobody"), "{page}");
        let page = editor.get(&format!("/staff/clients/{asked}")).expect(200);
        assert!(page.says("Nothing is withheld from this Client"), "{page}");
    }
}
