//! Places in words and codes: countries, regions, several in one cell. Nothing is guessed:
//! “UK”, “IR” and “D” are asked about, and words that name no place we know stay words.

use crate::domain::country::Country;
use crate::domain::doubt::Doubt;
use crate::domain::place::{Location, Region};
use crate::domain::text::{NAME_LIMIT, line};

/// Why a two-letter text is no clear country.
const AMBIGUOUS: &[(&str, &str)] = &[
    ("UK", "“UK” is no ISO 3166-1 code. Write GB for the United Kingdom, or UA for Ukraine."),
    (
        "IR",
        "“IR” is the code of Iran, and often meant as Ireland. Write IE for Ireland; write the country's name if Iran is meant.",
    ),
    ("D", "“D” is no ISO 3166-1 code. Write DE for Germany."),
    ("EU", "“EU” is no country. Leave the code empty and write the region under location."),
];

/// A country from a cell that should hold one code.
///
/// # Errors
/// What is wrong with it and what to write instead.
pub fn country(cell: &str) -> Result<Country, String> {
    let cell = cell.trim();
    if let Some((_, why)) = AMBIGUOUS.iter().find(|(text, _)| cell.eq_ignore_ascii_case(text)) {
        return Err((*why).to_owned());
    }
    if let Ok(country) = cell.to_uppercase().parse() {
        return Ok(country);
    }
    Country::named(cell)
        .ok_or_else(|| "Is no ISO 3166-1 alpha-2 code. Write two letters such as DE.".to_owned())
}

/// Codes joined by semicolons or commas; those that are none are answered as (text, why).
pub fn countries(cell: &str) -> (Vec<Country>, Vec<(String, String)>) {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for part in cell.split([';', ',']).map(str::trim).filter(|p| !p.is_empty()) {
        match country(part) {
            Ok(country) if found.contains(&country) => {}
            Ok(country) => found.push(country),
            Err(why) => wrong.push((part.to_owned(), why)),
        }
    }
    (found, wrong)
}

/// The places of a row: `location` in words, `codes` the clear countries among them. What is in
/// doubt is kept in words and told.
pub fn read(at: u64, location: &str, codes: &str) -> (Vec<Location>, Vec<Doubt>) {
    let mut doubts = Vec::new();
    let (codes, wrong) = countries(codes);
    for (value, why) in wrong {
        doubts.push(Doubt::new(at, "country_code_if_clear", &value, why));
    }
    let location = match line("location", location, NAME_LIMIT) {
        Ok(text) => text,
        Err(e) => {
            doubts.push(Doubt::new(at, "location", location, e.problem));
            String::new()
        }
    };
    let mut places = in_words(&location);
    if !codes.is_empty() {
        places = with_codes(places, &codes);
    }
    for place in &places {
        if place.country.is_some() || place.region.is_some() {
            continue;
        }
        for part in place.text.split([',', '/', ';', ' ']) {
            if let Some((_, why)) = AMBIGUOUS.iter().find(|(text, _)| *text == part && *text != "EU") {
                doubts.push(Doubt::new(at, "location", &place.text, *why));
            }
        }
    }
    (places, doubts)
}

/// Countries stated as clear decide; the words add regions and notes (“EU (Amsterdam)”, NL).
fn with_codes(words: Vec<Location>, codes: &[Country]) -> Vec<Location> {
    let mut found: Vec<Location> = Vec::new();
    for country in codes {
        let note = words.iter().find(|l| l.country == Some(*country)).map(|l| l.text.clone());
        let only = (codes.len() == 1 && words.len() == 1).then(|| words.first()).flatten();
        let note = note.or_else(|| only.map(|l| l.text.clone())).unwrap_or_default();
        let text = if note.eq_ignore_ascii_case(country.name()) { String::new() } else { note };
        found.push(Location { text, ..Location::in_country(*country) });
    }
    if words.len() > 1 {
        found.extend(words.into_iter().filter(|l| l.region.is_some()));
    }
    found
}

fn in_words(location: &str) -> Vec<Location> {
    if location.is_empty() {
        return Vec::new();
    }
    if let Some(place) = one(location, false) {
        return vec![place];
    }
    let outer = parts(location, &[",", "/", ";"]);
    let parts: Vec<String> = outer.iter().flat_map(|p| joined(p)).collect();
    // Codes of countries are codes of American states too: they count only among known places.
    let codes = parts.iter().all(|p| one(p, true).is_some());
    let mut found: Vec<Location> = Vec::new();
    for part in &parts {
        match one(part, codes) {
            Some(place) if found.contains(&place) => {}
            Some(place) => found.push(place),
            // One unknown part, and commas may mean something else: keep the whole phrase.
            None => return vec![Location::in_words(location)],
        }
    }
    found
}

/// Parts a text at marks that stand outside brackets.
fn parts(text: &str, marks: &[&str]) -> Vec<String> {
    let (mut found, mut depth) = (vec![String::new()], 0_i32);
    for c in text.chars() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth <= 0 && marks.iter().any(|m| m.starts_with(c)) {
            found.push(String::new());
        } else if let Some(last) = found.last_mut() {
            last.push(c);
        }
    }
    found.into_iter().map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect()
}

/// “Iceland and Norway” are two places, “Trinidad and Tobago” is one.
fn joined(part: &str) -> Vec<String> {
    if one(part, true).is_some() {
        return vec![part.to_owned()];
    }
    for mark in [" and ", " & ", " or "] {
        let pieces: Vec<String> =
            part.split(mark).map(|p| p.trim().trim_start_matches("and ").to_owned()).collect();
        if pieces.len() > 1 && pieces.iter().all(|p| one(p, true).is_some()) {
            return pieces;
        }
    }
    vec![part.trim_start_matches("and ").to_owned()]
}

/// One place: a region or country by name, a code if `codes` count, with a note in brackets.
fn one(text: &str, codes: bool) -> Option<Location> {
    let (base, note) = match text.split_once('(') {
        Some((base, rest)) => (base.trim(), rest.trim_end_matches(')').trim()),
        None => (text.trim(), ""),
    };
    let place = if let Some(region) = region(base) {
        Location::in_region(region)
    } else if let Some(country) = Country::named(base) {
        Location::in_country(country)
    } else if base == "US" || (codes && base.len() == 2) {
        let ambiguous = AMBIGUOUS.iter().any(|(code, _)| *code == base);
        Location::in_country(base.parse().ok().filter(|_| !ambiguous)?)
    } else {
        return None;
    };
    Some(Location { text: note.to_owned(), ..place })
}

fn region(text: &str) -> Option<Region> {
    let folded = super::names::words(text).join(" ");
    Some(match folded.strip_prefix("the ").unwrap_or(&folded) {
        "eu" | "european union" | "e u" => Region::Eu,
        "eea" | "european economic area" | "eu eea" => Region::Eea,
        "europe" => Region::Europe,
        "global" | "worldwide" | "globally" | "world" | "anywhere" => Region::Worldwide,
        "chosen by the client"
        | "chosen by client"
        | "chosen by the customer"
        | "customer choice"
        | "customer selected region"
        | "region chosen by the client" => Region::ChosenByClient,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(location: &str, codes: &str) -> String {
        let (places, doubts) = read(7, location, codes);
        let names: Vec<String> = places.iter().map(Location::name).collect();
        let doubts: Vec<String> = doubts.iter().map(|d| format!(" ?{}={}", d.field, d.value)).collect();
        names.join(" | ") + &doubts.concat()
    }

    #[test]
    fn places_of_real_lists_are_read() {
        for (location, codes, expected) in [
            ("United States", "US", "United States"),
            ("USA", "US", "United States"),
            ("United States, Europe", "", "United States | Europe"),
            ("United States, European Economic Area", "", "United States | European Economic Area"),
            ("United States / European Union", "", "United States | European Union"),
            ("US / Canada", "", "United States | Canada"),
            ("EU (Amsterdam)", "NL", "Netherlands (Amsterdam)"),
            ("EU (Amsterdam)", "", "European Union (Amsterdam)"),
            ("EU (Sweden)", "SE", "Sweden"),
            ("Czech Republic", "CZ", "Czechia"),
            ("Global", "", "Worldwide"),
            ("", "DE;FR", "Germany | France"),
            ("", "", ""),
            ("Iceland and Norway", "", "Iceland | Norway"),
            ("DE, FR", "", "Germany | France"),
            ("Frankfurt am Main", "", "Frankfurt am Main"),
            ("Frankfurt am Main", "DE", "Germany (Frankfurt am Main)"),
        ] {
            assert_eq!(shown(location, codes), expected, "{location} {codes}");
        }
    }

    #[test]
    fn an_ambiguous_country_is_asked_about() {
        assert_eq!(shown("", "UK"), " ?country_code_if_clear=UK");
        assert_eq!(shown("", "DE;IR"), "Germany ?country_code_if_clear=IR");
        assert_eq!(shown("", "D"), " ?country_code_if_clear=D");
        assert_eq!(shown("", "XX"), " ?country_code_if_clear=XX");
        assert_eq!(shown("UK", ""), "UK ?location=UK");
        assert_eq!(shown("US, UK", ""), "US, UK ?location=US, UK");
        assert_eq!(shown("Iran", ""), "Iran");
    }

    #[test]
    fn codes_of_american_states_are_no_countries() {
        assert_eq!(shown("San Francisco, CA", ""), "San Francisco, CA");
    }
}
