//! The audit trail: each event carries the hash of the one before, so that nothing can be
//! changed or left out unseen. People are named by id; what somebody typed enters the hash as a
//! salted digest only, see [`seal`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::canonical::{NotCanonical, document};
use super::id::Id;

mod sealed;

pub use sealed::{SALT_BYTES, Text, reveal, seal, texts_of};

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A staff member.
    Staff(Id),
    /// An API token, acting for staff.
    Token(Id),
    /// A subscriber through a mailed link.
    Subscriber(Id),
    /// A Client's contact through a mailed link; it may have been forwarded.
    Contact(Id),
    /// Somebody at the command line of the server.
    Operator,
    /// The program itself, when a time has come.
    System,
}

impl Actor {
    /// The person or token, if any.
    #[must_use]
    pub fn id(self) -> Option<Id> {
        match self {
            Actor::Staff(id) | Actor::Token(id) | Actor::Subscriber(id) | Actor::Contact(id) => Some(id),
            Actor::Operator | Actor::System => None,
        }
    }

    /// `staff`, `token`, `subscriber`, `contact`, `operator` or `system`.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Actor::Staff(_) => "staff",
            Actor::Token(_) => "token",
            Actor::Subscriber(_) => "subscriber",
            Actor::Contact(_) => "contact",
            Actor::Operator => "operator",
            Actor::System => "system",
        }
    }
}

/// What is about to be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Who.
    pub actor: Actor,
    /// What, as `subject.verb`: `change.approved`.
    pub action: &'static str,
    /// The id, number or name of what it was done to.
    pub subject: String,
    /// Before and after, or whatever tells the rest. Texts in it are sealed when it is recorded.
    pub detail: Value,
}

/// An event with its place in the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// 1 for the first.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// The rest, with a digest in place of each text; see [`seal`].
    pub detail: Value,
    /// Hash of the event before; empty for the first.
    pub previous: String,
}

impl Link {
    /// SHA-256 over the canonical JSON of all members, the previous hash among them.
    ///
    /// # Errors
    /// The detail cannot be written as canonical JSON.
    pub fn hash(&self) -> Result<String, NotCanonical> {
        document(self).map(|d| d.sha256)
    }
}

/// How far a chain was checked, event by event from the first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Events that fit so far.
    pub events: i64,
    /// Hash of the last of them; empty before the first.
    pub hash: String,
}

impl Checked {
    /// Goes on with the next event and its stored hash.
    ///
    /// # Errors
    /// The sequence number at which the chain breaks.
    pub fn take(&mut self, link: &Link, hash: &str) -> Result<(), i64> {
        let expected = self.events + 1;
        let fits = link.seq == expected && link.previous == self.hash && link.hash().is_ok_and(|h| h == hash);
        if !fits {
            return Err(expected);
        }
        self.events = expected;
        hash.clone_into(&mut self.hash);
        Ok(())
    }
}

/// Whether `links` with their stored hashes form one unbroken chain from the first event.
/// Answers the sequence number of the first that does not fit.
///
/// # Errors
/// The sequence number at which the chain breaks.
pub fn verify<'a>(links: impl IntoIterator<Item = (&'a Link, &'a str)>) -> Result<(), i64> {
    let mut checked = Checked::default();
    links.into_iter().try_for_each(|(link, hash)| checked.take(link, hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Vec<(Link, String)> {
        let mut previous = String::new();
        (1..=3)
            .map(|seq| {
                let link = Link {
                    seq,
                    at: Timestamp::from_second(seq).unwrap(),
                    actor: Actor::System,
                    action: "change.announced".into(),
                    subject: format!("C-{seq}"),
                    detail: Value::Null,
                    previous: previous.clone(),
                };
                previous = link.hash().unwrap();
                (link, previous.clone())
            })
            .collect()
    }

    #[test]
    fn an_altered_or_missing_event_breaks_the_chain() {
        let good = chain();
        assert_eq!(verify(good.iter().map(|(l, h)| (l, h.as_str()))), Ok(()));
        let mut altered = chain();
        altered[1].0.subject = "C-9".into();
        assert_eq!(verify(altered.iter().map(|(l, h)| (l, h.as_str()))), Err(2));
        assert_eq!(verify(good.iter().skip(1).map(|(l, h)| (l, h.as_str()))), Err(1));
    }
}
