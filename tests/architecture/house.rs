//! Habits of the whole repository.

use super::source::{File, files, lines_where, rust};

const LONGEST: usize = 400;

/// Everything that people write here, and nothing that a tool writes.
fn written_by_hand() -> Vec<File> {
    let folders =
        ["src", "tests", "templates", "migrations", "config", "docs", "packaging", "benches", ".ci"];
    let tops = ["Cargo.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "deny.toml", "clippy.toml"];
    let by_tool = |f: &File| f.path.ends_with("package-lock.json");
    folders.iter().chain(&tops).flat_map(|name| files(name)).filter(|f| !by_tool(f)).collect()
}

#[test]
fn no_file_is_too_long_to_read() {
    let source = |f: &File| [".rs", ".hbs", ".sql", ".mjs", ".css"].iter().any(|end| f.path.ends_with(end));
    let long: Vec<String> = written_by_hand()
        .iter()
        .filter(|f| source(f) && f.lines() > LONGEST)
        .map(|f| format!("{}: {} lines", f.path, f.lines()))
        .collect();
    assert!(long.is_empty(), "more than {LONGEST} lines:\n{}", long.join("\n"));
}

#[test]
fn names_say_what_a_thing_is() {
    let empty_words = ["manager", "helper", "util", "service"];
    let mut found = Vec::new();
    for file in rust("src").iter().chain(&rust("tests")) {
        let name = file.path.to_ascii_lowercase();
        found.extend(empty_words.iter().filter(|w| name.contains(*w)).map(|_| file.path.clone()));
        found.extend(lines_where(file, &file.code(), |line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.windows(2).any(|pair| {
                let defines = ["struct", "enum", "trait", "fn", "mod", "type"].contains(&pair[0]);
                let name =
                    pair[1].split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                defines && empty_words.iter().any(|w| name.to_ascii_lowercase().contains(w))
            })
        }));
    }
    assert!(found.is_empty(), "these names say nothing:\n{}", found.join("\n"));
}

#[test]
fn templates_escape_what_they_print() {
    /// Prints bytes that this program has already rendered and escaped.
    const MAY_PRINT_AS_IS: [&str; 0] = [];
    let mut found = Vec::new();
    for file in files("templates").iter().filter(|f| f.path.ends_with(".hbs")) {
        // Subjects and text mail are not HTML: their registry escapes nothing.
        let html = !file.path.ends_with(".txt.hbs");
        if html && !MAY_PRINT_AS_IS.contains(&file.path.as_str()) {
            found.extend(lines_where(file, &file.text, |line| line.contains("{{{") || line.contains("{{&")));
        }
    }
    assert!(found.is_empty(), "unescaped:\n{}", found.join("\n"));
}

#[test]
fn pages_run_no_inline_code() {
    let mut found = Vec::new();
    for file in files("templates").iter().filter(|f| f.path.ends_with(".hbs") && !f.path.contains("/email/"))
    {
        found.extend(lines_where(file, &file.text, |line| {
            let line = line.to_ascii_lowercase();
            line.contains("<style")
                || line.contains(" style=")
                || line.contains("javascript:")
                || (line.contains("<script") && !line.contains("src="))
                || [" onclick=", " onload=", " onsubmit=", " onchange="].iter().any(|on| line.contains(on))
        }));
    }
    assert!(found.is_empty(), "the Content-Security-Policy refuses these:\n{}", found.join("\n"));
}

#[test]
fn nothing_of_one_machine_is_in_the_repository() {
    // Put together from halves, so that this file does not trip over itself.
    let foreign = [
        concat!("registry.", "npmjs"),
        concat!("pypi", ".org"),
        concat!("index.", "crates"),
        concat!("crates.io", "/api"),
        concat!("deb.", "debian"),
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
    ];
    let mut found = Vec::new();
    for file in written_by_hand().iter().chain(&files("tests/browser/package-lock.json")) {
        found.extend(lines_where(file, &file.text, |line| foreign.iter().any(|word| line.contains(word))));
    }
    assert!(found.is_empty(), "paths of one machine, or a registry's host:\n{}", found.join("\n"));
}

#[test]
fn nothing_is_left_half_done() {
    let marks =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimplemented", "!(")];
    let mut found = Vec::new();
    for file in written_by_hand() {
        found.extend(lines_where(&file, &file.text, |line| marks.iter().any(|mark| line.contains(mark))));
    }
    assert!(found.is_empty(), "unfinished:\n{}", found.join("\n"));
}
