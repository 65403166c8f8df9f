//! The frame of a notice's mail in eight languages, `templates/words/{lang}.json`.
//!
//! To add a sentence: a field below, and the key in each of the eight files; a missing or unknown
//! key, or a placeholder that English has not, is an error at the start and in a test. Fill it
//! with [`fill`], and prefer a sentence that needs no plural and no gender.
//!
//! A file of the same name below `templates.dir` replaces the sentences that it names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Every sentence in one language.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// ISO 639-1; the file's name.
    #[serde(default, skip_serializing)]
    pub(crate) lang: String,
    /// Made by a machine, and not read against the English since.
    pub(crate) machine: bool,
    pub(crate) dates: Dates,
    pub(crate) clause: Clause,
    pub(crate) subject: Subject,
    pub(crate) sentence: Sentence,
    pub(crate) objection: Objection,
    pub(crate) item: Item,
    pub(crate) label: Label,
    pub(crate) frame: Frame,
    /// Labels of what changed, by the name of the field; a field without one keeps the label it
    /// was published with.
    pub(crate) fields: BTreeMap<String, String>,
}

/// Days and lengths of time.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dates {
    pub months: [String; 12],
    pub weekdays: [String; 7],
    pub first: String,
    pub long: String,
    pub with_weekday: String,
    pub moment: String,
    pub utc_same_day: String,
    pub utc_other_day: String,
    pub one_day: String,
    pub days: String,
    pub one_business_day: String,
    pub business_days: String,
}

/// What happens, with the company as its subject.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Clause {
    pub adds: String,
    pub replaces: String,
    pub replaces_another: String,
    pub removes: String,
    pub restates: String,
    pub changes: String,
    pub nothing: String,
    pub two: String,
    pub more: String,
}

/// Subjects.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subject {
    pub withdrawn: String,
    pub later: String,
    pub corrected: String,
    pub object_by: String,
    pub planned: String,
    pub in_use: String,
    pub undated: String,
    pub effective: String,
}

/// The first sentence.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sentence {
    pub later_than: String,
    pub later: String,
    pub corrected: String,
    pub withdrawn: String,
    pub planned: String,
    pub in_use: String,
    pub undated: String,
    pub at_once: String,
    pub late: String,
    pub effective_since: String,
    pub effective: String,
}

/// What can be done until when.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Objection {
    pub withdrawn: String,
    pub standard_until: String,
    pub standard_ended: String,
    pub standard_none: String,
    pub after_reading: String,
    pub none: String,
    pub ended: String,
    pub consent: String,
    pub until: String,
    pub silence_accepts: String,
    pub silence_refuses: String,
}

/// One item of the notice.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Item {
    pub added: String,
    pub added_for: String,
    pub added_for_another: String,
    pub removed: String,
    pub changed: String,
    pub in_force_since: String,
    pub in_force_from: String,
    pub was_now: String,
    pub now: String,
    pub was: String,
    pub affiliate: String,
    pub storage: String,
    pub remote_access: String,
    pub transfer: String,
    pub every_product: String,
}

/// What stands before a value.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Label {
    pub withdrawn: String,
    pub had_been_announced_for: String,
    pub who: String,
    pub purpose: String,
    pub data: String,
    pub special_categories: String,
    pub data_subjects: String,
    pub locations: String,
    pub transfer: String,
    pub safeguards: String,
    pub retention: String,
    pub products: String,
    pub feature: String,
    pub vetting: String,
    pub replaces: String,
    pub notice: String,
    pub standard_deadline: String,
    pub standard_deadline_value: String,
    pub object_by: String,
    pub in_use_since: String,
    pub effective_date: String,
    pub announced_for: String,
}

/// What stands around it all.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Frame {
    pub what_changes: String,
    pub why: String,
    pub dates: String,
    pub links: String,
    pub object: String,
    pub acknowledge: String,
    pub own_dates: String,
    pub calendar: String,
    pub details: String,
    pub details_of: String,
    pub list: String,
    pub courtesy: String,
    pub owed: String,
    pub subscribed: String,
    pub preview: String,
    pub material: String,
    pub factual: String,
    pub everything: String,
    pub for_products: String,
    pub evidence: String,
    pub questions: String,
    pub preferences: String,
    pub unsubscribe: String,
    pub as_written: String,
    pub by_machine: String,
}
impl Words {
    /// Whether this is the language in which entries and notices are written.
    pub(crate) fn is_english(&self) -> bool {
        self.lang == "en"
    }

    /// Reads one language. `english` is the measure: the same placeholders in each sentence.
    ///
    /// # Errors
    /// A key is missing or unknown, or a sentence's placeholders differ; says which.
    pub(super) fn parse(lang: &str, file: &Value, english: &Value) -> Result<Self, String> {
        same_placeholders("", english, file)?;
        let mut words: Self = serde_json::from_value(file.clone()).map_err(|e| e.to_string())?;
        lang.clone_into(&mut words.lang);
        Ok(words)
    }
}

/// Puts the sentences of `own` in the place of those of `file`.
pub(super) fn replace(file: &mut Value, own: Value) {
    match (file, own) {
        (Value::Object(file), Value::Object(own)) => {
            for (key, value) in own {
                match file.get_mut(&key) {
                    Some(there) => replace(there, value),
                    None => {
                        file.insert(key, value);
                    }
                }
            }
        }
        (file, own) => *file = own,
    }
}

/// Puts values into a sentence's `{placeholders}`; what a value holds is not read again.
#[must_use]
pub fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(sentence.len() + 64);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let known = after.split_once('}').and_then(|(name, tail)| {
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, tail))
        });
        rest = match known {
            Some((value, tail)) => {
                out.push_str(value);
                tail
            }
            None => {
                out.push('{');
                after
            }
        };
    }
    out.push_str(rest);
    out
}

fn placeholders(sentence: &str) -> Vec<&str> {
    let mut names: Vec<&str> =
        sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect();
    names.sort_unstable();
    names
}

fn same_placeholders(path: &str, english: &Value, other: &Value) -> Result<(), String> {
    match (english, other) {
        (Value::Object(english), Value::Object(other)) => {
            if let Some(unknown) = other.keys().find(|key| !english.contains_key(*key)) {
                return Err(format!("there is no key {path}{unknown}; remove it"));
            }
            for (key, value) in english {
                let found = other.get(key).ok_or_else(|| format!("the key {path}{key} is missing"))?;
                same_placeholders(&format!("{path}{key}."), value, found)?;
            }
            Ok(())
        }
        (Value::String(english), Value::String(other)) if placeholders(english) != placeholders(other) => {
            let wanted: Vec<String> = placeholders(english).iter().map(|n| format!("{{{n}}}")).collect();
            let key = path.trim_end_matches('.');
            Err(format!("{key} must hold each of these once and no other: {}", wanted.join(" ")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_put_in_once_and_not_read_again() {
        assert_eq!(fill("{a} and {b}{a} {x} {", &[("a", "{b}"), ("b", "2")]), "{b} and 2{b} {x} {");
    }

    #[test]
    fn a_missing_an_unknown_and_a_misspelt_one_are_refused_by_name() {
        let english = serde_json::json!({ "frame": { "why": "Why {x}", "dates": "Dates" } });
        let refused = |file: Value| same_placeholders("", &english, &file).unwrap_err();
        let with = |why: &str| serde_json::json!({ "frame": { "why": why, "dates": "Daten" } });
        assert!(same_placeholders("", &english, &with("{x} warum")).is_ok());
        assert_eq!(refused(with("Warum")), "frame.why must hold each of these once and no other: {x}");
        let mut file = with("{x}");
        replace(&mut file, serde_json::json!({ "frame": { "wy": "" } }));
        assert_eq!(refused(file), "there is no key frame.wy; remove it");
        assert_eq!(
            refused(serde_json::json!({ "frame": { "why": "{x}" } })),
            "the key frame.dates is missing"
        );
    }
}
