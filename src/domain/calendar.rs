//! A deadline as a calendar file (RFC 5545).

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Octets of a line before it is folded (section 3.1).
const FOLD: usize = 75;

/// A moment for somebody's calendar.
#[derive(Debug, Clone)]
pub struct Deadline {
    /// The same at each download, so that a calendar replaces and does not repeat it.
    pub uid: String,
    /// When what it says was last stated.
    pub stamp: Timestamp,
    /// The moment.
    pub at: Timestamp,
    /// One line.
    pub summary: String,
    /// More lines.
    pub description: String,
    /// Where to act.
    pub url: String,
}

/// The file's text: one event without length that makes nobody busy, with an alarm three days
/// before.
#[must_use]
pub fn file(deadline: &Deadline) -> String {
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//subprocessors//deadline//EN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", escaped(&deadline.uid)),
        format!("DTSTAMP:{}", utc(deadline.stamp)),
        format!("DTSTART:{}", utc(deadline.at)),
        format!("SUMMARY:{}", escaped(&deadline.summary)),
        format!("DESCRIPTION:{}", escaped(&deadline.description)),
        // A URI is no text: it is not escaped (section 3.3.13).
        format!("URL:{}", deadline.url.replace(['\r', '\n'], "")),
        "TRANSP:TRANSPARENT".to_owned(),
        "BEGIN:VALARM".to_owned(),
        "ACTION:DISPLAY".to_owned(),
        format!("DESCRIPTION:{}", escaped(&deadline.summary)),
        "TRIGGER:-P3D".to_owned(),
        "END:VALARM".to_owned(),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().map(|line| folded(line)).collect()
}

fn utc(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A TEXT value (section 3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A content line of at most [`FOLD`] octets and its continuations, each ended by CRLF; no letter
/// is cut in two.
fn folded(line: &str) -> String {
    let (mut out, mut used) = (String::with_capacity(line.len() + 8), 0);
    for letter in line.chars() {
        if used + letter.len_utf8() > FOLD {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(letter);
        used += letter.len_utf8();
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deadline(summary: &str) -> Deadline {
        Deadline {
            uid: "1@acme.example".into(),
            stamp: "2026-02-12T09:00:00Z".parse().unwrap(),
            at: "2026-03-14T22:59:00Z".parse().unwrap(),
            summary: summary.into(),
            description: "One\nTwo; three, four \\ five".into(),
            url: "https://acme.example/client/x".into(),
        }
    }

    #[test]
    fn separators_and_line_breaks_are_escaped() {
        let text = file(&deadline("Object by 14 March"));
        assert!(text.contains("\r\nDTSTART:20260314T225900Z\r\n"), "{text}");
        assert!(text.contains("DESCRIPTION:One\\nTwo\\; three\\, four \\\\ five\r\n"), "{text}");
    }

    #[test]
    fn long_lines_are_folded_between_letters_and_read_back() {
        let long = "Ä€😀 ".repeat(40);
        let text = file(&deadline(&long));
        assert!(text.split("\r\n").all(|line| line.len() <= FOLD), "{text}");
        assert!(text.replace("\r\n ", "").contains(&format!("SUMMARY:{long}")), "{text}");
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "bare line breaks");
    }

    #[test]
    fn nothing_typed_begins_a_property_of_its_own() {
        let text = file(&deadline("x\r\nATTACH:evil"));
        assert!(text.contains("SUMMARY:x\\nATTACH:evil\r\n"), "{text}");
    }
}
