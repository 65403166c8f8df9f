//! kill -9 at random moments: nobody is missed, and repeats are few and carry the same ID.
//!
//! The real process announces to Clients, mail and webhook subscribers and is killed again and
//! again while it announces, expands, sends and records, then started on the same data
//! until all is delivered.

use crate::clients::parties::{client, general};
use crate::support::watched::eventually;
use crate::support::*;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use subprocessors::db;
use subprocessors::domain::client::Contact;
use subprocessors::domain::id::Id;
use subprocessors::domain::subscription::Channel;

const MAILS: usize = 150;
const WEBHOOKS: usize = 350;
/// Clients, each with a mailbox and a webhook to be told at.
const CLIENTS: usize = 30;
const KILLS: usize = 8;

/// What may be under way at once, and so come twice after a kill.
const MAILS_IN_FLIGHT: usize = 8;
const WEBHOOKS_IN_FLIGHT: usize = 64;

const ANNOUNCED: &str = "subprocessor.change.announced";

on_both! {
    fn no_kill_loses_a_message(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "60").prepare();
        // Slow enough that a kill finds work under way.
        app.hooks.answer(|request, _| {
            std::thread::sleep(Duration::from_millis(80));
            receiver::well_behaved(request)
        });
        app.mail.answer(|_, _| {
            std::thread::sleep(Duration::from_millis(30));
            Answer::Accept
        });
        seed(&app);
        // The hold ends with the first start: the process announces by itself.
        app.advance(SignedDuration::from_mins(61));

        let mut random = Random::new();
        let mut moments = Vec::new();
        for round in 0..KILLS {
            app.restart();
            // By the clock, which hits announcing and expanding; or amid the sending.
            if round % 3 == 0 {
                std::thread::sleep(Duration::from_millis(random.below(700)));
            } else {
                let more = usize::try_from(random.below(80)).unwrap();
                wait_for_progress(&app, received(&app) + more);
            }
            moments.push(received(&app));
            app.kill();
            // What the dead process had claimed becomes free when its lease ends.
            app.advance(SignedDuration::from_mins(16));
        }
        app.restart();
        // The Clients' webhooks are subscribers too, and covered by the notice under the agreement.
        let owed = "SELECT count(*) AS n FROM delivery WHERE state <> 'accepted' AND last_answer NOT LIKE 'covered%'";
        let all = "SELECT count(*) AS n FROM delivery WHERE last_answer NOT LIKE 'covered%'";
        let expected = i64::try_from(MAILS + WEBHOOKS + 2 * CLIENTS).unwrap();
        eventually("all deliveries to be accepted", Duration::from_secs(180), || {
            (app.database.number(all) == expected && app.database.number(owed) == 0).then_some(())
        });
        app.stop();

        let counts = judge(&app);
        let accepted = "SELECT count(DISTINCT delivery_id) AS n FROM attempt WHERE verdict = 'accepted'";
        assert_eq!(app.database.number(accepted), expected, "each acceptance has its attempt");
        // The first acceptance of a Client's two starts its clocks, whatever was killed in between.
        let clocks = "SELECT count(*) AS n FROM client_notice WHERE state = 'running' AND earliest_effective IS NOT NULL \
            AND objection_start = notice_start AND notice_start = (SELECT min(accepted_at) FROM delivery \
            WHERE client_notice_id = client_notice.id AND state = 'accepted' AND event = 'announced')";
        assert_eq!(app.database.number(clocks), i64::try_from(CLIENTS).unwrap());
        assert_eq!(app.database.number("SELECT count(*) AS n FROM client_notice"), i64::try_from(CLIENTS).unwrap());
        say_aloud(&format!(
            "{backend:?}: {KILLS} kills after {moments:?} messages (seed {}), {MAILS} mails + {} repeated, \
             {WEBHOOKS} webhooks + {} repeated, none lost",
            random.seed, counts.0, counts.1
        ));
    }
}

fn seed(app: &App) {
    let world = World::of(app);
    for i in 0..MAILS {
        world.mail_subscriber(&format!("reader-{i}@domain-{}.example", i % 20));
    }
    for i in 0..WEBHOOKS {
        let url = app.hooks.url_on(&format!("127.0.1.{}", 1 + i % 60), &format!("/hook/{i}"));
        world.webhook_subscriber(&url, &format!("contact-{i}@domain.example"));
    }
    for i in 0..CLIENTS {
        let client = client(&world, &format!("Client {i}"), general(30), &format!("dpo@client-{i}.example"));
        let url = app.hooks.url_on(&format!("127.0.1.{}", 1 + i % 60), &format!("/client/{i}"));
        let subscription = world.webhook_subscriber(&url, &format!("hook@client-{i}.example"));
        let write = |conn: &mut db::Conn| {
            let mailbox = db::contact::of_client(conn, client)?.remove(0);
            let webhook = Contact {
                id: Id::new(world.state.clock.now()),
                position: 2,
                channel: Channel::Webhook,
                email: format!("hook@client-{i}.example").parse().expect("an address"),
                subscription_id: Some(subscription),
                ..mailbox
            };
            db::contact::insert(conn, &webhook)
        };
        world.state.db.write_blocking(write).expect("a webhook");
    }
    let change = world.draft_addition("Example GmbH");
    world.submit_and_approve(&change);
}

fn received(app: &App) -> usize {
    app.mail.count() + app.hooks.count()
}

/// Waits until so many messages have come, or no more can be expected soon.
fn wait_for_progress(app: &App, moment: usize) {
    let end = Instant::now() + Duration::from_secs(5);
    while received(app) < moment && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Nobody is missed; each has one ID; repeats stay within what was under way.
/// The repeated mails and webhooks.
fn judge(app: &App) -> (usize, usize) {
    let mut mails: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mail in app.mail.mails() {
        mails.entry(mail.to.join(" ")).or_default().push(mail.header("Message-ID").expect("a Message-ID"));
    }
    let mut hooks: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for request in app.hooks.events(ANNOUNCED) {
        hooks.entry(request.path).or_default().push(request.id);
    }
    assert_eq!((mails.len(), hooks.len()), (MAILS + CLIENTS, WEBHOOKS + CLIENTS), "everyone is told");
    for (receiver, ids) in mails.iter().chain(&hooks) {
        let different: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(different.len(), 1, "{receiver} got {ids:?}");
    }
    let repeated = |all: &BTreeMap<String, Vec<String>>| all.values().map(|ids| ids.len() - 1).sum();
    let (mails, hooks): (usize, usize) = (repeated(&mails), repeated(&hooks));
    assert!(mails <= KILLS * MAILS_IN_FLIGHT, "{mails} mails came again");
    assert!(hooks <= KILLS * WEBHOOKS_IN_FLIGHT, "{hooks} webhooks came again");
    (mails, hooks)
}

/// A small generator (xorshift64); its seed is printed, so that a failure can be told apart.
struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    fn new() -> Self {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).expect("random bytes");
        let seed = u64::from_le_bytes(bytes) | 1;
        Self { seed, state: seed }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % limit
    }
}
