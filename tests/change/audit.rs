//! The proof stays when a person's words are erased.

use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::json;
use subprocessors::actions::{self, Details};
use subprocessors::db::audit::{self, Verdict};
use subprocessors::domain::audit::{Actor, Event, Link, Text, reveal};
use subprocessors::domain::change::Class;

use crate::support::Desk;

/// What a person types into each field, found again wherever it went.
const TYPED: [&str; 9] = [
    "Titlewort",
    "Reasonwort",
    "Commentwort",
    "Classwort",
    "Contactwort",
    "Namewort",
    "Purposewort",
    "Statementwort",
    "Renamedwort",
];

fn events(desk: &Desk) -> Vec<Link> {
    let read = desk.state.db.read_blocking(|c| audit::page(c, 0, 1_000));
    read.unwrap().into_iter().map(|(link, _)| link).collect()
}

fn texts(desk: &Desk, seq: i64) -> Vec<Text> {
    desk.state.db.read_blocking(|c| audit::texts(c, seq, seq)).unwrap().remove(&seq).unwrap_or_default()
}

fn checked(desk: &Desk) -> Verdict {
    desk.state.db.read_blocking(audit::verify).unwrap()
}

fn is_whole(desk: &Desk) -> bool {
    let count = desk.database.number("SELECT count(*) AS n FROM audit_event");
    matches!(checked(desk), Verdict::Whole(chain) if chain.events == count && chain.hash.len() == 64)
}

/// A change with words in every field: written, returned, approved, announced, in force; then
/// another that renames the vendor, which has a contact by then.
fn carried_through(desk: &Desk) {
    desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
    let change = desk.begin("Titlewort one", Some(date(2027, 4, 15)));
    let details = Details {
        title: "Titlewort two".into(),
        reason: "Reasonwort: Jane asked".into(),
        effective_on: Some(date(2027, 4, 15)),
        in_use_since: None,
    };
    let run = actions::set_details(&desk.state, &desk.editor, change.id, change.revision, details);
    let change = desk.run(run).unwrap();
    let mut draft = desk.new_entry("Namewort GmbH");
    draft.engagement.purposes[0].text = "Purposewort".into();
    let change = desk.put(&change, draft);
    let statements = vec!["Statementwort: data stays here".to_owned()];
    let run = actions::edit_statements(&desk.state, &desk.editor, change.id, change.revision, statements);
    let change = desk.run(run).unwrap();
    let item = change.items.iter().find(|i| i.entry_id.is_some()).unwrap().id;
    let reason = "Classwort: as Jane says".to_owned();
    let run = actions::set_class(
        &desk.state,
        &desk.editor,
        change.id,
        change.revision,
        item,
        Class::Material,
        reason,
    );
    let change = desk.run(run).unwrap();
    let change = desk.run(actions::submit(&desk.state, &desk.editor, change.id, change.revision)).unwrap();
    let run = actions::return_to_author(
        &desk.state,
        &desk.approver,
        change.id,
        change.revision,
        "Commentwort: see Jane".into(),
    );
    let change = desk.run(run).unwrap();
    desk.pass(&change);
    desk.go_to(date(2027, 4, 15), SignedDuration::from_hours(1));
    desk.run(actions::take_effect_due(&desk.state)).unwrap();

    desk.database.execute("UPDATE vendor SET contact = 'Contactwort <jane@x.example>'");
    let change = desk.begin("Titlewort three", None);
    let mut draft = desk.edit_of("Namewort GmbH");
    draft.vendor.name = "Renamedwort GmbH".into();
    let change = desk.put(&change, draft);
    let run = actions::cancel(&desk.state, &desk.editor, change.id, change.revision);
    desk.run(run).unwrap();
}

on_both! {
    fn no_word_that_a_person_typed_stands_in_an_event(backend: Backend) {
        let desk = Desk::on(backend);
        carried_through(&desk);
        let links = events(&desk);
        let actions: Vec<&str> = links.iter().map(|l| l.action.as_str()).collect();
        for action in ["change.started", "change.edited", "change.class_set", "change.returned", "change.effective"] {
            assert!(actions.contains(&action), "{action} in {actions:?}");
        }
        for word in TYPED {
            for column in ["detail", "subject", "actor", "action"] {
                let sql = format!("SELECT count(*) AS n FROM audit_event WHERE {column} LIKE '%{word}%'");
                assert_eq!(desk.database.number(&sql), 0, "{word} in {column}");
            }
        }
        // They are kept, for people to read, in the table that can be erased.
        for word in ["Titlewort", "Classwort", "Statementwort", "Namewort", "Renamedwort"] {
            let sql = format!("SELECT count(*) AS n FROM audit_text WHERE text LIKE '%{word}%'");
            assert!(desk.database.number(&sql) > 0, "{word}");
        }
        assert!(is_whole(&desk));
    }

    fn a_text_is_erased_and_the_chain_holds(backend: Backend) {
        let desk = Desk::on(backend);
        carried_through(&desk);
        let started = events(&desk).into_iter().find(|l| l.action == "change.started").unwrap();
        assert_eq!(reveal(&started.detail, &texts(&desk, started.seq)), json!({ "title": "Titlewort one" }));
        let before = checked(&desk);
        let erase = |field: &'static str| {
            desk.state.db.write_blocking(|c| audit::erase(c, started.seq, field)).unwrap()
        };
        assert!(!erase("/reason"), "no such text");
        assert!(erase("/title"));
        assert!(!erase("/title"), "gone already");
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM audit_text WHERE text = 'Titlewort one'"), 0);
        assert_eq!(reveal(&started.detail, &texts(&desk, started.seq)), json!({ "title": "erased" }));
        assert_eq!(checked(&desk), before, "the same events and the same hash");
        assert!(is_whole(&desk));
    }

    fn a_byte_flipped_is_found_with_its_number(backend: Backend) {
        let desk = Desk::on(backend);
        carried_through(&desk);
        let changes = [
            ("audit_event", "subject", "C-1", "C-2"),
            ("audit_event", "detail", "sha256:", "sha257:"),
            ("audit_event", "detail", "{", "["),
            ("audit_event", "hash", "a", "g"),
            ("audit_event", "actor", "staff", "stafg"),
            ("audit_text", "text", "Titlewort", "Titlework"),
        ];
        for (table, column, was, now) in changes {
            let seq = desk.database.number(&format!(
                "SELECT max(seq) AS n FROM {table} WHERE replace({column}, '{was}', '{now}') <> {column} AND replace({column}, '{now}', '{was}') = {column}"
            ));
            let put = |from: &str, to: &str| desk.database.execute(&format!(
                "UPDATE {table} SET {column} = replace({column}, '{from}', '{to}') WHERE seq = {seq}"
            ));
            put(was, now);
            assert_eq!(checked(&desk), Verdict::BrokenAt(seq), "{table}.{column}");
            put(now, was);
            assert!(is_whole(&desk), "{table}.{column} put back");
        }
    }

    fn a_long_chain_is_checked_over_its_pages_and_a_gap_is_found(backend: Backend) {
        let desk = Desk::on(backend);
        let now = desk.state.clock.now();
        let event = |n: i64| Event {
            actor: Actor::System,
            action: "change.started",
            subject: format!("C-{n}"),
            detail: json!({ "title": format!("Title {n}") }),
        };
        let append = |from: i64, to: i64| {
            let mut last = 0_u8;
            let write = desk.state.db.write_blocking(|c| {
                (from..=to).try_for_each(|n| {
                    audit::append_salted(c, now, event(n), &mut || {
                        last = last.wrapping_add(1);
                        Ok([last; 16])
                    })
                })
            });
            write.unwrap();
        };
        assert!(is_whole_and_empty(&desk));
        append(1, 1_001);
        assert!(is_whole(&desk));
        assert_eq!(texts(&desk, 3)[0].salt, "03".repeat(16), "the salts are the test's own");
        desk.database.execute("DELETE FROM audit_text WHERE seq = 777");
        assert!(is_whole(&desk), "a text may go");
        desk.database.execute("DELETE FROM audit_event WHERE seq = 777");
        assert_eq!(checked(&desk), Verdict::BrokenAt(777));
    }
}

fn is_whole_and_empty(desk: &Desk) -> bool {
    matches!(checked(desk), Verdict::Whole(chain) if chain.events == 0 && chain.hash.is_empty())
}
