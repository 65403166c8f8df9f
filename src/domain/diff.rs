//! What differs between two entries, field by field, in words people read.

use super::entry::Entry;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldChange {
    /// The JSON member of the published entry, for webhooks and the API.
    pub field: &'static str,
    /// The field's name for people, in English.
    pub label: &'static str,
    /// As it was; empty if it said nothing.
    pub was: String,
    /// As it shall be; empty if it says nothing.
    pub now: String,
}

/// Field, label and a reader of its words.
type Reader = (&'static str, &'static str, fn(&Entry) -> String);

const FIELDS: &[Reader] = &[
    ("vendor.name", "Sub-processor", |e| e.vendor.name.clone()),
    ("vendor.legal_name", "Legal name", |e| e.vendor.legal_name.clone()),
    ("vendor.aliases", "Other names", |e| join(e.vendor.aliases.iter().map(|a| a.name.clone()))),
    ("vendor.address", "Address", |e| e.vendor.address.replace('\n', ", ")),
    ("vendor.seat", "Company seat", |e| e.vendor.seat.map_or_else(String::new, |c| c.name().to_owned())),
    ("vendor.lei", "LEI", |e| e.vendor.lei.clone()),
    ("vendor.register_number", "Register number", |e| e.vendor.register_number.clone()),
    ("vendor.website", "Website", |e| e.vendor.website.clone()),
    ("vendor.privacy_url", "Privacy notice", |e| e.vendor.privacy_url.clone()),
    ("vendor.parent", "Parent company", |e| e.vendor.parent.clone()),
    ("vendor.affiliate", "Group company", |e| yes(e.vendor.affiliate)),
    ("purposes", "What for", |e| join(e.engagement.purposes.iter().map(|p| p.text.clone()))),
    ("data_categories", "Data", |e| join(e.engagement.data_categories.iter().cloned())),
    ("special_categories", "Special categories", |e| join(e.engagement.special_categories.iter().cloned())),
    ("data_subjects", "Whose data", |e| join(e.engagement.data_subjects.iter().cloned())),
    ("necessity", "Why it is needed", |e| {
        join(e.engagement.necessity.iter().map(|(data, why)| format!("{data}: {why}")))
    }),
    ("retention", "Kept for", |e| e.engagement.retention.clone()),
    ("safeguards", "Safeguards", |e| e.engagement.safeguards.clone()),
    ("pseudonymised", "Pseudonymised", |e| e.engagement.pseudonymised.map_or_else(String::new, yes_or_no)),
    ("locations", "Processed in", locations),
    ("transfers", "Transfer", |e| {
        join(
            e.engagement.transfers.iter().map(|t| {
                format!("from {} to {}: {}", t.jurisdiction, t.destination.name(), t.mechanism.label())
            }),
        )
    }),
    ("products", "Products", |e| join(e.engagement.products.iter().cloned())),
    ("regions", "Regions", |e| join(e.engagement.regions.iter().cloned())),
    ("group", "Group", |e| e.engagement.group.as_str().to_owned()),
    ("feature", "Applies to", |e| e.engagement.feature.clone()),
    ("withholding", "Can be withheld", |e| e.engagement.withholding.clone()),
    ("visibility", "Visible to", |e| e.engagement.visibility.as_str().to_owned()),
    ("via", "Engaged through", |e| e.engagement.via.map_or_else(String::new, |id| id.to_string())),
    ("vetting.status", "Vetting", |e| e.engagement.vetting.status.label().to_owned()),
    ("vetting.reviewed_on", "Reviewed on", |e| day(e.engagement.vetting.reviewed_on)),
    ("vetting.review_by", "Review by", |e| day(e.engagement.vetting.review_by)),
];

/// Every field with its label.
#[cfg(test)]
pub(crate) fn labels() -> Vec<(&'static str, &'static str)> {
    FIELDS.iter().map(|(field, label, _)| (*field, *label)).collect()
}

/// Every field that differs between `before` and `after`, in the order of the list's columns.
/// With one side missing (an addition, a removal) every field that says something.
#[must_use]
pub fn differences(before: Option<&Entry>, after: Option<&Entry>) -> Vec<FieldChange> {
    FIELDS
        .iter()
        .filter_map(|(field, label, read)| {
            let (was, now) = (before.map(read).unwrap_or_default(), after.map(read).unwrap_or_default());
            (was != now).then_some(FieldChange { field, label, was, now })
        })
        .collect()
}

/// A day as people read it: `14 March 2026`.
#[must_use]
pub fn long_date(date: jiff::civil::Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

fn locations(entry: &Entry) -> String {
    use super::place::LocationKind;
    join(entry.engagement.locations.iter().map(|l| match l.kind {
        LocationKind::Processing => l.name(),
        LocationKind::Storage => format!("{} (storage)", l.name()),
        LocationKind::RemoteAccess => format!("{} (remote access)", l.name()),
    }))
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join("; ")
}

fn day(date: Option<jiff::civil::Date>) -> String {
    date.map_or_else(String::new, long_date)
}

fn yes(value: bool) -> String {
    if value { "yes".to_owned() } else { String::new() }
}

fn yes_or_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}
