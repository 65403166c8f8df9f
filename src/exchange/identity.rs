//! Who is who: the companies a file names against those the register knows. A name is not an
//! identity: register number, LEI, exact name, former names and spelling pair by themselves;
//! a shared site or a near name is a question for a person. Each company is paired once.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::names::{forms, key};
use super::near::{self, Guess};
use crate::domain::vendor::VendorFacts;

/// What tells a company apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its name.
    pub name: String,
    /// Legal name, former and other names.
    pub other_names: Vec<String>,
    /// Host of its site, without `www.`.
    pub host: String,
    /// Legal Entity Identifier.
    pub lei: String,
    /// Number in the register of companies.
    pub register_number: String,
}

impl Identity {
    /// Of a vendor in the register.
    #[must_use]
    pub fn of(facts: &VendorFacts) -> Self {
        let legal = Some(facts.legal_name.clone()).filter(|n| !n.is_empty());
        Self {
            name: facts.name.clone(),
            other_names: legal.into_iter().chain(facts.aliases.iter().map(|a| a.name.clone())).collect(),
            host: host(&facts.website),
            lei: facts.lei.clone(),
            register_number: facts.register_number.clone(),
        }
    }
}

/// The host of a web address without `www.`; empty if there is none.
#[must_use]
pub fn host(url: &str) -> String {
    let host = url::Url::parse(url).ok().and_then(|u| u.host_str().map(str::to_lowercase));
    host.map(|h| h.strip_prefix("www.").unwrap_or(&h).to_owned()).unwrap_or_default()
}

/// What became of a company between the register and the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Link {
    /// The same company; perhaps under another name.
    Same {
        /// Index among the known.
        known: usize,
        /// Index among the new.
        new: usize,
        /// 0 to 1.
        confidence: f64,
        /// Why they are taken for one.
        reason: String,
        /// A question for a person; empty where there is none.
        doubt: String,
    },
    /// Several known ones seem to have become one.
    Merged {
        /// Indexes among the known.
        known: Vec<usize>,
        /// Index among the new.
        new: usize,
    },
    /// One known seems to have become several.
    Split {
        /// Index among the known.
        known: usize,
        /// Indexes among the new.
        new: Vec<usize>,
    },
    /// May be any of several; nobody can tell but a person.
    Unclear {
        /// Indexes among the known.
        known: Vec<usize>,
        /// Index among the new.
        new: usize,
    },
}

/// Pairs `new` with `known`. Only the known that `may_leave` (those the file would otherwise
/// take off the list) are offered for guesses.
#[must_use]
pub fn pair(known: &[Identity], new: &[Identity], may_leave: impl Fn(usize) -> bool) -> Vec<Link> {
    let mut pairing = Pairing {
        known,
        new,
        free_known: (0..known.len()).collect(),
        free_new: (0..new.len()).collect(),
        links: Vec::new(),
    };
    let number = |i: &Identity| vec![i.register_number.clone()];
    let lei = |i: &Identity| vec![i.lei.clone()];
    pairing.by(number, number, 1.0, "same register number");
    pairing.by(lei, lei, 1.0, "same LEI");
    let name = |i: &Identity| vec![i.name.clone()];
    pairing.by(name, name, 1.0, "same name");
    let lower = |i: &Identity| vec![i.name.to_lowercase()];
    let others = |i: &Identity| i.other_names.iter().map(|n| n.to_lowercase()).collect();
    pairing.by(lower, lower, 0.98, "same name but for capitals");
    pairing.by(others, lower, 0.98, "a name it is known by");
    let plain = |i: &Identity| vec![key(&i.name)];
    let plain_others = |i: &Identity| i.other_names.iter().map(|n| key(n)).collect();
    pairing.by(plain, plain, 0.95, "same name but for spelling or legal form");
    pairing.by(plain_others, plain, 0.9, "a name it is known by, but for spelling or legal form");
    pairing.free_known.retain(|at| may_leave(*at));
    pairing.by_site();
    pairing.by_likeness();
    pairing.links
}

struct Pairing<'a> {
    known: &'a [Identity],
    new: &'a [Identity],
    free_known: Vec<usize>,
    free_new: Vec<usize>,
    links: Vec<Link>,
}

impl Pairing<'_> {
    fn take(&mut self, known: &[usize], new: &[usize]) {
        let (known, new): (HashSet<_>, HashSet<_>) = (known.iter().collect(), new.iter().collect());
        self.free_known.retain(|at| !known.contains(at));
        self.free_new.retain(|at| !new.contains(at));
    }

    fn index(&self, sign: impl Fn(&Identity) -> Vec<String>) -> HashMap<String, Vec<usize>> {
        let mut index: HashMap<String, Vec<usize>> = HashMap::new();
        for at in &self.free_known {
            for sign in self.known.get(*at).map(&sign).unwrap_or_default() {
                let holders = index.entry(sign).or_default();
                if !holders.contains(at) {
                    holders.push(*at);
                }
            }
        }
        index.remove("");
        index
    }

    /// Pairs those that share a sign nobody else has; several holders make it unclear.
    fn by(
        &mut self,
        sign_of_known: impl Fn(&Identity) -> Vec<String>,
        sign_of_new: impl Fn(&Identity) -> Vec<String>,
        confidence: f64,
        reason: &str,
    ) {
        let index = self.index(sign_of_known);
        let (mut known, mut new) = (HashSet::new(), HashSet::new());
        for at in self.free_new.clone() {
            let signs = self.new.get(at).map(&sign_of_new).unwrap_or_default();
            let Some(holders) = signs.iter().find_map(|sign| index.get(sign)) else { continue };
            let free: Vec<usize> = holders.iter().copied().filter(|h| !known.contains(h)).collect();
            match free.as_slice() {
                [] => continue,
                [one] => {
                    known.insert(*one);
                    let doubt = self.doubt_of_form(*one, at);
                    let confidence = if doubt.is_empty() { confidence } else { 0.8 };
                    self.links.push(Link::Same {
                        known: *one,
                        new: at,
                        confidence,
                        reason: reason.to_owned(),
                        doubt,
                    });
                }
                several => {
                    known.extend(several);
                    self.links.push(Link::Unclear { known: several.to_vec(), new: at });
                }
            }
            new.insert(at);
        }
        self.free_known.retain(|at| !known.contains(at));
        self.free_new.retain(|at| !new.contains(at));
    }

    /// “Acme Inc.” and “Acme GmbH” may be two companies of one house.
    fn doubt_of_form(&self, known: usize, new: usize) -> String {
        let (Some(was), Some(now)) = (self.known.get(known), self.new.get(new)) else { return String::new() };
        let numbered = !now.register_number.is_empty() && was.register_number == now.register_number;
        let (a, b) = (forms(&was.name), forms(&now.name));
        if numbered || a.is_empty() || b.is_empty() || a == b || was.other_names.contains(&now.name) {
            return String::new();
        }
        format!(
            "Is “{}” the same company as “{}”? The legal form differs. If it is another company, undo this item, remove the one and add the other.",
            now.name, was.name
        )
    }

    fn by_site(&mut self) {
        let known = self.index(|i| vec![i.host.clone()]);
        let mut new: HashMap<&str, Vec<usize>> = HashMap::new();
        for at in &self.free_new {
            let Some(identity) = self.new.get(*at).filter(|i| !i.host.is_empty()) else { continue };
            new.entry(identity.host.as_str()).or_default().push(*at);
        }
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (host, holders) in new {
            // A site shared by several products of one house tells nothing.
            if let ([new], Some([known])) = (holders.as_slice(), known.get(host).map(Vec::as_slice)) {
                pairs.push((*known, *new));
            }
        }
        pairs.sort_by_key(|(_, new)| *new);
        for (known, new) in pairs {
            let alike = self.names(known, new).and_then(|(a, b)| near::likeness(a, b));
            self.ask(known, new, alike.map_or(0.7, |_| 0.9), "same web site");
        }
    }

    fn names(&self, known: usize, new: usize) -> Option<(&str, &str)> {
        Some((self.known.get(known)?.name.as_str(), self.new.get(new)?.name.as_str()))
    }

    fn ask(&mut self, known: usize, new: usize, confidence: f64, reason: &str) {
        let Some((was, now)) = self.names(known, new) else { return };
        let doubt = format!(
            "Is “{now}” the same company as “{was}” ({reason})? If it is another company, undo this item, remove the one and add the other."
        );
        self.links.push(Link::Same { known, new, confidence, reason: reason.to_owned(), doubt });
        self.take(&[known], &[new]);
    }

    fn by_likeness(&mut self) {
        let named = |free: &[usize], all: &[Identity]| -> Vec<(usize, String)> {
            free.iter().filter_map(|at| Some((*at, all.get(*at)?.name.clone()))).collect()
        };
        let (known, new) = (named(&self.free_known, self.known), named(&self.free_new, self.new));
        fn borrowed(v: &[(usize, String)]) -> Vec<(usize, &str)> {
            v.iter().map(|(at, name)| (*at, name.as_str())).collect()
        }
        let mut guesses = near::guesses(&borrowed(&known), &borrowed(&new));
        guesses.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        self.respelt(&guesses);
        let still = |g: &&Guess, p: &Self| p.free_known.contains(&g.known) && p.free_new.contains(&g.new);
        let parts: Vec<Guess> = guesses.iter().filter(|g| g.begins && still(g, self)).copied().collect();
        self.parted(&parts);
    }

    /// Names a slip apart, the likest first; two that are equally like make it unclear.
    fn respelt(&mut self, guesses: &[Guess]) {
        let mut of_new: BTreeMap<usize, Vec<&Guess>> = BTreeMap::new();
        for guess in guesses.iter().filter(|g| g.confidence >= 0.8) {
            of_new.entry(guess.new).or_default().push(guess);
        }
        for (new, mut list) in of_new {
            let free: HashSet<usize> = self.free_known.iter().copied().collect();
            list.retain(|g| free.contains(&g.known));
            match list.as_slice() {
                [] => {}
                [best, next, ..] if best.confidence - next.confidence < 0.02 => {
                    let known: Vec<usize> = list.iter().map(|g| g.known).collect();
                    self.take(&known, &[new]);
                    self.links.push(Link::Unclear { known, new });
                }
                [best, ..] => self.ask(best.known, new, best.confidence, "nearly the same name"),
            }
        }
    }

    /// One name that begins others: a company taken into another, or taken apart.
    fn parted(&mut self, guesses: &[Guess]) {
        let mut by_new: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut by_known: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for guess in guesses {
            by_new.entry(guess.new).or_default().push(guess.known);
            by_known.entry(guess.known).or_default().push(guess.new);
        }
        let (mut used_known, mut used_new) = (HashSet::new(), HashSet::new());
        for (new, known) in by_new.iter().filter(|(_, known)| known.len() > 1) {
            used_known.extend(known.iter().copied());
            used_new.insert(*new);
            self.links.push(Link::Merged { known: known.clone(), new: *new });
        }
        for (known, new) in by_known {
            let new: Vec<usize> = new.into_iter().filter(|n| !used_new.contains(n)).collect();
            if used_known.contains(&known) || new.is_empty() {
                continue;
            }
            used_new.extend(new.iter().copied());
            match new.as_slice() {
                [one] => self.ask(known, *one, 0.6, "one name begins with the other"),
                _ => self.links.push(Link::Split { known, new }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<Identity> {
        names.iter().map(|n| Identity { name: (*n).to_owned(), ..Identity::default() }).collect()
    }

    fn told(known: &[&str], new: &[&str]) -> Vec<String> {
        let mut told: Vec<String> = pair(&named(known), &named(new), |_| true)
            .iter()
            .map(|link| match link {
                Link::Same { known: k, new: n, doubt, .. } => {
                    format!("{} = {}{}", known[*k], new[*n], if doubt.is_empty() { "" } else { " ?" })
                }
                Link::Merged { known: k, new: n } => format!("{k:?} > {}", new[*n]),
                Link::Split { known: k, new: n } => format!("{} > {n:?}", known[*k]),
                Link::Unclear { known: k, new: n } => format!("{k:?} ? {}", new[*n]),
            })
            .collect();
        told.sort();
        told
    }

    #[test]
    fn spelling_pairs_and_likeness_asks() {
        assert_eq!(
            told(&["Helpscout", "Google LLC", "Notion"], &["Help Scout", "Google LLC.", "Notion Labs"]),
            ["Google LLC = Google LLC.", "Helpscout = Help Scout", "Notion = Notion Labs ?"]
        );
        assert_eq!(
            told(&["Airtable", "Google Workspaces"], &["Google Gemini", "Google Workspace", "Zoho"]),
            ["Google Workspaces = Google Workspace ?"]
        );
        assert_eq!(told(&["Acme Inc"], &["Acme GmbH"]), ["Acme Inc = Acme GmbH ?"]);
    }

    #[test]
    fn merged_split_and_unclear_are_told_apart() {
        assert_eq!(told(&["Google Cloud", "Google Analytics"], &["Google"]), ["[0, 1] > Google"]);
        assert_eq!(told(&["Zoho"], &["Zoho CRM", "Zoho Desk"]), ["Zoho > [0, 1]"]);
        assert_eq!(told(&["Acme Inc", "Acme GmbH"], &["Acme"]), ["[0, 1] ? Acme"]);
    }

    #[test]
    fn each_company_is_paired_once_and_the_surest_sign_wins() {
        assert_eq!(told(&["Twilio"], &["Twilio, Inc.", "Twilio"]), ["Twilio = Twilio"]);
        let known = [
            Identity { name: "Old".into(), register_number: "HRB 1".into(), ..Identity::default() },
            Identity { name: "New".into(), ..Identity::default() },
        ];
        let new = [Identity { name: "New".into(), register_number: "HRB 1".into(), ..Identity::default() }];
        let links = pair(&known, &new, |_| true);
        assert!(matches!(links.as_slice(), [Link::Same { known: 0, .. }]));
    }

    #[test]
    fn a_site_of_its_own_is_a_question() {
        let of =
            |name: &str, url: &str| Identity { name: name.into(), host: host(url), ..Identity::default() };
        let links = pair(
            &[of("Prosperworks", "https://www.copper.com/a")],
            &[of("Copper", "https://copper.com/b")],
            |_| true,
        );
        assert!(matches!(links.as_slice(), [Link::Same { doubt, .. }] if !doubt.is_empty()));
    }
}
