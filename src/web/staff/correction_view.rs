//! On the page of a correction: what was announced wrongly, and what its approval decides.

use serde::Serialize;

use crate::actions::Corrected;
use crate::domain::change::{Class, Edit};
use crate::domain::diff::differences;

#[derive(Serialize)]
pub(super) struct CorrectionView {
    id: crate::domain::id::Id,
    reference: String,
    notice: String,
    material: bool,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    name: String,
    label: String,
    was: String,
    now: String,
}

impl CorrectionView {
    /// What `found` corrects, line by line.
    pub(super) fn new(found: &Corrected) -> Self {
        let corrected = found.difference.as_ref().map(|found| found.corrected.as_slice()).unwrap_or_default();
        let lines = corrected.iter().flat_map(|item| match &item.edit {
            Edit::Entry { before, after } => differences(before.as_deref(), after.as_deref())
                .into_iter()
                .map(|c| Line {
                    name: item.entry().map(|entry| entry.vendor.name.clone()).unwrap_or_default(),
                    label: c.label.to_owned(),
                    was: c.was,
                    now: c.now,
                })
                .collect::<Vec<_>>(),
            Edit::Statements { before, after } => vec![Line {
                name: "List-wide statements".to_owned(),
                label: "Statements".to_owned(),
                was: before.join(" "),
                now: after.join(" "),
            }],
        });
        Self {
            id: found.announced.id,
            reference: found.announced.reference(),
            notice: found.notice.number.clone(),
            material: found.difference.as_ref().is_ok_and(|found| found.class() == Class::Material),
            lines: lines.collect(),
        }
    }
}
