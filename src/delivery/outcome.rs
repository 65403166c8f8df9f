//! What one attempt tells us, in one shape for mail and for webhooks, so that the attempt log
//! and the retry schedule need not know which of the two was tried.

use std::fmt::Write as _;
use std::time::Duration;

use sha2::{Digest, Sha256};

/// How many bytes of a peer's answer are kept.
pub const ANSWER_KEPT: usize = 4096;

/// What the attempt means for the delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The receiving system took it: any 2xx for a webhook, only a final 250 for a mail.
    Accepted,
    /// It may work later: the schedule sets the next attempt.
    Temporary {
        /// How long the peer asked us to wait, not yet capped.
        retry_after: Option<Duration>,
    },
    /// It will not work for this address however often it is tried.
    Permanent,
    /// The webhook's owner has taken the address out of service (410 Gone).
    Gone,
}

impl Verdict {
    /// A temporary failure whose peer named no waiting time.
    pub const RETRY: Verdict = Verdict::Temporary { retry_after: None };
}

/// One attempt as it goes into the append-only attempt log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The address dialled, as `ip:port`; `None` when nothing was dialled.
    pub peer: Option<String>,
    /// TLS version and the SHA-256 of the peer's certificate; `None` when in the clear.
    pub tls: Option<String>,
    /// HTTP status or SMTP reply code; `None` when the peer gave none.
    pub code: Option<u16>,
    /// What the peer answered, or why there is no answer: at most [`ANSWER_KEPT`] bytes of
    /// UTF-8 without control characters.
    pub answer: String,
    /// SHA-256, in lower-case hex, of the body that was (to be) sent.
    pub body_sha256: String,
    /// How long the attempt took.
    pub took: Duration,
    /// What it means for the delivery.
    pub verdict: Verdict,
    /// It failed on our side, and says nothing of the receiver: it could not be written, or the
    /// relay was out of reach or refused us.
    pub ours: bool,
}

impl Exchange {
    /// An attempt of ours that got no answer from a peer; `reason` says why, for the owner to read.
    pub fn without_answer(body: &[u8], reason: &str, took: Duration, verdict: Verdict) -> Exchange {
        Exchange {
            peer: None,
            tls: None,
            code: None,
            answer: printable(reason.as_bytes()),
            body_sha256: sha256_hex(body),
            took,
            verdict,
            ours: true,
        }
    }
}

/// What a peer said, for people: its code, then its words or that there were none.
#[must_use]
pub fn said(code: Option<u16>, answer: &str) -> String {
    match code {
        Some(code) if answer.is_empty() => format!("{code}, empty answer"),
        // A refusing mail server's words begin with its code already.
        Some(code) if !answer.starts_with(&code.to_string()) => format!("{code}: {answer}"),
        _ => answer.to_owned(),
    }
}

/// The SHA-256 of `bytes` in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Makes a peer's bytes safe to store and to show: control characters and the marks that turn
/// the direction of text are written as escapes, bytes that are no UTF-8 as `\xNN`, and the
/// whole is cut at [`ANSWER_KEPT`] bytes, never inside an escape or a character.
pub fn printable(bytes: &[u8]) -> String {
    let mut kept = String::with_capacity(bytes.len().min(ANSWER_KEPT));
    let mut piece = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            piece.clear();
            if character == '\\' {
                piece.push_str("\\\\");
            } else if character.is_control() || turns_text(character) {
                piece.extend(character.escape_default());
            } else {
                piece.push(character);
            }
            if kept.len() + piece.len() > ANSWER_KEPT {
                return kept;
            }
            kept.push_str(&piece);
        }
        for byte in chunk.invalid() {
            if kept.len() + 4 > ANSWER_KEPT {
                return kept;
            }
            let _ = write!(kept, "\\x{byte:02x}");
        }
    }
    kept
}

fn turns_text(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_and_nul_in_an_answer_are_escaped() {
        assert_eq!(printable(b"a\r\nb\0c"), "a\\r\\nb\\u{0}c");
    }

    #[test]
    fn bytes_that_are_no_utf8_are_shown_as_hex() {
        assert_eq!(printable(b"caf\xe9 \xff!"), "caf\\xe9 \\xff!");
    }

    #[test]
    fn marks_that_turn_text_cannot_forge_a_log_entry() {
        assert_eq!(printable("ok\u{202e}ko".as_bytes()), "ok\\u{202e}ko");
    }

    #[test]
    fn an_escape_in_an_answer_cannot_be_mistaken_for_ours() {
        assert_eq!(printable(br"\x00"), r"\\x00");
    }

    #[test]
    fn the_cut_never_splits_a_character_or_an_escape() {
        for filler in ["é", "\r", "😀", "a"] {
            for lead in 0..5 {
                let long = format!("{}{}", "a".repeat(lead), filler.repeat(5000));
                let kept = printable(long.as_bytes());
                assert!(kept.len() <= ANSWER_KEPT && kept.len() > ANSWER_KEPT - 10);
                assert!(!kept.ends_with('\\'));
            }
        }
        assert!(printable(&[0xff; 9000]).len() <= ANSWER_KEPT);
    }

    #[test]
    fn the_hash_is_what_sha256sum_prints() {
        assert_eq!(sha256_hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
