//! An objection: its states, what may follow what, and when it was in time.

use jiff::Timestamp;

use super::id::Id;
use super::text::{FieldError, NAME_LIMIT, TEXT_LIMIT, line, paragraph};

crate::words! {
    /// Where an objection stands.
    ObjectionState {
        /// It came in.
        Received = "received",
        /// In time and in form; it has to be answered.
        Admitted = "admitted",
        /// It came after the window; kept, and answered out of courtesy.
        Late = "late",
        /// Not what the agreement calls an objection; says why.
        Inadmissible = "inadmissible",
        /// Both sides are talking.
        InTalks = "in_talks",
        /// A remedy was found.
        Resolved = "resolved",
        /// The Client took it back.
        Withdrawn = "withdrawn",
        /// The Client ended the service concerned.
        ServiceEnded = "service_ended",
        /// The Client ended the contract.
        ContractEnded = "contract_ended",
    }
}

crate::words! {
    /// What resolved an objection.
    Remedy {
        /// Another way of working.
        Workaround = "workaround",
        /// A setting of the product.
        Configuration = "configuration",
        /// The sub-processor is not used for this Client.
        HeldOut = "held_out",
    }
}

impl Remedy {
    /// The words for people, in English.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Workaround => "A workaround",
            Self::Configuration => "A setting of the product",
            Self::HeldOut => "Held out: the sub-processor is not used for this Client",
        }
    }
}

impl ObjectionState {
    /// Whether it still has to be answered.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Received | Self::Admitted | Self::Late | Self::InTalks)
    }

    /// What may follow.
    #[must_use]
    pub fn next(self) -> &'static [ObjectionState] {
        use ObjectionState as S;
        match self {
            S::Received => &[S::Admitted, S::Late, S::Inadmissible, S::Withdrawn],
            S::Admitted | S::Late => {
                &[S::InTalks, S::Resolved, S::Withdrawn, S::ServiceEnded, S::ContractEnded]
            }
            S::InTalks => &[S::Resolved, S::Withdrawn, S::ServiceEnded, S::ContractEnded],
            // A person may have erred about the form.
            S::Inadmissible => &[S::Admitted],
            S::Resolved | S::Withdrawn | S::ServiceEnded | S::ContractEnded => &[],
        }
    }

    /// The words for people, in English.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Received => "Received",
            Self::Admitted => "Admitted",
            Self::Late => "Late",
            Self::Inadmissible => "Not admissible",
            Self::InTalks => "In talks",
            Self::Resolved => "Resolved",
            Self::Withdrawn => "Withdrawn by the Client",
            Self::ServiceEnded => "Service ended",
            Self::ContractEnded => "Contract ended",
        }
    }
}

/// An objection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// Identity.
    pub id: Id,
    /// `O-2026-012`.
    pub number: String,
    /// To which notice, of which Client.
    pub client_notice_id: Id,
    /// The contact whose link was used, or who wrote to staff; answers go there.
    pub contact_id: Option<Id>,
    /// Who objects, as they named themselves.
    pub person: String,
    /// Where to answer them; empty if unknown.
    pub email: String,
    /// How it came: `its page`, or what staff say.
    pub received_by: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// Why.
    pub grounds: String,
    /// What they wish.
    pub wish: String,
    /// Whether it was in time.
    pub in_time: bool,
    /// State.
    pub state: ObjectionState,
    /// What resolved it.
    pub remedy: Option<Remedy>,
    /// Why it was not admitted, or how it ended, in words.
    pub answer: String,
    /// The processor answers with a remedy by then.
    pub fix_by: Option<Timestamp>,
    /// An earlier objection of the same Client to the same notice it was merged with.
    pub merged_into: Option<Id>,
    /// Counts saves, for lost-update checks.
    pub revision: i64,
}

impl Objection {
    /// Whether it blocks, where the agreement lets objections block (invariant 9): open, in time
    /// and not refused. One nobody judged yet blocks as well, so that a slow desk cannot let a
    /// date pass.
    #[must_use]
    pub fn blocks(&self) -> bool {
        use ObjectionState as S;
        self.in_time && matches!(self.state, S::Received | S::Admitted | S::InTalks)
    }
}

/// Whether something received at `at` is within a window that ends, exclusive, at `until`. A
/// window that has not begun is open.
#[must_use]
pub fn is_in_time(at: Timestamp, until: Option<Timestamp>) -> bool {
    until.is_none_or(|end| at < end)
}

/// `O-2026-012`.
#[must_use]
pub fn number(year: i16, ordinal: i64) -> String {
    format!("O-{year}-{ordinal:03}")
}

/// What a person writes when objecting.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct Words {
    /// Their name.
    pub person: String,
    /// Why.
    pub grounds: String,
    /// What they wish.
    pub wish: String,
}

impl Words {
    /// The words, made fit to be stored.
    ///
    /// # Errors
    /// No name, no grounds, or too long.
    pub fn tidy(self) -> Result<Self, Vec<FieldError>> {
        let person = super::text::required_line("person", "your name", &self.person, NAME_LIMIT);
        let grounds = paragraph("grounds", &self.grounds, TEXT_LIMIT).and_then(|text| {
            if text.is_empty() {
                return Err(FieldError::new("grounds", "Say why you object; one sentence will do."));
            }
            Ok(text)
        });
        let wish =
            line("wish", &self.wish, NAME_LIMIT).or_else(|_| paragraph("wish", &self.wish, TEXT_LIMIT));
        match (person, grounds, wish) {
            (Ok(person), Ok(grounds), Ok(wish)) => Ok(Self { person, grounds, wish }),
            (person, grounds, wish) => {
                Err(person.err().into_iter().chain(grounds.err()).chain(wish.err()).collect())
            }
        }
    }
}

/// How an objection stands when it comes in: one that is late is kept and marked.
#[must_use]
pub fn first_state(in_time: bool, withdrawn: bool) -> ObjectionState {
    match (withdrawn, in_time) {
        (true, _) => ObjectionState::Inadmissible,
        (false, true) => ObjectionState::Received,
        (false, false) => ObjectionState::Late,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_reached_and_every_end_is_an_end() {
        use ObjectionState as S;
        for state in S::ALL {
            assert!(
                *state == S::Received || S::ALL.iter().any(|from| from.next().contains(state)),
                "{state}"
            );
            assert_eq!(state.next().is_empty(), !state.is_open() && *state != S::Inadmissible, "{state}");
        }
    }

    #[test]
    fn the_last_moment_is_in_time_and_the_end_is_late() {
        let end: Timestamp = "2026-03-12T10:00:00Z".parse().unwrap();
        assert!(is_in_time("2026-03-12T09:59:59.999999Z".parse().unwrap(), Some(end)));
        assert!(!is_in_time(end, Some(end)));
        assert!(is_in_time(end, None));
    }

    #[test]
    fn an_objection_without_grounds_or_name_is_told_both() {
        assert_eq!(Words::default().tidy().unwrap_err().len(), 2);
    }
}
