//! Leases, tokens and chunks, on the outbox itself.

use crate::support::*;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use subprocessors::db::outbox::{self, Claim, Outcome, Room};
use subprocessors::db::{Conn, Error};
use subprocessors::domain::delivery::{Attempt, DeliveryState};
use subprocessors::domain::subscription::Channel;

fn announced(backend: Backend, readers: usize) -> (App, World) {
    let app = App::on(backend).set("notices.hold", "0").prepare();
    let world = World::of(&app);
    for i in 0..readers {
        world.mail_subscriber(&format!("reader-{i}@client.example"));
    }
    let change = world.draft_addition("Example GmbH");
    world.submit_and_approve(&change);
    (app, world)
}

fn seconds(at: Timestamp, n: i64) -> Timestamp {
    at + SignedDuration::from_secs(n)
}

fn accepted(claim: &Claim, at: Timestamp) -> Outcome {
    Outcome {
        delivery_id: claim.delivery.id,
        token: claim.token,
        state: DeliveryState::Accepted,
        due_at: at,
        attempt: Some(Attempt {
            number: claim.delivery.attempts + 1,
            at,
            took_ms: 12,
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

fn room(all: usize) -> Room {
    Room { all, repeats: all, full_hosts: BTreeSet::new() }
}

fn in_outbox<T>(world: &World, f: impl FnOnce(&mut Conn) -> Result<T, Error>) -> T {
    world.state.db.outbox_blocking(f).expect("the outbox's transaction")
}

fn expand_all(world: &World) {
    while world.wait(subprocessors::delivery::engine::step(&world.state)).expect("a chunk").is_some() {}
}

on_both! {
    fn a_result_counts_only_while_the_claim_is_its_own(backend: Backend) {
        let (app, world) = announced(backend, 1);
        expand_all(&world);
        let now = world.state.clock.now();
        let claim = |at| {
            let lease = seconds(at, 60);
            in_outbox(&world, |conn| outbox::claim(conn, Channel::Email, &room(10), lease, at))
        };
        let first = claim(now);
        assert_eq!(first.len(), 1);
        assert!(claim(seconds(now, 59)).is_empty(), "a lease keeps others off");
        let second = claim(seconds(now, 61));
        assert_eq!(second.len(), 1, "a lease that ran out is taken over");
        assert_eq!(second[0].delivery.id, first[0].delivery.id);
        assert!(second[0].token > first[0].token);

        let late = accepted(&first[0], seconds(now, 62));
        assert!(!in_outbox(&world, |conn| outbox::finish(conn, &late)), "a late result is refused");
        assert!(!in_outbox(&world, |conn| outbox::renew(conn, late.delivery_id, late.token, seconds(now, 500))));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM attempt"), 0);

        let good = accepted(&second[0], seconds(now, 63));
        assert!(in_outbox(&world, |conn| outbox::finish(conn, &good)));
        assert!(!in_outbox(&world, |conn| outbox::finish(conn, &good)), "and counts once");
        let read = |conn: &mut Conn| Ok::<_, Error>((outbox::get(conn, good.delivery_id)?, outbox::attempts(conn, good.delivery_id)?));
        let (found, attempts) = world.state.db.read_blocking(read).expect("the delivery");
        let (delivery, _) = found.expect("the delivery");
        assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Accepted, 1));
        assert_eq!(delivery.accepted_at, Some(seconds(now, 63)));
        assert_eq!(attempts, vec![good.attempt.clone().expect("the attempt")]);
    }

    fn claims_take_first_attempts_before_repeats_and_never_more_than_asked(backend: Backend) {
        let (app, world) = announced(backend, 9);
        expand_all(&world);
        app.database.execute("UPDATE delivery SET attempts = 1, due_at = 5 WHERE id IN (SELECT id FROM delivery LIMIT 4)");
        let now = world.state.clock.now();
        let claims = in_outbox(&world, |conn| outbox::claim(conn, Channel::Email, &room(6), seconds(now, 60), now));
        let attempts: Vec<i32> = claims.iter().map(|c| c.delivery.attempts).collect();
        assert_eq!(attempts, [0, 0, 0, 0, 0, 1]);
        assert!(in_outbox(&world, |conn| outbox::claim(conn, Channel::Webhook, &room(6), seconds(now, 60), now)).is_empty());
        for claim in &claims {
            in_outbox(&world, |conn| outbox::release(conn, claim.delivery.id, claim.token));
        }
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery WHERE state = 'queued'"), 9);
    }

    fn an_audience_is_expanded_in_chunks_that_survive_a_stop_after_each(backend: Backend) {
        let (app, world) = announced(backend, 23);
        let now = world.state.clock.now();
        let mut chunks = 0;
        loop {
            // Killed before the commit: nothing of the chunk is left.
            let before = app.database.number("SELECT count(*) AS n FROM delivery");
            let killed: Result<(), Error> = world.state.db.write_blocking(|conn| {
                outbox::expand_next(conn, 5, now, &jiff::tz::TimeZone::UTC)?;
                Err(Error::Stopped)
            });
            assert!(killed.is_err());
            assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery"), before);
            // Killed after it: another process goes on.
            let next = World::of(&app);
            let progress = next.state.db.write_blocking(|conn| outbox::expand_next(conn, 5, now, &jiff::tz::TimeZone::UTC)).expect("a chunk");
            let Some(progress) = progress else { break };
            chunks += 1;
            assert!(progress.created <= 5);
        }
        assert_eq!(chunks, 6, "the Clients, of whom there are none, and five of subscribers");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery"), 23);
        assert_eq!(app.database.number("SELECT count(DISTINCT subscription_id) AS n FROM delivery"), 23);
        assert_eq!(app.database.number("SELECT created AS n FROM expansion"), 23);
    }

    fn who_ended_before_the_expansion_is_not_told(backend: Backend) {
        let (app, world) = announced(backend, 3);
        let gone = world.state.clock.now().as_microsecond() + 1;
        app.database.execute(&format!(
            "UPDATE subscription SET state = 'ended', ended_at = {gone} WHERE id = (SELECT min(id) FROM subscription)"
        ));
        expand_all(&world);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery"), 2);
    }

    fn webhooks_are_numbered_from_one(backend: Backend) {
        let app = App::on(backend).set("notices.hold", "0").prepare();
        let world = World::of(&app);
        for i in 0..3 {
            world.webhook_subscriber(&app.hooks.url(&format!("/{i}")), "dpo@client.example");
        }
        for name in ["One GmbH", "Two GmbH"] {
            let change = world.draft_addition(name);
            world.submit_and_approve(&change);
            expand_all(&world);
        }
        let numbers: BTreeSet<i64> = [1, 2].into();
        for n in &numbers {
            assert_eq!(app.database.number(&format!("SELECT count(*) AS n FROM delivery WHERE sequence = {n}")), 3);
        }
        assert_eq!(app.database.number("SELECT count(*) AS n FROM subscription WHERE sequence = 2"), 3);
    }

    fn repeats_and_full_hosts_are_left_where_there_is_no_room_for_them(backend: Backend) {
        let app = App::on(backend).set("notices.hold", "0").prepare();
        let world = World::of(&app);
        for i in 0..6 {
            let url = app.hooks.url_on(&format!("127.0.1.{}", 1 + i % 3), &format!("/{i}"));
            world.webhook_subscriber(&url, "dpo@client.example");
        }
        let change = world.draft_addition("Example GmbH");
        world.submit_and_approve(&change);
        expand_all(&world);
        let now = world.state.clock.now();
        let host = |n: usize| app.hooks.url_on(&format!("127.0.1.{n}"), "").replace("http://", "");
        let full_hosts: BTreeSet<String> = [host(1), host(2)].into();
        let wanted = Room { full_hosts, ..room(9) };
        let claims = in_outbox(&world, |conn| outbox::claim(conn, Channel::Webhook, &wanted, seconds(now, 60), now));
        assert_eq!(claims.iter().map(|c| c.receiver.subscription.host()).collect::<Vec<_>>(), [host(3), host(3)]);

        app.database.execute("UPDATE delivery SET attempts = 1 WHERE state = 'queued'");
        let wanted = Room { repeats: 3, ..room(9) };
        let claims = in_outbox(&world, |conn| outbox::claim(conn, Channel::Webhook, &wanted, seconds(now, 60), now));
        assert_eq!(claims.len(), 3, "of four repeats");
    }
}
