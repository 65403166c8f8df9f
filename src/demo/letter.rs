//! Reads back the mails that the file transport wrote: headers, the text part, the HTML part.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letter {
    /// Unfolded and decoded, in order.
    pub headers: Vec<(String, String)>,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

impl Letter {
    /// Reads a mail as it would travel.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let raw = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let (head, body) = split(&raw);
        let mut letter = Self { headers: headers(head), ..Self::default() };
        letter.take(head, body, 0);
        letter
    }

    /// The first header of this name; empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        find(&self.headers, name)
    }

    fn take(&mut self, head: &str, body: &str, depth: u8) {
        let headers = headers(head);
        let kind = find(&headers, "content-type").to_owned();
        let boundary = kind.split("boundary=").nth(1).map(|rest| rest.trim_matches('"').split('"').next());
        if let Some(Some(boundary)) = boundary.filter(|_| depth < 4) {
            let boundary = boundary.split(';').next().unwrap_or(boundary).trim();
            // The first piece is the preamble; the last begins with the dashes that close.
            for part in body.split(&format!("--{boundary}")).skip(1).filter(|p| !p.starts_with("--")) {
                let (head, body) = split(part.trim_start_matches('\n'));
                self.take(head, body, depth + 1);
            }
            return;
        }
        let text = decoded(find(&headers, "content-transfer-encoding"), body);
        let into = if kind.starts_with("text/html") { &mut self.html } else { &mut self.text };
        if into.is_empty() {
            text.trim_end().clone_into(into);
        }
    }
}

fn split(raw: &str) -> (&str, &str) {
    raw.split_once("\n\n").unwrap_or((raw, ""))
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value.as_str())
}

/// RFC 5322 section 2.2.3: a line that begins with white space goes on the one before.
fn headers(head: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in head.lines() {
        match (line.starts_with([' ', '\t']), found.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (false, _, Some((name, value))) => found.push((name.to_owned(), value.trim().to_owned())),
            _ => {}
        }
    }
    found.into_iter().map(|(name, value)| (name, words(&value))).collect()
}

/// RFC 2047: encoded words in a header; white space between two of them is not text.
fn words(value: &str) -> String {
    let mut out = String::new();
    let mut after_word = false;
    for piece in value.split(' ') {
        match encoded_word(piece) {
            Some(text) => {
                if !out.is_empty() && !after_word {
                    out.push(' ');
                }
                out.push_str(&text);
                after_word = true;
            }
            None => {
                if !out.is_empty() {
                    out.push(' ');
                }
                out.push_str(piece);
                after_word = false;
            }
        }
    }
    out
}

fn encoded_word(piece: &str) -> Option<String> {
    let inner = piece.strip_prefix("=?")?.strip_suffix("?=")?;
    let mut parts = inner.splitn(3, '?');
    let (_charset, coding, text) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = match coding {
        "b" | "B" => STANDARD.decode(text).ok()?,
        _ => quoted(&text.replace('_', " ")),
    };
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn decoded(coding: &str, body: &str) -> String {
    let bytes = match coding.to_ascii_lowercase().as_str() {
        "base64" => {
            let text: String = body.chars().filter(|c| !c.is_whitespace()).collect();
            STANDARD.decode(text).unwrap_or_default()
        }
        "quoted-printable" => quoted(body),
        _ => return body.to_owned(),
    };
    String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
}

/// RFC 2045 section 6.7.
fn quoted(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'=' {
            out.push(byte);
        } else if bytes.next_if_eq(&b'\n').is_none() {
            let pair: Vec<u8> = bytes.by_ref().take(2).collect();
            let value = std::str::from_utf8(&pair).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
            out.extend(value);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: Acme <a@acme.example>\r\nSubject: =?utf-8?b?TmV1ZXIg?=\r\n =?utf-8?b?RW1wZsOkbmdlcg==?= (N-1)\r\n\
MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"b0\"\r\n\r\n--b0\r\n\
Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
Gr=C3=BC=C3=9Fe, a line that goes =\r\non\r\n--b0\r\nContent-Type: text/html; charset=utf-8\r\n\
Content-Transfer-Encoding: base64\r\n\r\nPHA+R3LDvMOf\r\nZTwvcD4=\r\n--b0--\r\n";

    #[test]
    fn both_parts_and_the_headers_come_back_as_people_read_them() {
        let letter = Letter::parse(MAIL.as_bytes());
        assert_eq!(letter.header("subject"), "Neuer Empfänger (N-1)");
        assert_eq!(letter.text, "Grüße, a line that goes on");
        assert_eq!(letter.html, "<p>Grüße</p>");
    }

    #[test]
    fn what_is_no_mail_is_read_without_harm() {
        for odd in ["", "x", "Content-Type: multipart/mixed; boundary=", "a:b\n\n=\n=x=4"] {
            let _ = Letter::parse(odd.as_bytes());
        }
    }
}
