//! What the installation's one secret key is used for: signing mailed links and sealing
//! webhook secrets. Each use has its own derived key, so that one can never stand for another.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::domain::canonical::hex;
use crate::domain::id::Id;

crate::words! {
    /// What a mailed link is for. A link for one purpose opens no other.
    Purpose {
        /// Confirms a subscription.
        Confirm = "confirm",
        /// Opens the preferences of a subscription.
        Preferences = "preferences",
        /// Ends a subscription with one click (RFC 8058).
        Unsubscribe = "unsubscribe",
        /// Opens one notice of one Client, for one of its contacts.
        ClientNotice = "client_notice",
        /// Opens a Client's own page, for one of its contacts.
        Client = "client",
        /// Lets somebody agree to be a Client's contact.
        Successor = "successor",
    }
}

impl Purpose {
    /// Where a mailed link of this purpose leads; the token follows. The address links begin
    /// with comes from the settings, never from a request.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Purpose::Confirm => "/subscriptions/confirm/",
            Purpose::Preferences => "/subscriptions/preferences/",
            Purpose::Unsubscribe => "/subscriptions/unsubscribe/",
            Purpose::ClientNotice | Purpose::Client => "/client/",
            Purpose::Successor => "/contacts/confirm/",
        }
    }
}

/// Why a link does not open anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// Altered, cut off, or made for something else.
    #[error("this link is not one of ours, or part of it is missing")]
    Tampered,
    /// Its time is over. The id says whose it was, so that a new one can be offered.
    #[error("this link has expired")]
    Expired(Id),
}

/// The key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not 32 bytes of base64.
    #[error("secrets.key must be 32 random bytes in base64, e.g. from: openssl rand -base64 32")]
    Form,
    /// The operating system gives no random bytes.
    #[error("no random bytes from the operating system: {0}")]
    Random(getrandom::Error),
    /// A sealed value was made with another key, or altered.
    #[error("a sealed value does not open with this secrets.key")]
    Sealed,
}

/// Fresh random bytes.
///
/// # Errors
/// The operating system gives none.
pub fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(KeyError::Random)?;
    Ok(bytes)
}

/// A fresh key as it is written to configuration.
///
/// # Errors
/// The operating system gives no random bytes.
pub fn generate() -> Result<String, KeyError> {
    Ok(STANDARD.encode(random::<32>()?))
}

/// The derived keys.
#[derive(Clone)]
pub struct Keys {
    links: [u8; 32],
    seal: [u8; 32],
    id: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.id)
    }
}

impl Keys {
    /// Derives the keys from `secrets.key`.
    ///
    /// # Errors
    /// It is not 32 bytes of base64.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        let master: [u8; 32] =
            STANDARD.decode(text.trim()).ok().and_then(|b| b.try_into().ok()).ok_or(KeyError::Form)?;
        let derive = |label: &str| mac(&master, label.as_bytes());
        let id = hex(derive("id").get(..8).unwrap_or_default());
        Ok(Self { links: derive("links"), seal: derive("seal"), id })
    }

    /// Names the key without telling it; stored in the database, so that a wrong key is seen.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A token for a mailed link: about `id`, for `purpose` only, good until `expires`.
    #[must_use]
    pub fn link(&self, purpose: Purpose, id: Id, expires: Option<Timestamp>) -> String {
        self.token(purpose, begin(id, expires))
    }

    /// As [`Keys::link`], and of the generation `epoch`: whoever opens it compares that with the
    /// one in force, so that all links of a Client can be revoked at once.
    #[must_use]
    pub fn epoch_link(&self, purpose: Purpose, id: Id, epoch: i64, expires: Option<Timestamp>) -> String {
        self.token(purpose, [begin(id, expires), epoch.to_be_bytes().to_vec()].concat())
    }

    /// What a token is about, if it is ours, for `purpose`, and not expired at `now`.
    ///
    /// # Errors
    /// It is not.
    pub fn open_link(&self, purpose: Purpose, token: &str, now: Timestamp) -> Result<Id, BadLink> {
        about(&self.body::<24>(purpose, token)?, now)
    }

    /// What a token of [`Keys::epoch_link`] is about, and its generation.
    ///
    /// # Errors
    /// As [`Keys::open_link`].
    pub fn open_epoch_link(
        &self,
        purpose: Purpose,
        token: &str,
        now: Timestamp,
    ) -> Result<(Id, i64), BadLink> {
        let body = self.body::<32>(purpose, token)?;
        let (first, epoch) = body.split_at_checked(24).ok_or(BadLink::Tampered)?;
        let epoch = i64::from_be_bytes(epoch.try_into().map_err(|_| BadLink::Tampered)?);
        Ok((about(first, now)?, epoch))
    }

    fn token(&self, purpose: Purpose, mut body: Vec<u8>) -> String {
        let tag = mac(&self.links, &labelled(purpose, &body));
        body.extend(tag);
        URL_SAFE_NO_PAD.encode(body)
    }

    fn body<const N: usize>(&self, purpose: Purpose, token: &str) -> Result<[u8; N], BadLink> {
        use subtle::ConstantTimeEq as _;
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| BadLink::Tampered)?;
        let (body, tag) = bytes.split_at_checked(N).ok_or(BadLink::Tampered)?;
        let expected = mac(&self.links, &labelled(purpose, body));
        if !bool::from(expected.as_slice().ct_eq(tag)) {
            return Err(BadLink::Tampered);
        }
        body.try_into().map_err(|_| BadLink::Tampered)
    }

    /// Seals `plain` for one place (`table/column/row`); it opens nowhere else.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<String, KeyError> {
        let nonce = random::<24>()?;
        let cipher = XChaCha20Poly1305::new(&self.seal.into());
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: place.as_bytes() })
            .map_err(|_| KeyError::Sealed)?;
        Ok(format!("{}:{}", self.id, STANDARD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// Opens what [`Keys::seal`] sealed for the same place.
    ///
    /// # Errors
    /// Another key, another place, or altered.
    pub fn unseal(&self, place: &str, sealed: &str) -> Result<Vec<u8>, KeyError> {
        let (id, body) = sealed.split_once(':').ok_or(KeyError::Sealed)?;
        if id != self.id {
            return Err(KeyError::Sealed);
        }
        let bytes = STANDARD.decode(body).map_err(|_| KeyError::Sealed)?;
        let (nonce, sealed) = bytes.split_at_checked(24).ok_or(KeyError::Sealed)?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| KeyError::Sealed)?;
        XChaCha20Poly1305::new(&self.seal.into())
            .decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: place.as_bytes() })
            .map_err(|_| KeyError::Sealed)
    }
}

fn begin(id: Id, expires: Option<Timestamp>) -> Vec<u8> {
    let mut bytes = id.as_bytes().to_vec();
    bytes.extend(expires.map_or(i64::MAX, Timestamp::as_second).to_be_bytes());
    bytes
}

fn about(body: &[u8], now: Timestamp) -> Result<Id, BadLink> {
    let (id, expires) = body.split_at_checked(16).ok_or(BadLink::Tampered)?;
    let id = Id::from_bytes(id).ok_or(BadLink::Tampered)?;
    let expires = i64::from_be_bytes(expires.try_into().map_err(|_| BadLink::Tampered)?);
    if now.as_second() > expires { Err(BadLink::Expired(id)) } else { Ok(id) }
}

fn labelled(purpose: Purpose, bytes: &[u8]) -> Vec<u8> {
    [purpose.as_str().as_bytes(), b":", bytes].concat()
}

fn mac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    // RFC 2104: a key shorter than the block is padded with zeros.
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new(&block.into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::from_base64(&generate().unwrap()).unwrap()
    }

    #[test]
    fn a_link_opens_its_purpose_only_and_only_in_time() {
        let (keys, now) = (keys(), Timestamp::from_second(1_000).unwrap());
        let id = Id::new(now);
        let until = Timestamp::from_second(2_000).unwrap();
        let token = keys.link(Purpose::Confirm, id, Some(until));
        assert_eq!(keys.open_link(Purpose::Confirm, &token, now), Ok(id));
        assert_eq!(keys.open_link(Purpose::Preferences, &token, now), Err(BadLink::Tampered));
        let late = Timestamp::from_second(2_001).unwrap();
        assert_eq!(keys.open_link(Purpose::Confirm, &token, late), Err(BadLink::Expired(id)));
        assert_eq!(keys.open_link(Purpose::Confirm, &token[1..], now), Err(BadLink::Tampered));
    }

    #[test]
    fn a_link_of_a_generation_tells_it_and_is_no_link_without_one() {
        let (keys, now) = (keys(), Timestamp::from_second(1_000).unwrap());
        let id = Id::new(now);
        let token = keys.epoch_link(Purpose::ClientNotice, id, 7, None);
        assert_eq!(keys.open_epoch_link(Purpose::ClientNotice, &token, now), Ok((id, 7)));
        assert_eq!(keys.open_epoch_link(Purpose::Client, &token, now), Err(BadLink::Tampered));
        assert_eq!(keys.open_link(Purpose::ClientNotice, &token, now), Err(BadLink::Tampered));
        let plain = keys.link(Purpose::ClientNotice, id, None);
        assert_eq!(keys.open_epoch_link(Purpose::ClientNotice, &plain, now), Err(BadLink::Tampered));
        let old = keys.epoch_link(Purpose::Client, id, 7, Some(Timestamp::from_second(999).unwrap()));
        assert_eq!(keys.open_epoch_link(Purpose::Client, &old, now), Err(BadLink::Expired(id)));
    }

    #[test]
    fn a_sealed_value_opens_in_its_place_with_its_key_only() {
        let keys = keys();
        let sealed = keys.seal("subscription/secret/1", b"whsec_x").unwrap();
        assert_eq!(keys.unseal("subscription/secret/1", &sealed).unwrap(), b"whsec_x");
        assert!(keys.unseal("subscription/secret/2", &sealed).is_err());
        assert!(self::keys().unseal("subscription/secret/1", &sealed).is_err());
    }
}
