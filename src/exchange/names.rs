//! Names of companies: when two spellings mean one company, and when a cell is no name at all.

/// Words at the end of a name that tell the legal form, with the form they stand for.
const LEGAL_FORMS: &[(&str, &str)] = &[
    ("ab", "ab"),
    ("ag", "ag"),
    ("aps", "aps"),
    ("as", "as"),
    ("bv", "bv"),
    ("co", "co"),
    ("company", "co"),
    ("corp", "corp"),
    ("corporation", "corp"),
    ("dac", "dac"),
    ("gmbh", "gmbh"),
    ("inc", "inc"),
    ("incorporated", "inc"),
    ("kg", "kg"),
    ("kk", "kk"),
    ("limited", "ltd"),
    ("llc", "llc"),
    ("llp", "llp"),
    ("lp", "lp"),
    ("ltd", "ltd"),
    ("nv", "nv"),
    ("oy", "oy"),
    ("oyj", "oy"),
    ("pbc", "pbc"),
    ("plc", "plc"),
    ("pte", "pte"),
    ("pty", "pty"),
    ("pvt", "pvt"),
    ("sa", "sa"),
    ("sarl", "sarl"),
    ("sas", "sas"),
    ("se", "se"),
    ("spa", "spa"),
    ("srl", "srl"),
    ("sro", "sro"),
    ("ug", "ug"),
    ("ulc", "ulc"),
    ("unlimited", "unlimited"),
];

fn legal_form(word: &str) -> Option<&'static str> {
    LEGAL_FORMS.iter().find(|(written, _)| *written == word).map(|(_, form)| *form)
}

/// The words of a name: lowercase letters and digits, marks dropped, `s.r.o.` as one word.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            if let Some(word) = words.last_mut() {
                match plain(c) {
                    Some(letters) => word.push_str(letters),
                    None => word.push(c),
                }
            }
        } else if !matches!(c, '.' | '\'' | '’') {
            words.push(String::new());
        }
    }
    words.retain(|w| !w.is_empty());
    words
}

fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a",
        'ç' | 'č' | 'ć' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ě' | 'ę' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ł' => "l",
        'ñ' | 'ń' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => "o",
        'ř' => "r",
        'š' | 'ś' => "s",
        'ß' => "ss",
        'ù' | 'ú' | 'û' | 'ü' | 'ů' => "u",
        'ý' => "y",
        'ž' | 'ź' | 'ż' => "z",
        _ => return None,
    })
}

/// The words without legal form and without a leading “the”; never none if there were any.
pub(super) fn core_words(name: &str) -> Vec<String> {
    let mut found = words(name);
    while found.len() > 1 && found.last().is_some_and(|w| legal_form(w).is_some()) {
        found.pop();
    }
    if found.len() > 1 && found.first().is_some_and(|w| w == "the") {
        found.remove(0);
    }
    found
}

/// What is left of a name without case, punctuation, spaces and legal form: `Google LLC.` and
/// `Google, LLC` are one, so are `Helpscout` and `Help Scout`.
#[must_use]
pub fn key(name: &str) -> String {
    core_words(name).concat()
}

/// Legal forms at the end of a name, in a common spelling.
pub(super) fn forms(name: &str) -> Vec<&'static str> {
    let found = words(name);
    found.iter().skip(1).rev().map_while(|w| legal_form(w)).collect()
}

/// Whether the cell holds a stand-in for a name.
#[must_use]
pub fn is_placeholder(name: &str) -> bool {
    const STAND_INS: &[&str] = &[
        "companyname",
        "example",
        "examplecompany",
        "examplevendor",
        "loremipsum",
        "na",
        "name",
        "nil",
        "none",
        "notapplicable",
        "null",
        "pending",
        "placeholder",
        "subprocessor",
        "subprocessorname",
        "tba",
        "tbc",
        "tbd",
        "test",
        "tobeconfirmed",
        "tobedetermined",
        "todo",
        "unknown",
        "vendor",
        "vendorname",
        "xxx",
    ];
    let whole = words(name).concat();
    whole.is_empty() || STAND_INS.contains(&whole.as_str())
}

/// How a cell may name two companies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Several {
    /// It does: a plus or semicolon, or each part with a legal form of its own.
    Surely(Vec<String>),
    /// It may be one name or two.
    Perhaps(Vec<String>),
}

/// Whether `name` holds two companies. “and” and “&” belong to a name unless each part is
/// `known` as a company of its own: “Johnson & Johnson” is one.
#[must_use]
pub fn several(name: &str, known: impl Fn(&str) -> bool) -> Option<Several> {
    let split = |mark: &str| -> Option<Vec<String>> {
        let parts: Vec<String> = name.split(mark).map(|p| p.trim().to_owned()).collect();
        (parts.len() > 1 && parts.iter().all(|p| words(p).concat().chars().count() > 1)).then_some(parts)
    };
    let each_with_form = |parts: &[String]| parts.iter().all(|p| !forms(p).is_empty());
    for mark in [" + ", ";", "\n"] {
        if let Some(parts) = split(mark) {
            return Some(Several::Surely(parts));
        }
    }
    for mark in [" and ", " & ", " / "] {
        let Some(parts) = split(mark) else { continue };
        if each_with_form(&parts) || parts.iter().all(|p| known(&key(p))) {
            return Some(Several::Surely(parts));
        }
        if mark == " / " {
            return Some(Several::Perhaps(parts));
        }
    }
    let mut parts: Vec<String> = Vec::new();
    for part in name.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let is_form = words(part).iter().all(|w| legal_form(w).is_some());
        match parts.last_mut() {
            Some(last) if is_form => {
                last.push_str(", ");
                last.push_str(part);
            }
            _ => parts.push(part.to_owned()),
        }
    }
    let listed = parts.len() > 1 && (each_with_form(&parts) || parts.iter().all(|p| known(&key(p))));
    listed.then_some(Several::Surely(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_company_have_one_key() {
        for (one, other) in [
            ("Google LLC.", "Google LLC"),
            ("Helpscout", "Help Scout"),
            ("HelpScout", "Help Scout"),
            ("Twilio, Inc.", "Twilio"),
            ("Stakater Czech s.r.o.", "Stakater Czech"),
            ("MailChimp", "Mailchimp"),
            ("Müller GmbH & Co. KG", "Muller"),
            ("The Rocket Science Group", "Rocket Science Group LLC"),
        ] {
            assert_eq!(key(one), key(other), "{one} / {other}");
        }
        for (one, other) in [
            ("Google Workspace", "Google Gemini"),
            ("Google Cloud", "Google Cloud Platform"),
            ("Google Ireland Limited", "Google LLC"),
            ("Stakater AB", "Stakater Czech s.r.o."),
        ] {
            assert_ne!(key(one), key(other), "{one} / {other}");
        }
    }

    #[test]
    fn stand_ins_are_no_names() {
        for name in ["TBD", "n/a", "N/A", "example", "-", "—", "???", "  ", "To be determined"] {
            assert!(is_placeholder(name), "{name}");
        }
        for name in ["Example GmbH", "Notion", "Pendo", "Unknown Worlds", "X"] {
            assert!(!is_placeholder(name), "{name}");
        }
    }

    #[test]
    fn two_companies_in_a_cell_are_seen_and_one_is_left_alone() {
        let nobody = |_: &str| false;
        for name in ["Digital Realty + OpenMetal", "Foo Inc. and Bar GmbH", "Foo, Inc., Bar, Inc.", "A1; B2"]
        {
            assert!(matches!(several(name, nobody), Some(Several::Surely(_))), "{name}");
        }
        for name in [
            "Johnson & Johnson",
            "Ernst and Young",
            "Amazon Web Services, Inc.",
            "Intercom R&D Unlimited Company",
            "A+",
        ] {
            assert_eq!(several(name, nobody), None, "{name}");
        }
        assert!(matches!(several("Zoho Corp / ManageEngine", nobody), Some(Several::Perhaps(_))));
        assert!(matches!(
            several("Slack and Zoom", |k| k == "slack" || k == "zoom"),
            Some(Several::Surely(_))
        ));
    }
}
