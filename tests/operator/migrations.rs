//! Several instances may start on an empty database at once.

use crate::support::app::text;
use crate::support::*;

on_both! {
    fn four_processes_migrate_one_empty_database_and_all_succeed(backend: Backend) {
        let app = App::on(backend).prepare();
        let outputs: Vec<_> = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| app.run(&["migrate", "--json"]))).collect();
            runs.into_iter().map(|run| run.join().expect("a run")).collect()
        });
        let mut ran = Vec::new();
        for output in outputs {
            assert!(output.status.success(), "{}", text(&output.stderr));
            let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
            let names = said["migrated"].as_array().expect("names").clone();
            ran.extend(names.into_iter().map(|name| name.to_string()));
        }
        let all = ran.len();
        ran.sort();
        ran.dedup();
        assert!(all > 0 && ran.len() == all, "each ran once: {ran:?}");
        assert!(app.run_well(&["migrate"]).contains("up to date"));
    }
}

on_both! {
    fn a_database_of_a_newer_release_is_refused(backend: Backend) {
        let app = App::on(backend).prepare();
        app.run_well(&["migrate"]);
        app.database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000001')");
        for command in [&["serve"][..], &["migrate"], &["user", "list"]] {
            let output = app.run(command);
            assert_eq!(output.status.code(), Some(1), "{command:?}");
            assert!(text(&output.stderr).contains("newer release"), "{}", text(&output.stderr));
        }
    }
}
