//! The mail of a notice that is not published yet, to one person who wants to see it in a
//! mailbox: as it would be sent, and marked so that nobody takes it for the notice.

use jiff::Timestamp;

use super::facts::Facts;
use super::framed::Around;
use super::{Foot, Rendered, WriteError, Writer, one_line};
use crate::delivery::email::mime::{Draft, Mail, Party};
use crate::domain::email::Email;
use crate::domain::id::Id;
use crate::domain::notice::{Happening, NoticeDocument};
use crate::keys::Purpose;

const MARK: &str = "This is a test. Nothing was announced, and nobody but you got this mail. \
     It shows the notice as it would be sent:";

impl Writer {
    /// The mail about a notice, or an update of one, that is not published yet, as a subscriber
    /// would read it.
    ///
    /// # Errors
    /// A template cannot be filled in.
    pub fn preview(&self, notice: &NoticeDocument, happened: &Happening) -> Result<Rendered, WriteError> {
        let words = self.templates.english();
        let at = happened.at.unwrap_or(notice.published_at);
        let facts = Facts::new(words, notice, happened, at, &self.zone);
        let around = Around {
            foot: Foot {
                contact: self.settings.company.privacy_contact.clone(),
                because: words.frame.preview.clone(),
                preferences_url: format!("{}{}…", self.public_url, Purpose::Preferences.path()),
                unsubscribe_url: format!("{}{}…", self.public_url, Purpose::Unsubscribe.path()),
            },
            details_url: Some(self.details(notice)),
            sha256: None,
            at,
            links: None,
        };
        self.notice(words, notice, &facts, around)
    }

    /// The test of a notice, to one address; a mail of its own with each call.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn trial(
        &self,
        notice: &NoticeDocument,
        happened: &Happening,
        to: &Email,
        now: Timestamp,
    ) -> Result<Mail, WriteError> {
        let told = self.preview(notice, happened)?;
        let draft = Draft {
            from: Party { name: &self.settings.company.name, address: &self.settings.mail.updates_from },
            to: Party { name: "", address: &to.to_string() },
            reply_to: None,
            subject: &format!("[Test] {}", one_line(&told.subject)),
            text: &format!("{MARK}\n\n{}", told.text),
            html: &marked(&told.html),
            message_id: &format!("{}@{}", Id::new(now), self.host),
            date: now,
            // It belongs to no list, and there is nothing to unsubscribe from.
            list_id: None,
            unsubscribe_url: None,
        };
        Ok(draft.build()?)
    }
}

/// The mark stands first in the body; a template of one's own may do without that tag.
fn marked(html: &str) -> String {
    let body = html.find("<body").and_then(|at| html.get(at..)?.find('>').map(|end| at + end + 1));
    let (head, rest) = html.split_at_checked(body.unwrap_or(0)).unwrap_or(("", html));
    format!(
        "{head}<p style=\"margin:0 0 16px;padding:8px 12px;border:2px solid #808080\"><strong>{MARK}</strong></p>{rest}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_first_in_what_people_see() {
        let page = marked("<head></head><body style=\"x\"><h1>Acme");
        assert!(
            page.starts_with("<head></head><body style=\"x\"><p ") && page.ends_with("</p><h1>Acme"),
            "{page}"
        );
        assert!(marked("<h1>Acme").starts_with("<p "));
    }
}
