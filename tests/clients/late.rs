//! Clients an announcement cannot tell at first: their record cannot be read, their agreement
//! begins later, or it has ended by the time.

use jiff::SignedDuration;
use subprocessors::actions;
use subprocessors::db;
use subprocessors::domain::owed::NotTold;

use super::owed::{bound, go};
use crate::support::*;

const NOTICES: &str = "SELECT count(*) AS n FROM client_notice";
const RUNNING: &str = "SELECT count(*) AS n FROM client_notice WHERE state = 'running'";
const UNREAD: &str = "SELECT count(*) AS n FROM client_unread";
const EFFECTIVE: &str = "SELECT count(*) AS n FROM change WHERE state = 'effective'";

fn wait_for(app: &App, sql: &str, n: i64) {
    watched::eventually(sql, PATIENCE, || (app.database.number(sql) == n).then_some(()));
}

fn a_minute_later(app: &mut App) {
    app.advance(SignedDuration::from_secs(61));
}

on_both! {
    fn a_client_that_cannot_be_read_is_set_aside_and_the_others_are_told(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "Broken AG", 30, "", &["broken@client.example"]);
        bound(&world, "Healthy AG", 30, "", &["healthy@client.example"]);
        world.mail_subscriber("reader@visitor.example");
        app.database.execute("UPDATE client SET facts = '{' WHERE name = 'Broken AG'");
        let draft = world.draft_addition("Example GmbH");
        let now = world.state.clock.now();
        let plan = |conn: &mut db::Conn| actions::plan(conn, &world.state.settings, &draft, now);
        let plan = world.state.db.read_blocking(plan).expect("a plan").expect("agreements");
        assert_eq!((plan.agreements, plan.told, plan.not_told), (2, 1, vec![(NotTold::Unreadable, 1)]));
        world.submit_and_approve(&draft);
        app.restart();
        app.mail.wait_for_one_to("healthy@client.example");
        app.mail.wait_for_one_to("reader@visitor.example");
        wait_for(&app, UNREAD, 1);
        assert!(app.process().log().contains("client_unreadable"), "{}", app.process().log());
        let mut staff = crate::staff::people::hire(&app, "viewer", "viewer");
        let page = staff.get(&format!("/staff/changes/{}", draft.id)).expect(200);
        assert!(page.says("Not told: 1 of its Clients."), "{page}");

        go(&mut app, 50);
        let waits = "SELECT count(*) AS n FROM change WHERE state = 'announced' AND returned LIKE '%records cannot be read%'";
        wait_for(&app, waits, 1);
        app.database.execute("UPDATE client SET facts = '{}' WHERE name = 'Broken AG'");
        a_minute_later(&mut app);
        let told = app.mail.wait_for_one_to("broken@client.example");
        assert!(told.subject().starts_with("[Object by "), "{}", told.subject());
        wait_for(&app, UNREAD, 0);
    }

    fn an_audience_that_fails_keeps_no_other_waiting(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "Healthy AG", 30, "", &["healthy@client.example"]);
        let first = world.submit_and_approve(&world.draft_addition("First GmbH"));
        world.submit_and_approve(&world.draft_addition("Second GmbH"));
        app.database.execute(&format!("UPDATE change SET state = 'unheard of' WHERE id = '{}'", first.id));
        app.restart();
        let told = app.mail.wait_for_one_to("healthy@client.example");
        assert!(told.subject().contains("Second GmbH"), "{}", told.subject());
        let failures = || app.process().log().matches("an audience could not be expanded").count();
        watched::eventually("the first to fail", PATIENCE, || (failures() > 0).then_some(()));
        assert_eq!(failures(), 1, "it rests");
        app.database.execute(&format!("UPDATE change SET state = 'announced' WHERE id = '{}'", first.id));
        a_minute_later(&mut app);
        let told = app.mail.wait_for_nth_to("healthy@client.example", 2);
        assert!(told.subject().contains("First GmbH"), "{}", told.subject());
    }

    fn whose_agreement_begins_after_the_announcement_is_told_once(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "Early AG", 30, "", &["early@client.example"]);
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        app.restart();
        app.mail.wait_for_one_to("early@client.example");
        go(&mut app, 2);
        bound(&world, "Late AG", 30, "", &["late@client.example"]);
        bound(&world, "Knowing AG", 30, "", &["knowing@client.example"]);
        app.database.execute("UPDATE agreement SET list_version = 1 WHERE client_id = (SELECT id FROM client WHERE name = 'Knowing AG')");
        a_minute_later(&mut app);
        let late = app.mail.wait_for_one_to("late@client.example");
        assert!(late.subject().starts_with("[Object by "), "{}", late.subject());
        let knowing = app.mail.wait_for_one_to("knowing@client.example");
        assert!(knowing.text().contains("for your information"), "{}", knowing.text());
        wait_for(&app, RUNNING, 2);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM client_notice WHERE earliest_effective IS NULL"), 1, "it signed for it");
        a_minute_later(&mut app);
        a_minute_later(&mut app);
        let looks = "SELECT count(*) AS n FROM job_tick WHERE job = 'latecomers'";
        watched::eventually("more looks", PATIENCE, || (app.database.number(looks) >= 3).then_some(()));
        assert_eq!((app.database.number(NOTICES), app.mail.count()), (3, 3));
    }

    fn whose_agreement_begins_on_the_effective_date_is_told_before_it_comes_into_force(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "Early AG", 30, "", &["early@client.example"]);
        bound(&world, "Latest AG", 30, "", &["latest@client.example"]);
        let on = crate::public::seed::in_days(&world, 45);
        app.database.execute(&format!("UPDATE agreement SET effective_on = '{on}' WHERE client_id = (SELECT id FROM client WHERE name = 'Latest AG')"));
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        app.restart();
        app.mail.wait_for_one_to("early@client.example");
        app.kill();
        go(&mut app, 46);
        app.restart();
        app.mail.wait_for_one_to("latest@client.example");
        wait_for(&app, "SELECT count(*) AS n FROM change WHERE state = 'announced' AND returned LIKE '%Latest AG%'", 1);
        assert_eq!(app.database.number(EFFECTIVE), 0);
    }

    fn whose_agreement_has_ended_neither_delays_a_change_nor_hears_of_it(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "Staying AG", 30, "", &["staying@client.example"]);
        bound(&world, "Leaving AG", 30, "", &["leaving@client.example"]);
        bound(&world, "Gone AG", 30, "", &["gone@client.example"]);
        app.mail.answer(|to, _| match to {
            "gone@client.example" => Answer::RefuseRecipient("550 5.1.1 no such user"),
            _ => Answer::Accept,
        });
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        app.restart();
        app.mail.wait_for_one_to("leaving@client.example");
        wait_for(&app, "SELECT count(*) AS n FROM client_notice WHERE state = 'suspended'", 1);
        let last = crate::public::seed::in_days(&world, 10);
        app.database.execute(&format!("UPDATE agreement SET ended_on = '{last}' WHERE client_id IN (SELECT id FROM client WHERE name <> 'Staying AG')"));
        go(&mut app, 46);
        let effective = app.mail.wait_for_nth_to("staying@client.example", 2);
        assert!(effective.subject().starts_with("Now in effect"), "{}", effective.subject());
        assert_eq!(app.database.number(EFFECTIVE), 1);
        wait_for(&app, "SELECT count(*) AS n FROM expansion WHERE finished_at IS NULL", 0);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery WHERE event = 'effective'"), 1);
    }
}
