//! How long the planner's answer takes: who must be told of a change, by when, and the first
//! lawful go-live day. Beside it, in the same run, the same rows only read: the limit that the
//! database sets.
//!
//! ```text
//! tests/with-postgres cargo bench --bench planner      # both databases
//! cargo bench --bench planner -- 10000                 # SQLite alone, fewer Clients
//! ```
//! The bar is two seconds for 100,000 Clients, and no worse than linear.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan as _};
use subprocessors::actions::clients::import::import_clients;
use subprocessors::actions::clients::{DpaDraft, save_dpa};
use subprocessors::actions::{self, By, Details, Draft};
use subprocessors::db::party::{Common, chunk};
use subprocessors::db::{Conn, Db};
use subprocessors::domain::access::Permission;
use subprocessors::domain::audit::Actor;
use subprocessors::domain::case::concerns;
use subprocessors::domain::change::Change;
use subprocessors::domain::deadline::day_of;
use subprocessors::domain::engagement::{EngagementFacts, Purpose, PurposeCode};
use subprocessors::domain::id::Id;
use subprocessors::domain::place::{Location, Region};
use subprocessors::domain::planner::Plan;
use subprocessors::domain::terms::{Authorisation, Silence, Terms};
use subprocessors::domain::vendor::VendorFacts;
use subprocessors::keys::{Keys, generate};
use subprocessors::limits::Limits;
use subprocessors::state::State;

const ROUNDS: usize = 5;
/// As the planner reads them.
const CHUNK: i64 = 5_000;
const DAYS: [u16; 5] = [10, 14, 30, 45, 90];
const ZONES: [&str; 6] =
    ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Honolulu", "Australia/Sydney", "UTC"];

fn main() {
    let most = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(100_000);
    let folder = std::env::temp_dir().join(format!("planner-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut places = vec![("SQLite", format!("sqlite:{}", folder.join("planner.db").display()))];
    // A database that `tests/with-postgres` made and takes away again.
    places.extend(std::env::var("TEST_POSTGRES_URL").ok().map(|url| ("PostgreSQL", url)));
    println!("database     Clients   rows read   the plan   ratio   answer");
    for (name, url) in places {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (state, by) = (state(&url), author());
        runtime.block_on(agreements(&state, &by));
        let change = runtime.block_on(addition(&state, &by));
        for clients in [most / 10, most] {
            runtime
                .block_on(import_clients(&state, &by, file(clients).as_bytes(), false, |_, _| {}))
                .unwrap();
            let now = state.clock.now();
            let read = median(&state, |conn| read_only(conn, &state, &change, now));
            let mut sentence = String::new();
            let planned = median(&state, |conn| {
                let plan: Plan = actions::plan(conn, &state.settings, &change, now).unwrap().unwrap();
                assert_eq!(plan.agreements, clients);
                sentence = plan.sentence();
            });
            let ratio = planned.as_secs_f64() / read.as_secs_f64();
            let head = sentence.split(';').next().unwrap_or_default();
            println!(
                "{name:<10} {clients:>9}  {:>7} ms  {:>6} ms  {ratio:>5.2}×   {head}",
                read.as_millis(),
                planned.as_millis()
            );
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

fn state(url: &str) -> State {
    let keys = [("SUBPROCESSORS__DATABASE__URL".to_owned(), url.to_owned())];
    let settings = Arc::new(subprocessors::config::load(None, keys).unwrap().settings);
    let db = Db::open(url, 2).unwrap();
    db.migrate().unwrap();
    let clock = subprocessors::clock::Clock::system();
    State {
        db,
        limits: Arc::new(Limits::new(&clock)),
        clock,
        settings,
        keys: Arc::new(Keys::from_base64(&generate().unwrap()).unwrap()),
        public_url: "https://bench.example".into(),
        outbox_bell: Arc::default(),
        list_bell: Arc::default(),
        metrics: Arc::default(),
    }
}

fn author() -> By {
    let staff = Id::new(Timestamp::now());
    By { actor: Actor::Staff(staff), staff, permissions: Permission::ALL.to_vec() }
}

async fn agreements(state: &State, by: &By) {
    for days in DAYS {
        let terms = Terms::simple(Authorisation::General, days, days, Silence::Accepts);
        let draft =
            DpaDraft { name: format!("{days} days"), terms, standard: false, ended_on: None, amends: false };
        save_dpa(state, by, None, draft).await.unwrap();
    }
}

async fn addition(state: &State, by: &By) -> Change {
    let today = day_of(state.clock.now(), &state.settings.zone());
    let details = Details {
        title: "Add Example GmbH".to_owned(),
        reason: "Faster answers".to_owned(),
        effective_on: Some(today.checked_add(60.days()).unwrap()),
        in_use_since: None,
    };
    let engagement = EngagementFacts {
        purposes: vec![Purpose { code: PurposeCode::Support, text: "Customer support".to_owned() }],
        data_categories: vec!["Contact data".to_owned()],
        locations: vec![Location::in_region(Region::Eu)],
        ..EngagementFacts::default()
    };
    let vendor = VendorFacts { name: "Example GmbH".to_owned(), ..VendorFacts::default() };
    let change = actions::start_change(state, by, details).await.unwrap();
    let draft = Draft { entry_id: None, vendor_id: None, vendor, engagement };
    actions::put_entry(state, by, change.id, change.revision, draft).await.unwrap()
}

/// Clients of five DPA versions in six zones, each with two contacts.
fn file(clients: usize) -> String {
    let mut csv =
        "reference,name,time_zone,dpa,effective_on,contact1_email,contact2_email,contact2_role\n".to_owned();
    for n in 0..clients {
        let (zone, days) = (ZONES[n % ZONES.len()], DAYS[n % DAYS.len()]);
        writeln!(
            csv,
            "C-{n},Client {n},{zone},{days} days,2024-01-01,privacy@c{n}.example,legal@c{n}.example,fallback"
        )
        .unwrap();
    }
    csv
}

fn read_only(conn: &mut Conn, state: &State, change: &Change, now: Timestamp) {
    let on = day_of(now, &state.settings.zone());
    let common = Common::load(conn, change, &concerns(change), on).unwrap();
    let mut cursor = String::new();
    loop {
        let found = black_box(chunk(conn, &common, on, &cursor, CHUNK).unwrap());
        let Some(next) = found.cursor else { return };
        cursor = next;
    }
}

fn median(state: &State, mut run: impl FnMut(&mut Conn)) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            state
                .db
                .read_blocking(|conn| {
                    let begun = Instant::now();
                    run(conn);
                    Ok::<_, subprocessors::db::Error>(begun.elapsed())
                })
                .unwrap()
        })
        .collect();
    times.sort();
    times[ROUNDS / 2]
}
