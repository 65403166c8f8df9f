//! What a file left open: a place in it that only a person can decide.

use serde::{Deserialize, Serialize};

/// One thing an import could not take as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// The line of the file, from 1; that of the header for a whole column.
    pub line: u64,
    /// The column.
    pub field: String,
    /// What stands there, shortened.
    pub value: String,
    /// What is wrong and what to do, in whole sentences.
    pub why: String,
}

/// How much of a doubtful value is kept: enough to find it by.
const SHOWN: usize = 80;

impl Doubt {
    /// A doubt about `value` in the column `field` on `line`. Control characters are shown
    /// escaped, so that a file cannot write into a terminal or a log.
    pub fn new(line: u64, field: impl Into<String>, value: &str, why: impl Into<String>) -> Self {
        let mut shown = String::new();
        for c in value.chars().take(SHOWN) {
            if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
        }
        if value.chars().nth(SHOWN).is_some() {
            shown.push('…');
        }
        Self { line, field: field.into(), value: shown, why: why.into() }
    }
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, {}", self.line, self.field)?;
        if !self.value.is_empty() {
            write!(f, " “{}”", self.value)?;
        }
        write!(f, ": {}", self.why)
    }
}
