//! The engine at work, in this process: several at once, paused, stopped, and silent about what
//! is hidden.

use crate::support::watched::eventually;
use crate::support::*;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use subprocessors::actions::{self, Draft};
use subprocessors::db::setting;
use subprocessors::delivery::engine::{Engine, PAUSED, launch, step};
use subprocessors::domain::change::Edit;
use subprocessors::domain::engagement::Visibility;
use subprocessors::templates::Templates;
use tokio::runtime::Runtime;
use tokio::time::Instant;

const ANNOUNCED: &str = "subprocessor.change.announced";

pub(super) fn prepared(backend: Backend) -> (App, World) {
    let app = App::on(backend).set("notices.hold", "0").prepare();
    let world = World::of(&app);
    (app, world)
}

pub(super) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

pub(super) fn start(runtime: &Runtime, world: &World) -> Engine {
    let templates = Arc::new(Templates::load(None, |_| {}).expect("the templates"));
    let _inside = runtime.enter();
    launch(&world.state, templates, false).expect("an engine")
}

pub(super) fn stop(runtime: &Runtime, engine: Engine, grace: Duration) {
    runtime.block_on(engine.stop(Instant::now() + grace));
}

pub(super) fn wait_for_accepted(app: &App, n: i64) {
    eventually("all deliveries to be accepted", PATIENCE, || {
        let accepted = app.database.number("SELECT count(*) AS n FROM delivery WHERE state = 'accepted'");
        (accepted == n).then_some(())
    });
}

fn signed(request: &Request) -> reqwest::header::HeaderMap {
    let mut headers = reqwest::header::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, request.header(name).expect("a signed request").parse().expect("a header"));
    }
    headers
}

on_both! {
    fn two_engines_on_one_database_send_nothing_twice(backend: Backend) {
        let (app, world) = prepared(backend);
        for i in 0..40 {
            world.mail_subscriber(&format!("reader-{i}@client.example"));
        }
        for i in 0..80 {
            let url = app.hooks.url_on(&format!("127.0.1.{}", 1 + i % 40), &format!("/{i}"));
            world.webhook_subscriber(&url, "dpo@client.example");
        }
        let (runtime, other) = (runtime(), World::of(&app));
        let engines = [start(&runtime, &world), start(&runtime, &other)];
        let change = world.draft_addition("Example GmbH");
        world.submit_and_approve(&change);
        wait_for_accepted(&app, 120);
        for engine in engines {
            stop(&runtime, engine, Duration::from_secs(10));
        }
        let hooks = app.hooks.events(ANNOUNCED);
        let ids: BTreeSet<String> = hooks.iter().map(|r| r.id.clone()).collect();
        assert_eq!((hooks.len(), ids.len()), (80, 80));
        let mails = app.mail.mails();
        let ids: BTreeSet<Option<String>> = mails.iter().map(|m| m.header("Message-ID")).collect();
        assert_eq!((mails.len(), ids.len()), (40, 40));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM attempt"), 120);
        assert_eq!(app.database.number("SELECT max(token) AS n FROM delivery"), 1, "claimed once each");
    }

    fn while_sending_is_paused_nothing_leaves_and_then_everything_does(backend: Backend) {
        let (app, world) = prepared(backend);
        world.mail_subscriber("reader@client.example");
        world.webhook_subscriber(&app.hooks.url("/hook"), "dpo@client.example");
        world.state.db.write_blocking(|conn| setting::put(conn, PAUSED, "{}")).expect("paused");
        let runtime = runtime();
        let engine = start(&runtime, &world);
        let change = world.draft_addition("Example GmbH");
        world.submit_and_approve(&change);
        eventually("the audience to be expanded", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM delivery") == 2).then_some(())
        });
        // Stopping lets the engine end every turn it has begun.
        stop(&runtime, engine, Duration::from_secs(10));
        assert_eq!((app.mail.count(), app.hooks.count()), (0, 0));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery WHERE token > 0"), 0);

        world.state.db.write_blocking(|conn| setting::remove(conn, PAUSED)).expect("resumed");
        let engine = start(&runtime, &world);
        wait_for_accepted(&app, 2);
        stop(&runtime, engine, Duration::from_secs(10));
        assert_eq!((app.mail.count(), app.hooks.count()), (1, 1));
    }

    fn a_stop_gives_back_what_did_not_end(backend: Backend) {
        let (app, world) = prepared(backend);
        for i in 0..5 {
            world.webhook_subscriber(&app.hooks.url(&format!("/{i}")), "dpo@client.example");
        }
        app.hooks.answer(|_, _| Reply::hang());
        let runtime = runtime();
        let engine = start(&runtime, &world);
        let change = world.draft_addition("Example GmbH");
        world.submit_and_approve(&change);
        app.hooks.wait_for(ANNOUNCED, 2);
        stop(&runtime, engine, Duration::from_millis(100));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery WHERE state = 'queued'"), 5);
        assert_eq!(app.hooks.count(), 2, "two at most on their way to one host");

        app.hooks.answer(|_, _| Reply::status(200));
        let engine = start(&runtime, &world);
        wait_for_accepted(&app, 5);
        stop(&runtime, engine, Duration::from_secs(10));
        let ids: BTreeSet<String> = app.hooks.events(ANNOUNCED).into_iter().map(|r| r.id).collect();
        assert_eq!(ids.len(), 5, "a repeat carries the same ID");
    }

    fn a_hidden_item_leaves_no_trace_in_what_is_sent(backend: Backend) {
        let (app, world) = prepared(backend);
        world.mail_subscriber("reader@client.example");
        world.webhook_subscriber(&app.hooks.url("/hook"), "dpo@client.example");
        let runtime = runtime();
        let engine = start(&runtime, &world);
        let hide = |change: &subprocessors::domain::change::Change, name: &str| {
            let Edit::Entry { after: Some(shown), .. } = &change.items[0].edit else { panic!("an entry") };
            let mut draft = Draft {
                entry_id: None,
                vendor_id: None,
                vendor: shown.vendor.clone(),
                engagement: shown.engagement.clone(),
            };
            draft.vendor.name = name.to_owned();
            draft.engagement.visibility = Visibility::Clients;
            world
                .wait(actions::put_entry(&world.state, &world.editor, change.id, change.revision, draft))
                .expect("a hidden line")
        };
        let change = world.draft_addition("Seen GmbH");
        let change = hide(&change, "Sentinel Ltd");
        world.submit_and_approve(&change);
        wait_for_accepted(&app, 2);
        stop(&runtime, engine, Duration::from_secs(10));
        let (mail, hook) = (app.mail.wait_for_one_to("reader@client.example"), app.hooks.wait_for(ANNOUNCED, 1));
        let told = [mail.subject(), mail.text(), mail.html(), String::from_utf8_lossy(&hook[0].body).into_owned()];
        assert!(told.iter().all(|t| t.contains("Seen GmbH") && !t.contains("Sentinel")), "{told:?}");
    }

    fn a_repeat_waits_its_time_and_the_signature_is_fresh(backend: Backend) {
        let (mut app, world) = prepared(backend);
        world.webhook_subscriber(&app.hooks.url("/hook"), "dpo@client.example");
        app.hooks.answer(|_, earlier| Reply::status(if earlier == 0 { 500 } else { 200 }));
        let runtime = runtime();
        let engine = start(&runtime, &world);
        let change = world.draft_addition("Example GmbH");
        world.submit_and_approve(&change);
        app.hooks.wait_for(ANNOUNCED, 1);
        eventually("the attempt to be recorded", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM attempt") == 1).then_some(())
        });
        app.advance(SignedDuration::from_secs(30));
        wait_for_accepted(&app, 1);
        stop(&runtime, engine, Duration::from_secs(10));
        let requests = app.hooks.events(ANNOUNCED);
        assert_eq!(requests.len(), 2);
        assert_eq!((&requests[0].id, &requests[0].body), (&requests[1].id, &requests[1].body));
        assert_ne!(requests[0].header("webhook-timestamp"), requests[1].header("webhook-timestamp"));
        let check = standardwebhooks::Webhook::from_bytes(world::SECRET.to_vec()).expect("a secret");
        let mut headers = signed(&requests[0]);
        check.verify(&requests[0].body, &headers).expect("the first signature");
        headers.insert("webhook-signature", "v1,AAAA".parse().expect("a header"));
        assert!(check.verify(&requests[0].body, &headers).is_err());
    }

    fn an_editorial_change_reaches_only_those_who_chose_everything(backend: Backend) {
        let (mut app, world) = prepared(backend);
        let change = world.draft_addition("Example GmbH");
        world.submit_and_approve(&change);
        app.advance(SignedDuration::from_hours(46 * 24));
        assert_eq!(world.wait(actions::take_effect_due(&world.state)).expect("in effect").len(), 1);
        // Nobody is there yet to be told of all this.
        while world.wait(step(&world.state)).expect("a chunk").is_some() {}

        world.mail_subscriber("factual@client.example");
        world.mail_subscriber("everything@client.example");
        let webhook = world.webhook_subscriber(&app.hooks.url("/hook"), "dpo@client.example");
        app.database.execute(&format!(
            r#"UPDATE subscription SET filter = '{{"products":[],"level":"everything"}}'
               WHERE email LIKE 'everything%' OR id = '{webhook}'"#
        ));
        let listed = |conn: &mut _| subprocessors::db::register::listed_entries(conn);
        let entry = world.state.db.read_blocking(listed).expect("the list").remove(0).entry;
        let details = actions::Details {
            title: "Link".to_owned(),
            reason: String::new(),
            effective_on: None,
            in_use_since: None,
        };
        let mut draft = Draft {
            entry_id: Some(entry.id),
            vendor_id: Some(entry.vendor_id),
            vendor: entry.vendor.clone(),
            engagement: entry.engagement.clone(),
        };
        draft.vendor.website = "https://example.com/".to_owned();
        let change = world
            .wait(async {
                let change = actions::start_change(&world.state, &world.editor, details).await?;
                actions::put_entry(&world.state, &world.editor, change.id, change.revision, draft).await
            })
            .expect("an editorial draft");
        world.submit_and_approve(&change);

        let runtime = runtime();
        let engine = start(&runtime, &world);
        let told = app.hooks.wait_for("subprocessor.change.updated", 1);
        let mail = app.mail.wait_for_one_to("everything@client.example");
        wait_for_accepted(&app, 2);
        stop(&runtime, engine, Duration::from_secs(10));
        assert_eq!(app.mail.count(), 1);
        assert!(mail.text().contains("Website: now “https://example.com/”"), "{}", mail.text());
        assert_eq!(told[0].json()["data"]["items"][0]["after"]["vendor"]["website"], "https://example.com/");
    }

    fn who_unsubscribes_while_mails_wait_gets_none(backend: Backend) {
        let (app, world) = prepared(backend);
        for i in 0..40 {
            world.mail_subscriber(&format!("reader-{i}@client.example"));
        }
        // Nothing moves on before everybody has left.
        let gate = watched::Watched::new(false);
        let keeper = gate.clone();
        app.mail.answer(move |_, _| {
            keeper.wait(PATIENCE, |open| open.then_some(()));
            Answer::Accept
        });
        let runtime = runtime();
        let engine = start(&runtime, &world);
        let change = world.draft_addition("Example GmbH");
        world.submit_and_approve(&change);
        eventually("all to be claimed", PATIENCE, || {
            let claimed = "SELECT count(*) AS n FROM delivery WHERE state = 'sending'";
            (app.database.number(claimed) == 40).then_some(())
        });
        app.database.execute("UPDATE subscription SET state = 'ended', ended_at = 1");
        let mut app = app;
        app.advance(SignedDuration::from_secs(10));
        gate.change(|open| *open = true);
        eventually("all to end", PATIENCE, || {
            let open = "SELECT count(*) AS n FROM delivery WHERE state IN ('queued', 'sending')";
            (app.database.number(open) == 0).then_some(())
        });
        stop(&runtime, engine, Duration::from_secs(10));
        assert!(app.mail.count() <= 8, "only what was on its way: {}", app.mail.count());
        let cancelled = app.database.number("SELECT count(*) AS n FROM delivery WHERE state = 'cancelled'");
        assert!(cancelled >= 32, "{cancelled}");
    }
}
