//! A letter to one person, as a mail.

use jiff::Timestamp;
use serde::Serialize;

use super::facts::Line;
use super::{LINK_LIFE, Rendered, WriteError, Writer, one_line};
use crate::delivery::letter::{Letter, Target};
use crate::domain::delivery::Delivery;

#[derive(Serialize)]
struct LetterPage<'a> {
    subject: &'a str,
    company: String,
    contact: &'a str,
    public_url: &'a str,
    lead: &'a str,
    paragraphs: &'a [String],
    facts: &'a [Line],
    link_words: &'a str,
    url: Option<String>,
}

impl Writer {
    pub(super) fn letter(&self, delivery: &Delivery, letter: &Letter) -> Result<Rendered, WriteError> {
        let expires = delivery.created_at.saturating_add(LINK_LIFE).unwrap_or(Timestamp::MAX);
        let url = letter.link.as_ref().map(|(_, target)| match target {
            Target::Path(path) => format!("{}{path}", self.public_url),
            Target::Token { purpose, id, epoch, tail } => {
                let token = self.keys.epoch_link(*purpose, *id, *epoch, Some(expires));
                format!("{}{}{token}{tail}", self.public_url, purpose.path())
            }
        });
        let subject = one_line(&letter.subject);
        let page = LetterPage {
            subject: &subject,
            company: one_line(&self.settings.company.name),
            contact: &self.settings.company.privacy_contact,
            public_url: &self.public_url,
            lead: &letter.lead,
            paragraphs: &letter.paragraphs,
            facts: &letter.facts,
            link_words: letter.link.as_ref().map_or("", |(words, _)| words),
            url,
        };
        self.fill("letter", subject.clone(), &page)
    }
}
