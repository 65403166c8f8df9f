//! The filter of the list: a plain GET form whose address can be shared. Unknown values are
//! said, never guessed; only a date that is none is an error.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::country::Country;
use crate::domain::engagement::Group;
use crate::domain::list_document::{DocumentEntry, ListDocument};
use crate::domain::text::FieldError;

/// The longest search text that is read, in characters.
const SEARCH_LIMIT: usize = 200;

/// The query as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Query {
    /// A product.
    pub product: String,
    /// A country's code or a region's word.
    pub country: String,
    /// A kind of data.
    pub data: String,
    /// A group.
    pub group: String,
    /// Any words.
    pub q: String,
    /// The list as in force on this day.
    pub on: String,
    /// The list as published by the end of this day; with `on`, what was known by then.
    pub as_of: String,
}

impl Query {
    /// Whether nothing is asked, so that the page made once per version is the answer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Without surrounding white space.
    #[must_use]
    pub fn trimmed(self) -> Self {
        let trim = |text: String| text.trim().chars().take(SEARCH_LIMIT).collect::<String>();
        Self {
            product: trim(self.product),
            country: trim(self.country),
            data: trim(self.data),
            group: trim(self.group),
            q: trim(self.q),
            on: trim(self.on),
            as_of: trim(self.as_of),
        }
    }

    /// The day of `as_of`.
    ///
    /// # Errors
    /// The text is no date.
    pub fn as_of_day(&self) -> Result<Option<Date>, FieldError> {
        day("as_of", &self.as_of)
    }

    /// The day of `on`.
    ///
    /// # Errors
    /// The text is no date.
    pub fn on_day(&self) -> Result<Option<Date>, FieldError> {
        day("on", &self.on)
    }

    /// The query string that asks the same with another group, with its `?`.
    #[must_use]
    pub fn with_group(&self, group: &str) -> String {
        Self { group: group.to_owned(), ..self.clone() }.query_string()
    }

    /// The query string, with its `?`; empty if nothing is asked.
    #[must_use]
    pub fn query_string(&self) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs() {
            if !value.is_empty() {
                pairs.append_pair(name, value);
            }
        }
        let query = pairs.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    fn pairs(&self) -> [(&'static str, &str); 7] {
        [
            ("group", &self.group),
            ("country", &self.country),
            ("data", &self.data),
            ("product", &self.product),
            ("q", &self.q),
            ("on", &self.on),
            ("as_of", &self.as_of),
        ]
    }

    /// Whether an entry passes everything but the group.
    #[must_use]
    pub fn admits_in_any_group(&self, entry: &DocumentEntry) -> bool {
        let is = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        (self.product.is_empty()
            || entry.products.is_empty()
            || entry.products.iter().any(|p| is(p, &self.product)))
            && (self.country.is_empty() || places_of(entry).any(|(value, _)| is(&value, &self.country)))
            && (self.data.is_empty() || data_of(entry).any(|d| is(d, &self.data)))
            && self.finds(entry)
    }

    /// Whether an entry passes.
    #[must_use]
    pub fn admits(&self, entry: &DocumentEntry) -> bool {
        (self.group.is_empty() || entry.group.as_str() == self.group) && self.admits_in_any_group(entry)
    }

    fn finds(&self, entry: &DocumentEntry) -> bool {
        let wanted: String = self.q.chars().take(SEARCH_LIMIT).collect::<String>().to_lowercase();
        let names = [
            Some(&entry.vendor.name),
            entry.vendor.legal_name.as_ref(),
            entry.vendor.parent.as_ref(),
            entry.feature.as_ref(),
        ];
        let words = names
            .into_iter()
            .flatten()
            .chain(entry.vendor.aliases.iter().map(|a| &a.name))
            .chain(entry.purposes.iter().map(|p| &p.text))
            .chain(&entry.data_categories)
            .chain(&entry.special_categories)
            .chain(&entry.products)
            .map(|text| text.to_lowercase())
            .chain(entry.locations.iter().map(|l| l.name().to_lowercase()))
            .collect::<Vec<_>>();
        wanted.split_whitespace().all(|word| words.iter().any(|text| text.contains(word)))
    }
}

fn day(field: &'static str, text: &str) -> Result<Option<Date>, FieldError> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || {
        let shown: String = text.chars().take(40).collect();
        FieldError::new(
            field,
            format!("“{shown}” is not a date. Write it as year-month-day, for example 2026-02-13."),
        )
    };
    // Other forms of ISO 8601 carry an hour or a zone, which would be lost without a word.
    let is_day = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if !is_day {
        return Err(wrong());
    }
    text.parse().map(Some).map_err(|_| wrong())
}

/// A choice of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What the address holds.
    pub value: String,
    /// What people read.
    pub label: String,
    /// Whether it is the one chosen.
    pub selected: bool,
}

/// A drop-down of the form.
#[derive(Debug, Clone, Serialize)]
pub struct Select {
    /// Parameter.
    pub name: &'static str,
    /// Label.
    pub label: &'static str,
    /// What no choice is called.
    pub any: &'static str,
    /// The choices: what the list holds, and what was asked for.
    pub options: Vec<Choice>,
}

/// The form and what is wrong with the query.
#[derive(Debug, Clone)]
pub struct Form {
    /// Drop-downs; those without a choice are left out.
    pub selects: Vec<Select>,
    /// Values that the list does not know.
    pub problems: Vec<FieldError>,
}

/// The form for `query` with the choices that `list` holds.
#[must_use]
pub fn form(query: &Query, list: &ListDocument) -> Form {
    let mut problems = Vec::new();
    let countries = list.entries.iter().flat_map(places_of);
    let data = list.entries.iter().flat_map(data_of).map(|d| (d.to_owned(), d.to_owned()));
    let products = list.entries.iter().flat_map(|e| &e.products).map(|p| (p.clone(), p.clone()));
    let mut selects = vec![
        select("country", "Processed in", "Any place", &query.country, countries, &mut problems),
        select("data", "Data", "Any data", &query.data, data, &mut problems),
        select("product", "Product", "Any product", &query.product, products, &mut problems),
    ];
    selects.retain(|s| !s.options.is_empty() || problems.iter().any(|p| p.field == s.name));
    if !query.group.is_empty() && query.group.parse::<Group>().is_err() {
        problems.push(FieldError::new(
            "group",
            format!("There is no group “{}”. Choose one of the tabs.", shortened(&query.group)),
        ));
    }
    Form { selects, problems }
}

fn select(
    name: &'static str,
    label: &'static str,
    any: &'static str,
    chosen: &str,
    found: impl Iterator<Item = (String, String)>,
    problems: &mut Vec<FieldError>,
) -> Select {
    let known: BTreeMap<String, (String, String)> =
        found.map(|(value, label)| (label.to_lowercase(), (value, label))).collect();
    let is_chosen = |value: &str| !chosen.is_empty() && value.to_lowercase() == chosen.to_lowercase();
    let options: Vec<Choice> = known
        .into_values()
        .map(|(value, label)| Choice { selected: is_chosen(&value), value, label })
        .collect();
    if !chosen.is_empty() && !options.iter().any(|o| o.selected) {
        let shown = chosen
            .to_uppercase()
            .parse()
            .map_or_else(|_| shortened(chosen), |c: Country| c.name().to_owned());
        problems.push(FieldError::new(
            name,
            match name {
                "country" => format!("No entry on this list is processed in “{shown}”. Choose a place from the list, or write a code such as DE."),
                "data" => format!("No entry on this list names the data “{shown}”. Choose one from the list."),
                _ => format!("No entry on this list is for a product called “{shown}”. Choose one from the list."),
            },
        ));
    }
    Select { name, label, any, options }
}

fn shortened(text: &str) -> String {
    let shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() { format!("{shown}…") } else { shown }
}

/// The places of an entry as filter value and name.
fn places_of(entry: &DocumentEntry) -> impl Iterator<Item = (String, String)> {
    entry.locations.iter().map(|l| match (l.country, l.region) {
        (Some(country), _) => (country.code().to_owned(), country.name().to_owned()),
        (None, Some(region)) => (region.as_str().to_owned(), region.name().to_owned()),
        (None, None) => (l.text.clone(), l.text.clone()),
    })
}

fn data_of(entry: &DocumentEntry) -> impl Iterator<Item = &str> {
    entry.data_categories.iter().chain(&entry.special_categories).map(String::as_str)
}
