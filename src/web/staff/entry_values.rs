//! An entry as form fields, and form fields as an entry. What cannot be read is told by field;
//! what is read is checked by the domain like everything that enters a change.

use std::str::FromStr;

use jiff::civil::Date;

use crate::domain::country::Country;
use crate::domain::engagement::{EngagementFacts, Purpose, PurposeCode, Transfer};
use crate::domain::id::Id;
use crate::domain::place::{Location, Region};
use crate::domain::text::FieldError;
use crate::domain::vendor::{Alias, VendorFacts};
use crate::domain::vetting::Vetting;
use crate::web::form::Fields;

/// The fields that show these facts.
#[must_use]
pub fn fields_of(vendor: &VendorFacts, e: &EngagementFacts) -> Fields {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| pairs.push((name.to_owned(), value));
    put("vendor.name", vendor.name.clone());
    put("vendor.legal_name", vendor.legal_name.clone());
    put("vendor.address", vendor.address.clone());
    put("vendor.seat", vendor.seat.map_or_else(String::new, |c| c.name().to_owned()));
    put("vendor.lei", vendor.lei.clone());
    put("vendor.register_number", vendor.register_number.clone());
    put("vendor.website", vendor.website.clone());
    put("vendor.privacy_url", vendor.privacy_url.clone());
    put("vendor.parent", vendor.parent.clone());
    put("vendor.affiliate", yes(vendor.affiliate));
    for (n, alias) in vendor.aliases.iter().enumerate() {
        put(&format!("vendor.aliases.{n}.name"), alias.name.clone());
        put(&format!("vendor.aliases.{n}.until"), day(alias.until));
    }
    for (n, purpose) in e.purposes.iter().enumerate() {
        put(&format!("purposes.{n}.text"), purpose.text.clone());
        put(&format!("purposes.{n}.code"), purpose.code.to_string());
    }
    put("data_categories", e.data_categories.join("\n"));
    put("special_categories", e.special_categories.join("\n"));
    put("data_subjects", e.data_subjects.join("\n"));
    for (n, (data, why)) in e.necessity.iter().enumerate() {
        put(&format!("necessity.{n}.data"), data.clone());
        put(&format!("necessity.{n}.why"), why.clone());
    }
    put("retention", e.retention.clone());
    put("safeguards", e.safeguards.clone());
    put("pseudonymised", e.pseudonymised.map_or("", |p| if p { "yes" } else { "no" }).to_owned());
    for (n, location) in e.locations.iter().enumerate() {
        let place = match (location.country, location.region) {
            (Some(country), _) => country.name(),
            (None, Some(region)) => region.name(),
            (None, None) => "",
        };
        put(&format!("locations.{n}.kind"), location.kind.to_string());
        put(&format!("locations.{n}.place"), place.to_owned());
        put(&format!("locations.{n}.text"), location.text.clone());
    }
    for (n, transfer) in e.transfers.iter().enumerate() {
        put(&format!("transfers.{n}.jurisdiction"), transfer.jurisdiction.clone());
        put(&format!("transfers.{n}.destination"), transfer.destination.name().to_owned());
        put(&format!("transfers.{n}.mechanism"), transfer.mechanism.to_string());
        put(&format!("transfers.{n}.checked_on"), day(transfer.checked_on));
        put(&format!("transfers.{n}.review_by"), day(transfer.review_by));
    }
    put("products", e.products.join("\n"));
    put("regions", e.regions.join("\n"));
    put("group", e.group.to_string());
    put("feature", e.feature.clone());
    put("withholding", e.withholding.clone());
    put("visibility", e.visibility.to_string());
    put("via", e.via.map_or_else(String::new, |id| id.to_string()));
    put("replaces", e.replaces.map_or_else(String::new, |id| id.to_string()));
    put("vetting.status", e.vetting.status.to_string());
    put("vetting.reviewed_on", day(e.vetting.reviewed_on));
    put("vetting.review_by", day(e.vetting.review_by));
    Fields::from(pairs)
}

fn day(date: Option<Date>) -> String {
    date.map_or_else(String::new, |d| d.to_string())
}

fn yes(value: bool) -> String {
    if value { "yes".to_owned() } else { String::new() }
}

/// Reads fields and gathers what is wrong with them.
struct Reader<'a> {
    fields: &'a Fields,
    errors: Vec<FieldError>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> String {
        self.fields.get(name).to_owned()
    }

    fn lines(&self, name: &str) -> Vec<String> {
        // Lines only: an item may well hold a semicolon.
        self.fields.get(name).split('\n').map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect()
    }

    fn day(&mut self, name: &str) -> Option<Date> {
        self.fields.day(name).unwrap_or_else(|error| {
            self.errors.push(error);
            None
        })
    }

    /// One of a select's words; an altered one falls back.
    fn word<T: FromStr>(&mut self, name: &str, fallback: T) -> T {
        let text = self.fields.get(name);
        match text.parse() {
            Ok(value) => value,
            Err(_) => {
                if !text.is_empty() {
                    self.errors.push(FieldError::new(name, "Choose one of the list."));
                }
                fallback
            }
        }
    }

    fn id(&mut self, name: &str) -> Option<Id> {
        let text = self.fields.get(name);
        let id = text.parse().ok();
        if id.is_none() && !text.is_empty() {
            self.errors.push(FieldError::new(name, "Choose one of the list."));
        }
        id
    }

    fn country(&mut self, name: &str) -> Option<Country> {
        let text = self.fields.get(name).trim();
        let country = text.parse().ok().or_else(|| Country::named(text));
        if country.is_none() && !text.is_empty() {
            let problem = "Is no country's name. Choose one of the list that opens while you type.";
            self.errors.push(FieldError::new(name, problem));
        }
        country
    }

    fn rows(&self, name: &str) -> std::ops::Range<usize> {
        0..self.fields.rows(name)
    }
}

/// The facts that the fields tell.
///
/// # Errors
/// Every field that cannot be read.
pub fn facts_of(fields: &Fields) -> Result<(VendorFacts, EngagementFacts), Vec<FieldError>> {
    let mut r = Reader { fields, errors: Vec::new() };
    let vendor = vendor(&mut r);
    let engagement = engagement(&mut r);
    if r.errors.is_empty() { Ok((vendor, engagement)) } else { Err(r.errors) }
}

fn vendor(r: &mut Reader<'_>) -> VendorFacts {
    let mut aliases = Vec::new();
    for n in r.rows("vendor.aliases") {
        let name = r.text(&format!("vendor.aliases.{n}.name"));
        let until = r.day(&format!("vendor.aliases.{n}.until"));
        if !name.trim().is_empty() {
            aliases.push(Alias { name, until });
        }
    }
    VendorFacts {
        name: r.text("vendor.name"),
        legal_name: r.text("vendor.legal_name"),
        aliases,
        address: r.text("vendor.address"),
        seat: r.country("vendor.seat"),
        lei: r.text("vendor.lei"),
        register_number: r.text("vendor.register_number"),
        website: r.text("vendor.website").trim().to_owned(),
        privacy_url: r.text("vendor.privacy_url").trim().to_owned(),
        parent: r.text("vendor.parent"),
        affiliate: r.fields.has("vendor.affiliate") && r.fields.get("vendor.affiliate") == "yes",
    }
}

fn engagement(r: &mut Reader<'_>) -> EngagementFacts {
    let mut facts = EngagementFacts {
        data_categories: r.lines("data_categories"),
        special_categories: r.lines("special_categories"),
        data_subjects: r.lines("data_subjects"),
        retention: r.text("retention"),
        safeguards: r.text("safeguards"),
        pseudonymised: match r.fields.get("pseudonymised") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        products: r.lines("products"),
        regions: r.lines("regions"),
        group: r.word("group", Default::default()),
        feature: r.text("feature"),
        withholding: r.text("withholding"),
        visibility: r.word("visibility", Default::default()),
        via: r.id("via"),
        replaces: r.id("replaces"),
        vetting: Vetting {
            status: r.word("vetting.status", Vetting::default().status),
            reviewed_on: r.day("vetting.reviewed_on"),
            review_by: r.day("vetting.review_by"),
        },
        ..EngagementFacts::default()
    };
    for n in r.rows("purposes") {
        let text = r.text(&format!("purposes.{n}.text"));
        let code = r.word(&format!("purposes.{n}.code"), PurposeCode::Other);
        if !text.trim().is_empty() {
            facts.purposes.push(Purpose { code, text });
        }
    }
    for n in r.rows("necessity") {
        let data = r.text(&format!("necessity.{n}.data"));
        facts.necessity.insert(data, r.text(&format!("necessity.{n}.why")));
    }
    facts.locations = r.rows("locations").filter_map(|n| location(r, n)).collect();
    facts.transfers = r.rows("transfers").filter_map(|n| transfer(r, n)).collect();
    facts
}

fn location(r: &mut Reader<'_>, n: usize) -> Option<Location> {
    let name = |part: &str| format!("locations.{n}.{part}");
    let (place, text) = (r.text(&name("place")).trim().to_owned(), r.text(&name("text")));
    if place.is_empty() && text.trim().is_empty() {
        return None;
    }
    let kind = r.word(&name("kind"), crate::domain::place::LocationKind::Processing);
    let region =
        |r: &&Region| r.name().eq_ignore_ascii_case(&place) || r.as_str().eq_ignore_ascii_case(&place);
    let region = Region::ALL.iter().find(region).copied();
    let country = if region.is_none() { r.country(&name("place")) } else { None };
    Some(Location { kind, country, region, text })
}

fn transfer(r: &mut Reader<'_>, n: usize) -> Option<Transfer> {
    let name = |part: &str| format!("transfers.{n}.{part}");
    let parts = ["jurisdiction", "destination", "mechanism"].map(|part| r.text(&name(part)));
    if parts.iter().all(|part| part.trim().is_empty()) {
        return None;
    }
    let destination = r.country(&name("destination"));
    if destination.is_none() && r.fields.get(&name("destination")).trim().is_empty() {
        r.errors.push(FieldError::new(name("destination"), "Name the country that the data goes to."));
    }
    let mechanism = r.fields.get(&name("mechanism")).parse().ok();
    if mechanism.is_none() {
        r.errors.push(FieldError::new(name("mechanism"), "Choose the tool that makes this transfer lawful."));
    }
    let (checked_on, review_by) = (r.day(&name("checked_on")), r.day(&name("review_by")));
    let [jurisdiction, ..] = parts;
    Some(Transfer { jurisdiction, destination: destination?, mechanism: mechanism?, checked_on, review_by })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::engagement::TransferMechanism;
    use crate::domain::place::LocationKind;

    #[test]
    fn facts_survive_the_way_through_the_form() {
        let vendor = VendorFacts {
            name: "Example GmbH".into(),
            seat: "DE".parse().ok(),
            aliases: vec![Alias { name: "Example UG".into(), until: "2020-01-31".parse().ok() }],
            affiliate: true,
            address: "Hauptstr. 1\nBerlin".into(),
            ..VendorFacts::default()
        };
        let engagement = EngagementFacts {
            purposes: vec![Purpose { code: PurposeCode::Hosting, text: "Hosting; backups".into() }],
            data_categories: vec!["names; first and last".into(), "e-mail".into()],
            locations: vec![
                Location { kind: LocationKind::Storage, ..Location::in_country("US".parse().unwrap()) },
                Location::in_region(Region::ChosenByClient),
                Location::in_words("where the moon shines"),
            ],
            transfers: vec![Transfer {
                jurisdiction: "EU".into(),
                destination: "US".parse().unwrap(),
                mechanism: TransferMechanism::Scc,
                checked_on: "2026-02-02".parse().ok(),
                review_by: None,
            }],
            pseudonymised: Some(false),
            replaces: Id::from_bytes(&[7; 16]),
            ..EngagementFacts::default()
        };
        assert_eq!(facts_of(&fields_of(&vendor, &engagement)), Ok((vendor, engagement)));
    }

    #[test]
    fn what_cannot_be_read_is_told_by_field() {
        let pairs = [
            ("vendor.seat", "UK"),
            ("locations.0.place", "Atlantis"),
            ("transfers.1.jurisdiction", "EU"),
            ("vetting.reviewed_on", "03/04/2026"),
            ("group", "cores"),
        ];
        let fields = Fields::from(pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec());
        let mut wrong: Vec<String> = facts_of(&fields).unwrap_err().into_iter().map(|e| e.field).collect();
        wrong.sort();
        let expected = [
            "group",
            "locations.0.place",
            "transfers.1.destination",
            "transfers.1.mechanism",
            "vendor.seat",
            "vetting.reviewed_on",
        ];
        assert_eq!(wrong, expected);
    }
}
