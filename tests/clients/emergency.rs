//! An emergency replacement: told at once, in use the same day where the agreement allows it, and
//! never silently where it does not (invariant 6).

use jiff::SignedDuration;
use serde_json::json;
use subprocessors::actions::{self, Details, Draft};
use subprocessors::domain::access::Role;
use subprocessors::domain::change::{Change, ChangeState, Edit};
use subprocessors::domain::terms::Terms;

use super::parties::{client, general};
use crate::api::{program, token};
use crate::public::seed::in_days;
use crate::support::records::put_on_record;
use crate::support::*;

fn in_force(app: &App, count: i64) {
    watched::eventually("in force", PATIENCE, || {
        (app.database.number("SELECT count(*) AS n FROM change WHERE state = 'effective'") == count)
            .then_some(())
    });
}

/// A draft in which New Ltd takes the place of the one line there is, today.
fn replacement(world: &World, old: subprocessors::domain::id::Id) -> Change {
    let change = world.draft_addition("New Ltd");
    let Edit::Entry { after: Some(entry), .. } = &change.items[0].edit else { panic!("an addition") };
    let mut engagement = entry.engagement.clone();
    engagement.replaces = Some(old);
    let draft = Draft {
        entry_id: Some(entry.id),
        vendor_id: Some(entry.vendor_id),
        vendor: entry.vendor.clone(),
        engagement,
    };
    let change = world
        .wait(actions::put_entry(&world.state, &world.editor, change.id, change.revision, draft))
        .unwrap();
    let details = Details {
        title: change.title.clone(),
        reason: change.reason.clone(),
        effective_on: Some(in_days(world, 0)),
        ..Details::default()
    };
    world
        .wait(actions::set_details(&world.state, &world.editor, change.id, change.revision, details))
        .unwrap()
}

on_both! {
    fn it_is_told_at_once_and_in_use_where_the_agreement_allows_it(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").prepare();
        let world = World::of(&app);
        let old = world.submit_and_approve(&world.draft_addition("Old Ltd"));
        app.restart();
        app.advance(SignedDuration::from_hours(24 * 46));
        in_force(&app, 1);
        watched::eventually("nothing left to tell", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM expansion WHERE finished_at IS NULL") == 0).then_some(())
        });
        app.kill();
        app.set("notices.hold", "60");
        app.restart();
        let world = World::of(&app);
        client(&world, "Agile AG", Terms { emergency_allowed: true, ..general(30) }, "agile@client.example");
        let strict = client(&world, "Strict AG", general(30), "strict@client.example");

        let change = replacement(&world, old.items[0].entry_id.unwrap());
        world.wait(put_on_record(&world.state, &world.approver, change.items.iter())).unwrap();
        let early = world.wait(actions::submit(&world.state, &world.editor, change.id, change.revision));
        assert!(early.unwrap_err().to_string().contains("too early for"), "it is no emergency yet");
        let mut editor = crate::clients::editor(&app);
        let at = format!("/staff/changes/{}", change.id);
        let page = editor.get(&at).expect(200);
        let page = editor.submit(&page, "form[action$='/emergency']", &[("emergency", "Its only data centre burnt down.")]).expect(200);
        assert!(page.says("Emergency replacement. Its only data centre burnt down."), "{page}");
        assert!(page.says("For legal to decide") && page.says("Strict AG") && page.attributes(".notice.bad a", "href") == [format!("/staff/clients/{strict}")], "{page}");
        let page = editor.submit(&page, "form[action$='/submit']", &[]).expect(200);
        assert!(page.says("it is an emergency replacement"), "{page}");

        let mut approver = program(&app, &token(&world, Role::Approver));
        let mut dpo = program(&app, &token(&world, Role::Dpo));
        let api = format!("/api/v1/changes/{}", change.id);
        let seen = approver.get(&api).expect(200);
        let half = approver.json_with("POST", &format!("{api}/approve"), &[("if-match", &crate::api::etag(&seen))], &json!({})).expect(200);
        assert_eq!((&half.json()["state"], &half.json()["three_people"]["missing"]), (&json!("submitted"), &json!(["dpo"])));
        let done = dpo.json_with("POST", &format!("{api}/approve"), &[("if-match", &crate::api::etag(&half))], &json!({})).expect(200);
        assert_eq!(done.json()["state"], ChangeState::Announced.as_str(), "no hold: {done}");
        for address in ["agile@client.example", "strict@client.example"] {
            let mail = app.mail.wait_for_one_to(address);
            assert!(mail.text().contains("Emergency replacement: Its only data centre burnt down."), "{}", mail.text());
            assert!(mail.subject().contains("Object by"), "the window stays open: {}", mail.subject());
        }
        watched::eventually("held back", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM change WHERE state = 'announced' AND returned LIKE '%Strict AG (its agreement allows no emergency%' AND returned NOT LIKE '%Agile%'") == 1).then_some(())
        });
        let rows = approver.get(&format!("{api}/clients")).expect(200).json();
        assert_eq!(rows["data"][0]["why"], "no_emergency_clause");
        let waiver = json!({ "clients": [strict], "reason": "Legal agreed with its counsel by telephone" });
        let refused = approver.json("POST", &format!("{api}/waivers"), &waiver).expect(403);
        assert!(refused.says("for a DPO to decide"), "{refused}");
        dpo.json("POST", &format!("{api}/waivers"), &waiver).expect(200);
        in_force(&app, 2);
    }

    fn only_a_replacement_is_an_emergency_replacement(backend: Backend) {
        let app = App::on(backend).prepare();
        let world = World::of(&app);
        let change = world.draft_addition("Example GmbH");
        let reason = "Its only data centre burnt down.".to_owned();
        let change = world.wait(actions::set_emergency(&world.state, &world.editor, change.id, change.revision, reason)).unwrap();
        world.wait(put_on_record(&world.state, &world.approver, change.items.iter())).unwrap();
        let refused = world.wait(actions::submit(&world.state, &world.editor, change.id, change.revision)).unwrap_err();
        assert!(refused.to_string().contains("puts one sub-processor in the place of another"), "{refused}");
        let change = world.wait(actions::set_emergency(&world.state, &world.editor, change.id, change.revision, String::new())).unwrap();
        let change = world.submit_and_approve(&change);
        let late = world.wait(actions::set_emergency(&world.state, &world.editor, change.id, change.revision, "Too late.".into()));
        assert!(late.unwrap_err().to_string().contains("Only a draft"), "announced already");
    }
}
