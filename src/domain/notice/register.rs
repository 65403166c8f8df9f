//! A notice in the register: what was published, and what was told since.

use jiff::Timestamp;
use jiff::civil::Date;

use super::NoticeDocument;
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

    /// What everybody is told at `event`: a follow-up names the day and the list version in which
    /// the change did come into force, whatever had been planned.
    #[must_use]
    pub fn told(&self, event: NoticeEvent) -> Option<NoticeDocument> {
        self.public.clone().map(|told| self.at(told, event))
    }

    /// What Clients bound by an agreement are told at `event`.
    #[must_use]
    pub fn told_to_clients(&self, event: NoticeEvent) -> NoticeDocument {
        self.at(self.clients.clone(), event)
    }

    fn at(&self, mut told: NoticeDocument, event: NoticeEvent) -> NoticeDocument {
        let Some(update) = self.effective().filter(|_| event == NoticeEvent::Effective) else {
            return told;
        };
        for item in told.items.iter_mut().filter(|item| item.effective_from == told.effective_from) {
            item.effective_from = Some(update.day);
        }
        told.effective_from = Some(update.day);
        told.list_version = update.list_version;
        told
    }
}

/// Something told after the announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeUpdate {
    /// What.
    pub event: NoticeEvent,
    /// When.
    pub at: Timestamp,
    /// The day that counts for it in the company's zone: the one it came into force on.
    pub day: Date,
    /// The list version published with it.
    pub list_version: i64,
}
