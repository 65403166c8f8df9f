//! Audit events, list versions, notices and attempts are written once. Only the
//! retention job may ever take attempts away.

use super::source::{File, mentions, rust};

const WRITTEN_ONCE: [&str; 4] = ["audit_event", "list_version", "notice", "attempt"];

#[test]
fn history_is_never_updated_or_deleted() {
    let mut broken = Vec::new();
    for file in rust("src") {
        broken.extend(through_diesel(&file));
        broken.extend(through_sql(&file));
    }
    assert!(broken.is_empty(), "history is only ever added to:\n{}", broken.join("\n"));
}

fn through_diesel(file: &File) -> Vec<String> {
    let code = file.code();
    let mut found = Vec::new();
    for verb in ["update(", "delete("] {
        for (at, _) in code.match_indices(verb) {
            let target = code[at + verb.len()..].split([')', '.', ',']).next().unwrap_or_default();
            if WRITTEN_ONCE.iter().any(|table| mentions(target, table)) {
                let line = code[..at].lines().count();
                found.push(format!("{}:{line}: {verb}{target}", file.path));
            }
        }
    }
    found
}

fn through_sql(file: &File) -> Vec<String> {
    let text = file.text.to_ascii_lowercase();
    let mut found = Vec::new();
    for table in WRITTEN_ONCE {
        for verb in ["update ", "delete from ", "drop table ", "truncate "] {
            let words = format!("{verb}{table}");
            for (at, _) in text.match_indices(&words) {
                let after = text[at + words.len()..].chars().next();
                let line = text[..at].lines().count();
                // `notice_item` is another table, and prose is not SQL.
                let sql =
                    verb != "update " || text[at..].split('\n').next().is_some_and(|l| l.contains(" set"));
                if sql && !after.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    found.push(format!("{}:{line}: {words}", file.path));
                }
            }
        }
    }
    found
}
