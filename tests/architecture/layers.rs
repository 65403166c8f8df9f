//! `main → app → web → actions → db → domain`; `delivery → db → domain`; `jobs → actions`.

use super::source::{lines_where, mentions, rust};

/// The folder or file of a layer, the crate's modules it must not name, and the
/// foreign crates it must not name.
const LAYERS: [(&str, &[&str], &[&str]); 7] = [
    (
        "domain",
        &["actions", "app", "cli", "config", "db", "delivery", "demo", "exchange", "jobs", "web"],
        &["diesel", "actix_web", "lettre", "reqwest", "tokio", "config"],
    ),
    (
        "db",
        &["actions", "app", "cli", "delivery", "demo", "exchange", "jobs", "web"],
        &["actix_web", "lettre", "reqwest"],
    ),
    ("actions", &["app", "cli", "demo", "jobs", "web"], &["actix_web", "http", "reqwest", "lettre"]),
    ("delivery", &["actions", "app", "cli", "demo", "jobs", "web"], &["actix_web"]),
    ("exchange", &["actions", "app", "cli", "delivery", "demo", "jobs", "web"], &["actix_web"]),
    ("jobs", &["app", "cli", "demo", "web"], &["actix_web"]),
    ("web", &["app", "cli", "jobs"], &["lettre", "reqwest"]),
];

#[test]
fn no_layer_names_one_above_it() {
    let mut broken = Vec::new();
    for (layer, modules, crates) in LAYERS {
        for file in of_layer(layer) {
            let code = file.code();
            for module in modules {
                broken.extend(lines_where(&file, &code, |line| names_module(line, module)));
            }
            for name in crates {
                broken.extend(lines_where(&file, &code, |line| names_crate(line, name)));
            }
        }
    }
    assert!(broken.is_empty(), "these lines point the wrong way:\n{}", broken.join("\n"));
}

#[test]
fn only_db_mentions_diesel() {
    let mut broken = Vec::new();
    for file in rust("src").iter().filter(|f| !f.path.starts_with("src/db")) {
        broken.extend(lines_where(file, &file.code(), |line| {
            line.contains("diesel::") || mentions(line, "diesel_migrations") || line.contains("use diesel")
        }));
    }
    assert!(broken.is_empty(), "diesel outside src/db:\n{}", broken.join("\n"));
}

#[test]
fn only_conn_names_a_backend() {
    let types = ["SqliteConnection", "PgConnection", "diesel::sqlite", "diesel::pg"];
    let cases = ["Conn::Sqlite", "Conn::Postgres"];
    let mut broken = Vec::new();
    for file in rust("src").iter().filter(|f| f.path != "src/db/conn.rs") {
        // Each tree of migrations belongs to one backend.
        let may_tell_apart = file.path == "src/db/migrate.rs";
        broken.extend(lines_where(file, &file.code(), |line| {
            types.iter().any(|name| mentions(line, name))
                || (!may_tell_apart && cases.iter().any(|name| mentions(line, name)))
        }));
    }
    assert!(broken.is_empty(), "backends outside src/db/conn.rs:\n{}", broken.join("\n"));
}

#[test]
fn pages_open_no_transaction() {
    let mut broken = Vec::new();
    for file in of_layer("web") {
        let writes =
            ["transaction(", "write_blocking(", "outbox_blocking(", "db.write(", ".write(move", ".write(|"];
        broken.extend(lines_where(&file, &file.code(), |line| writes.iter().any(|call| line.contains(call))));
    }
    assert!(broken.is_empty(), "a page writes only through actions:\n{}", broken.join("\n"));
}

#[test]
fn what_sends_sees_no_database() {
    let mut broken = Vec::new();
    for file in rust("src/delivery/email").iter().chain(&rust("src/delivery/webhook")) {
        broken.extend(lines_where(file, &file.code(), |line| {
            mentions(line, "crate::db") || mentions(line, "Conn") || mentions(line, "Db")
        }));
    }
    assert!(broken.is_empty(), "a connection must not be held while sending:\n{}", broken.join("\n"));
}

#[test]
fn queries_are_written_for_both_databases() {
    let of_one_only =
        ["on_conflict(", "as_returning(", "for_update(", "skip_locked(", "diesel::dsl::now", ".union("];
    let mut broken = Vec::new();
    for file in rust("src/db") {
        broken.extend(lines_where(&file, &file.code(), |line| {
            of_one_only.iter().any(|call| line.contains(call))
        }));
    }
    assert!(broken.is_empty(), "these do not work through the shared connection:\n{}", broken.join("\n"));
}

#[test]
fn the_time_is_read_in_one_place() {
    let clocks = ["Timestamp::now", "Zoned::now", "SystemTime::now", "Utc::now", "UNIX_EPOCH.elapsed"];
    let mut broken = Vec::new();
    for file in rust("src").iter().filter(|f| f.path != "src/clock.rs") {
        broken.extend(lines_where(file, &file.code(), |line| clocks.iter().any(|name| line.contains(name))));
    }
    assert!(broken.is_empty(), "the time is passed in, not read:\n{}", broken.join("\n"));
}

fn of_layer(layer: &str) -> Vec<super::source::File> {
    let mut files = rust(&format!("src/{layer}"));
    files.extend(rust(&format!("src/{layer}.rs")));
    files
}

fn names_module(line: &str, module: &str) -> bool {
    mentions(line, &format!("crate::{module}"))
        || line.split_once("crate::{").is_some_and(|(_, rest)| {
            // `use crate::{db::conn, domain::x};`: only the first name of each path counts.
            rest.split(',').any(|path| {
                path.trim_start_matches(['{', ' '])
                    .split("::")
                    .next()
                    .is_some_and(|first| first.trim_end_matches(['}', ';', ' ']) == module)
            })
        })
}

fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = &line[..at];
        let after = &line[at + name.len()..];
        let whole = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        whole && (after.starts_with("::") || (before.trim_end().ends_with("use") && after.starts_with(';')))
    })
}
