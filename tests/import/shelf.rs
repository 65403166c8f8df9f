//! The real lists, and a person who takes them through the product's own actions.

use std::path::{Path, PathBuf};

use subprocessors::actions::import_list::{self, Imported, Options, Preview};
use subprocessors::actions::{self, Details, Draft, Error};
use subprocessors::domain::change::{Change, ChangeKind, ChangeState, Class, Edit, Operation};
use subprocessors::domain::deadline::day_of;
use subprocessors::domain::engagement::{Purpose, PurposeCode};
use subprocessors::domain::entry::ListedEntry;
use subprocessors::domain::place::Location;
use subprocessors::domain::vetting::{Vetting, VettingStatus};

use crate::support::Desk;
use crate::support::records::with_transfers;

/// The copies in the repository.
pub fn shelf() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lists")
}

/// The text of one version.
pub fn version(path: &str) -> String {
    let file = shelf().join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// Every list below a folder with its versions, oldest first.
pub fn lists(folder: &Path) -> Vec<(String, Vec<PathBuf>)> {
    let mut found = Vec::new();
    let mut inner: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    inner.sort();
    let is_version = |p: &&PathBuf| {
        let name = p.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("20") && name.ends_with(".csv")
    };
    let versions: Vec<PathBuf> = inner.iter().filter(is_version).cloned().collect();
    if !versions.is_empty() {
        found.push((folder.display().to_string(), versions));
    }
    for folder in inner.iter().filter(|p| p.is_dir()) {
        found.extend(lists(folder));
    }
    found
}

pub fn import(desk: &Desk, text: impl Into<Vec<u8>>) -> Result<Imported, Error> {
    import_for(desk, text, None)
}

pub fn import_for(desk: &Desk, text: impl Into<Vec<u8>>, product: Option<&str>) -> Result<Imported, Error> {
    let options = Options { product: product.map(str::to_owned) };
    desk.run(import_list::import(&desk.state, &desk.editor, text.into(), options))
}

pub fn preview(desk: &Desk, text: &str) -> Preview {
    desk.run(import_list::preview(&desk.state, &desk.editor, text.as_bytes().to_vec(), Options::default()))
        .unwrap()
}

/// Imports and carries it to the end, as two people would.
pub fn take(desk: &Desk, text: impl Into<Vec<u8>>) -> Imported {
    let done = import(desk, text).unwrap();
    if let Some(change) = &done.change {
        carry(desk, change);
    }
    done
}

/// Settles what was doubted, adds what the gates ask for, and has it approved and in force.
pub fn carry(desk: &Desk, change: &Change) -> Change {
    let mut change = change.clone();
    if change.kind == ChangeKind::Regular && change.class() > Class::Editorial {
        let today = day_of(desk.state.clock.now(), &desk.state.settings.zone());
        let details = Details {
            title: change.title.clone(),
            reason: "It has been so for a while.".into(),
            in_use_since: Some(today),
            ..Details::default()
        };
        change = desk
            .run(actions::set_details(&desk.state, &desk.editor, change.id, change.revision, details))
            .unwrap();
        for item in change.items.clone() {
            let Edit::Entry { after: Some(after), .. } = item.edit else { continue };
            let is_new = matches!(item.operation, Operation::Added | Operation::Replaced);
            if !is_new && item.class < Class::Material {
                continue;
            }
            let mut engagement = after.engagement;
            if engagement.purposes.is_empty() {
                engagement.purposes.push(Purpose { code: PurposeCode::Other, text: "as listed".into() });
            }
            if engagement.data_categories.is_empty() {
                engagement.data_categories.push("as listed".into());
            }
            if engagement.locations.is_empty() {
                engagement.locations.push(Location::in_words("as listed"));
            }
            engagement.vetting = Vetting {
                status: VettingStatus::Approved,
                reviewed_on: Some(today),
                review_by: Some(today.saturating_add(jiff::Span::new().years(5))),
            };
            let engagement = with_transfers(engagement);
            let draft = Draft { entry_id: Some(after.id), vendor_id: None, vendor: after.vendor, engagement };
            change = desk.put(&change, draft);
        }
    }
    for item in change.items.clone().iter().filter(|i| !i.doubt.is_empty()) {
        change = desk
            .run(actions::settle_doubt(&desk.state, &desk.editor, change.id, change.revision, item.id))
            .unwrap_or_else(|e| panic!("{}: {e}", item.doubt));
    }
    let done = desk.pass(&change);
    assert!(
        matches!(done.state, ChangeState::Published | ChangeState::Effective),
        "{} is {}: {}",
        done.reference(),
        done.state,
        done.returned
    );
    done
}

/// What the register shows now.
pub fn listed(desk: &Desk) -> Vec<ListedEntry> {
    desk.state.db.read_blocking(subprocessors::db::register::listed_entries).unwrap()
}

pub fn one(desk: &Desk, name: &str) -> ListedEntry {
    let all = listed(desk);
    let mut found: Vec<_> = all.into_iter().filter(|l| l.entry.vendor.name == name).collect();
    assert_eq!(found.len(), 1, "lines of {name}");
    found.remove(0)
}

/// `operation vendor class` of each item, sorted.
pub fn told(preview: &Preview) -> Vec<String> {
    let mut told: Vec<String> =
        preview.items.iter().map(|i| format!("{} {} {}", i.operation, i.vendor, i.class)).collect();
    told.sort();
    told
}

/// How many rows each table that may only grow by announcing has.
pub fn nothing_is_sent(desk: &Desk) {
    for table in ["delivery", "expansion", "notice"] {
        assert_eq!(desk.database.number(&format!("SELECT count(*) AS n FROM {table}")), 0, "{table}");
    }
}
