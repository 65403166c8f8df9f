//! Mails that one subscriber asked for: the opt-in link, the link to the preferences, a test.

use jiff::Timestamp;
use serde::Serialize;

use super::{LINK_LIFE, Rendered, WriteError, Writer, dates, one_line, wanted};
use crate::domain::delivery::{Delivery, DeliveryKind};
use crate::domain::subscription::{Channel, Subscription};
use crate::keys::Purpose;

#[derive(Serialize)]
struct PersonPage {
    subject: String,
    company: String,
    contact: String,
    public_url: String,
    url: String,
    webhook: Option<String>,
    wanted: String,
    until: String,
}

impl Writer {
    pub(super) fn person(&self, delivery: &Delivery, to: &Subscription) -> Result<Rendered, WriteError> {
        let company = one_line(&self.settings.company.name);
        let expires = delivery.created_at.saturating_add(LINK_LIFE).unwrap_or(Timestamp::MAX);
        let (template, subject, purpose, until) = match delivery.kind {
            DeliveryKind::Confirm => (
                "confirm",
                format!("Please confirm: news of the sub-processors of {company}"),
                Purpose::Confirm,
                Some(expires),
            ),
            DeliveryKind::Preferences => (
                "preferences",
                format!("Your subscription to news of {company}"),
                Purpose::Preferences,
                Some(expires),
            ),
            _ => {
                ("test", format!("Test: news of the sub-processors of {company}"), Purpose::Preferences, None)
            }
        };
        let page = PersonPage {
            subject: subject.clone(),
            company,
            contact: self.settings.company.privacy_contact.clone(),
            public_url: self.public_url.to_string(),
            url: self.link(purpose, to.id, until),
            webhook: (to.channel == Channel::Webhook).then(|| one_line(&to.url)),
            wanted: wanted(self.templates.english(), to),
            until: dates::moment(expires, &self.zone),
        };
        self.fill(template, subject, &page)
    }
}
