//! What a form sends: fields in their order, names repeated where rows repeat. Both encodings
//! that browsers use, read whole and bounded.

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use futures_util::StreamExt as _;
use jiff::civil::Date;

use super::error::Error;
use crate::domain::canonical::sha256_hex;
use crate::domain::text::FieldError;

/// The most a form of staff may send, in bytes; a list of a thousand rows is 300 KB.
pub const STAFF_LIMIT: usize = 4 * 1024 * 1024;
/// The most a form of somebody we do not know may send, in bytes.
pub const STRANGER_LIMIT: usize = 64 * 1024;
/// The most fields a form may have: rows of a large one.
const FIELDS: usize = 20_000;

/// The fields of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl From<Vec<(String, String)>> for Fields {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }
}

impl Fields {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// Too large, not a form, or cut off.
    pub async fn read(request: &HttpRequest, payload: &mut Payload, limit: usize) -> Result<Self, Error> {
        let body = whole(payload, limit, "form").await?;
        let kind = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if let Some(parameters) = kind.strip_prefix("multipart/form-data") {
            let boundary = parameters.split(';').filter_map(|p| p.trim().strip_prefix("boundary=")).next();
            let boundary = boundary.unwrap_or_default().trim_matches('"');
            return multipart(&body, boundary)
                .ok_or_else(|| Error::Malformed("The upload cannot be read. Send it again.".into()));
        }
        let pairs: Vec<_> = url::form_urlencoded::parse(&body).into_owned().take(FIELDS + 1).collect();
        if pairs.len() > FIELDS {
            return Err(Error::TooLarge(format!("A form may have {FIELDS} fields at most.")));
        }
        Ok(Self(pairs))
    }

    /// The first value of a field; empty if it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field, such as ticked boxes.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Whether a field was sent, such as a button.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// Every pair, in order.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Adds or replaces a field.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(n, _)| n != name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// How many rows called `name.0.…`, `name.1.…` were sent.
    #[must_use]
    pub fn rows(&self, name: &str) -> usize {
        let index = |field: &str| {
            let rest = field.strip_prefix(name)?.strip_prefix('.')?;
            rest.split('.').next()?.parse::<usize>().ok()
        };
        // Bounded: the number comes from outside.
        self.0
            .iter()
            .filter_map(|(field, _)| index(field))
            .max()
            .map_or(0, |last| last.saturating_add(1).min(200))
    }

    /// A whole number, such as a revision.
    ///
    /// # Errors
    /// The field was left out or altered.
    pub fn number(&self, name: &str) -> Result<i64, Error> {
        self.get(name)
            .trim()
            .parse()
            .map_err(|_| Error::Malformed(format!("The form lacks “{name}”. Open the page again.")))
    }

    /// A day as a date field sends it, or as people write it (`14 March 2026`).
    ///
    /// # Errors
    /// It is no day.
    pub fn day(&self, name: &str) -> Result<Option<Date>, FieldError> {
        let text = self.get(name).trim();
        if text.is_empty() {
            return Ok(None);
        }
        let day = text.parse::<Date>().ok().or_else(|| Date::strptime("%d %B %Y", text).ok());
        // Further away it is a slip of the finger, and no calendar shows it.
        day.filter(|d| (1900..=2200).contains(&d.year())).map(Some).ok_or_else(|| {
            FieldError::new(name, "Is not a day. Write it as year-month-day, like 2026-03-14.")
        })
    }
}

/// A whole request body of at most `limit` bytes; `what` names it for people.
///
/// # Errors
/// Too large, or cut off.
pub async fn whole(payload: &mut Payload, limit: usize, what: &str) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk
            .map_err(|_| Error::Malformed(format!("The {what} did not arrive completely. Send it again.")))?;
        if body.len() + chunk.len() > limit {
            return Err(Error::TooLarge(format!(
                "A {what} may hold {} KB at most here. Send less at a time.",
                limit >> 10
            )));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// RFC 7578. Files are read as text; what is not UTF-8 keeps a mark that the reader of the
/// file will point at.
fn multipart(body: &[u8], boundary: &str) -> Option<Fields> {
    // RFC 2046 section 5.1.1: at most 70 characters.
    if boundary.is_empty() || boundary.len() > 70 {
        return None;
    }
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let mut pairs = Vec::new();
    let mut rest = after(body, &delimiter)?;
    while !rest.starts_with(b"--") && pairs.len() <= FIELDS {
        let end = find(rest, &[b"\r\n", delimiter.as_slice()].concat())?;
        let part = rest.get(..end)?.strip_prefix(b"\r\n")?;
        let split = find(part, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(part.get(..split)?).into_owned();
        let content = part.get(split + 4..)?;
        let named = |what: &str| head.split(what).nth(1)?.split('"').next().map(str::to_owned);
        if let Some(name) = named(" name=\"") {
            if let Some(file) = named(" filename=\"") {
                if !file.is_empty() {
                    // Of its bytes, which the text below may not keep.
                    pairs.push((format!("{name}.sha256"), sha256_hex(content)));
                }
                pairs.push((format!("{name}.file"), file));
            }
            pairs.push((name, decoded(content)));
        }
        rest = after(rest.get(end..)?, &delimiter)?;
    }
    Some(Fields(pairs))
}

fn decoded(content: &[u8]) -> String {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    String::from_utf8_lossy(content).into_owned()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn after<'a>(haystack: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    haystack.get(find(haystack, needle)? + needle.len()..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_and_a_forged_number_of_rows_is_bounded() {
        let fields = |name: &str| Fields::from(vec![(name.to_owned(), String::new())]);
        assert_eq!(fields("locations.2.place").rows("locations"), 3);
        assert_eq!(fields("locations.18446744073709551615.place").rows("locations"), 200);
        assert_eq!(fields("locationsx.2.place").rows("locations"), 0);
    }

    #[test]
    fn a_file_and_a_field_are_read_from_a_multipart_body() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n--b\r\n\
                    Content-Disposition: form-data; name=\"list\"; filename=\"x.csv\"\r\n\
                    Content-Type: text/csv\r\n\r\nname\r\nAcme\r\n\r\n--b--\r\n";
        let fields = multipart(body.as_bytes(), "b").unwrap();
        assert_eq!(
            (fields.get("csrf"), fields.get("list"), fields.get("list.file")),
            ("abc", "name\r\nAcme\r\n", "x.csv")
        );
        for cut in 0..body.len() - 4 {
            let _ = multipart(&body.as_bytes()[..cut], "b");
        }
        assert_eq!(multipart(b"--b--", "b"), Some(Fields::default()));
    }

    #[test]
    fn a_day_is_read_as_browsers_and_people_write_it() {
        let day = |text: &str| Fields::from(vec![("on".to_owned(), text.to_owned())]).day("on");
        assert_eq!(day("2026-03-14"), day("14 March 2026"));
        assert_eq!(day(" "), Ok(None));
        for bad in ["03/04/2026", "2026-02-30", "0001-01-01"] {
            assert!(day(bad).is_err(), "{bad}");
        }
    }
}
