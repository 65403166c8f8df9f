//! JSON with one byte form only (RFC 8785), and its SHA-256, so that anyone can check a stored
//! document with `sha256sum`.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// A document as it is stored, served and hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// RFC 8785 bytes; always UTF-8.
    pub text: String,
    /// Lowercase hex of their SHA-256.
    pub sha256: String,
}

/// The value holds something JSON cannot say, such as a number that is not finite.
#[derive(Debug, thiserror::Error)]
#[error("cannot be written as canonical JSON: {0}")]
pub struct NotCanonical(String);

/// Writes `value` in its canonical form.
///
/// # Errors
/// The value cannot be serialised.
pub fn document<T: Serialize>(value: &T) -> Result<Document, NotCanonical> {
    let text = serde_json_canonicalizer::to_string(value).map_err(|e| NotCanonical(e.to_string()))?;
    let sha256 = sha256_hex(text.as_bytes());
    Ok(Document { text, sha256 })
}

/// Lowercase hex of the SHA-256 of `bytes`.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lowercase hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_whatever_order_they_came_in() {
        let value = serde_json::json!({"b": 1, "a": {"z": "é", "y": null}});
        let document = document(&value).unwrap();
        assert_eq!(document.text, r#"{"a":{"y":null,"z":"é"},"b":1}"#);
        assert_eq!(document.sha256.len(), 64);
    }
}
