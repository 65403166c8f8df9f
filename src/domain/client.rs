//! A Client: a business customer, its people to be told, and how it counts days.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::email::Email;
use super::id::Id;
use super::period::DayCount;
use super::subscription::Channel;
use super::terms::{Terms, Told};
use super::text::{FieldError, NAME_LIMIT, TEXT_LIMIT, line, paragraph, required_line};

crate::words! {
    /// In which capacity a Client buys.
    ClientRole {
        /// It decides on purposes and means.
        Controller = "controller",
        /// It processes for its own controller.
        Processor = "processor",
    }
}

/// What the register knows of a Client. Empty means the company's own, or unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientFacts {
    /// Controller or processor.
    pub role: ClientRole,
    /// Laws it is under, in words: `GDPR`, `HIPAA` …
    pub laws: Vec<String>,
    /// Its data holds health data under HIPAA: sub-processors that see it need a BAA.
    pub health_data: bool,
    /// It is a financial entity (DORA Art. 30).
    pub financial_entity: bool,
    /// IANA name of its time zone; empty for the company's.
    pub time_zone: String,
    /// Its public holidays.
    pub holidays: BTreeSet<Date>,
    /// Language of its notices, e.g. `de`; empty for the company's.
    pub language: String,
    /// Products it uses; empty means unknown, and then every product.
    pub products: Vec<String>,
    /// Regions it is in; empty means unknown, and then every region.
    pub regions: Vec<String>,
    /// For staff.
    pub note: String,
}

impl Default for ClientFacts {
    fn default() -> Self {
        Self {
            role: ClientRole::Controller,
            laws: Vec::new(),
            health_data: false,
            financial_entity: false,
            time_zone: String::new(),
            holidays: BTreeSet::new(),
            language: String::new(),
            products: Vec::new(),
            regions: Vec::new(),
            note: String::new(),
        }
    }
}

/// The languages a notice's frame is written in (ISO 639-1).
pub const LANGUAGES: [&str; 8] = ["en", "de", "fr", "es", "it", "nl", "pl", "pt"];

impl ClientFacts {
    /// The facts as typed, made fit to be stored.
    ///
    /// # Errors
    /// Every field that is wrong, with how to mend it.
    pub fn tidy(mut self) -> Result<Self, Vec<FieldError>> {
        let mut problems = Vec::new();
        let lists =
            [("laws", &mut self.laws), ("products", &mut self.products), ("regions", &mut self.regions)];
        for (field, list) in lists {
            match list.iter().map(|text| line(field, text, NAME_LIMIT)).collect::<Result<Vec<_>, _>>() {
                Ok(mut tidied) => {
                    tidied.retain(|text| !text.is_empty());
                    *list = tidied;
                }
                Err(problem) => problems.push(problem),
            }
        }
        self.time_zone = self.time_zone.trim().to_owned();
        if !self.time_zone.is_empty() && TimeZone::get(&self.time_zone).is_err() {
            problems.push(FieldError::new(
                "time_zone",
                format!(
                    "“{}” is not a time zone. Use a name such as Europe/Berlin or America/New_York.",
                    self.time_zone.chars().take(60).collect::<String>()
                ),
            ));
        }
        self.language = self.language.trim().to_lowercase();
        if !self.language.is_empty() && !LANGUAGES.contains(&self.language.as_str()) {
            problems.push(FieldError::new("language", format!("Choose one of {}.", LANGUAGES.join(", "))));
        }
        if self.holidays.len() > 500 {
            problems.push(FieldError::new("holidays", "Name at most 500 days."));
        }
        match paragraph("note", &self.note, TEXT_LIMIT) {
            Ok(note) => self.note = note,
            Err(problem) => problems.push(problem),
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    /// Its zone, the company's where it has none of its own.
    #[must_use]
    pub fn zone(&self, company: &TimeZone) -> TimeZone {
        if self.time_zone.is_empty() {
            return company.clone();
        }
        TimeZone::get(&self.time_zone).unwrap_or_else(|_| company.clone())
    }

    /// How it counts the days of `terms`.
    #[must_use]
    pub fn day_count(&self, terms: &Terms, company: &TimeZone) -> DayCount {
        DayCount {
            zone: self.zone(company),
            holidays: self.holidays.clone(),
            moves_to_working_day: terms.moves_to_working_day,
        }
    }
}

/// A Client in the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Identity.
    pub id: Id,
    /// The company's own number for it, unique; re-importing finds it by this.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// What is known.
    pub facts: ClientFacts,
    /// Goes up when all links mailed to it are revoked.
    pub link_epoch: i64,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When its data was last saved or confirmed; after 30 days a plan says so.
    pub checked_at: Timestamp,
    /// Counts saves, for lost-update checks.
    pub revision: i64,
}

/// A Client's name and reference as typed.
///
/// # Errors
/// A field is empty, too long or holds what cannot be printed.
pub fn tidy_names(reference: &str, name: &str) -> Result<(String, String), Vec<FieldError>> {
    let reference = required_line("reference", "your own number for this Client", reference, 100);
    let name = required_line("name", "the Client's name", name, NAME_LIMIT);
    match (reference, name) {
        (Ok(reference), Ok(name)) => Ok((reference, name)),
        (reference, name) => Err(reference.err().into_iter().chain(name.err()).collect()),
    }
}

crate::words! {
    /// When a contact is told.
    ContactRole {
        /// With every notice.
        Notify = "notify",
        /// When those who are notified cannot be reached.
        Fallback = "fallback",
    }
}

crate::words! {
    /// Whether a contact can be reached.
    ContactState {
        /// As far as anybody knows.
        Working = "working",
        /// Its address refused for good; a person must look.
        Bounced = "bounced",
        /// It asked to be replaced.
        Leaving = "leaving",
        /// Replaced or removed; kept for the proof of what it was told.
        Ended = "ended",
    }
}

/// Somebody to be told, in the order of `position`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Identity.
    pub id: Id,
    /// Whose.
    pub client_id: Id,
    /// 1 for the first.
    pub position: i32,
    /// Notified or fallback.
    pub role: ContactRole,
    /// How.
    pub channel: Channel,
    /// The person's or the mailbox's name.
    pub name: String,
    /// The address; for a webhook its confirmed contact's.
    pub email: Email,
    /// For a webhook, and for whoever subscribed: the subscription it goes through.
    pub subscription_id: Option<Id>,
    /// Whether it can be reached.
    pub state: ContactState,
}

impl Contact {
    /// Whether a notice can go to it: it works; a contact that is leaving is told until it is
    /// replaced.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        matches!(self.state, ContactState::Working | ContactState::Leaving)
    }
}

impl Contact {
    /// Whether a notice under an agreement that tells `told` can go to it.
    #[must_use]
    pub fn may_be_told(&self, told: Told) -> bool {
        self.is_reachable() && (told == Told::AllContacts || self.subscription_id.is_some())
    }
}

/// Whom a notice goes to first: every reachable contact to be notified; where none of them can
/// be reached, the first fallback that can. Where an agreement tells subscribers only, those who
/// subscribed.
#[must_use]
pub fn told_first(contacts: &[Contact], told: Told) -> Vec<&Contact> {
    let admitted = |contact: &&Contact| contact.may_be_told(told);
    let of = |role| contacts.iter().filter(admitted).filter(move |contact| contact.role == role);
    let notified: Vec<&Contact> = of(ContactRole::Notify).collect();
    if notified.is_empty() { of(ContactRole::Fallback).take(1).collect() } else { notified }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_zone_is_refused_by_its_name() {
        let facts = ClientFacts { time_zone: "Europe/Atlantis".into(), ..ClientFacts::default() };
        let problems = facts.tidy().unwrap_err();
        assert_eq!(problems[0].field, "time_zone");
        assert!(problems[0].problem.contains("Europe/Atlantis"));
        assert!(ClientFacts { time_zone: "Asia/Tokyo".into(), ..ClientFacts::default() }.tidy().is_ok());
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let facts = ClientFacts {
            time_zone: "nowhere".into(),
            language: "tlh".into(),
            laws: vec!["a\nb".into()],
            ..ClientFacts::default()
        };
        assert_eq!(facts.tidy().unwrap_err().len(), 3);
    }
}
