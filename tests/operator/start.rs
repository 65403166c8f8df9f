//! Starting, and refusing to start with a sentence that says how to mend it.

use crate::support::app::text;
use crate::support::*;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

/// Runs `serve`, which must refuse, and gives what it said.
fn refusal(app: &App) -> String {
    let output = app.run(&["serve"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    said
}

on_both! {
    fn it_prints_one_line_and_stops_in_time_when_asked(app) {
        let line = format!("listening on {}", app.url);
        assert_eq!(app.process().stdout(), [line]);
        app.browser().get("/healthz").expect(200);
        app.browser().get("/readyz").expect(200);
        let began = Instant::now();
        app.stop();
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
        app.restart();
        app.browser().get("/readyz").expect(200);
    }
}

on_both! {
    fn another_key_than_the_database_knows_is_refused(backend: Backend) {
        let mut app = App::on(backend).start();
        app.stop();
        app.set("secrets.key", "YW5vdGhlciBrZXksIGFub3RoZXIga2V5LCBhbm90aCE=");
        let said = refusal(&app);
        assert!(said.contains("another key") && said.contains("secrets.key"), "{said}");
        app.set("secrets.key", "c2hvcnQ=");
        let said = refusal(&app);
        assert!(said.contains("32 random bytes"), "{said}");
    }
}

on_both! {
    fn a_demo_and_a_registry_never_share_their_data(backend: Backend) {
        let mut app = App::on(backend).start();
        app.stop();
        app.database.execute("INSERT INTO setting (key, value) VALUES ('demo', 'yes')");
        let said = refusal(&app);
        assert!(said.contains("demo") && said.contains("database.url"), "{said}");
    }
}

#[test]
fn a_new_sqlite_database_gets_a_key_of_its_own_and_its_loss_is_told() {
    let mut app = App::on(Backend::Sqlite).set("secrets.key", "").start();
    app.stop();
    let key = app.folder().join("registry.db.key");
    let mode = std::fs::metadata(&key).expect("a key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    app.restart();
    app.stop();
    std::fs::rename(&key, app.folder().join("elsewhere")).expect("moved away");
    let said = refusal(&app);
    assert!(said.contains("registry.db.key") && said.contains("missing"), "{said}");
}

#[test]
fn postgres_needs_its_key_configured() {
    if !backend::postgres_is_there("postgres_needs_its_key_configured") {
        return;
    }
    let app = App::on(Backend::Postgres).set("secrets.key", "").prepare();
    let said = refusal(&app);
    assert!(said.contains("secrets.key") && said.contains("openssl rand"), "{said}");
}

#[test]
fn a_second_server_on_one_sqlite_file_is_refused() {
    let mut app = App::on(Backend::Sqlite).start();
    app.set("server.bind", "127.0.0.1:0");
    let said = refusal(&app);
    assert!(said.contains("another server") && said.contains("registry.db.lock"), "{said}");
}

#[test]
fn the_link_of_the_first_admin_goes_to_a_private_file_and_not_to_the_log() {
    let app = App::on(Backend::Sqlite).start();
    let path = app.folder().join("first-admin.txt");
    let told = std::fs::read_to_string(&path).expect("the link");
    assert_eq!(std::fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
    let link = told.lines().find(|line| line.starts_with(&app.url)).expect("a link");
    let token = link.rsplit('/').next().expect("its token");
    assert!(!app.process().log().contains(token), "the token is in the log");
}

#[test]
fn plain_http_beyond_this_machine_is_refused() {
    let mut app = App::on(Backend::Sqlite).prepare();
    app.set("server.public_url", "http://list.example");
    let said = refusal(&app);
    assert!(said.contains("server.public_url") && said.contains("server.trusted_proxies"), "{said}");
    app.set("server.public_url", "https://list.example");
    app.set("server.bind", "192.0.2.1:8080");
    let said = refusal(&app);
    assert!(said.contains("192.0.2.1:8080"), "{said}");
}

#[test]
fn tls_to_postgres_in_a_build_without_it_names_the_feature() {
    if cfg!(feature = "postgres-tls") {
        return;
    }
    let mut app = App::on(Backend::Sqlite).prepare();
    app.set("database.url", "postgres://somebody@127.0.0.1/registry?sslmode=require");
    let said = refusal(&app);
    assert!(said.contains("postgres-tls"), "{said}");
}
