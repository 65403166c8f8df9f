//! What people typed, kept apart from what is hashed (GDPR Art. 17; the proof outlives the text).
//!
//! In an event's detail a text stands as `sha256:` and the lowercase hex of the SHA-256 of its
//! salt, written as 32 hex digits, followed by the text in UTF-8. Anyone who has both can check it:
//! `printf '%s%s' SALT TEXT | sha256sum`. The salt goes with the text when that is erased, so that
//! nobody can find a short text again by trying.

use serde_json::{Map, Value};

use super::super::canonical::{hex, sha256_hex};

/// How many random bytes a salt is made of.
pub const SALT_BYTES: usize = 16;

const DIGEST: &str = "sha256:";
/// Stands where a text was.
const ERASED: &str = "erased";

/// The members that hold codes, ids, days or times, never what somebody typed. Any other string
/// is sealed: who adds a member and forgets it here hides a code, but gives no name away.
const PLAIN: [&str; 62] = [
    "/after/assessed_on",
    "/after/decided_on",
    "/after/destination",
    "/after/effective_on",
    "/after/ends_on",
    "/after/file_sha256",
    "/after/kind",
    "/after/level",
    "/after/mechanism",
    "/after/outcome",
    "/after/result",
    "/after/review_by",
    "/after/risk",
    "/after/signed_on",
    "/after/valid_until",
    "/approver",
    "/assessment",
    "/before/assessed_on",
    "/before/decided_on",
    "/before/destination",
    "/before/effective_on",
    "/before/ends_on",
    "/before/file_sha256",
    "/before/kind",
    "/before/level",
    "/before/mechanism",
    "/before/outcome",
    "/before/result",
    "/before/review_by",
    "/before/risk",
    "/before/signed_on",
    "/before/valid_until",
    "/cause",
    "/channel",
    "/client",
    "/clients/client",
    "/clients/client_notice",
    "/code",
    "/contract",
    "/day",
    "/effective_on",
    "/entry",
    "/expires_at",
    "/fields/field",
    "/fields/label",
    "/for",
    "/given_on",
    "/held_until",
    "/in_use_since",
    "/item",
    "/kind",
    "/level",
    "/missing",
    "/notice",
    "/now",
    "/operation",
    "/review_by",
    "/role",
    "/scopes",
    "/sha256",
    "/vetting",
    "/was",
];

/// One text of a detail, which can be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Where it stands in the detail, as a JSON Pointer (RFC 6901): `/fields/0/now`.
    pub field: String,
    /// 32 lowercase hex digits.
    pub salt: String,
    /// What was typed.
    pub text: String,
}

impl Text {
    /// What stands in the detail for it.
    #[must_use]
    pub fn digest(&self) -> String {
        format!("{DIGEST}{}", sha256_hex(format!("{}{}", self.salt, self.text).as_bytes()))
    }
}

/// Puts a digest in place of each text of `detail` and answers the texts. `salt` gives fresh
/// random bytes each time.
///
/// # Errors
/// Those of `salt`.
pub fn seal<E>(
    mut detail: Value,
    salt: &mut impl FnMut() -> Result<[u8; SALT_BYTES], E>,
) -> Result<(Value, Vec<Text>), E> {
    let mut texts = Vec::new();
    walk(&mut detail, "", "", &mut |field, found| {
        let text = Text { field: field.to_owned(), salt: hex(&salt()?), text: std::mem::take(found) };
        *found = text.digest();
        texts.push(text);
        Ok(())
    })?;
    Ok((detail, texts))
}

/// The detail for people to read: each text back in its place, `erased` where it is gone or is
/// not what was hashed.
#[must_use]
pub fn reveal(detail: &Value, texts: &[Text]) -> Value {
    let mut shown = detail.clone();
    let done: Result<(), ()> = walk(&mut shown, "", "", &mut |field, found| {
        let kept = texts.iter().find(|t| t.field == field && t.digest() == *found);
        *found = kept.map_or_else(|| ERASED.to_owned(), |t| t.text.clone());
        Ok(())
    });
    // The closure has no error to give.
    done.map_or(Value::Null, |()| shown)
}

/// For programs: by JSON Pointer, the salt and text of each digest in `detail`, and `null` where
/// they were erased.
#[must_use]
pub fn texts_of(detail: &Value, texts: &[Text]) -> Value {
    let mut found = Map::new();
    let _: Result<(), ()> = walk(&mut detail.clone(), "", "", &mut |field, digest| {
        let kept = texts.iter().find(|t| t.field == field && t.digest() == *digest);
        let told = kept.map(|t| serde_json::json!({ "salt": t.salt, "text": t.text }));
        found.insert(field.to_owned(), told.unwrap_or(Value::Null));
        Ok(())
    });
    Value::Object(found)
}

/// Visits every text. `place` is its JSON Pointer, `shape` the same without positions in lists.
fn walk<E>(
    value: &mut Value,
    place: &str,
    shape: &str,
    visit: &mut impl FnMut(&str, &mut String) -> Result<(), E>,
) -> Result<(), E> {
    match value {
        Value::String(text) if !text.is_empty() && !PLAIN.contains(&shape) => visit(place, text),
        Value::Array(all) => all
            .iter_mut()
            .enumerate()
            .try_for_each(|(at, one)| walk(one, &format!("{place}/{at}"), shape, visit)),
        Value::Object(members) => members.iter_mut().try_for_each(|(name, one)| {
            walk(one, &format!("{place}/{name}"), &format!("{shape}/{name}"), visit)
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sealed(detail: Value) -> (Value, Vec<Text>) {
        let mut last = 0;
        let mut salt = || {
            last += 1;
            Ok::<_, ()>([last; SALT_BYTES])
        };
        seal(detail, &mut salt).unwrap()
    }

    #[test]
    fn a_text_becomes_what_sha256sum_prints_for_salt_and_text() {
        let (detail, texts) = sealed(json!({ "title": "Add Jane Roe" }));
        // printf '%s%s' 01010101010101010101010101010101 'Add Jane Roe' | sha256sum
        let expected = "sha256:3bfd1b91beb49c08f89dc26e0d2e4425b01e4713da7bf97f08086c2a109d4bc0";
        assert_eq!(detail, json!({ "title": expected }));
        assert_eq!((texts[0].field.as_str(), texts[0].text.as_str()), ("/title", "Add Jane Roe"));
        assert_eq!(texts[0].salt, "01".repeat(SALT_BYTES));
    }

    #[test]
    fn codes_stay_and_every_other_text_goes_wherever_it_stands() {
        let before = json!({
            "was": "material", "item": "0198", "solo": false, "held_until": "2026-01-01T00:00:00Z",
            "fields": [{ "field": "vendor.name", "label": "Name", "was": "Jane", "now": "Roe" }],
            "reasons": ["Jane is away"], "a_new_member": { "deep": ["Roe"] }, "reason": "",
        });
        let (detail, texts) = sealed(before.clone());
        let written = detail.to_string();
        assert!(!written.contains("Jane") && !written.contains("Roe"), "{written}");
        assert_eq!((&detail["was"], &detail["reason"]), (&json!("material"), &json!("")));
        assert_eq!(detail["fields"][0]["field"], "vendor.name");
        assert_eq!(texts.len(), 4);
        assert_eq!(reveal(&detail, &texts), before);
        assert_eq!(sealed(json!(["x", "x"])).1.len(), 2);
        assert_ne!(sealed(json!(["x", "x"])).0[0], sealed(json!(["x", "x"])).0[1], "each has its salt");
    }

    #[test]
    fn what_is_erased_or_was_put_there_later_is_not_shown() {
        let (detail, mut texts) = sealed(json!({ "title": "Jane", "reason": "Roe" }));
        texts.retain(|t| t.field == "/title");
        assert_eq!(reveal(&detail, &texts), json!({ "title": "Jane", "reason": "erased" }));
        assert_eq!(texts_of(&detail, &texts)["/reason"], Value::Null);
        assert_eq!(texts_of(&detail, &texts)["/title"]["text"], "Jane");
        texts[0].text = "Joan".to_owned();
        assert_eq!(reveal(&detail, &texts)["title"], "erased");
    }
}
