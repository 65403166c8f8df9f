//! Mail addresses: internationalised ones and plus-addresses are welcome, anything that could
//! break out of a header is not.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A mail address that may be written into a mail's headers and envelope.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email {
    local: String,
    domain: String,
}

/// What is wrong with an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEmail {
    /// Nothing was typed.
    #[error("Enter an email address, like name@example.com.")]
    Empty,
    /// No `@`, or nothing on one side of it.
    #[error("An email address has a name, an @ sign and a domain, like name@example.com.")]
    Shape,
    /// White space, control characters, quotes or brackets.
    #[error("An email address cannot contain spaces, quotes, brackets or line breaks. Type it again.")]
    Characters,
    /// The domain cannot exist.
    #[error("The part after the @ is not a domain name. Check it for typing mistakes.")]
    Domain,
    /// RFC 5321 section 4.5.3.1: 64 octets before the @, 254 in all.
    #[error("This address is longer than mail allows (64 characters before the @, 254 in all).")]
    Length,
}

impl Email {
    /// Stands where an address was erased. Its domain can never exist (RFC 2606 section 2).
    #[must_use]
    pub fn erased() -> Self {
        Self { local: "erased".to_owned(), domain: "erased.invalid".to_owned() }
    }

    /// The part before the `@`, as typed.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain in its ASCII form (RFC 5890), lowercase.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The form by which two addresses count as the same mailbox: lowercase, domain in ASCII.
    /// A plus-address stays its own.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}@{}", self.local.to_lowercase(), self.domain)
    }
}

impl FromStr for Email {
    type Err = BadEmail;
    fn from_str(s: &str) -> Result<Self, BadEmail> {
        let text = s.trim();
        if text.is_empty() {
            return Err(BadEmail::Empty);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(BadEmail::Shape)?;
        if local.is_empty() || domain.is_empty() {
            return Err(BadEmail::Shape);
        }
        let dangerous = |c: char| c.is_control() || c.is_whitespace() || "\"()<>[]:;,\\@".contains(c);
        if local.chars().any(dangerous) || domain.chars().any(dangerous) {
            return Err(BadEmail::Characters);
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return Err(BadEmail::Shape);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| BadEmail::Domain)?;
        if !domain.contains('.') || domain.ends_with('.') {
            return Err(BadEmail::Domain);
        }
        if local.len() > 64 || local.len() + 1 + domain.len() > 254 {
            return Err(BadEmail::Length);
        }
        Ok(Self { local: local.to_owned(), domain })
    }
}

impl TryFrom<String> for Email {
    type Error = BadEmail;
    fn try_from(s: String) -> Result<Self, BadEmail> {
        s.parse()
    }
}

impl From<Email> for String {
    fn from(e: Email) -> String {
        e.to_string()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// Never shows the address: debug output reaches logs.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email(…@{})", self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_and_international_addresses_are_accepted() {
        let email: Email = "dpo+acme@bücher.example".parse().unwrap();
        assert_eq!(email.to_string(), "dpo+acme@xn--bcher-kva.example");
        assert_eq!("DPO@Example.COM".parse::<Email>().unwrap().key(), "dpo@example.com");
    }

    #[test]
    fn what_could_break_a_header_is_refused() {
        for bad in [
            "",
            "a",
            "@b.example",
            "a@",
            "a b@c.example",
            "a@c.example\r\nBcc: x@y.example",
            "a@localhost",
            "<a@b.example>",
            "a@b@c.example",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad:?}");
        }
    }
}
