//! Free text as people type it: trimmed, bounded, and free of characters that could break out
//! of a mail header, a table cell or a log line.

/// What is wrong with one field, in words that say how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct FieldError {
    /// The form field or JSON member, e.g. `vendor.name`.
    pub field: String,
    /// A whole sentence: what is wrong and how to mend it.
    pub problem: String,
}

impl FieldError {
    /// An error for `field`.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }
}

/// The longest name, in characters.
pub const NAME_LIMIT: usize = 200;
/// The longest text of a field that holds a sentence or two, in characters.
pub const TEXT_LIMIT: usize = 2_000;

/// One line of text: white space collapsed, control characters refused, at most `limit`
/// characters. Empty is allowed; use [`required_line`] where it is not.
///
/// # Errors
/// Too long, or holding a line break or control character.
pub fn line(field: &str, value: &str, limit: usize) -> Result<String, FieldError> {
    let trimmed = value.trim();
    if trimmed.chars().any(is_forbidden_in_line) {
        return Err(FieldError::new(
            field,
            "Contains a line break or an invisible control character. Type it again on one line.",
        ));
    }
    let length = trimmed.chars().count();
    if length > limit {
        return Err(FieldError::new(
            field,
            format!("Is {length} characters long. Shorten it to at most {limit}."),
        ));
    }
    Ok(trimmed.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Like [`line()`], and not empty. `what` names the field in the sentence ("a name").
///
/// # Errors
/// As [`line()`], or empty.
pub fn required_line(field: &str, what: &str, value: &str, limit: usize) -> Result<String, FieldError> {
    let text = line(field, value, limit)?;
    if !is_legible(&text) {
        return Err(FieldError::new(field, format!("Enter {what}.")));
    }
    Ok(text)
}

/// Text of several lines; line breaks become `\n`, other control characters are refused.
///
/// # Errors
/// Too long, or holding control characters.
pub fn paragraph(field: &str, value: &str, limit: usize) -> Result<String, FieldError> {
    let text = value.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim();
    if text.chars().any(|c| c != '\n' && c != '\t' && is_forbidden_in_line(c)) {
        return Err(FieldError::new(
            field,
            "Contains an invisible control character. Type the text again without it.",
        ));
    }
    let length = text.chars().count();
    if length > limit {
        return Err(FieldError::new(
            field,
            format!("Is {length} characters long. Shorten it to at most {limit}."),
        ));
    }
    Ok(text.to_owned())
}

/// A list typed as lines or separated by semicolons, without blanks or repeats, order kept.
///
/// # Errors
/// One item is too long or holds control characters.
pub fn items(field: &str, value: &str) -> Result<Vec<String>, FieldError> {
    let mut found = Vec::new();
    for piece in value.split(['\n', ';']) {
        let item = line(field, piece.trim_end_matches('\r'), NAME_LIMIT)?;
        if !item.is_empty() && !found.contains(&item) {
            found.push(item);
        }
    }
    Ok(found)
}

/// The letters and digits of a text in lower case: what is left when spelling, spacing and
/// punctuation do not count.
#[must_use]
pub fn fold(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a person sees anything: a name of blanks or of zero-width marks is none.
#[must_use]
pub fn is_legible(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !c.is_control() && !is_zero_width(c))
}

fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// Control characters, line separators and the marks that reorder text (UAX #9): a name that
/// reads differently from what it is must not reach a notice.
fn is_forbidden_in_line(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_never_passes_as_one_line() {
        assert!(line("name", "Acme\r\nBcc: x@example.com", NAME_LIMIT).is_err());
        assert_eq!(line("name", "  Acme   GmbH ", NAME_LIMIT).unwrap(), "Acme GmbH");
    }

    #[test]
    fn a_name_of_ten_thousand_characters_is_refused_with_its_length() {
        let error = required_line("name", "a name", &"x".repeat(10_000), NAME_LIMIT).unwrap_err();
        assert!(error.problem.contains("10000"), "{error}");
    }

    #[test]
    fn items_split_on_lines_and_semicolons_without_repeats() {
        assert_eq!(items("data", "names; e-mail\r\nnames\n\n").unwrap(), ["names", "e-mail"]);
    }

    #[test]
    fn a_name_that_nobody_can_see_is_none() {
        for name in ["\u{200B}", "\u{200F}\u{061C}", "\u{00AD}\u{2060}"] {
            assert!(required_line("name", "a name", name, NAME_LIMIT).is_err(), "{name:?}");
        }
    }
}
