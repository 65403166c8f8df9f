//! Names that are nearly alike, among those nothing else could pair. Candidates come from
//! indexes, never from comparing each with each: 10,000 against 10,000 stays quick.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::names::{core_words, key};

/// A guess that two names mean one company.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Guess {
    /// Index of the known one.
    pub known: usize,
    /// Index of the new one.
    pub new: usize,
    /// 0 to 1.
    pub confidence: f64,
    /// The shorter name begins the longer: a brand, a product line, or a part of it.
    pub begins: bool,
}

/// A word that this many names share tells nothing.
const COMMON: usize = 40;
/// Names at least this alike may be respellings.
const ALIKE: f64 = 0.8;

/// A name taken apart once, not at each comparison.
struct Parts {
    key: String,
    digits: String,
    words: Vec<String>,
}

impl Parts {
    fn of(name: &str) -> Self {
        let key = key(name);
        Self { digits: key.chars().filter(char::is_ascii_digit).collect(), words: core_words(name), key }
    }
}

/// Every guess between `known` and `new`, given as (index, name).
pub(super) fn guesses(known: &[(usize, &str)], new: &[(usize, &str)]) -> Vec<Guess> {
    let known: Vec<(usize, Parts)> = known.iter().map(|(id, name)| (*id, Parts::of(name))).collect();
    let mut index: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, (_, parts)) in known.iter().enumerate() {
        for sign in signs(parts) {
            index.entry(sign).or_default().push(at);
        }
    }
    let mut found: BTreeMap<(usize, usize), Guess> = BTreeMap::new();
    for (new_id, name) in new {
        let parts = Parts::of(name);
        let mut looked_at = HashSet::new();
        for sign in signs(&parts) {
            let Some(holders) = index.get(&sign).filter(|h| h.len() <= COMMON) else { continue };
            for at in holders {
                let Some((known_id, other)) = known.get(*at).filter(|_| looked_at.insert(*at)) else {
                    continue;
                };
                if let Some((confidence, begins)) = alike(other, &parts) {
                    let guess = Guess { known: *known_id, new: *new_id, confidence, begins };
                    found.insert((*known_id, *new_id), guess);
                }
            }
        }
    }
    found.into_values().collect()
}

/// What an index holds of a name: its key with each letter left out in turn, which finds any
/// name one slip away, and its first word.
fn signs(parts: &Parts) -> HashSet<String> {
    let letters: Vec<char> = parts.key.chars().collect();
    let mut signs = HashSet::from([parts.key.clone()]);
    if letters.len() >= 4 && letters.len() <= 60 {
        for gap in 0..letters.len() {
            signs.insert(letters.iter().enumerate().filter(|(at, _)| *at != gap).map(|(_, c)| c).collect());
        }
    }
    if let Some(first) = parts.words.first() {
        signs.insert(format!("^{first}"));
    }
    signs
}

/// How alike two names are, and whether one begins the other.
pub(super) fn likeness(one: &str, other: &str) -> Option<(f64, bool)> {
    alike(&Parts::of(one), &Parts::of(other))
}

fn alike(a: &Parts, b: &Parts) -> Option<(f64, bool)> {
    let (short, long) =
        if a.words.len() <= b.words.len() { (&a.words, &b.words) } else { (&b.words, &a.words) };
    let begins = short.len() < long.len()
        && long.starts_with(short)
        && short.iter().map(|w| w.chars().count()).sum::<usize>() >= 3;
    // “Vendor 1” and “Vendor 2” are two, however alike.
    if a.digits == b.digits && a.key.len().min(b.key.len()) >= 4 {
        let alike = strsim::normalized_damerau_levenshtein(&a.key, &b.key);
        if alike >= ALIKE {
            return Some((round(alike), begins));
        }
    }
    begins.then_some((0.6, true))
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_siblings_are_not() {
        assert!(likeness("Google Workspaces", "Google Workspace").is_some_and(|(c, _)| c > 0.9));
        assert!(likeness("Twillio", "Twilio").is_some());
        for (one, other) in [
            ("Google Workspace", "Google Gemini"),
            ("Vendor 1001", "Vendor 1002"),
            ("Zoho", "Notion"),
            ("Fly", "Fyl"),
        ] {
            assert_eq!(likeness(one, other), None, "{one} / {other}");
        }
        assert_eq!(likeness("Twilio", "Twilio SendGrid"), Some((0.6, true)));
    }

    #[test]
    fn numbered_names_are_not_near_each_other() {
        let names: Vec<String> = (0..2_000).map(|n| format!("Vendor {n:05} Ltd")).collect();
        let all: Vec<(usize, &str)> = names.iter().map(String::as_str).enumerate().collect();
        let found = guesses(&all, &all);
        assert!(found.iter().all(|g| g.known == g.new));
    }
}
