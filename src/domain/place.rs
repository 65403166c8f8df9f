//! Where data is: a country, a region, everywhere, or wherever the Client chooses; and whether
//! it is stored, processed or only looked at from there.

use serde::{Deserialize, Serialize};

use super::country::Country;
use super::text::fold;

crate::words! {
    /// What happens to the data at a place.
    LocationKind {
        /// Data rests here.
        Storage = "storage",
        /// Data is worked on here.
        Processing = "processing",
        /// People here can see data that rests elsewhere.
        RemoteAccess = "remote_access",
    }
}

crate::words! {
    /// Places that are no single country.
    Region {
        /// The European Union.
        Eu = "EU",
        /// The European Economic Area: the Union, Iceland, Liechtenstein, Norway.
        Eea = "EEA",
        /// Europe, without saying which countries.
        Europe = "europe",
        /// Anywhere.
        Worldwide = "worldwide",
        /// The Client chooses.
        ChosenByClient = "chosen_by_client",
    }
}

impl Region {
    /// The name in English.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Region::Eu => "European Union",
            Region::Eea => "European Economic Area",
            Region::Europe => "Europe",
            Region::Worldwide => "Worldwide",
            Region::ChosenByClient => "Region chosen by the Client",
        }
    }
}

/// Members of the European Union (Art. 52 TEU), as of 2020-02-01.
const UNION: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];
/// The states of the EEA that are not in the Union (EEA Agreement, Art. 126).
const EEA_ONLY: &[&str] = &["IS", "LI", "NO"];
/// Countries that everybody means by “Europe” beside those.
const EUROPE_ONLY: &[&str] = &["CH", "GB"];

impl Region {
    /// Whether data said to be in this region may be in `country` without going anywhere new.
    #[must_use]
    pub fn holds(self, country: Country) -> bool {
        let among = |codes: &[&str]| codes.contains(&country.code());
        match self {
            Region::Eu => among(UNION),
            Region::Eea => among(UNION) || among(EEA_ONLY),
            Region::Europe => among(UNION) || among(EEA_ONLY) || among(EUROPE_ONLY),
            Region::Worldwide => true,
            Region::ChosenByClient => false,
        }
    }

    /// Whether data said to be in this region may be in all of `other` without going anywhere new.
    #[must_use]
    pub fn includes(self, other: Region) -> bool {
        let width = |region: Region| match region {
            Region::Eu => 1,
            Region::Eea => 2,
            Region::Europe => 3,
            Region::Worldwide | Region::ChosenByClient => 4,
        };
        self == other
            || (self != Region::ChosenByClient && width(self) > width(other))
            || self == Region::Worldwide
    }
}

/// One place where an engagement's data is. At least one of `country`, `region` and `text` is
/// set; `text` keeps the words of a published list that name no place we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// What happens there.
    pub kind: LocationKind,
    /// The country, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The region, where it is no single country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// A note ("Frankfurt"), or the place in words where it is neither.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl Location {
    /// Processing in one country.
    #[must_use]
    pub fn in_country(country: Country) -> Self {
        Self { kind: LocationKind::Processing, country: Some(country), region: None, text: String::new() }
    }

    /// Processing in a region.
    #[must_use]
    pub fn in_region(region: Region) -> Self {
        Self { kind: LocationKind::Processing, country: None, region: Some(region), text: String::new() }
    }

    /// Processing at a place known only by its words.
    #[must_use]
    pub fn in_words(text: impl Into<String>) -> Self {
        Self { kind: LocationKind::Processing, country: None, region: None, text: text.into() }
    }

    /// Whether everything at `other` is said to be here already, whatever happens to the data.
    #[must_use]
    pub fn includes(&self, other: &Location) -> bool {
        match (self.country, self.region, other.country, other.region) {
            (Some(a), _, Some(b), _) => a == b,
            (None, Some(region), Some(country), _) => region.holds(country),
            (None, Some(a), None, Some(b)) => a.includes(b),
            (None, Some(Region::Worldwide), None, None) => true,
            // The same words, perhaps with their country filled in: the fact is unchanged.
            (None, None, ..) => !self.text.is_empty() && fold(&self.text) == fold(&other.text),
            _ => false,
        }
    }

    /// The place for people, in English: `Germany`, `European Union (Amsterdam)`.
    #[must_use]
    pub fn name(&self) -> String {
        let place = match (self.country, self.region) {
            (Some(country), _) => country.name(),
            (None, Some(region)) => region.name(),
            (None, None) => return self.text.clone(),
        };
        if self.text.is_empty() { place.to_owned() } else { format!("{place} ({})", self.text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_region_is_no_new_place() {
        let country = |code: &str| Location::in_country(code.parse().unwrap());
        let region = Location::in_region;
        for (wide, narrow) in [
            (region(Region::Europe), region(Region::Eea)),
            (region(Region::Eea), region(Region::Eu)),
            (region(Region::Eu), country("DE")),
            (region(Region::Eea), country("NO")),
            (region(Region::Worldwide), country("US")),
            (region(Region::Worldwide), region(Region::ChosenByClient)),
            (Location::in_words("Frankfurt  am Main"), Location::in_words("frankfurt am main")),
        ] {
            assert!(wide.includes(&narrow), "{wide:?} {narrow:?}");
        }
        for (one, other) in [
            (region(Region::Eu), region(Region::Eea)),
            (region(Region::Eu), country("CH")),
            (region(Region::ChosenByClient), country("US")),
            (country("DE"), region(Region::Eu)),
            (country("US"), Location::in_words("US")),
            (Location::in_words("Frankfurt"), country("DE")),
        ] {
            assert!(!one.includes(&other), "{one:?} {other:?}");
        }
    }
}
