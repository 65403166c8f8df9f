//! Each Client is told by its own agreement, and nobody goes live before the last of them may.

use jiff::SignedDuration;
use jiff::civil::Date;
use subprocessors::actions::{self, Details};
use subprocessors::db;
use subprocessors::domain::client::{Contact, ContactRole, ContactState};
use subprocessors::domain::id::Id;
use subprocessors::domain::period::StartEvent;
use subprocessors::domain::subscription::SubscriptionState;
use subprocessors::domain::terms::Terms;

use super::parties::{general, party};
use crate::public::seed::in_days;
use crate::support::*;

/// A Client whose agreement gives it `days`, with its contacts: the first is notified, the others
/// are fallback.
pub(super) fn bound(world: &World, name: &str, days: u16, zone: &str, contacts: &[&str]) -> Id {
    let terms = Terms { clause: "section 5.2".into(), ..general(days) };
    let roles = std::iter::once(ContactRole::Notify).chain(std::iter::repeat(ContactRole::Fallback));
    let contacts: Vec<_> = contacts.iter().copied().zip(roles).collect();
    party(world, name, terms, zone, &contacts)
}

pub(super) fn details(on: Date) -> Details {
    Details {
        title: "Add Example GmbH".into(),
        reason: "Clients asked for faster answers".into(),
        effective_on: Some(on),
        in_use_since: None,
    }
}

pub(super) fn go(app: &mut App, days: i64) {
    app.advance(SignedDuration::from_hours(24 * days));
}

on_both! {
    fn each_client_is_told_with_its_own_deadline_and_the_slowest_sets_the_day(backend: Backend) {
        let mut app = App::on(backend).set("company.time_zone", "Europe/Berlin").prepare();
        let world = World::of(&app);
        bound(&world, "Slow AG", 60, "Pacific/Honolulu", &["slow@client.example"]);
        bound(&world, "Quick Ltd", 30, "", &["quick@client.example"]);
        world.mail_subscriber("quick@client.example");
        world.mail_subscriber("reader@visitor.example");

        let draft = world.draft_addition("Example GmbH");
        let refused = world.wait(actions::submit(&world.state, &world.editor, draft.id, draft.revision));
        let why = refused.expect_err("45 days are too few for 60").to_string();
        assert!(why.contains("too early for Slow AG"), "{why}");

        let later = details(in_days(&world, 63));
        let later = world.wait(actions::set_details(&world.state, &world.editor, draft.id, draft.revision, later));
        world.submit_and_approve(&later.expect("a later day"));
        app.restart();

        let slow = app.mail.wait_for_one_to("slow@client.example");
        let quick = app.mail.wait_for_one_to("quick@client.example");
        let courtesy = app.mail.wait_for_one_to("reader@visitor.example");
        for mail in [&slow, &quick] {
            assert!(mail.subject().starts_with("[Object by "), "{}", mail.subject());
            assert_eq!(mail.from, "notices@acme.example");
            assert_eq!(mail.header("List-Unsubscribe"), None);
            assert!(mail.text().contains("section 5.2"), "{}", mail.text());
            assert!(!mail.text().contains("standard DPA"), "{}", mail.text());
        }
        assert!(slow.text().contains("23:59 Pacific/Honolulu"), "{}", slow.text());
        assert!(quick.text().contains("23:59 Europe/Berlin"), "{}", quick.text());
        assert!(courtesy.text().contains("standard DPA") && !courtesy.subject().contains("Object by"));
        let covered = "SELECT count(*) AS n FROM delivery WHERE state = 'cancelled' AND last_answer LIKE 'covered%'";
        assert_eq!(app.database.number(covered), 1, "one mailbox, one notice");
        assert_eq!(app.mail.tries("quick@client.example"), 1);
        let carrying = "SELECT count(*) AS n FROM subscription WHERE contact_id IS NOT NULL";
        assert_eq!(app.database.number(carrying), 2);
        let listed = |conn: &mut db::Conn| {
            let of_domain = db::subscription::open_of_domain(conn, "client.example", 20)?;
            Ok::<_, db::Error>((db::subscription::page(conn, "", 20)?.len(), of_domain.len()))
        };
        assert_eq!(world.state.db.read_blocking(listed).unwrap(), (2, 1), "only who subscribed");
        watched::eventually("both clocks", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM client_notice WHERE state = 'running' AND earliest_effective IS NOT NULL") == 2).then_some(())
        });

        go(&mut app, 64);
        let effective = app.mail.wait_for_nth_to("slow@client.example", 2);
        assert!(effective.subject().starts_with("Now in effect"), "{}", effective.subject());
        assert_eq!(effective.from, "notices@acme.example");
    }

    fn a_refusal_lets_the_next_contact_take_over(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "Moved AG", 30, "", &["gone@client.example", "second@client.example"]);
        app.mail.answer(|to, _| match to {
            "gone@client.example" => Answer::RefuseRecipient("550 5.1.1 no such user"),
            _ => Answer::Accept,
        });
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        app.restart();
        let told = app.mail.wait_for_one_to("second@client.example");
        assert!(told.subject().starts_with("[Object by "), "{}", told.subject());
        watched::eventually("the clock", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM client_notice WHERE state = 'running'") == 1).then_some(())
        });
        assert_eq!(app.database.number("SELECT count(*) AS n FROM contact WHERE state = 'bounced'"), 1);
    }

    fn a_client_whose_contact_is_mended_is_told_after_all(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let client = bound(&world, "Mended AG", 30, "", &["gone@client.example"]);
        app.mail.answer(|to, _| match to {
            "gone@client.example" => Answer::RefuseRecipient("550 5.1.1 no such user"),
            _ => Answer::Accept,
        });
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        app.restart();
        watched::eventually("nobody reached", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM client_notice WHERE state = 'suspended'") == 1).then_some(())
        });
        let old = world.state.db.read_blocking(|conn| db::contact::of_client(conn, client)).unwrap().remove(0);
        let new = Contact { id: Id::new(world.state.clock.now()), email: "new@client.example".parse().unwrap(), state: ContactState::Working, ..old };
        world.state.db.write_blocking(|conn| db::contact::save(conn, &new)).unwrap();
        let told = app.mail.wait_for_one_to("new@client.example");
        assert!(told.subject().starts_with("[Object by "), "{}", told.subject());
        watched::eventually("the clock", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM client_notice WHERE state = 'running'") == 1).then_some(())
        });
    }

    fn unsubscribing_never_ends_what_an_agreement_owes(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let client = bound(&world, "Linked AG", 30, "", &["dpo@client.example"]);
        let subscription = world.mail_subscriber("dpo@client.example");
        let change = |conn: &mut db::Conn| {
            let linked = db::contact::of_client(conn, client)?.remove(0);
            db::contact::save(conn, &Contact { subscription_id: Some(subscription), ..linked })?;
            let mut stored = db::subscription::get(conn, subscription)?.unwrap();
            stored.subscription.state = SubscriptionState::Ended;
            stored.subscription.ended_at = Some(world.state.clock.now());
            db::subscription::save(conn, &stored)
        };
        world.state.db.write_blocking(change).unwrap();
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        app.restart();
        let told = app.mail.wait_for_one_to("dpo@client.example");
        assert!(told.subject().starts_with("[Object by "), "{}", told.subject());
        watched::eventually("the clock", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM client_notice WHERE state = 'running'") == 1).then_some(())
        });
    }

    fn a_client_nobody_could_reach_keeps_the_change_from_coming_into_force(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "Silent AG", 30, "", &["gone@client.example"]);
        app.mail.answer(|_, _| Answer::RefuseRecipient("550 5.1.1 no such user"));
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        app.restart();
        watched::eventually("nobody reached", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM client_notice WHERE state = 'suspended'") == 1).then_some(())
        });
        go(&mut app, 50);
        watched::eventually("the effect withheld", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM change WHERE state = 'announced' AND returned LIKE '%Silent AG (could not be reached)%'") == 1).then_some(())
        });
    }

    fn what_a_folder_took_was_sent_and_a_clock_that_starts_on_sending_runs(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").set("mail.transport", "file").prepare();
        let world = World::of(&app);
        let mut terms = general(30);
        terms.rules[0].start = StartEvent::Sent;
        terms.objection.start = StartEvent::Sent;
        party(&world, "Legacy AG", terms, "", &[("dpo@legacy.example", ContactRole::Notify)]);
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        app.restart();
        watched::eventually("the clock", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM client_notice WHERE state = 'running' AND earliest_effective IS NOT NULL") == 1).then_some(())
        });
    }
}
