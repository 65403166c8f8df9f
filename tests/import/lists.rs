//! Every version of every list loads, and each next one is a change.

use std::collections::BTreeSet;
use std::path::Path;

use subprocessors::domain::change::ChangeKind;

use super::shelf::{import, listed, lists, nothing_is_sent, preview, shelf, take};
use crate::support::Desk;

/// The collection beside the checkout if it is there, else the copies in the repository.
fn all_lists() -> Vec<(String, Vec<std::path::PathBuf>)> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/lists");
    let found = lists(&if beside.is_dir() { beside } else { shelf() });
    let versions: usize = found.iter().map(|(_, versions)| versions.len()).sum();
    assert!(versions >= 70, "{versions} versions");
    found
}

/// The names in a file, but for those a person must look at.
fn names(text: &str, left_out: &[u64]) -> BTreeSet<String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.records().map(|r| r.unwrap());
    rows.filter(|r| !left_out.contains(&r.position().unwrap().line()))
        .map(|r| r.get(1).unwrap().to_owned())
        .collect()
}

on_both! {
    fn each_version_of_each_list_loads_into_an_empty_register(backend: Backend) {
        let desk = Desk::on(backend);
        for (list, versions) in all_lists() {
            for file in versions {
                let text = std::fs::read_to_string(&file).unwrap();
                let shown = preview(&desk, &text);
                assert!(shown.baseline);
                let rows = text.lines().count() - 1;
                let left_out = rows - shown.rows_taken;
                // One cell of one list names two companies.
                assert_eq!(left_out, usize::from(list.ends_with("stakater")), "{}: {:?}", file.display(), shown.doubts);
                assert_eq!(shown.items.iter().filter(|i| !i.vendor.is_empty()).count(), shown.rows_taken);
            }
        }
        nothing_is_sent(&desk);
    }

    fn successive_versions_of_a_list_give_change_after_change(backend: Backend) {
        for (list, versions) in all_lists() {
            let desk = Desk::on(backend);
            for (at, file) in versions.iter().enumerate() {
                let text = std::fs::read_to_string(file).unwrap();
                let done = take(&desk, text.clone());
                let change = done.change.unwrap_or_else(|| panic!("{}: no change", file.display()));
                let expected = if at == 0 { ChangeKind::Baseline } else { ChangeKind::Regular };
                assert_eq!(change.kind, expected, "{list}");
                let left_out: Vec<u64> = match list.ends_with("stakater") {
                    true => done.preview.doubts.iter().map(|d| d.line).collect(),
                    false => Vec::new(),
                };
                let shown: BTreeSet<String> = listed(&desk).into_iter().map(|l| l.entry.vendor.name).collect();
                assert_eq!(shown, names(&text, &left_out), "{}", file.display());
                let again = import(&desk, text).unwrap();
                assert!(again.change.is_none(), "{}: {:?}", file.display(), again.preview.items);
            }
            if versions.len() == 1 {
                nothing_is_sent(&desk);
            }
        }
    }
}
