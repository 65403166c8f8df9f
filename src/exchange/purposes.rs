//! From a purpose in words to our short code, only where the words are clear.

use crate::domain::engagement::{Purpose, PurposeCode};
use crate::domain::text::{FieldError, items};

/// Words that mean one code and no other. The longest that fits speaks.
const CLEAR: &[(&str, PurposeCode)] = &[
    ("ai", PurposeCode::Ai),
    ("ai inference", PurposeCode::Ai),
    ("machine learning", PurposeCode::Ai),
    ("analytics", PurposeCode::Analytics),
    ("backup storage", PurposeCode::Hosting),
    ("hosting", PurposeCode::Hosting),
    ("cloud infrastructure", PurposeCode::Hosting),
    ("bot protection", PurposeCode::Security),
    ("spam protection", PurposeCode::Security),
    ("fraud prevention", PurposeCode::Security),
    ("security", PurposeCode::Security),
    ("cdn", PurposeCode::Cdn),
    ("content delivery", PurposeCode::Cdn),
    ("data warehouse", PurposeCode::DataWarehouse),
    ("data warehousing", PurposeCode::DataWarehouse),
    ("email delivery", PurposeCode::Email),
    ("transactional email", PurposeCode::Email),
    ("transactional mail", PurposeCode::Email),
    ("marketing email", PurposeCode::Marketing),
    ("newsletter email", PurposeCode::Marketing),
    ("marketing", PurposeCode::Marketing),
    ("sales outreach", PurposeCode::Marketing),
    ("sms", PurposeCode::Messaging),
    ("messaging", PurposeCode::Messaging),
    ("chat", PurposeCode::Messaging),
    ("customer support", PurposeCode::Support),
    ("help desk", PurposeCode::Support),
    ("support", PurposeCode::Support),
    ("monitoring", PurposeCode::Monitoring),
    ("error reporting", PurposeCode::Monitoring),
    ("payments", PurposeCode::Payments),
    ("payment processing", PurposeCode::Payments),
    ("search", PurposeCode::Search),
    ("group company processing", PurposeCode::GroupCompany),
];

/// The purposes of a cell, parted by semicolons.
///
/// # Errors
/// One is too long or holds control characters.
pub(super) fn read(field: &str, cell: &str) -> Result<Vec<Purpose>, FieldError> {
    Ok(items(field, cell)?.into_iter().map(|text| Purpose { code: code(&text), text }).collect())
}

fn code(text: &str) -> PurposeCode {
    let padded = format!(" {} ", super::names::words(text).join(" "));
    let fits = |words: &str| padded.contains(&format!(" {words} "));
    let found: Vec<_> = CLEAR.iter().filter(|(words, _)| fits(words)).collect();
    // “marketing email” is marketing, though it holds no other clear word.
    let longest: Vec<_> = found
        .iter()
        .filter(|(words, _)| {
            !found.iter().any(|(other, _)| other.len() > words.len() && other.contains(words))
        })
        .map(|(_, code)| *code)
        .collect();
    match longest.split_first() {
        Some((first, rest)) if rest.iter().all(|c| c == first) => *first,
        _ => PurposeCode::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clear_words_get_a_code() {
        for (text, expected) in [
            ("hosting", PurposeCode::Hosting),
            ("relay-server hosting", PurposeCode::Hosting),
            ("marketing email", PurposeCode::Marketing),
            ("transactional email", PurposeCode::Email),
            ("AI / machine learning", PurposeCode::Ai),
            ("bot and spam protection", PurposeCode::Security),
            ("optional chat integration", PurposeCode::Messaging),
            ("sales tax", PurposeCode::Other),
            ("CRM", PurposeCode::Other),
            ("payments and analytics", PurposeCode::Other),
            ("research", PurposeCode::Other),
            ("email", PurposeCode::Other),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn purposes_are_parted_by_semicolons() {
        assert_eq!(read("purpose", "CDN; security").unwrap().len(), 2);
    }
}
