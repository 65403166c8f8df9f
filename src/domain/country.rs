//! Countries by ISO 3166-1, with their names from the Unicode CLDR.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// A country: an ISO 3166-1 alpha-2 code that exists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

/// The text is no country's code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not an ISO 3166-1 alpha-2 country code; write two capital letters such as DE")]
pub struct NotACountry(pub String);

impl Country {
    /// The two capital letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The name in English.
    #[must_use]
    pub fn name(&self) -> &'static str {
        names().get(self.code()).map_or("", String::as_str)
    }

    /// Every country with its name, by name.
    #[must_use]
    pub fn all() -> Vec<(Country, &'static str)> {
        let mut all: Vec<_> =
            names().iter().filter_map(|(code, name)| Some((code.parse().ok()?, name.as_str()))).collect();
        all.sort_by_key(|(_, name)| *name);
        all
    }

    /// The country whose English name, usual other name or alpha-3 code is exactly `text`,
    /// whatever its case. Never guesses: "UK", "IR" or "D" answer `None`, a person decides.
    #[must_use]
    pub fn named(text: &str) -> Option<Country> {
        let wanted = text.trim().trim_end_matches('.').to_lowercase();
        let wanted = wanted.strip_prefix("the ").unwrap_or(&wanted);
        let usual = match wanted {
            "united states of america" | "usa" | "u.s.a" | "u.s" => Some("US"),
            "great britain" => Some("GB"),
            "czech republic" => Some("CZ"),
            "holland" => Some("NL"),
            "korea" | "republic of korea" => Some("KR"),
            "turkey" => Some("TR"),
            "viet nam" => Some("VN"),
            "ivory coast" => Some("CI"),
            _ => None,
        };
        if let Some(code) = usual {
            return code.parse().ok();
        }
        if wanted.len() == 3 && wanted.chars().all(|c| c.is_ascii_alphabetic()) {
            return rust_iso3166::from_alpha3(&wanted.to_uppercase())?.alpha2.parse().ok();
        }
        names().iter().find(|(_, name)| name.to_lowercase() == wanted).and_then(|(code, _)| code.parse().ok())
    }
}

fn names() -> &'static BTreeMap<String, String> {
    static NAMES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    NAMES.get_or_init(|| serde_json::from_str(include_str!("names/en.json")).unwrap_or_default())
}

impl FromStr for Country {
    type Err = NotACountry;
    fn from_str(s: &str) -> Result<Self, NotACountry> {
        let refuse = || NotACountry(s.chars().take(40).collect());
        let bytes: [u8; 2] = s.as_bytes().try_into().map_err(|_| refuse())?;
        if rust_iso3166::from_alpha2(s).is_none() {
            return Err(refuse());
        }
        Ok(Country(bytes))
    }
}

impl TryFrom<String> for Country {
    type Error = NotACountry;
    fn try_from(s: String) -> Result<Self, NotACountry> {
        s.parse()
    }
}

impl From<Country> for String {
    fn from(c: Country) -> String {
        c.code().to_owned()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_iso_country_has_a_name_and_only_those() {
        assert_eq!(Country::all().len(), 249);
        assert_eq!("DE".parse::<Country>().unwrap().name(), "Germany");
        assert!("UK".parse::<Country>().is_err());
        assert!("de".parse::<Country>().is_err());
    }

    #[test]
    fn a_name_is_found_but_never_guessed() {
        assert_eq!(Country::named("USA"), "US".parse().ok());
        assert_eq!(Country::named("the Netherlands"), "NL".parse().ok());
        assert_eq!(Country::named("deu"), "DE".parse().ok());
        for doubtful in ["UK", "IR", "D", "", "Europe"] {
            assert_eq!(Country::named(doubtful), None, "{doubtful}");
        }
    }
}
