//! Which change an edit goes into: one of the editor's own drafts, or a new one.

use std::str::FromStr;

use super::field::{Choice, choice};
use crate::db::{self, Conn};
use crate::domain::change::ChangeState;
use crate::domain::id::Id;
use crate::web::error::Error;

/// As a form sends it: `new`, or the change's id with the revision that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Into {
    /// One that is begun for this.
    New,
    /// This one, as it was seen.
    Existing(Id, i64),
}

impl Into {
    /// The change, if it is there already.
    #[must_use]
    pub fn change(self) -> Option<Id> {
        match self {
            Self::New => None,
            Self::Existing(id, _) => Some(id),
        }
    }
}

impl FromStr for Into {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        if text == "new" || text.is_empty() {
            return Ok(Self::New);
        }
        let parsed =
            text.split_once(':').and_then(|(id, revision)| Some((id.parse().ok()?, revision.parse().ok()?)));
        let (id, revision) = parsed.ok_or_else(|| {
            Error::Malformed("The form does not say which change it is for. Open the page again.".into())
        })?;
        Ok(Self::Existing(id, revision))
    }
}

/// What `me` may choose: their own drafts, and `wanted` whatever it is; first a new one unless
/// one is wanted.
///
/// # Errors
/// The database failed.
pub fn into_choices(conn: &mut Conn, me: Id, wanted: Option<Id>) -> Result<Vec<Choice>, db::Error> {
    let open =
        db::change::in_states(conn, &[ChangeState::Draft, ChangeState::Submitted, ChangeState::Held], 200)?;
    let mut choices = vec![choice("new", "A new change")];
    for change in open {
        let is_wanted = wanted == Some(change.id);
        if is_wanted || (change.author == me && change.state == ChangeState::Draft) {
            let label = match change.state {
                ChangeState::Draft => format!("{} {}", change.reference(), change.title),
                state => format!("{} {} ({state}; becomes a draft again)", change.reference(), change.title),
            };
            let value = format!("{}:{}", change.id, change.revision);
            choices.push(Choice { value, label, selected: is_wanted });
        }
    }
    Ok(choices)
}
