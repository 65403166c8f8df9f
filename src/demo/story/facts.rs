//! Invented facts around the published names. Each line says what a real list would.

use jiff::ToSpan;
use jiff::civil::Date;

use super::Error;
use crate::actions::Draft;
use crate::domain::country::Country;
use crate::domain::engagement::{EngagementFacts, Group, Purpose, PurposeCode, Transfer, TransferMechanism};
use crate::domain::entry::Entry;
use crate::domain::place::{Location, LocationKind};
use crate::domain::vendor::VendorFacts;
use crate::domain::vetting::{Vetting, VettingStatus};

/// What the demo says of its list as a whole.
pub(super) const STATEMENTS: [&str; 2] = [
    "This is a demonstration. Example Cloud does not exist; the names are from a list that another company published, and everything else said about them is invented.",
    "No sub-processor may use personal data for purposes of its own.",
];

/// Name, data, seat, transfer, days since the review.
type Line = (&'static str, &'static [&'static str], &'static str, Option<TransferMechanism>, i32);

const LINES: [Line; 9] = [
    (
        "Amazon Web Services",
        &["account data", "customer content", "log data"],
        "US",
        Some(TransferMechanism::Dpf),
        41,
    ),
    ("Braintree", &["billing contact", "payment data"], "US", Some(TransferMechanism::Scc), 120),
    ("Cloudflare", &["IP addresses", "log data"], "US", Some(TransferMechanism::Dpf), 63),
    ("Google Cloud Platform", &["customer content", "backups"], "US", Some(TransferMechanism::Dpf), 200),
    ("hCaptcha", &["IP addresses"], "US", Some(TransferMechanism::Scc), 15),
    ("Help Scout", &["contact data", "support messages"], "US", Some(TransferMechanism::Scc), 88),
    ("Mailchimp", &["email addresses", "delivery data"], "US", Some(TransferMechanism::Dpf), 31),
    ("Sentry", &["error reports", "IP addresses"], "US", Some(TransferMechanism::Scc), 9),
    ("AppSignal", &["performance data"], "NL", None, 150),
];

/// The line with facts, as a draft; `None` for the lines that stay as they were imported.
pub(super) fn filled_in(entry: Entry, today: Date) -> Result<Option<Draft>, Error> {
    let Some((_, data, seat, mechanism, reviewed)) =
        LINES.iter().find(|(name, ..)| *name == entry.vendor.name).copied()
    else {
        return Ok(None);
    };
    let vendor = VendorFacts { seat: Some(country(seat)?), ..entry.vendor };
    let mut engagement = entry.engagement;
    engagement.data_categories = data.iter().map(|&d| d.to_owned()).collect();
    engagement.data_subjects = vec!["users of our Clients".to_owned()];
    engagement.retention = "Until the Client’s contract ends, then 30 days".to_owned();
    engagement.safeguards = "Encrypted in transit and at rest; access by named people only".to_owned();
    engagement.vetting = vetting(VettingStatus::Approved, today, reviewed);
    if let Some(mechanism) = mechanism {
        engagement.transfers = vec![Transfer {
            jurisdiction: "EU".to_owned(),
            destination: country("US")?,
            mechanism,
            checked_on: Some(today.saturating_sub(reviewed.days())),
            review_by: None,
        }];
    }
    match vendor.name.as_str() {
        "hCaptcha" => {
            engagement.group = Group::Optional;
            engagement.feature = "Bot protection, if the Client switches it on".to_owned();
        }
        "Help Scout" => {
            engagement.withholding = "Support by mail only, without the help desk".to_owned();
        }
        "Mailchimp" => engagement.vetting.status = VettingStatus::Conditional,
        _ => {}
    }
    Ok(Some(Draft { entry_id: Some(entry.id), vendor_id: None, vendor, engagement }))
}

/// A vendor that does not exist, so that nobody is said to have been added.
pub(super) fn addition(today: Date) -> Result<Draft, Error> {
    let germany = country("DE")?;
    let vendor = VendorFacts {
        name: "Example Analytics".to_owned(),
        legal_name: "Example Analytics GmbH".to_owned(),
        address: "Musterstraße 1\n10115 Berlin".to_owned(),
        seat: Some(germany),
        website: "https://analytics.example.com".to_owned(),
        ..VendorFacts::default()
    };
    let engagement = EngagementFacts {
        purposes: vec![Purpose {
            code: PurposeCode::Analytics,
            text: "measuring how fast pages load".to_owned(),
        }],
        data_categories: vec!["usage data".to_owned(), "shortened IP addresses".to_owned()],
        data_subjects: vec!["users of our Clients".to_owned()],
        retention: "14 months".to_owned(),
        safeguards: "Pseudonymised before it leaves our servers".to_owned(),
        pseudonymised: Some(true),
        locations: vec![at(LocationKind::Processing, germany)],
        withholding: "Measuring can be switched off for a single Client".to_owned(),
        vetting: vetting(VettingStatus::Approved, today, 4),
        ..EngagementFacts::default()
    };
    Ok(Draft { entry_id: None, vendor_id: None, vendor, engagement })
}

/// The same line, also stored in Ireland.
pub(super) fn moved(entry: Entry) -> Result<Draft, Error> {
    let mut engagement = entry.engagement;
    engagement.locations.push(at(LocationKind::Storage, country("IE")?));
    Ok(Draft { entry_id: Some(entry.id), vendor_id: None, vendor: entry.vendor, engagement })
}

fn vetting(status: VettingStatus, today: Date, days_ago: i32) -> Vetting {
    let reviewed_on = today.saturating_sub(days_ago.days());
    Vetting { status, reviewed_on: Some(reviewed_on), review_by: Some(reviewed_on.saturating_add(1.year())) }
}

fn at(kind: LocationKind, country: Country) -> Location {
    Location { kind, country: Some(country), region: None, text: String::new() }
}

fn country(code: &str) -> Result<Country, Error> {
    code.parse().map_err(|_| Error::Data(format!("{code} is no country")))
}
