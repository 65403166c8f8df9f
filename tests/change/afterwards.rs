//! Between the announcement and the effective date: a change is withdrawn, or its date moves.

use subprocessors::actions;
use subprocessors::domain::diff::long_date;

use jiff::SignedDuration;
use subprocessors::db::outbox::{self, Room};
use subprocessors::domain::client::ContactRole;
use subprocessors::domain::subscription::Channel;
use subprocessors::web::site::weekday_date;

use super::told::{OPEN, told};
use crate::clients::parties::{general, party};
use crate::public::seed::in_days;
use crate::staff::people::hire;
use crate::support::*;

on_both! {
    fn a_withdrawn_change_is_told_to_whoever_was_told_and_never_takes_effect(backend: Backend) {
        let (mut app, world, change) = told(backend);
        let id = change.id.to_string();
        world.mail_subscriber("newcomer@visitor.example");
        let mut approver = hire(&app, "approver", "approver");
        let page = approver.get(&format!("/staff/changes/{id}")).expect(200);
        let form = format!("form[action='/staff/changes/{id}/withdraw']");
        let refused = approver.submit(&page, &form, &[("withdraw_reason", " ")]).expect(422);
        assert!(refused.says("Say why it is withdrawn"), "{refused}");
        let done = approver.submit(&refused, &form, &[("withdraw_reason", "The vendor was bought.")]).expect(200);
        assert!(done.says("Withdrawn. Whoever was told"), "{done}");
        assert!(done.all("form[action$='/withdraw']").is_empty(), "{done}");

        let owed = app.mail.wait_for_nth_to("dpo@bound.example", 2);
        assert!(owed.subject().starts_with("Withdrawn: Acme adds Example GmbH"), "{}", owed.subject());
        assert_eq!(owed.from, "notices@acme.example");
        for said in ["Nothing has to be done", "The vendor was bought.", "Had been announced for"] {
            assert!(owed.text().contains(said), "{said} in {}", owed.text());
        }
        assert!(!owed.text().contains("Object by"), "{}", owed.text());
        let courtesy = app.mail.wait_for_nth_to("reader@visitor.example", 2);
        assert!(courtesy.text().contains("The vendor was bought."), "{}", courtesy.text());
        let hook = app.hooks.wait_for("subprocessor.change.withdrawn", 1).remove(0);
        let data = &hook.json()["data"];
        assert_eq!(data["update"]["reason"], "The vendor was bought.", "{data}");

        let mut visitor = app.browser();
        let list = watched::eventually("the list without it", PATIENCE, || {
            let list = visitor.get("/list.json").expect(200).json();
            list["entries"].as_array().unwrap().is_empty().then_some(list)
        });
        assert_eq!(list["version"], 2);
        assert!(!visitor.get("/").expect(200).says("Example GmbH"));
        let notice = visitor.get(&format!("/notices/{}", data["notice"].as_str().unwrap())).expect(200);
        assert!(notice.says("before it took effect") && notice.says("The vendor was bought."), "{notice}");
        assert!(!notice.says("Object by") && !notice.says("Takes effect on"), "{notice}");
        let own = owed.link("/client/");
        let own = visitor.get(own.trim_end_matches("/object")).expect(200);
        assert!(own.says("This notice was withdrawn"), "{own}");
        assert!(!own.says("Planned for") && !own.says("Takes effect on") && !own.says("Object by"), "{own}");
        assert!(visitor.get("/notices").expect(200).says("Withdrawn"));

        app.advance(jiff::SignedDuration::from_hours(24 * 50));
        let events = "SELECT count(*) AS n FROM audit_event WHERE action = 'change.effective'";
        watched::eventually("the days gone by", PATIENCE, || {
            visitor.get("/healthz").expect(200);
            (app.database.number("SELECT count(*) AS n FROM client_notice WHERE state = 'withdrawn'") == 1).then_some(())
        });
        assert_eq!(app.database.number(events), 0);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery WHERE event = 'effective'"), 0);
        let newcomer = "SELECT count(*) AS n FROM delivery d JOIN subscription s ON s.id = d.subscription_id WHERE s.email_key = 'newcomer@visitor.example'";
        assert_eq!(app.database.number(newcomer), 0, "who was told nothing needs no withdrawal");
    }

    fn what_waits_when_a_change_is_withdrawn_is_not_sent_and_its_receiver_hears_nothing(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").prepare();
        let world = World::of(&app);
        world.mail_subscriber("reader@visitor.example");
        let change = world.submit_and_approve(&world.draft_addition("Example GmbH"));
        while world.wait(subprocessors::delivery::engine::step(&world.state)).expect("a chunk").is_some() {}
        assert_eq!(app.database.number(OPEN), 1);
        let withdrawn = world.wait(actions::withdraw(&world.state, &world.approver, change.id, change.revision, "A mistake".into()));
        let withdrawn = withdrawn.expect("withdrawn");
        let late = world.wait(actions::withdraw(&world.state, &world.approver, change.id, withdrawn.revision, "Again".into()));
        assert!(late.unwrap_err().to_string().contains("Only an announced change can be withdrawn"));
        let by_editor = world.wait(actions::withdraw(&world.state, &world.editor, change.id, withdrawn.revision, "No".into()));
        assert!(matches!(by_editor, Err(actions::Error::Forbidden(_))), "{by_editor:?}");
        app.restart();
        watched::eventually("the audience of the withdrawal", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM expansion WHERE finished_at IS NULL") == 0).then_some(())
        });
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery WHERE state = 'cancelled'"), 1);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery"), 1, "no withdrawal of what was never told");
        assert_eq!(app.mail.count(), 0);
    }

    fn what_was_withdrawn_is_drafted_again_with_its_records_and_announced_as_a_new_notice(backend: Backend) {
        let app = App::on(backend).set("notices.hold", "0").prepare();
        let world = World::of(&app);
        let first = world.submit_and_approve(&world.draft_addition("Example GmbH"));
        let early = world.wait(actions::draft_again(&world.state, &world.editor, first.id));
        assert!(early.unwrap_err().to_string().contains("withdrawn or cancelled"));
        world.wait(actions::withdraw(&world.state, &world.approver, first.id, first.revision, "Wrong place".into())).unwrap();
        let draft = world.wait(actions::draft_again(&world.state, &world.editor, first.id)).unwrap();
        assert_eq!((draft.items.len(), draft.items[0].entry_id), (1, first.items[0].entry_id));
        assert_eq!(draft.effective_on, first.effective_on);
        let entry = draft.items[0].entry().unwrap().clone();
        let mut engagement = entry.engagement.clone();
        engagement.data_categories.push("Invoices".to_owned());
        let put = actions::Draft { entry_id: Some(entry.id), vendor_id: None, vendor: entry.vendor, engagement };
        let draft = world.wait(actions::put_entry(&world.state, &world.editor, draft.id, draft.revision, put)).unwrap();
        // Without a new record: what was on record for the line still is.
        let draft = world.wait(actions::submit(&world.state, &world.editor, draft.id, draft.revision)).unwrap();
        let announced = world.wait(actions::approve(&world.state, &world.approver, draft.id, draft.revision, None, String::new()));
        assert_eq!(announced.unwrap().state, subprocessors::domain::change::ChangeState::Announced);
        let list = world.state.db.read_blocking(|c| subprocessors::db::list::get(c, 3)).unwrap().unwrap();
        assert!(list.public.text.contains("Invoices") && list.public.text.contains("\"announced\""), "{}", list.public.text);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM notice"), 2);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM engagement"), 1);
    }

    fn a_process_killed_while_it_told_of_a_change_tells_of_its_withdrawal_too(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").prepare();
        let world = World::of(&app);
        world.mail_subscriber("reader@visitor.example");
        let change = world.submit_and_approve(&world.draft_addition("Example GmbH"));
        while world.wait(subprocessors::delivery::engine::step(&world.state)).expect("a chunk").is_some() {}
        // Claimed, as by a process that is killed after the mail server's answer and before it is recorded.
        let now = world.state.clock.now();
        let room = Room { all: 9, repeats: 9, full_hosts: Default::default() };
        let lease = now + SignedDuration::from_secs(60);
        let claims = world.state.db.outbox_blocking(|conn| outbox::claim(conn, Channel::Email, &room, lease, now));
        assert_eq!(claims.expect("a claim").len(), 1);
        world.wait(actions::withdraw(&world.state, &world.approver, change.id, change.revision, "A mistake".into())).unwrap();
        app.restart();
        // Past the lease, where another instance might still hold it.
        app.advance(SignedDuration::from_secs(120));
        let mail = app.mail.wait_for_one_to("reader@visitor.example");
        assert!(mail.subject().starts_with("Withdrawn"), "{}", mail.subject());
        watched::eventually("nothing left to send", PATIENCE, || (app.database.number(OPEN) == 0).then_some(()));
        assert_eq!(app.mail.count(), 1, "the announcement is not sent again");
    }

    fn who_is_told_only_after_the_date_moved_is_told_the_moved_day(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").prepare();
        let world = World::of(&app);
        let contacts = [("gone@bound.example", ContactRole::Notify), ("legal@bound.example", ContactRole::Fallback)];
        party(&world, "Bound AG", general(30), "", &contacts);
        let change = world.submit_and_approve(&world.draft_addition("Example GmbH"));
        let (was, day) = (in_days(&world, 45), in_days(&world, 60));
        world.wait(actions::postpone(&world.state, &world.approver, change.id, change.revision, Some(day), "Not ready".into())).unwrap();
        app.mail.answer(|to, _| match to.starts_with("gone@") {
            true => Answer::RefuseRecipient("550 5.1.1 no such user"),
            false => Answer::Accept,
        });
        app.restart();
        let mail = app.mail.wait_for_one_to("legal@bound.example");
        assert!(mail.subject().starts_with("[Object by"), "{}", mail.subject());
        for said in [format!("From {}", long_date(day)), format!("Announced for: {}", weekday_date(was))] {
            assert!(mail.text().contains(&said), "{said} in {}", mail.text());
        }
        assert!(!mail.text().contains(&format!("From {}", long_date(was))), "{}", mail.text());
    }

    fn a_later_day_is_an_update_of_the_same_notice_and_moves_no_clock(backend: Backend) {
        let (mut app, world, change) = told(backend);
        let id = change.id.to_string();
        let mut approver = hire(&app, "approver", "approver");
        let clocks = "SELECT count(*) AS n FROM client_notice WHERE state = 'running' AND objection_until IS NOT NULL";
        watched::eventually("the clock", PATIENCE, || (app.database.number(clocks) == 1).then_some(()));
        let until = "SELECT objection_until AS n FROM client_notice";
        let before = app.database.number(until);
        let form = format!("form[action='/staff/changes/{id}/postpone']");
        let (was, day) = (in_days(&world, 45), in_days(&world, 60));
        let page = approver.get(&format!("/staff/changes/{id}")).expect(200);
        let early = in_days(&world, 40).to_string();
        let refused = approver.submit(&page, &form, &[("later_on", &early), ("later_reason", "")]).expect(422);
        assert!(refused.says("Say why it is later"), "{refused}");
        let refused = approver.submit(&page, &form, &[("later_on", &early), ("later_reason", "x")]).expect(422);
        assert!(refused.says("an earlier one needs a new notice"), "{refused}");
        let fields = [("later_on", day.to_string()), ("later_reason", "The contract is not ready.".to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let done = approver.submit(&page, &form, &fields).expect(200);
        assert!(done.says("The effective date is later now"), "{done}");

        let owed = app.mail.wait_for_nth_to("dpo@bound.example", 2);
        assert!(owed.subject().starts_with(&format!("Later, from {}", long_date(day))), "{}", owed.subject());
        for said in [format!("not on {}", long_date(was)), "The contract is not ready.".to_owned()] {
            assert!(owed.text().contains(&said), "{said} in {}", owed.text());
        }
        app.mail.wait_for_nth_to("reader@visitor.example", 2);
        let hook = app.hooks.wait_for("subprocessor.change.updated", 1).remove(0);
        let data = hook.json()["data"].clone();
        assert_eq!((&data["effective_date"], &data["update"]["was_effective_date"]), (&day.to_string().into(), &was.to_string().into()));
        assert_eq!(app.database.number(until), before, "no clock moved");

        let mut visitor = app.browser();
        watched::eventually("the list with the new day", PATIENCE, || {
            let list = visitor.get("/list.json").expect(200).json();
            (list["entries"][0]["effective_from"] == day.to_string()).then_some(())
        });
        assert!(visitor.get("/").expect(200).says(&long_date(day)));
        let notice = visitor.get(&format!("/notices/{}", data["notice"].as_str().unwrap())).expect(200);
        assert!(notice.says(&format!("on {}, not on {}", long_date(day), long_date(was))), "{notice}");

        // A second time: told again, under another word.
        let page = approver.get(&format!("/staff/changes/{id}")).expect(200);
        let last = in_days(&world, 70);
        approver.submit(&page, &form, &[("later_on", &last.to_string()), ("later_reason", "Still not.")]).expect(200);
        let owed = app.mail.wait_for_nth_to("dpo@bound.example", 3);
        assert!(owed.text().contains(&format!("not on {}", long_date(day))), "{}", owed.text());
        assert_eq!(app.hooks.wait_for("subprocessor.change.updated", 2).len(), 2);

        app.advance(jiff::SignedDuration::from_hours(24 * 50));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery WHERE event = 'effective'"), 0);
        app.advance(jiff::SignedDuration::from_hours(24 * 25));
        let effective = app.mail.wait_for_nth_to("dpo@bound.example", 4);
        assert!(effective.text().contains(&format!("In effect since {}", long_date(last))), "{}", effective.text());
    }
}
