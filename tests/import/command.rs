//! `import FILE`: what it prints and how it exits.

use serde_json::Value;
use subprocessors::domain::access::Role;
use subprocessors::domain::id::Id;
use subprocessors::domain::staff::Staff;

use super::shelf::shelf;
use crate::support::{App, World};

fn staff(app: &App, email: &str, role: Role) {
    let world = World::of(app);
    let now = world.state.clock.now();
    let member = Staff {
        id: Id::new(now),
        email: email.parse().unwrap(),
        name: "Somebody".into(),
        role,
        has_password: false,
        created_at: now,
        disabled_at: None,
    };
    world.state.db.write_blocking(|conn| subprocessors::db::staff::insert(conn, &member)).unwrap();
}

fn file(path: &str) -> String {
    shelf().join(path).display().to_string()
}

on_both! {
    fn a_list_is_shown_then_taken_and_never_published(backend: Backend) {
        let app = App::on(backend).prepare();
        let datum = file("datum/2026-06-09.csv");
        let dry = app.run(&["import", &datum, "--dry-run", "--json"]);
        assert_eq!(dry.status.code(), Some(0), "{}", String::from_utf8_lossy(&dry.stderr));
        let shown: Value = serde_json::from_slice(&dry.stdout).unwrap();
        assert_eq!(shown["items"].as_array().unwrap().len(), 6);
        assert_eq!(shown["items"][0]["operation"], "added");
        assert_eq!(shown["items"][0]["after"]["vendor"]["name"], "Anthropic");
        assert_eq!(shown["items"][0]["before"], Value::Null);
        assert_eq!(shown["doubts"], Value::Array(vec![]));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM change"), 0);

        let nobody = app.run(&["import", &datum]);
        assert_eq!(nobody.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&nobody.stderr).contains("user add"));

        staff(&app, "editor@example.com", Role::Editor);
        let done = app.run_well(&["import", &datum, "--no-input"]);
        assert!(done.contains("C-1") && done.contains("draft"), "{done}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM list_version"), 0);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery"), 0);
        let again = app.run(&["import", &datum]);
        assert_eq!(again.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&again.stderr).contains("C-1"));
    }

    fn the_exit_code_tells_whether_somebody_must_look(backend: Backend) {
        let app = App::on(backend).prepare();
        staff(&app, "editor@example.com", Role::Editor);
        staff(&app, "other@example.com", Role::Admin);
        let stakater = file("stakater/2025-01-14.csv");
        let several = app.run(&["import", &stakater]);
        assert_eq!(several.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&several.stderr).contains("--as"));
        let done = app.run(&["import", &stakater, "--json", "--as", "Editor@example.com"]);
        assert_eq!(done.status.code(), Some(2), "{}", String::from_utf8_lossy(&done.stderr));
        let shown: Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!(shown["doubts"][0]["line"], 2);
        assert_eq!(shown["doubts"][0]["field"], "name");
        assert_eq!(shown["doubts"][0]["value"], "Digital Realty + OpenMetal");
        assert_eq!(shown["change"], "C-1");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM import_doubt"), 1);

        let junk = app.folder().join("junk.csv");
        std::fs::write(&junk, "colour\nred\n").unwrap();
        let nothing = app.run(&["import", &junk.display().to_string(), "--dry-run"]);
        assert_eq!(nothing.status.code(), Some(1));
        assert!(nothing.stdout.is_empty());
        let missing = app.run(&["import", "/nowhere/list.csv", "--dry-run"]);
        assert_eq!(missing.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&missing.stderr).contains("/nowhere/list.csv"));
    }
}
