//! Why a change may not be active for one Client yet, and whether that delays it for everybody
//! (invariants 1, 2, 6, 8 and 9). The page that shows who is in the way and the hour that brings
//! a change into force ask the same function.

use jiff::civil::Date;

use super::case::Concern;
use super::change::Class;
use super::client_notice::{ClientNotice, ClientNoticeState, Gate};
use super::diff::long_date;
use super::owed::{Party, Question, Stand, owed};
use super::period::StartEvent;

/// Why one Client's gate is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its notice period ends later: not before this day.
    NotBefore(Date),
    /// Nobody there was reached, so that its clock has not started.
    Unreached,
    /// Its clock starts when somebody there acknowledges the notice, and nobody has.
    Unread,
    /// Specific authorisation: silence refuses.
    NeedsConsent,
    /// An emergency its agreement has no clause for: legal decides. Otherwise not before this
    /// day, where its clock has started.
    NoClause(Option<Date>),
    /// An open admitted objection blocks.
    Objected,
    /// Held out of every engagement the change touches.
    HeldOut,
}

impl Why {
    /// For programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotBefore(_) => "not_before",
            Self::Unreached => "unreached",
            Self::Unread => "unread",
            Self::NeedsConsent => "needs_consent",
            Self::NoClause(_) => "no_emergency_clause",
            Self::Objected => "objected",
            Self::HeldOut => "held_out",
        }
    }

    /// For people, after the Client's name; `delays` as in [`InTheWay`].
    #[must_use]
    pub fn words(self, delays: bool) -> String {
        match self {
            Self::NotBefore(day) => format!("not before {}", long_date(day)),
            Self::Unreached => "could not be reached".to_owned(),
            Self::Unread => "has not acknowledged it, and its clock starts then".to_owned(),
            Self::NeedsConsent if delays => "has not consented".to_owned(),
            Self::NeedsConsent => "held out until it consents".to_owned(),
            Self::NoClause(None) => "its agreement allows no emergency replacement".to_owned(),
            Self::NoClause(Some(day)) => {
                format!("its agreement allows no emergency replacement: not before {}", long_date(day))
            }
            Self::Objected => "has objected".to_owned(),
            Self::HeldOut => "held out".to_owned(),
        }
    }
}

/// A closed gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InTheWay {
    /// Why it is closed.
    pub why: Why,
    /// Whether the change waits for it; not where the Client is held out, by hand or until it
    /// consents.
    pub delays: bool,
}

/// What all Clients of one change have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Whether a single Client can be held out of everything material in it.
    pub withholdable: bool,
    /// Whether it is an emergency replacement.
    pub emergency: bool,
}

/// Whether a single Client can be held out of everything material.
#[must_use]
pub fn withholdable(concerns: &[Concern]) -> bool {
    let mut material = concerns.iter().filter(|concern| concern.class == Class::Material).peekable();
    material.peek().is_some() && material.all(|concern| concern.withholdable)
}

/// Whether the notice may have arrived, and only nobody has acknowledged it.
fn waits_for_a_reader(one: &ClientNotice) -> bool {
    let starts = one.rules.further.iter().map(|(_, start)| *start).chain([one.rules.notice_start]);
    starts.into_iter().any(|start| start == StartEvent::Read) && one.state != ClientNoticeState::Suspended
}

impl Setting {
    fn closed(self, why: Why) -> InTheWay {
        let held_out = why == Why::HeldOut || (why == Why::NeedsConsent && self.withholdable);
        InTheWay { why, delays: !held_out }
    }

    /// After the announcement: the gate of `one` on `day`, if it is closed. `blocked` says that
    /// an admitted objection is open.
    #[must_use]
    pub fn of_notice(self, one: &ClientNotice, day: Date, blocked: bool, held_out: bool) -> Option<InTheWay> {
        let why = match one.gate(day, blocked, self.emergency) {
            Gate::Open | Gate::Withdrawn => return None,
            _ if held_out => Why::HeldOut,
            // The gate would be open, did the agreement allow it.
            Gate::From(first) if self.emergency => Why::NoClause(Some(first)),
            Gate::Unreached if self.emergency => Why::NoClause(None),
            Gate::From(first) => Why::NotBefore(first),
            Gate::Unreached if waits_for_a_reader(one) => Why::Unread,
            Gate::Unreached => Why::Unreached,
            Gate::NeedsConsent => Why::NeedsConsent,
            Gate::Objected => Why::Objected,
        };
        Some(self.closed(why))
    }

    /// Before the announcement: what `party`'s agreement would say, if it is closed.
    #[must_use]
    pub fn of_party(self, question: &Question, party: &Party<'_>) -> Option<InTheWay> {
        let terming = owed(question, party).ok()?;
        let why = match terming.stand {
            Stand::Free => return None,
            Stand::HeldOut => Why::HeldOut,
            Stand::NeedsConsent => Why::NeedsConsent,
            Stand::Waits if terming.exception => Why::NoClause(terming.earliest),
            Stand::Waits if party.mails + party.webhooks == 0 => Why::Unreached,
            Stand::Waits => {
                let first = terming.earliest?;
                if question.effective_on.is_none_or(|day| first <= day) {
                    return None;
                }
                Why::NotBefore(first)
            }
        };
        Some(self.closed(why))
    }
}
