//! Hold-outs end no earlier than the engagement may be active for their Client; and the day a change
//! comes into force is the true one, after a downtime too.

use jiff::civil::Date;
use subprocessors::actions::clients::{self, ConsentDraft, HoldOutDraft};
use subprocessors::db;
use subprocessors::domain::id::Id;

use super::gate::withholdable;
use super::owed::{bound, go};
use super::parties::{client, general};
use crate::public::seed::in_days;
use crate::support::*;

fn wait_for(app: &App, sql: &str, n: i64) {
    watched::eventually(sql, PATIENCE, || (app.database.number(sql) == n).then_some(()));
}

fn hold(world: &World, client: Id, engagement_id: Id, until: Option<Date>) -> Result<Id, String> {
    let draft = HoldOutDraft { engagement_id, until, reason: "It asked for more time".into() };
    let done = world.wait(clients::hold_out(&world.state, &world.editor, client, draft));
    done.map(|held| held.id).map_err(|error| error.to_string())
}

fn end(world: &World, held: Id) -> Result<(), String> {
    let done = world.wait(clients::end_hold_out(&world.state, &world.editor, held));
    done.map(|_| ()).map_err(|error| error.to_string())
}

fn effective_on(day: Date) -> String {
    format!("SELECT count(*) AS n FROM notice_update WHERE event = 'effective' AND day = '{day}'")
}

on_both! {
    fn a_hold_out_ends_no_earlier_than_its_client_may_be_served(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let slow = client(&world, "Slow AG", general(60), "slow@client.example");
        let early = client(&world, "Early AG", general(60), "early@client.example");
        let quick = client(&world, "Quick AG", general(30), "quick@client.example");
        let change = withholdable(&world, "Example GmbH");
        let engagement = change.items[0].entry_id.expect("an engagement");
        // Nobody knows the Clients' days yet.
        let held = hold(&world, slow, engagement, Some(in_days(&world, 50))).expect("held out");
        let consents = hold(&world, early, engagement, None).expect("held out");
        world.submit_and_approve(&change);
        app.restart();
        for to in ["slow@client.example", "early@client.example", "quick@client.example"] {
            app.mail.wait_for_one_to(to);
        }
        wait_for(&app, "SELECT count(*) AS n FROM client_notice WHERE state = 'running'", 3);
        let refused = hold(&world, quick, engagement, Some(in_days(&world, 10))).expect_err("too early");
        assert!(refused.contains("may not be active for this Client before"), "{refused}");
        assert!(refused.contains("Name ") && refused.contains("or a later day"), "{refused}");

        go(&mut app, 46);
        wait_for(&app, "SELECT count(*) AS n FROM change WHERE state = 'effective'", 1);
        for id in [held, consents] {
            let refused = end(&world, id).expect_err("too early");
            assert!(refused.contains("may not be active for this Client before"), "{refused}");
        }
        let consent = ConsentDraft { given_on: Some(in_days(&world, 0)), evidence: "Mail of its DPO".into() };
        world.wait(clients::record_consent(&world.state, &world.editor, change.id, early, consent)).expect("a consent");
        end(&world, consents).expect("it consented");

        // On the 51st day the other would have ended by itself.
        go(&mut app, 5);
        let read = |conn: &mut db::Conn| db::hold_out::get(conn, held);
        let until = watched::eventually("more time", PATIENCE, || {
            let until = world.state.db.read_blocking(read).unwrap().unwrap().until;
            until.filter(|last| *last >= in_days(&world, 8))
        });
        assert!(app.process().log().contains("hold_out_prolonged"));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM audit_event WHERE action = 'client.hold_out_prolonged'"), 1);
        go(&mut app, 12);
        assert!(until < in_days(&world, 0));
        end(&world, held).expect("its day has come");
    }

    fn after_a_downtime_a_change_is_in_force_from_its_planned_day_if_every_gate_was_open(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "Ready AG", 30, "", &["ready@client.example"]);
        let planned = in_days(&world, 45);
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        app.restart();
        wait_for(&app, "SELECT count(*) AS n FROM client_notice WHERE state = 'running'", 1);
        app.kill();
        go(&mut app, 50);
        let back = world.state.clock.now().as_microsecond();
        app.restart();
        wait_for(&app, &effective_on(planned), 1);
        let published = format!("SELECT count(*) AS n FROM list_version WHERE cause = 'effective' AND published_at >= {back}");
        assert_eq!(app.database.number(&published), 1, "published when it was");
    }

    fn after_a_downtime_a_change_is_in_force_from_today_if_a_gate_was_closed(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "Slower AG", 30, "", &["slower@client.example"]);
        let planned = in_days(&world, 45);
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        app.restart();
        wait_for(&app, "SELECT count(*) AS n FROM client_notice WHERE state = 'running'", 1);
        app.kill();
        // As if it had been reached later.
        app.database.execute(&format!("UPDATE client_notice SET earliest_effective = '{}'", in_days(&world, 48)));
        go(&mut app, 50);
        let today = in_days(&world, 0);
        app.restart();
        wait_for(&app, &effective_on(today), 1);
        assert_eq!(app.database.number(&effective_on(planned)), 0);
    }
}
