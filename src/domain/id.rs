//! Identity: UUID version 7, so that ids sort by the time they were made.

use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::{ContextV7, Uuid};

/// Counts ids of one millisecond: rows made in one go then lie in the order they were made, and
/// reading a large import by id does not jump about in it.
static ORDER: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// The id of any entity. It survives renames; it is never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(Uuid);

impl Id {
    /// A fresh id made at `now`, greater than any this process made before (RFC 9562 sections 5.7
    /// and 6.2, method 1). Where the clock went back, the last time stands in for it.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
        Self(Uuid::new_v7(uuid::Timestamp::from_unix(&ORDER, seconds, nanos)))
    }

    /// The id of sixteen bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self)
    }

    /// The sixteen bytes, for digests and tokens.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is no UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not an id; an id looks like 01890a5d-ac96-774b-bcce-b302099a8057")]
pub struct NotAnId(pub String);

impl FromStr for Id {
    type Err = NotAnId;
    fn from_str(s: &str) -> Result<Self, NotAnId> {
        Uuid::try_parse(s).map(Self).map_err(|_| NotAnId(s.chars().take(64).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_at_one_moment_or_after_the_clock_went_back_ascend() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let mut last = Id::new(now);
        for n in 0..10_000 {
            let id = Id::new(if n % 2 == 0 { now } else { now - jiff::SignedDuration::from_hours(1) });
            assert!(id > last, "{id} after {last}");
            last = id;
        }
    }
}
