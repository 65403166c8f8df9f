//! Where data is: a country, a region, everywhere, or wherever the Client chooses; and whether
//! it is stored, processed or only looked at from there.

use serde::{Deserialize, Serialize};

use super::country::Country;

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
