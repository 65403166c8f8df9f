//! Addresses of vendors on the public page: short, readable, and permanent once given.

/// A slug of lowercase ASCII letters, digits and hyphens made from `name`; `existing` tells
/// whether one is taken. A slug never changes on a rename, so links in old notices keep working.
pub fn slug_for(name: &str, existing: impl Fn(&str) -> bool) -> String {
    let base = slugify(name);
    if !existing(&base) {
        return base;
    }
    (2u32..).map(|n| format!("{base}-{n}")).find(|candidate| !existing(candidate)).unwrap_or(base)
}

fn slugify(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if let Some(plain) = fold(c) {
            slug.push_str(plain);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let slug: String = slug.chars().take(60).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "sub-processor".to_owned() } else { slug.to_owned() }
}

fn fold(c: char) -> Option<&'static str> {
    Some(match c {
        'ä' | 'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'í' | 'ì' | 'î' | 'ï' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ö' | 'ó' | 'ò' | 'ô' | 'õ' | 'ø' => "o",
        'ř' => "r",
        'ß' | 'ś' | 'š' => "s",
        'ü' | 'ú' | 'ù' | 'û' | 'ů' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain_and_unique() {
        assert_eq!(slug_for("Intercom R&D Unlimited Company", |_| false), "intercom-r-d-unlimited-company");
        assert_eq!(slug_for("Müller GmbH", |s| s == "muller-gmbh"), "muller-gmbh-2");
        assert_eq!(slug_for("株式会社", |_| false), "sub-processor");
    }
}
