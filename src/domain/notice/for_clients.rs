//! A notice as Clients bound by an agreement read it: hidden lines too. "Names may be under NDA,
//! countries never" (ISO/IEC 27701 B.8.5.7): such a line is told without its name.

use std::collections::BTreeSet;

use super::{FOR_STAFF, FieldWords, NoticeDocument, NoticeItem, headline};
use crate::domain::id::Id;

/// Stands for a name that must not be told.
const UNNAMED: &str = "a sub-processor under a non-disclosure agreement";

impl NoticeDocument {
    /// The same notice as every Client may read it.
    #[must_use]
    pub fn for_clients(&self) -> NoticeDocument {
        // Of a hidden line everybody reads a shadow; Clients read the line itself.
        let hidden: BTreeSet<Id> =
            self.items.iter().filter(|item| !item.public).filter_map(|item| item.entry_id).collect();
        let is_shadow =
            |item: &NoticeItem| item.public && item.entry_id.is_some_and(|id| hidden.contains(&id));
        let items: Vec<NoticeItem> =
            self.items.iter().filter(|item| !is_shadow(item)).cloned().map(for_client).collect();
        let unnamed = self.items.iter().any(|item| item.nda || item.replaces_nda);
        // A person wrote these for the whole change; they may name what must not be named.
        let (title, reason) = match unnamed {
            true => (headline(&items), String::new()),
            false => (self.title.clone(), self.reason.clone()),
        };
        NoticeDocument { items, title, reason, ..self.clone() }
    }
}

fn for_client(mut item: NoticeItem) -> NoticeItem {
    item.changes.retain(|change| !FOR_STAFF.contains(&change.field.as_str()));
    if item.replaces_nda {
        item.replaces = Some(UNNAMED.to_owned());
        for side in [&mut item.before, &mut item.after].into_iter().flatten() {
            side.remove("replaces");
        }
        item.changes.retain(|change| change.field != "replaces");
    }
    if !item.nda {
        return item;
    }
    let entry = item.entry.take();
    item.name = UNNAMED.to_owned();
    item.slug = None;
    item.replaces = None;
    (item.before, item.after) = (None, None);
    item.changes = entry.map(|entry| told_unnamed(&entry)).unwrap_or_default();
    item
}

fn told_unnamed(entry: &crate::domain::list_document::DocumentEntry) -> Vec<FieldWords> {
    let places: Vec<String> = entry.locations.iter().map(|place| place.name()).collect();
    let lines = [
        ("locations", "Where", places.join("; ")),
        ("data_categories", "Data", entry.data_categories.join("; ")),
    ];
    lines
        .into_iter()
        .filter(|(.., now)| !now.is_empty())
        .map(|(field, label, now)| FieldWords {
            field: field.to_owned(),
            label: label.to_owned(),
            was: String::new(),
            now,
        })
        .collect()
}
