//! The register as a table.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::web::Query;
use serde::{Deserialize, Serialize};

use super::console::{Desk, Tab};
use super::field::{Choice, choice};
use crate::db;
use crate::domain::diff::long_date;
use crate::domain::engagement::EngagementStatus;
use crate::domain::entry::ListedEntry;
use crate::domain::vetting::VettingStatus;
use crate::web::auth::Staff;
use crate::web::error::Error;

#[derive(Serialize)]
struct Line {
    href: String,
    name: String,
    legal_name: String,
    purpose: String,
    places: String,
    status: String,
    vetting: &'static str,
    weight: &'static str,
    review_by: Option<String>,
    ended: bool,
}

#[derive(Serialize)]
struct RegisterPage {
    lines: Vec<Line>,
    found: usize,
    statuses: Vec<Choice>,
    vettings: Vec<Choice>,
    products: Vec<Choice>,
    q: String,
    is_filtered: bool,
}

/// Which lines.
#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    status: String,
    #[serde(default)]
    vetting: String,
    #[serde(default)]
    product: String,
    #[serde(default)]
    q: String,
}

/// For people: where an engagement stands.
#[must_use]
pub fn status_words(status: EngagementStatus) -> String {
    let words = status.as_str().replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The badge of a vetting status.
#[must_use]
pub fn vetting_weight(status: VettingStatus) -> &'static str {
    match status {
        VettingStatus::Approved | VettingStatus::Renewed => "ok",
        VettingStatus::Conditional | VettingStatus::Due => "warn",
        VettingStatus::Overdue | VettingStatus::Rejected | VettingStatus::Revoked => "bad",
        _ => "",
    }
}

/// `GET /staff/register`
pub async fn page(desk: Desk, staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, Error> {
    let entries = desk.state.db.read(db::register::entries).await?;
    let asked = asked.into_inner();
    let shown: Vec<&ListedEntry> = entries.iter().filter(|l| admits(&asked, l)).collect();
    let products: BTreeSet<&str> =
        entries.iter().flat_map(|l| &l.entry.engagement.products).map(String::as_str).collect();
    let selected = |choices: Vec<Choice>, wanted: &str| {
        choices.into_iter().map(|c| Choice { selected: c.value == wanted, ..c }).collect::<Vec<_>>()
    };
    let mut statuses = vec![choice("", "On the list"), choice("all", "All, ended ones too")];
    statuses.extend(EngagementStatus::ALL.iter().map(|s| choice(s.as_str(), status_words(*s))));
    let mut vettings = vec![choice("", "Any")];
    vettings.extend(VettingStatus::ALL.iter().map(|s| choice(s.as_str(), s.label())));
    let mut every = vec![choice("", "Any")];
    every.extend(products.into_iter().map(|p| choice(p, p)));
    let body = RegisterPage {
        found: shown.len(),
        lines: shown.into_iter().map(line).collect(),
        statuses: selected(statuses, &asked.status),
        vettings: selected(vettings, &asked.vetting),
        products: selected(every, &asked.product),
        is_filtered: [&asked.status, &asked.vetting, &asked.product, &asked.q].iter().any(|t| !t.is_empty()),
        q: asked.q,
    };
    desk.page(&staff, Tab::Register, "Register", "staff/register", body).await
}

fn admits(asked: &Asked, listed: &ListedEntry) -> bool {
    let (entry, facts) = (&listed.entry, &listed.entry.engagement);
    let status = match asked.status.as_str() {
        "" => listed.status.is_listed(),
        "all" => true,
        word => listed.status.as_str() == word,
    };
    let vetting = asked.vetting.is_empty() || facts.vetting.status.as_str() == asked.vetting;
    let product =
        asked.product.is_empty() || facts.products.is_empty() || facts.products.contains(&asked.product);
    let wanted = asked.q.trim().to_lowercase();
    let names = entry.vendor.aliases.iter().map(|a| a.name.as_str());
    let purposes = facts.purposes.iter().map(|p| p.text.as_str());
    let mut texts =
        names.chain(purposes).chain([entry.vendor.name.as_str(), entry.vendor.legal_name.as_str()]);
    status && vetting && product && (wanted.is_empty() || texts.any(|t| t.to_lowercase().contains(&wanted)))
}

fn line(listed: &ListedEntry) -> Line {
    let (entry, facts) = (&listed.entry, &listed.entry.engagement);
    let join = |items: Vec<String>| items.join("; ");
    Line {
        href: format!("/staff/entries/{}", entry.id),
        name: entry.vendor.name.clone(),
        legal_name: entry.vendor.legal_name.clone(),
        purpose: join(facts.purposes.iter().map(|p| p.text.clone()).collect()),
        places: join(facts.locations.iter().map(crate::domain::place::Location::name).collect()),
        status: status_words(listed.status),
        vetting: facts.vetting.status.label(),
        weight: vetting_weight(facts.vetting.status),
        review_by: facts.vetting.review_by.map(long_date),
        ended: !listed.status.is_listed(),
    }
}
