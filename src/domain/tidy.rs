//! Facts as people and programs type them, made fit to be published: trimmed, bounded, free of
//! what could break out of a mail header. Every way into a change goes through here.

use super::engagement::EngagementFacts;
use super::text::{FieldError, NAME_LIMIT, TEXT_LIMIT, is_legible, line, paragraph};
use super::vendor::VendorFacts;

/// The most items a list of a line may have.
pub const LIST_LIMIT: usize = 200;

/// A vendor's and an engagement's facts, checked; the fields are named as in the published list.
///
/// # Errors
/// Every field that is wrong, with how to mend it.
pub fn tidy(
    vendor: VendorFacts,
    engagement: EngagementFacts,
) -> Result<(VendorFacts, EngagementFacts), Vec<FieldError>> {
    let mut check = Check::default();
    let vendor = tidy_vendor(&mut check, vendor);
    let engagement = tidy_engagement(&mut check, engagement);
    if check.problems.is_empty() { Ok((vendor, engagement)) } else { Err(check.problems) }
}

#[derive(Default)]
struct Check {
    problems: Vec<FieldError>,
}

impl Check {
    fn keep(&mut self, result: Result<String, FieldError>) -> String {
        result.unwrap_or_else(|problem| {
            self.problems.push(problem);
            String::new()
        })
    }

    fn need(&mut self, ok: bool, field: &str, problem: &str) {
        if !ok {
            self.problems.push(FieldError::new(field, problem));
        }
    }

    fn name(&mut self, field: &str, text: &str) -> String {
        self.keep(line(field, text, NAME_LIMIT))
    }

    fn list(&mut self, field: &str, items: Vec<String>) -> Vec<String> {
        self.need(items.len() <= LIST_LIMIT, field, "Has too many items. Name at most 200.");
        let mut kept: Vec<String> = Vec::new();
        for item in items.iter().take(LIST_LIMIT) {
            let item = self.name(field, item);
            if !item.is_empty() && !kept.contains(&item) {
                kept.push(item);
            }
        }
        kept
    }

    fn link(&mut self, field: &str, text: &str) -> String {
        let text = self.keep(line(field, text, 2_048));
        let fits = text.is_empty()
            || url::Url::parse(&text).is_ok_and(|u| {
                matches!(u.scheme(), "http" | "https") && u.host().is_some() && u.username().is_empty()
            });
        self.need(
            fits,
            field,
            "Is not a web address. Write it with https:// in front, like https://example.com.",
        );
        text
    }
}

fn tidy_vendor(check: &mut Check, v: VendorFacts) -> VendorFacts {
    let name = check.name("vendor.name", &v.name);
    check.need(
        is_legible(&name) || !check.problems.is_empty(),
        "vendor.name",
        "Enter the name of the sub-processor.",
    );
    let lei = check.name("vendor.lei", &v.lei).to_uppercase();
    let is_lei = lei.is_empty() || (lei.len() == 20 && lei.chars().all(|c| c.is_ascii_alphanumeric()));
    check.need(
        is_lei,
        "vendor.lei",
        "An LEI has twenty letters and digits (ISO 17442). Check it, or leave it empty.",
    );
    check.need(v.aliases.len() <= LIST_LIMIT, "vendor.aliases", "Has too many items. Name at most 200.");
    let mut aliases = v.aliases;
    for alias in &mut aliases {
        alias.name = check.name("vendor.aliases", &alias.name);
    }
    aliases.retain(|alias| !alias.name.is_empty());
    VendorFacts {
        name,
        legal_name: check.name("vendor.legal_name", &v.legal_name),
        aliases,
        address: check.keep(paragraph("vendor.address", &v.address, TEXT_LIMIT)),
        seat: v.seat,
        lei,
        register_number: check.name("vendor.register_number", &v.register_number),
        website: check.link("vendor.website", &v.website),
        privacy_url: check.link("vendor.privacy_url", &v.privacy_url),
        parent: check.name("vendor.parent", &v.parent),
        affiliate: v.affiliate,
    }
}

fn tidy_engagement(check: &mut Check, mut e: EngagementFacts) -> EngagementFacts {
    check.need(e.purposes.len() <= LIST_LIMIT, "purposes", "Has too many items. Name at most 200.");
    for purpose in &mut e.purposes {
        purpose.text = check.name("purposes", &purpose.text);
    }
    e.purposes.retain(|p| !p.text.is_empty());
    e.purposes.dedup();
    e.data_categories = check.list("data_categories", e.data_categories);
    e.special_categories = check.list("special_categories", e.special_categories);
    e.data_subjects = check.list("data_subjects", e.data_subjects);
    e.products = check.list("products", e.products);
    e.regions = check.list("regions", e.regions);
    e.necessity = e
        .necessity
        .iter()
        .map(|(data, why)| (check.name("necessity", data), check.keep(line("necessity", why, TEXT_LIMIT))))
        .filter(|(data, why)| !data.is_empty() && !why.is_empty())
        .collect();
    for (field, text) in [("retention", &mut e.retention), ("safeguards", &mut e.safeguards)] {
        *text = check.keep(paragraph(field, text, TEXT_LIMIT));
    }
    for (field, text) in [("feature", &mut e.feature), ("withholding", &mut e.withholding)] {
        *text = check.keep(line(field, text, TEXT_LIMIT));
    }
    check.need(e.locations.len() <= LIST_LIMIT, "locations", "Has too many items. Name at most 200.");
    for location in &mut e.locations {
        location.text = check.name("locations", &location.text);
    }
    e.locations.retain(|l| l.country.is_some() || l.region.is_some() || !l.text.is_empty());
    check.need(e.transfers.len() <= LIST_LIMIT, "transfers", "Has too many items. Name at most 200.");
    for transfer in &mut e.transfers {
        transfer.jurisdiction = check.keep(line("transfers", &transfer.jurisdiction, 40));
        let named = !transfer.jurisdiction.is_empty();
        check.need(named, "transfers", "A transfer names whose law it falls under: EU, UK, CH …");
    }
    let v = &e.vetting;
    let ordered = v.reviewed_on.zip(v.review_by).is_none_or(|(on, by)| on <= by);
    check.need(ordered, "vetting.review_by", "The next review lies before the last one. Check both days.");
    e
}

#[cfg(test)]
mod tests {
    use super::super::engagement::{Purpose, PurposeCode};
    use super::*;

    fn named(name: &str) -> VendorFacts {
        VendorFacts { name: name.into(), ..VendorFacts::default() }
    }

    #[test]
    fn every_problem_is_told_at_once_by_field() {
        let vendor = VendorFacts {
            website: "javascript:alert(1)".into(),
            lei: "X".into(),
            ..named("Evil\r\nBcc: all@example.com")
        };
        let engagement =
            EngagementFacts { data_categories: vec!["x".repeat(10_000)], ..EngagementFacts::default() };
        let problems = tidy(vendor, engagement).unwrap_err();
        let fields: Vec<&str> = problems.iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["vendor.name", "vendor.lei", "vendor.website", "data_categories"]);
    }

    #[test]
    fn blanks_and_repeats_are_dropped() {
        let purpose = |text: &str| Purpose { code: PurposeCode::Other, text: text.into() };
        let engagement = EngagementFacts {
            purposes: vec![purpose(" hosting "), purpose("")],
            data_categories: vec!["names".into(), " names".into(), String::new()],
            ..EngagementFacts::default()
        };
        let (vendor, engagement) = tidy(named("  Acme  GmbH"), engagement).unwrap();
        assert_eq!(
            (vendor.name.as_str(), engagement.purposes.len(), engagement.data_categories.len()),
            ("Acme GmbH", 1, 1)
        );
    }

    #[test]
    fn an_empty_name_is_one_problem_not_two() {
        assert_eq!(tidy(named(" "), EngagementFacts::default()).unwrap_err().len(), 1);
    }
}
