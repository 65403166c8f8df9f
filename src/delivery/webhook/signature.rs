//! Standard Webhooks signatures, scheme `v1`: HMAC-SHA256 over `id.timestamp.body`
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).
//! During a rotation the header carries one signature per secret, so that a receiver which
//! knows either the old or the new one accepts the message.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use crate::domain::id::Id;
use crate::keys::{KeyError, Keys};

/// The header with the delivery's ID, the same on every repeat.
pub const ID: &str = "webhook-id";
/// The header with the Unix time of the attempt, in seconds.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures, separated by spaces.
pub const SIGNATURE: &str = "webhook-signature";

const PREFIX: &str = "whsec_";
const SECRET_BYTES: usize = 32;

/// Where a sealed secret belongs, see [`Keys::seal`].
fn place(subscription: Id) -> String {
    format!("subscription/secret/{subscription}")
}

/// What is wrong with a secret.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SecretError {
    /// It does not start with `whsec_`.
    #[error("a webhook secret starts with whsec_; copy it whole")]
    Prefix,
    /// What follows is not base64.
    #[error("what follows whsec_ in a webhook secret must be base64; copy it whole")]
    Encoding,
    /// Standard Webhooks wants 24 to 64 bytes.
    #[error("a webhook secret holds 24 to 64 bytes; this one holds {0}")]
    Length(usize),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes for a new webhook secret: {0}")]
    Random(String),
}

/// The key shared with one endpoint. `Debug` never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Makes a new secret of 32 random bytes from the operating system.
    pub fn generate() -> Result<Secret, SecretError> {
        let mut key = vec![0; SECRET_BYTES];
        getrandom::fill(&mut key).map_err(|error| SecretError::Random(error.to_string()))?;
        Ok(Secret(key))
    }

    /// Reads the form that receivers get: `whsec_` and base64.
    pub fn parse(text: &str) -> Result<Secret, SecretError> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(SecretError::Prefix)?;
        let key = STANDARD.decode(encoded).map_err(|_| SecretError::Encoding)?;
        if !(24..=64).contains(&key.len()) {
            return Err(SecretError::Length(key.len()));
        }
        Ok(Secret(key))
    }

    /// The form that receivers get. Show it once, store it encrypted.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// Seals the secret for storing with its subscription; it opens for no other.
    pub fn seal(&self, keys: &Keys, subscription: Id) -> Result<String, KeyError> {
        keys.seal(&place(subscription), &self.0)
    }

    /// Opens what [`Secret::seal`] sealed for the same subscription.
    pub fn unseal(keys: &Keys, subscription: Id, sealed: &str) -> Result<Secret, KeyError> {
        keys.unseal(&place(subscription), sealed).map(Secret)
    }

    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        // HMAC takes a key of any length, so the error cannot occur; an empty signature would
        // be refused by every receiver, never accepted.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// The three headers of one attempt. `id` must hold no full stop, or two different pairs of ID
/// and timestamp could share a signature.
pub fn headers(id: &str, at: Timestamp, body: &[u8], secrets: &[Secret]) -> Vec<(&'static str, String)> {
    let timestamp = at.as_second();
    let signatures: Vec<String> =
        secrets.iter().map(|secret| format!("v1,{}", secret.sign(id, timestamp, body))).collect();
    vec![(ID, id.to_owned()), (TIMESTAMP, timestamp.to_string()), (SIGNATURE, signatures.join(" "))]
}

/// Whether `signatures` (the header's value) holds a `v1` signature made with `secret`, as a
/// receiver checks it: in constant time, and looking at every one of them. The caller compares
/// `timestamp` (Unix seconds) with its own clock.
pub fn verify(secret: &Secret, id: &str, timestamp: i64, body: &[u8], signatures: &str) -> bool {
    let expected = secret.sign(id, timestamp, body);
    let mut found = Choice::from(0);
    for signature in signatures.split(' ').filter_map(|one| one.strip_prefix("v1,")) {
        found |= signature.as_bytes().ct_eq(expected.as_bytes());
    }
    bool::from(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn header<'a>(headers: &'a [(&'static str, String)], name: &str) -> &'a str {
        headers.iter().find(|(one, _)| *one == name).map(|(_, value)| value.as_str()).unwrap()
    }

    #[test]
    fn the_test_vector_of_standard_webhooks_comes_out() {
        let signature = Secret::parse(SECRET).unwrap().sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn our_own_check_accepts_only_the_same_id_time_and_body() {
        let secret = Secret::parse(SECRET).unwrap();
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        let headers = headers("dlv_1", at, b"{}", std::slice::from_ref(&secret));
        let signatures = header(&headers, SIGNATURE);
        assert_eq!(header(&headers, TIMESTAMP), "1700000000");
        assert!(verify(&secret, "dlv_1", 1_700_000_000, b"{}", signatures));
        let beside = format!("v1a,xyz v1,AAAA {signatures}");
        assert!(verify(&secret, "dlv_1", 1_700_000_000, b"{}", &beside));
        assert!(!verify(&secret, "dlv_2", 1_700_000_000, b"{}", signatures));
        assert!(!verify(&secret, "dlv_1", 1_700_000_001, b"{}", signatures));
        assert!(!verify(&secret, "dlv_1", 1_700_000_000, b"{ }", signatures));
        assert!(!verify(&secret, "dlv_1", 1_700_000_000, b"{}", ""));
        assert!(!verify(&secret, "dlv_1", 1_700_000_000, b"{}", "v1,"));
    }

    #[test]
    fn a_new_secret_is_32_random_bytes_and_comes_back_from_its_text() {
        let secret = Secret::generate().unwrap();
        assert_eq!(secret.0.len(), 32);
        assert_ne!(secret, Secret::generate().unwrap());
        assert_eq!(Secret::parse(&secret.reveal()).unwrap(), secret);
        assert!(!format!("{secret:?}").contains(&secret.reveal()[6..]));
    }

    #[test]
    fn an_unusable_secret_is_named() {
        assert_eq!(Secret::parse("abc"), Err(SecretError::Prefix));
        assert_eq!(Secret::parse("whsec_***"), Err(SecretError::Encoding));
        assert_eq!(Secret::parse("whsec_AAAA"), Err(SecretError::Length(3)));
    }
}
