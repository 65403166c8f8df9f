//! Commands: settings that are wrong, staff and tokens from the command line.

use crate::support::app::text;
use crate::support::*;

#[test]
fn unknown_settings_are_named_in_file_and_environment() {
    let mut app = App::on(Backend::Sqlite).prepare();
    let file = app.folder().join("settings.toml");
    std::fs::write(&file, "[server]\nbindd = \"127.0.0.1:1\"\n").expect("a file");
    app.set("sever.bind", "x");
    let output = app.run(&["config", "check", "--config", &file.display().to_string()]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("“server.bindd”") && said.contains("did you mean “server.bind”"), "{said}");
    assert!(said.contains("SUBPROCESSORS__SEVER__BIND"), "{said}");
}

#[test]
fn settings_are_shown_with_their_source_and_without_secrets() {
    let app = App::on(Backend::Sqlite).set("server.metrics_token", "s3cret").prepare();
    let said = app.run_well(&["config", "show", "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(shown["notices.hold"]["source"], "SUBPROCESSORS__NOTICES__HOLD");
    assert_eq!(shown["notices.default_period_days"]["source"], "default");
    assert_eq!(shown["server.metrics_token"]["value"], "(hidden)");
    assert!(!said.contains("s3cret") && !said.contains("dGVzdCBrZXks"), "{said}");
    let plain = app.run_well(&["config", "show"]);
    assert!(!plain.contains("s3cret") && plain.contains("server.bind"), "{plain}");
}

#[test]
fn wrong_usage_has_an_exit_code_of_its_own() {
    let app = App::on(Backend::Sqlite).prepare();
    assert_eq!(app.run(&["sreve"]).status.code(), Some(64));
    let help = app.run_well(&["--help"]);
    assert!(help.contains("Exit codes"), "{help}");
}

on_both! {
    fn staff_and_tokens_are_made_at_the_command_line(backend: Backend) {
        let app = App::on(backend).prepare();
        let said = app.run_well(&["user", "add", "--role", "admin", "ada@acme.example"]);
        assert!(said.contains("/staff/welcome/"), "{said}");
        let again = app.run(&["user", "add", "ada@acme.example"]);
        assert_eq!(again.status.code(), Some(1));
        assert!(text(&again.stderr).contains("staff already"));

        let made = app.run_well(&["token", "create", "ci", "--for", "ada@acme.example", "--scope", "read,write", "--json"]);
        let made: serde_json::Value = serde_json::from_str(&made).expect("JSON");
        assert!(made["secret"].as_str().is_some_and(|s| s.starts_with("sp_")));
        app.run_well(&["token", "revoke", made["id"].as_str().expect("an id")]);
        let listed = app.run_well(&["token", "list"]);
        assert!(listed.contains("ended") && !listed.contains("sp_"), "{listed}");

        app.run_well(&["user", "disable", "ada@acme.example"]);
        assert!(app.run_well(&["user", "list"]).contains("shut out"));
        app.run_well(&["user", "reset", "ada@acme.example"]);
        assert!(app.run_well(&["user", "list"]).contains("no password"));
    }
}
