//! The entry form: what most entries need on top, everything else folded away until somebody
//! needs it.

use super::field::{Choice, Group, Maker, choice};
use crate::domain::country::Country;
use crate::domain::engagement::{Group as Relation, PurposeCode, TransferMechanism, Visibility};
use crate::domain::place::{LocationKind, Region};
use crate::domain::vetting::VettingStatus;

/// The fields of the form. `others` are the entries that one may replace or be engaged by.
#[must_use]
pub fn groups(m: Maker<'_>, others: &[Choice], vendor_is_known: bool) -> Vec<Group> {
    let more = m.fields.get("more");
    let mut name = vec![m.text("vendor.name", "Name", "The name people know: the brand where there is one.")];
    if vendor_is_known {
        name.clear();
    }
    let purposes = m.rows(
        "purposes",
        "What it does",
        "One purpose a row; the words are published, the code sorts them.",
        |m, n| {
            vec![
                m.text(&n("text"), "In words", ""),
                m.select(&n("code"), "Code", "", words(PurposeCode::ALL, purpose, Some("other"))),
            ]
        },
    );
    let places = m.rows(
        "locations",
        "Where",
        "A country or a region; a phrase in the note will do where it is neither.",
        |m, n| {
            vec![
                m.listed(&n("place"), "Country or region", "", "places"),
                m.select(
                    &n("kind"),
                    "What happens there",
                    "",
                    words(LocationKind::ALL, location, Some("processing")),
                ),
                m.text(&n("text"), "Note", ""),
            ]
        },
    );
    let simple = vec![
        m.area("data_categories", "Which data", "One kind of personal data a line."),
        m.select("group", "Relation to the product", "", words(Relation::ALL, relation, None)),
        m.text("feature", "Applies to", "For optional ones: which feature, and when."),
        m.area("products", "Products", "One a line; empty means every product."),
    ];
    let mut groups = vec![
        Group::shown("The sub-processor", name, vec![purposes]),
        Group::shown("Data and place", simple, vec![places]),
        Group::shown("Vetting", vetting(m), Vec::new()),
        transfers(m, more),
        more_about_data(m, more),
        about_engagement(m, others, more),
    ];
    if !vendor_is_known {
        groups.push(company(m, more));
    }
    groups
}

fn vetting(m: Maker<'_>) -> Vec<super::field::Field> {
    vec![
        m.select(
            "vetting.status",
            "Vetting status",
            "",
            words(VettingStatus::ALL, |s| s.label().into(), None),
        ),
        m.date("vetting.reviewed_on", "Reviewed on", ""),
        m.date("vetting.review_by", "Review again by", "The approval holds through this day."),
    ]
}

fn transfers(m: Maker<'_>, more: &str) -> Group {
    let hint = "For each third country: the tool that makes the transfer lawful (GDPR Art. 44–49).";
    let rows = m.rows("transfers", "Transfers", hint, |m, n| {
        let mut tools = vec![choice("", "–")];
        tools.extend(words(TransferMechanism::ALL, |t| t.label().into(), None));
        vec![
            m.text(&n("jurisdiction"), "Whose law (EU, UK, CH)", ""),
            m.listed(&n("destination"), "Country of destination", "", "countries"),
            m.select(&n("mechanism"), "Tool", "", tools),
            m.date(&n("checked_on"), "Checked on", ""),
            m.date(&n("review_by"), "Check again by", ""),
        ]
    });
    Group::folded("Transfers to third countries", Vec::new(), vec![rows], more)
}

fn more_about_data(m: Maker<'_>, more: &str) -> Group {
    let known = vec![choice("", "Not stated"), choice("yes", "Yes"), choice("no", "No")];
    let fields = vec![
        m.area("data_subjects", "Whose data", "One group of people a line."),
        m.area(
            "special_categories",
            "Special categories",
            "GDPR Art. 9; one a line. Each needs a reason below.",
        ),
        m.area("retention", "Kept for", ""),
        m.area("safeguards", "Safeguards", "Technical and organisational."),
        m.select("pseudonymised", "Pseudonymised", "", known),
    ];
    let necessity = m.rows("necessity", "Why the data must be processed", "", |m, n| {
        vec![m.text(&n("data"), "Which data", ""), m.text(&n("why"), "Why it is needed", "")]
    });
    Group::folded("More about the data", fields, vec![necessity], more)
}

fn about_engagement(m: Maker<'_>, others: &[Choice], more: &str) -> Group {
    let others = || {
        let mut choices = vec![choice("", "–")];
        choices.extend(others.iter().cloned());
        choices
    };
    let fields = vec![
        m.select(
            "replaces",
            "Takes the place of",
            "The one replaced stays until this one is in use.",
            others(),
        ),
        m.select("via", "Engaged through", "For a sub-processor's own sub-processor.", others()),
        m.area("regions", "Regions of Clients", "One a line; empty means every region."),
        m.text("withholding", "Can be withheld from a single Client", "How; empty means it cannot."),
        m.select("visibility", "Who may see the entry", "", words(Visibility::ALL, visibility, None)),
    ];
    Group::folded("More about the engagement", fields, Vec::new(), more)
}

fn company(m: Maker<'_>, more: &str) -> Group {
    let fields = vec![
        m.text("vendor.legal_name", "Legal name", "As in the register of companies."),
        m.area("vendor.address", "Postal address", ""),
        m.listed("vendor.seat", "Country of the seat", "", "countries"),
        m.text("vendor.website", "Website", "With https:// in front."),
        m.text("vendor.privacy_url", "Privacy notice", "With https:// in front."),
        m.text("vendor.parent", "Parent company", ""),
        m.text("vendor.register_number", "Register number", ""),
        m.text("vendor.lei", "LEI", "Twenty letters and digits (ISO 17442)."),
        m.check("vendor.affiliate", "A company of our own group", ""),
    ];
    let aliases =
        m.rows("vendor.aliases", "Other names", "Earlier names too, so that both find it.", |m, n| {
            vec![m.text(&n("name"), "Name", ""), m.date(&n("until"), "Used until", "")]
        });
    Group::folded("More about the company", fields, vec![aliases], more)
}

fn words<T: Copy + ToString>(all: &[T], label: impl Fn(T) -> String, first: Option<&str>) -> Vec<Choice> {
    let mut choices: Vec<Choice> = all.iter().map(|word| choice(word.to_string(), label(*word))).collect();
    // A stable sort: the one to begin with first, the others in their order.
    choices.sort_by_key(|c| Some(c.value.as_str()) != first);
    choices
}

fn purpose(code: PurposeCode) -> String {
    let words = code.as_str().replace('_', " ");
    if code == PurposeCode::Ai { "AI".to_owned() } else { words }
}

fn location(kind: LocationKind) -> String {
    match kind {
        LocationKind::Storage => "Stored",
        LocationKind::Processing => "Processed",
        LocationKind::RemoteAccess => "Seen from there (remote access)",
    }
    .to_owned()
}

fn relation(group: Relation) -> String {
    match group {
        Relation::Core => "Core: part of the product for every Client",
        Relation::Optional => "Optional: only if a Client turns a feature on",
        Relation::Affiliate => "Group company",
    }
    .to_owned()
}

fn visibility(visibility: Visibility) -> String {
    match visibility {
        Visibility::Public => "Everybody",
        Visibility::Clients => "Clients only",
        Visibility::Nda => "Only under a non-disclosure agreement",
    }
    .to_owned()
}

/// The names that help to type a country.
#[must_use]
pub fn countries() -> Vec<&'static str> {
    Country::all().into_iter().map(|(_, name)| name).collect()
}

/// The names of regions, which places may be too.
#[must_use]
pub fn regions() -> Vec<&'static str> {
    Region::ALL.iter().map(|region| region.name()).collect()
}
