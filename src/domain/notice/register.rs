//! A notice in the register: what was published, and what was told since.

use jiff::Timestamp;
use jiff::civil::Date;

use serde::{Deserialize, Serialize};

use super::{NoticeDocument, NoticeItem};
use crate::domain::id::Id;

/// A notice in the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Identity.
    pub id: Id,
    /// `N-2026-007`.
    pub number: String,
    /// The change announced.
    pub change_id: Id,
    /// What everybody may read; `None` if every item is hidden.
    pub public: Option<NoticeDocument>,
    /// What Clients bound by an agreement read.
    pub clients: NoticeDocument,
    /// SHA-256 of the public document's bytes, its evidence id; of the full one's if none.
    pub sha256: String,
    /// What was told since.
    pub updates: Vec<NoticeUpdate>,
}

crate::words! {
    /// What a later message about a notice tells. Also the tail of the webhook's type.
    NoticeEvent {
        /// The announcement itself.
        Announced = "announced",
        /// It is now in effect.
        Effective = "effective",
        /// Its effective date was moved to a later day.
        Updated = "updated",
        /// It was taken back before it took effect.
        Withdrawn = "withdrawn",
    }
}

impl NoticeEvent {
    /// The event of a stored word: a notice can be updated more than once, and `updated-2` is the
    /// second time.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        word.split_once('-').map_or(word, |(event, _)| event).parse().ok()
    }
}

impl Notice {
    /// The day on which it came into force, in the company's zone; `None` before that, and for
    /// one that was in force with its announcement.
    #[must_use]
    pub fn in_force_on(&self) -> Option<Date> {
        self.effective().map(|update| update.day)
    }

    fn effective(&self) -> Option<&NoticeUpdate> {
        self.updates.iter().find(|update| update.event == NoticeEvent::Effective)
    }

    /// Whether it is in force. One that waits past its planned day is not.
    #[must_use]
    pub fn is_in_force(&self, published: Date) -> bool {
        let at_once = |told: &NoticeDocument| told.effective_from.is_none_or(|day| day <= published);
        self.effective().is_some() || self.public.as_ref().is_some_and(at_once)
    }

    /// Its withdrawal, if it was withdrawn.
    #[must_use]
    pub fn withdrawn(&self) -> Option<&NoticeUpdate> {
        self.updates.iter().find(|update| update.event == NoticeEvent::Withdrawn)
    }

    /// The effective date as it stands by now, whether or not it has come.
    #[must_use]
    pub fn planned_day(&self) -> Option<Date> {
        let moved = self.updates.iter().rev().find(|update| update.event == NoticeEvent::Updated);
        moved.map(|update| update.day).or(self.clients.effective_from)
    }

    /// The word the next update is stored under.
    #[must_use]
    pub fn next_update(&self) -> String {
        let event = NoticeEvent::Updated;
        match self.updates.iter().filter(|update| update.event == event).count() {
            0 => event.to_string(),
            n => format!("{event}-{}", n + 1),
        }
    }

    /// What everybody is told with the message stored under `word`: a follow-up names the day and
    /// the list version in which the change did come into force, whatever had been planned.
    #[must_use]
    pub fn told(&self, word: &str) -> Option<NoticeDocument> {
        self.public.clone().map(|told| self.at(told, word, |update| update.public_correction.as_ref()))
    }

    /// What Clients bound by an agreement are told with it.
    #[must_use]
    pub fn told_to_clients(&self, word: &str) -> NoticeDocument {
        self.at(self.clients.clone(), word, |update| update.clients_correction.as_ref())
    }

    /// The word whose facts a message stored under `word` tells, if it was made with
    /// `list_version`: an announcement made only after the date was moved tells the moved day.
    #[must_use]
    pub fn facts_of<'a>(&'a self, word: &'a str, list_version: Option<i64>) -> &'a str {
        if word != NoticeEvent::Announced.as_str() {
            return word;
        }
        let moved = |update: &&NoticeUpdate| {
            update.event == NoticeEvent::Updated && Some(update.list_version) <= list_version
        };
        self.updates.iter().rev().find(moved).map_or(word, |update| &update.word)
    }

    /// What everybody reads by now.
    #[must_use]
    pub fn latest(&self) -> Option<NoticeDocument> {
        self.told(self.last_word())
    }

    /// What Clients bound by an agreement read by now.
    #[must_use]
    pub fn latest_for_clients(&self) -> NoticeDocument {
        self.told_to_clients(self.last_word())
    }

    fn last_word(&self) -> &str {
        self.updates.last().map_or(NoticeEvent::Announced.as_str(), |update| &update.word)
    }

    /// What everybody is told that happened at the message stored under `word`; `None` if it is
    /// not known.
    #[must_use]
    pub fn happening(&self, word: &str) -> Option<Happening> {
        self.happened(word, |update| &update.public_reason, |update| update.public_correction.as_ref())
    }

    /// What Clients bound by an agreement are told that happened.
    #[must_use]
    pub fn happening_for_clients(&self, word: &str) -> Option<Happening> {
        self.happened(word, |update| &update.clients_reason, |update| update.clients_correction.as_ref())
    }

    fn happened(
        &self,
        word: &str,
        reason: fn(&NoticeUpdate) -> &String,
        correction: fn(&NoticeUpdate) -> Option<&Correction>,
    ) -> Option<Happening> {
        let announced = self.clients.effective_from;
        if word == NoticeEvent::Announced.as_str() {
            return Some(Happening::announced(announced));
        }
        let at = self.updates.iter().position(|update| update.word == word)?;
        let (before, update) = (self.updates.get(..at)?, self.updates.get(at)?);
        let moved = before.iter().rev().find(|update| update.event == NoticeEvent::Updated);
        let planned = match update.event {
            NoticeEvent::Updated | NoticeEvent::Withdrawn => moved.map(|u| u.day).or(announced),
            NoticeEvent::Announced | NoticeEvent::Effective => announced,
        };
        Some(Happening {
            event: update.event,
            at: Some(update.at),
            planned,
            reason: reason(update).clone(),
            corrected: correction(update).map(|correction| correction.corrected.clone()).unwrap_or_default(),
        })
    }

    fn at(
        &self,
        mut told: NoticeDocument,
        word: &str,
        correction: fn(&NoticeUpdate) -> Option<&Correction>,
    ) -> NoticeDocument {
        let last = self.updates.iter().position(|update| update.word == word);
        for update in self.updates.iter().take(last.map_or(0, |last| last + 1)) {
            if let Some(correction) = correction(update) {
                told.items.clone_from(&correction.items);
            }
            if update.event != NoticeEvent::Withdrawn {
                for item in told.items.iter_mut().filter(|item| item.effective_from == told.effective_from) {
                    item.effective_from = Some(update.day);
                }
                told.effective_from = Some(update.day);
            }
            told.list_version = update.list_version;
        }
        told
    }
}

/// What a message about a notice tells beside the notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// What happened.
    pub event: NoticeEvent,
    /// When; `None` for the announcement itself, whose document says so.
    pub at: Option<Timestamp>,
    /// The effective date as it had been told before.
    pub planned: Option<Date>,
    /// Why; empty where the notice's own reason says it.
    pub reason: String,
    /// What was announced wrongly, as it was and as it is; empty where nothing was corrected.
    pub corrected: Vec<NoticeItem>,
}

impl Happening {
    /// The announcement itself, planned for a day.
    #[must_use]
    pub fn announced(planned: Option<Date>) -> Self {
        Self {
            event: NoticeEvent::Announced,
            at: None,
            planned,
            reason: String::new(),
            corrected: Vec::new(),
        }
    }
}

/// Something told after the announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeUpdate {
    /// The word it is stored under, one for each message; see [`NoticeEvent::of`].
    pub word: String,
    /// What.
    pub event: NoticeEvent,
    /// When.
    pub at: Timestamp,
    /// The day that counts for it in the company's zone: the one it came into force on, the new
    /// effective date, or the day of the withdrawal.
    pub day: Date,
    /// Why, as everybody may read it; empty where nobody had to say, or where the words may name
    /// what is hidden.
    pub public_reason: String,
    /// Why, as Clients bound by an agreement may read it.
    pub clients_reason: String,
    /// The corrected facts as everybody may read them, where it is a correction.
    pub public_correction: Option<Correction>,
    /// The corrected facts as Clients bound by an agreement may read them.
    pub clients_correction: Option<Correction>,
    /// The list version published with it.
    pub list_version: i64,
}

/// Facts announced wrongly, and what the notice says instead from then on. The notice itself is
/// never edited: this stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Every item of the notice as it stands now.
    pub items: Vec<NoticeItem>,
    /// What was announced wrongly: before is as announced, after as corrected.
    pub corrected: Vec<NoticeItem>,
}

impl NoticeUpdate {
    /// Whether facts were corrected.
    #[must_use]
    pub fn is_correction(&self) -> bool {
        self.clients_correction.is_some()
    }

    /// Whether it is a correction of which everybody may read nothing.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.is_correction() && self.public_correction.as_ref().is_none_or(|told| told.corrected.is_empty())
    }
}
