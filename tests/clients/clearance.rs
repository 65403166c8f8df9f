//! What a deployment is told when it asks whether it may use a vendor.

use jiff::SignedDuration;
use serde_json::{Value, json};
use subprocessors::actions::clients::{HoldOutDraft, hold_out};
use subprocessors::db;
use subprocessors::domain::access::Role;
use subprocessors::domain::engagement::{Engagement, EngagementStatus};
use subprocessors::domain::id::Id;

use super::gate::withholdable;
use super::parties::{client, general, specific};
use crate::api::{program, token};
use crate::public::seed::in_days;
use crate::support::*;

fn asked(program: &mut Browser, id: Id, client: Option<Id>) -> Value {
    let of = client.map(|id| format!("?client={id}")).unwrap_or_default();
    program.get(&format!("/api/v1/engagements/{id}/clearance{of}")).expect(200).json()
}

fn code(answer: &Value) -> &str {
    assert_eq!(answer["may_use"], json!(answer["reason"].is_null()), "{answer}");
    answer["reason"]["code"].as_str().unwrap_or("may_use")
}

fn put(world: &World, id: Id, status: EngagementStatus) {
    let write = |conn: &mut db::Conn| {
        let engagement = db::register::engagement(conn, id)?.expect("the line");
        db::register::save_engagement(conn, &Engagement { status, ..engagement })
    };
    world.state.db.write_blocking(write).unwrap();
}

on_both! {
    fn each_state_is_answered_for_all_and_for_one_client(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let general = client(&world, "General AG", general(30), "general@client.example");
        let specific = client(&world, "Careful AG", specific(), "careful@client.example");
        app.restart();
        let mut program = program(&app, &token(&world, Role::Viewer));
        let draft = withholdable(&world, "Example GmbH");
        let id = draft.items[0].entry_id.unwrap();
        program.get(&format!("/api/v1/engagements/{}/clearance", draft.id)).expect(404);
        assert_eq!(code(&asked(&mut program, id, None)), "not_announced");

        world.submit_and_approve(&draft);
        app.mail.wait_for_one_to("general@client.example");
        app.mail.wait_for_one_to("careful@client.example");
        // Until the receiving system has taken the mail, nobody there was reached.
        let answer = watched::eventually("its clock", PATIENCE, || {
            Some(asked(&mut program, id, Some(general))).filter(|answer| code(answer) != "unreached")
        });
        assert_eq!((code(&answer), &answer["reason"]["not_before"]), ("not_before", &json!(in_days(&world, 45))));
        assert_eq!(code(&asked(&mut program, id, Some(specific))), "needs_consent");

        app.advance(SignedDuration::from_hours(24 * 46));
        watched::eventually("in force", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM change WHERE state = 'effective'") == 1).then_some(())
        });
        let whole = asked(&mut program, id, None);
        assert_eq!((code(&whole), &whole["some_withheld"]), ("may_use", &json!(true)));
        assert_eq!(code(&asked(&mut program, id, Some(general))), "may_use");
        assert_eq!(code(&asked(&mut program, id, Some(specific))), "needs_consent");
        let page = program.get(&format!("/api/v1/engagements/{id}/clearance")).expect(200);
        let tag = page.header("etag").unwrap().to_owned();
        program.get_with(&format!("/api/v1/engagements/{id}/clearance"), &[("if-none-match", &tag)]).expect(304);

        let draft = HoldOutDraft { engagement_id: id, until: Some(in_days(&world, 90)), reason: "Asked for in its contract".into() };
        world.wait(hold_out(&world.state, &world.editor, general, draft)).expect("a hold-out");
        let answer = asked(&mut program, id, Some(general));
        assert_eq!((code(&answer), &answer["reason"]["not_before"]), ("held_out", &json!(in_days(&world, 91))));
        let states = [
            (EngagementStatus::Cleared, "waits"),
            (EngagementStatus::Suspended, "suspended"),
            (EngagementStatus::Retired, "retired"),
            (EngagementStatus::Withdrawn, "not_announced"),
            (EngagementStatus::Retiring, "may_use"),
        ];
        for (status, told) in states {
            put(&world, id, status);
            assert_eq!(code(&asked(&mut program, id, None)), told, "{status}");
        }
        app.advance(SignedDuration::from_hours(24 * 366 * 11));
        assert_eq!(code(&asked(&mut program, id, None)), "vetting_lapsed");
    }
}
