//! The mail of a notice: its facts between the sentences of the reader's language.

use jiff::Timestamp;
use serde::Serialize;

use super::facts::Facts;
use super::{Foot, Rendered, WriteError, Writer, owed};
use crate::domain::notice::NoticeDocument;
use crate::templates::words::{self, Words, fill};

#[derive(Serialize)]
struct NoticePage<'a> {
    lang: &'a str,
    /// Labels and headings.
    words: &'a words::Frame,
    /// Headings of the plain text.
    capitals: Capitals,
    /// Notice and list version.
    evidence: String,
    /// The words of the link to the public page.
    details_words: String,
    /// That an agreement may owe more.
    aside: Option<String>,
    /// Which text counts, and who translated.
    translated: Option<String>,
    #[serde(flatten)]
    facts: &'a Facts,
    #[serde(flatten)]
    foot: Foot,
    details_url: Option<String>,
    list_url: String,
    sha256: Option<&'a str>,
    list_version: i64,
    /// Not owed under an agreement.
    courtesy: bool,
    /// Where the Client answers, if it is owed under an agreement.
    links: Option<owed::ClientLinks>,
}

#[derive(Serialize)]
struct Capitals {
    what_changes: String,
    why: String,
    dates: String,
    links: String,
}

/// What a notice's mail tells beside the facts.
pub(super) struct Around<'a> {
    pub(super) foot: Foot,
    pub(super) details_url: Option<String>,
    pub(super) sha256: Option<&'a str>,
    pub(super) at: Timestamp,
    /// `None` for a courtesy.
    pub(super) links: Option<owed::ClientLinks>,
}

impl Writer {
    pub(super) fn notice(
        &self,
        words: &Words,
        told: &NoticeDocument,
        facts: &Facts,
        around: Around<'_>,
    ) -> Result<Rendered, WriteError> {
        let frame = &words.frame;
        let version = told.list_version.to_string();
        let courtesy = around.links.is_none();
        let by_machine = words.machine.then_some(frame.by_machine.as_str());
        let translated: Vec<&str> = std::iter::once(frame.as_written.as_str()).chain(by_machine).collect();
        let page = NoticePage {
            lang: &words.lang,
            words: frame,
            capitals: Capitals {
                what_changes: frame.what_changes.to_uppercase(),
                why: frame.why.to_uppercase(),
                dates: frame.dates.to_uppercase(),
                links: frame.links.to_uppercase(),
            },
            evidence: fill(&frame.evidence, &[("number", &told.number), ("version", &version)]),
            details_words: fill(&frame.details_of, &[("number", &told.number)]),
            aside: courtesy.then(|| fill(&frame.courtesy, &[("company", &facts.company)])),
            translated: (!words.is_english()).then(|| translated.join(" ")),
            facts,
            foot: around.foot,
            details_url: around.details_url,
            list_url: self.list_on(around.at),
            sha256: around.sha256,
            list_version: told.list_version,
            courtesy,
            links: around.links,
        };
        self.fill("notice", facts.subject.clone(), &page)
    }
}
