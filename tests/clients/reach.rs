//! Which contact a notice goes to: removed, replaced, refusing, behind a dead endpoint, or out of
//! reach by a fault of our own.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use subprocessors::actions::clients::{self, ContactDraft};
use subprocessors::db::outbox::{self, Claim, Outcome, Room};
use subprocessors::db::{self, Conn};
use subprocessors::domain::client::{Client, Contact, ContactRole, ContactState};
use subprocessors::domain::delivery::{Attempt, DeliveryState};
use subprocessors::domain::id::Id;
use subprocessors::domain::subscription::Channel;

use super::owed::{bound, go};
use crate::support::*;

const RUNNING: &str = "SELECT count(*) AS n FROM client_notice WHERE state = 'running'";
const SUSPENDED: &str = "SELECT count(*) AS n FROM client_notice WHERE state = 'suspended'";
const BOUNCED: &str = "SELECT count(*) AS n FROM contact WHERE state = 'bounced'";
const FAILED: &str = "SELECT count(*) AS n FROM delivery WHERE state = 'failed'";
const CANCELLED: &str = "SELECT count(*) AS n FROM delivery WHERE state = 'cancelled'";

fn wait_for(app: &App, sql: &str, n: i64) {
    watched::eventually(sql, PATIENCE, || (app.database.number(sql) == n).then_some(()));
}

fn expand_all(world: &World) {
    while world.wait(subprocessors::delivery::engine::step(&world.state)).expect("a chunk").is_some() {}
}

fn contacts(world: &World, client: Id) -> Vec<Contact> {
    world.state.db.read_blocking(|conn| db::contact::of_client(conn, client)).expect("the contacts")
}

fn seen(world: &World, client: Id) -> clients::Seen {
    let found = world.state.db.read_blocking(|conn| db::client::get(conn, client)).expect("a Client");
    (client, found.expect("the Client").revision)
}

/// A Client owed a notice, its deliveries queued and nothing running yet.
fn owed(app: &App, emails: &[&str]) -> (World, Id) {
    let world = World::of(app);
    let client = bound(&world, "Moving AG", 30, "", emails);
    world.submit_and_approve(&world.draft_addition("Example GmbH"));
    expand_all(&world);
    (world, client)
}

fn replace(world: &World, client: Id, old: Id, email: &str) {
    let draft = ContactDraft { role: ContactRole::Notify, name: String::new(), email: email.to_owned() };
    let done = clients::save_contact(&world.state, &world.editor, seen(world, client), Some(old), draft);
    world.wait(done).expect("another contact in its place");
}

/// As if the schedule were used up but for one attempt.
fn nearly_over(app: &App) {
    let days = 6 * 24 * 3600 * 1_000_000_i64;
    app.database.execute(&format!("UPDATE delivery SET attempts = 33, created_at = created_at - {days}"));
}

on_both! {
    fn what_waits_for_a_replaced_contact_goes_to_its_successor_alone(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let (world, client) = owed(&app, &["old@client.example", "second@client.example"]);
        replace(&world, client, contacts(&world, client)[0].id, "new@client.example");
        assert_eq!(app.database.number(CANCELLED), 1);
        app.restart();
        let told = app.mail.wait_for_one_to("new@client.example");
        assert!(told.subject().starts_with("[Object by "), "{}", told.subject());
        wait_for(&app, RUNNING, 1);
        assert_eq!((app.mail.tries("old@client.example"), app.mail.tries("second@client.example")), (0, 0));
    }

    fn when_a_contact_is_removed_the_next_one_is_told_at_once(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let (world, client) = owed(&app, &["old@client.example", "second@client.example"]);
        let old = contacts(&world, client)[0].id;
        world.wait(clients::end_contact(&world.state, &world.editor, seen(&world, client), old)).expect("ended");
        let queued = "SELECT count(*) AS n FROM delivery, subscription WHERE subscription.id = subscription_id AND delivery.state = 'queued' AND email = 'second@client.example'";
        assert_eq!(app.database.number(queued), 1, "in the same transaction");
        app.restart();
        app.mail.wait_for_one_to("second@client.example");
        wait_for(&app, RUNNING, 1);
        assert_eq!(app.mail.tries("old@client.example"), 0);
    }

    fn the_last_look_before_sending_sees_that_a_contact_was_removed(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let (_world, _) = owed(&app, &["old@client.example", "second@client.example"]);
        // As it was claimed already when somebody removed the contact.
        app.database.execute("UPDATE contact SET state = 'ended' WHERE email = 'old@client.example'");
        app.restart();
        app.mail.wait_for_one_to("second@client.example");
        wait_for(&app, RUNNING, 1);
        assert_eq!(app.mail.tries("old@client.example"), 0);
        assert_eq!(app.database.number(CANCELLED), 1);
    }

    fn a_dead_endpoint_whose_mailbox_refuses_lets_the_next_contact_be_told(backend: Backend) {
        let mut app = App::on(backend).prepare();
        app.hooks.answer(|_, _| Reply::status(410));
        app.mail.answer(|to, _| match to {
            "hook@client.example" => Answer::RefuseRecipient("550 5.1.1 no such user"),
            _ => Answer::Accept,
        });
        let world = World::of(&app);
        let client = bound(&world, "Hooked AG", 30, "", &["hook@client.example", "second@client.example"]);
        let subscription = world.webhook_subscriber(&app.hooks.url("/hook"), "hook@client.example");
        let hooked = Contact { channel: Channel::Webhook, subscription_id: Some(subscription), ..contacts(&world, client).remove(0) };
        world.state.db.write_blocking(|conn| db::contact::save(conn, &hooked)).expect("a webhook");
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        app.restart();
        // Mailboxes of dead endpoints are looked for every ten seconds.
        let told = watched::eventually("the second contact", Duration::from_secs(60), || {
            (app.mail.tries("second@client.example") > 0).then(|| app.mail.wait_for_one_to("second@client.example"))
        });
        assert!(told.subject().starts_with("[Object by "), "{}", told.subject());
        wait_for(&app, RUNNING, 1);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery WHERE channel = 'webhook' AND state = 'queued'"), 1, "still owed");
    }

    fn a_contact_told_through_a_linked_subscription_is_marked_when_it_refuses(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = World::of(&app);
        let client = bound(&world, "Linked AG", 30, "", &["dpo@client.example"]);
        let subscription = world.mail_subscriber("dpo@client.example");
        let linked = Contact { subscription_id: Some(subscription), ..contacts(&world, client).remove(0) };
        world.state.db.write_blocking(|conn| db::contact::save(conn, &linked)).expect("linked");
        app.mail.answer(|_, earlier| match earlier {
            0 => Answer::RefuseRecipient("550 5.1.1 no such user"),
            _ => Answer::Accept,
        });
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        app.restart();
        wait_for(&app, SUSPENDED, 1);
        wait_for(&app, BOUNCED, 1);
        let restored = clients::restore_contact(&world.state, &world.editor, seen(&world, client), linked.id);
        world.wait(restored).expect("it works after all");
        app.mail.wait_for_one_to("dpo@client.example");
        wait_for(&app, RUNNING, 1);
    }

    fn an_outage_of_the_relay_uses_up_no_contact_and_is_made_good(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let _world = owed(&app, &["first@client.example", "second@client.example"]);
        nearly_over(&app);
        app.mail.greet("421 4.3.2 closed for repairs");
        app.restart();
        wait_for(&app, FAILED, 1);
        wait_for(&app, SUSPENDED, 1);
        assert_eq!(app.database.number(BOUNCED), 0);
        app.mail.greet("220 sink ESMTP");
        app.advance(SignedDuration::from_hours(5));
        let told = app.mail.wait_for_one_to("first@client.example");
        assert!(told.subject().starts_with("[Object by "), "{}", told.subject());
        wait_for(&app, RUNNING, 1);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery"), 1, "the fallback is not used up");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM attempt"), 2, "once in four hours");
    }

    fn a_template_that_cannot_be_filled_uses_up_no_contact_and_is_made_good(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let templates = app.folder().join("own");
        std::fs::create_dir_all(templates.join("email/notice")).unwrap();
        let broken = templates.join("email/notice/body.txt.hbs");
        std::fs::write(&broken, "{{of_no_such_name}}").unwrap();
        app.set("templates.dir", &templates.display().to_string());
        let _world = owed(&app, &["first@client.example", "second@client.example"]);
        app.restart();
        wait_for(&app, FAILED, 1);
        wait_for(&app, SUSPENDED, 1);
        assert_eq!((app.database.number(BOUNCED), app.mail.count()), (0, 0));
        app.kill();
        std::fs::remove_file(&broken).unwrap();
        app.advance(SignedDuration::from_hours(5));
        app.restart();
        app.mail.wait_for_one_to("first@client.example");
        wait_for(&app, RUNNING, 1);
        assert_eq!(app.mail.tries("second@client.example"), 0);
    }

    fn a_mailbox_that_is_full_for_five_days_lets_the_next_contact_be_told(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let _world = owed(&app, &["full@client.example", "second@client.example"]);
        nearly_over(&app);
        app.mail.answer(|to, _| match to {
            "full@client.example" => Answer::RefuseRecipient("452 4.2.2 mailbox full"),
            _ => Answer::Accept,
        });
        app.restart();
        app.mail.wait_for_one_to("second@client.example");
        wait_for(&app, RUNNING, 1);
        assert_eq!(app.database.number(BOUNCED), 0, "it may work again");
        go(&mut app, 1);
        assert_eq!(app.mail.tries("second@client.example"), 1);
    }

    fn two_results_at_once_leave_the_earlier_acceptance_in_the_clock(backend: Backend) {
        let app = App::on(backend).prepare();
        let world = World::of(&app);
        bound(&world, "Busy AG", 30, "", &["one@client.example", "two@client.example"]);
        app.database.execute("UPDATE contact SET role = 'notify'");
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        expand_all(&world);
        let now = world.state.clock.now();
        let later = now + SignedDuration::from_mins(10);
        let room = Room { all: 10, repeats: 10, full_hosts: BTreeSet::new() };
        let db = world.state.db.clone();
        let lease = now + SignedDuration::from_hours(1);
        let claims = db.outbox_blocking(|conn| outbox::claim(conn, Channel::Email, &room, lease, now)).expect("claims");
        assert_eq!(claims.len(), 2);
        let (first, second) = (accepted(&claims[0], now), accepted(&claims[1], later));
        let other = db.outbox_blocking(|conn| {
            assert!(outbox::finish(conn, &first)?);
            // Its own transaction begins while this one is open, and ends after it.
            let db = db.clone();
            let other = std::thread::spawn(move || db.outbox_blocking(|conn| outbox::finish(conn, &second)));
            let waits = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
            if backend == Backend::Postgres {
                watched::eventually("the other to wait or to end", PATIENCE, || {
                    (other.is_finished() || app.database.number(waits) > 0).then_some(())
                });
            }
            Ok::<_, db::Error>(other)
        });
        assert!(other.expect("the first").join().expect("the second").expect("its result"));
        let started = app.database.number("SELECT notice_start AS n FROM client_notice");
        assert_eq!(Timestamp::from_microsecond(started).unwrap(), first.attempt.expect("an attempt").at);
    }

    fn what_was_noted_while_staff_save_a_client_is_not_written_over(backend: Backend) {
        let app = App::on(backend).prepare();
        let world = World::of(&app);
        let id = bound(&world, "Saved AG", 30, "", &["gone@client.example"]);
        let contact = contacts(&world, id)[0].id;
        let race = |conn: &mut Conn| {
            let read = db::client::get(conn, id)?.expect("the Client");
            // What the outbox does between the reading and the saving of an action.
            assert!(db::contact::bounce(conn, contact)?);
            db::client::revise(conn, id)?;
            let saved = Client { name: "Another".into(), revision: read.revision + 1, ..read.clone() };
            assert!(!db::client::save_seen(conn, &saved, read.revision)?);
            Ok::<_, db::Error>(())
        };
        world.state.db.write_blocking(race).expect("the race");
        assert_eq!(contacts(&world, id)[0].state, ContactState::Bounced);
    }
}

fn accepted(claim: &Claim, at: Timestamp) -> Outcome {
    Outcome {
        delivery_id: claim.delivery.id,
        token: claim.token,
        state: DeliveryState::Accepted,
        due_at: at,
        attempt: Some(Attempt {
            number: 1,
            at,
            took_ms: 1,
            peer: "127.0.0.1:25".to_owned(),
            tls: String::new(),
            code: 250,
            answer: "2.0.0 Ok".to_owned(),
            verdict: "accepted".to_owned(),
            body_sha256: "ab".repeat(32),
        }),
        last_answer: "2.0.0 Ok".to_owned(),
        kept: false,
    }
}
