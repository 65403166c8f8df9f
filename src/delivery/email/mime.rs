//! Builds one mail as bytes (requirement R23). The same input gives the same bytes, boundary
//! included, so that a repeat after a crash is the same message in every respect.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use lettre::Message;
use lettre::address::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};

use crate::delivery::outcome::sha256_hex;

/// RFC 2047 section 2: an encoded word has at most 75 characters, of which 12 are `=?utf-8?b?`
/// and `?=`; 45 bytes make 60 characters of base64.
const ENCODED_WORD_BYTES: usize = 45;
/// A longer word of plain ASCII is encoded, since a header can be folded between words only.
const LONGEST_PLAIN_WORD: usize = 60;
/// More than this of a display name tells nobody anything.
const LONGEST_NAME: usize = 120;

/// A name to show and the address behind it.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// The display name; empty for none.
    pub name: &'a str,
    /// The bare address; its domain may be an international one.
    pub address: &'a str,
}

/// What a mail consists of. Header values may hold anything: line breaks and other control
/// characters become spaces.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// The stream it comes from.
    pub from: Party<'a>,
    /// The one recipient.
    pub to: Party<'a>,
    /// Where answers go, if not to `from`.
    pub reply_to: Option<Party<'a>>,
    /// The subject line.
    pub subject: &'a str,
    /// The plain text part.
    pub text: &'a str,
    /// The HTML part.
    pub html: &'a str,
    /// Derived from the delivery's ID, without angle brackets: `id@host`.
    pub message_id: &'a str,
    /// The `Date` header.
    pub date: Timestamp,
    /// The list's id, such as `updates.example.com`, for the courtesy stream only (RFC 2919).
    pub list_id: Option<&'a str>,
    /// The one-click address, for the courtesy stream only (RFC 2369, RFC 8058).
    pub unsubscribe_url: Option<&'a str>,
}

/// A mail ready to be sent.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The sender's address of the envelope.
    pub sender: Address,
    /// The recipient's address of the envelope.
    pub recipient: Address,
    /// Headers and body, lines ended by CRLF, not yet dot-stuffed.
    pub bytes: Vec<u8>,
}

/// What is wrong with a draft. No message tells an address.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum DraftError {
    /// An address cannot be read; tells which one.
    #[error("the {0} address cannot be read; write it like name@example.com")]
    Address(&'static str),
    /// A header that must be ASCII without spaces is not.
    #[error("the {0} header must be ASCII without spaces or control characters")]
    Token(&'static str),
    /// The mail cannot be put together.
    #[error("the mail cannot be put together: {0}")]
    Build(String),
}

impl Draft<'_> {
    /// Builds the mail: multipart/alternative, plain text first, with `Auto-Submitted` (RFC 3834
    /// section 5) so that no auto-responder answers it.
    pub fn build(&self) -> Result<Mail, DraftError> {
        let from = mailbox(self.from, "sender")?;
        let to = mailbox(self.to, "recipient")?;
        let (sender, recipient) = (from.email.clone(), to.email.clone());
        let message_id = format!("<{}>", token(self.message_id, "Message-ID")?);
        let seconds = u64::try_from(self.date.as_second()).unwrap_or(0);
        let mut message = Message::builder()
            .from(from)
            .to(to)
            .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .raw_header(subject(self.subject))
            .message_id(Some(message_id))
            .raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
        if let Some(reply_to) = self.reply_to {
            message = message.reply_to(mailbox(reply_to, "reply-to")?);
        }
        if let Some(list_id) = self.list_id {
            let list_id = format!("<{}>", token(list_id, "List-Id")?);
            message = message.raw_header(header("List-Id", list_id));
        }
        if let Some(url) = self.unsubscribe_url {
            let url = format!("<{}>", token(url, "List-Unsubscribe")?);
            let one_click = "List-Unsubscribe=One-Click".to_owned();
            message = message
                .raw_header(header("List-Unsubscribe", url))
                .raw_header(header("List-Unsubscribe-Post", one_click));
        }
        let mut boundary = sha256_hex(self.message_id.as_bytes());
        boundary.truncate(32);
        let parts = MultiPart::alternative()
            .boundary(boundary)
            .singlepart(SinglePart::plain(self.text.to_owned()))
            .singlepart(SinglePart::html(self.html.to_owned()));
        let message = message.multipart(parts).map_err(|error| DraftError::Build(error.to_string()))?;
        Ok(Mail { sender, recipient, bytes: message.formatted() })
    }
}

fn mailbox(party: Party<'_>, which: &'static str) -> Result<Mailbox, DraftError> {
    let email = envelope_address(party.address).ok_or(DraftError::Address(which))?;
    let name: String = neutral(party.name).trim().chars().take(LONGEST_NAME).collect();
    Ok(Mailbox::new(Some(name).filter(|name| !name.is_empty()), email))
}

/// Reads a bare address for an envelope; `None` if it is not one. The domain becomes its ASCII
/// form (punycode), which every mail server takes; a local part outside of ASCII stays and
/// needs SMTPUTF8 (RFC 6531).
pub fn envelope_address(text: &str) -> Option<Address> {
    let (local, domain) = text.rsplit_once('@')?;
    let domain = idna::domain_to_ascii(domain).ok()?;
    Address::new(local, domain).ok()
}

/// Turns control characters, line breaks above all, into spaces: a name from a form or an
/// import must not be able to start a header of its own.
fn neutral(text: &str) -> String {
    text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect()
}

fn token<'a>(text: &'a str, name: &'static str) -> Result<&'a str, DraftError> {
    let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'<' && byte != b'>';
    if !text.is_empty() && text.bytes().all(fits) { Ok(text) } else { Err(DraftError::Token(name)) }
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// A plain subject stays readable; any other is written as encoded words (RFC 2047), also one
/// that merely looks like an encoded word, which would be shown as something else.
fn subject(text: &str) -> HeaderValue {
    let text = neutral(text);
    let text = text.trim();
    let plain = text.is_ascii()
        && !text.contains("=?")
        && text.split(' ').all(|word| word.len() <= LONGEST_PLAIN_WORD);
    if plain {
        return header("Subject", text.to_owned());
    }
    let mut words = Vec::new();
    let mut piece = String::new();
    for character in text.chars() {
        if piece.len() + character.len_utf8() > ENCODED_WORD_BYTES {
            words.push(std::mem::take(&mut piece));
        }
        piece.push(character);
    }
    words.push(piece);
    let encoded: Vec<String> =
        words.iter().map(|word| format!("=?utf-8?b?{}?=", STANDARD.encode(word))).collect();
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str("Subject"),
        text.to_owned(),
        encoded.join("\r\n "),
    )
}

#[cfg(test)]
#[path = "mime_tests.rs"]
mod tests;
