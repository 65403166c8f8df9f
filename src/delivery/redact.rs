//! Keeps the receiver's own address out of the attempt log, which is never erased: relays quote
//! it when they refuse.

use super::outcome::ANSWER_KEPT;
use crate::domain::email::Email;

const RECIPIENT: &str = "<recipient>";
/// The shortest beginning of an address that is taken for one where an answer was cut.
const BEGINNING: usize = 3;

/// `answer` with `<recipient>` in place of the address, in any case, with or without angle
/// brackets; also of its beginning where the answer was cut within it. At most
/// [`ANSWER_KEPT`] bytes.
#[must_use]
pub fn without_recipient(answer: &str, recipient: &Email) -> String {
    let address: Vec<char> = recipient.to_string().chars().flat_map(char::to_lowercase).collect();
    let mut kept = String::with_capacity(answer.len());
    let mut rest = answer;
    let cut = answer.len() + 8 > ANSWER_KEPT;
    while let Some(first) = rest.chars().next() {
        let bare = rest.strip_prefix('<').unwrap_or(rest);
        if let Some(after) = after_address(bare, &address, cut) {
            kept.push_str(RECIPIENT);
            rest = if bare.len() < rest.len() { after.strip_prefix('>').unwrap_or(after) } else { after };
        } else {
            kept.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    // The word may be longer than what it stands for.
    let end = (0..=kept.len().min(ANSWER_KEPT)).rev().find(|at| kept.is_char_boundary(*at));
    kept.truncate(end.unwrap_or_default());
    kept
}

/// What follows `address` at the start of `text`. With `cut`, a text that ends within it counts.
fn after_address<'a>(text: &'a str, address: &[char], cut: bool) -> Option<&'a str> {
    let mut wanted = address.iter();
    let mut met = 0;
    for (at, found) in text.char_indices() {
        if wanted.as_slice().is_empty() {
            return text.get(at..);
        }
        for lower in found.to_lowercase() {
            if wanted.next() != Some(&lower) {
                return None;
            }
        }
        met += 1;
    }
    (wanted.as_slice().is_empty() || (cut && met >= BEGINNING)).then_some("")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(answer: &str) -> String {
        without_recipient(answer, &"Jane.Roe@x.example".parse().unwrap())
    }

    #[test]
    fn the_address_goes_in_every_case_and_form() {
        for answer in [
            "5.1.1 <jane.roe@x.example>: unknown",
            "5.1.1 JANE.ROE@X.EXAMPLE: unknown",
            "5.1.1 Jane.Roe@x.example: unknown",
            "5.1.1 <Jane.Roe@X.Example>: unknown",
        ] {
            assert_eq!(told(answer), "5.1.1 <recipient>: unknown");
        }
        assert_eq!(told("to=jane.roe@x.example"), "to=<recipient>");
        assert_eq!(told("<jane.roe@x.example> <Jane.Roe@x.example>"), "<recipient> <recipient>");
    }

    #[test]
    fn other_words_stay() {
        for answer in ["", "jane.roe", "<postmaster@x.example> says é < ok", "jane.roe@x"] {
            assert_eq!(told(answer), answer);
        }
    }

    #[test]
    fn an_address_beyond_ascii_goes_too() {
        let recipient = "Jürgen@x.example".parse().unwrap();
        assert_eq!(without_recipient("no <JÜRGEN@x.example>", &recipient), "no <recipient>");
    }

    #[test]
    fn an_address_that_the_cut_halved_goes_too_and_the_answer_grows_no_longer() {
        let long = format!("{} jane.roe@x", "a".repeat(ANSWER_KEPT - 11));
        let kept = told(&long);
        assert!(!kept.contains("jane"), "{}", &kept[ANSWER_KEPT - 20..]);
        assert!(kept.len() <= ANSWER_KEPT);
    }
}
