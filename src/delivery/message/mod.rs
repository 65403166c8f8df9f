//! Writes the messages: from a notice's document, or a person's request, to a mail's subject,
//! text and HTML, and to a webhook's JSON. Every link begins with the configured address.

use std::sync::Arc;

use handlebars::RenderError;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::config::Settings;
use crate::delivery::email::mime::{Draft, DraftError, Mail, Party};
use crate::delivery::letter::Letter;
use crate::domain::delivery::{Delivery, DeliveryKind};
use crate::domain::id::Id;
use crate::domain::notice::{Happening, Notice, NoticeDocument, NoticeItem};
use crate::domain::subscription::{Level, Subscription};
use crate::keys::{Keys, Purpose};
use crate::state::State;
use crate::templates::Templates;
use crate::templates::words::{Words, fill};

pub mod dates;
mod days;
pub mod facts;
mod framed;
mod letter;
mod owed;
pub mod payload;
mod person;
mod trial;

use facts::Facts;
use framed::Around;
pub use owed::Owed;

/// How long the links of an opt-in mail and of a preferences mail stay good.
pub const LINK_LIFE: SignedDuration = SignedDuration::from_hours(72);

/// A published editorial change, as those hear of it who chose everything.
#[derive(Debug, Clone)]
pub struct Update {
    /// The list version.
    pub list_version: i64,
    /// When it was published.
    pub published_at: Timestamp,
    /// What changed, as far as everybody may read it.
    pub items: Vec<NoticeItem>,
}

/// What a delivery tells.
#[derive(Debug, Clone)]
pub enum Content {
    /// A notice or its follow-up, as a courtesy.
    Notice(Arc<Notice>),
    /// The same, owed under an agreement.
    Owed(Arc<Notice>, Box<Owed>),
    /// An editorial change.
    Update(Arc<Update>),
    /// A letter to one person.
    Letter(Arc<Letter>),
    /// The delivery's kind says it all.
    Kind,
}

/// A mail as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// Why a message cannot be written. Such a delivery fails with an alarm.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A template of one's own asks for what there is not.
    #[error("the mail's template cannot be filled in: {0}")]
    Template(#[from] RenderError),
    /// Subject, addresses or body make no mail.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// What it should tell is not there, or everybody may not read it.
    #[error("there is nothing this message may tell")]
    Nothing,
}

/// Writes messages. Shared by all slots.
#[derive(Debug, Clone)]
pub struct Writer {
    templates: Arc<Templates>,
    settings: Arc<Settings>,
    keys: Arc<Keys>,
    public_url: Arc<str>,
    host: String,
    zone: TimeZone,
}

#[derive(Serialize)]
struct UpdatePage {
    subject: String,
    company: String,
    #[serde(flatten)]
    foot: Foot,
    items: Vec<facts::ItemFacts>,
    published: String,
    list_url: String,
    list_version: i64,
}

/// Why the reader gets this, and how to end it.
#[derive(Serialize)]
struct Foot {
    contact: String,
    because: String,
    preferences_url: String,
    unsubscribe_url: String,
}

impl Writer {
    /// A writer for this installation.
    #[must_use]
    pub fn new(state: &State, templates: Arc<Templates>) -> Self {
        let host = url::Url::parse(&state.public_url).ok().and_then(|u| u.host_str().map(str::to_owned));
        Self {
            templates,
            settings: state.settings.clone(),
            keys: state.keys.clone(),
            public_url: state.public_url.clone(),
            host: host.unwrap_or_else(|| "localhost".to_owned()),
            zone: state.settings.zone(),
        }
    }

    /// The mail of a delivery, ready to be sent; the same bytes at each repeat.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn mail(
        &self,
        delivery: &Delivery,
        to: &Subscription,
        content: &Content,
    ) -> Result<Mail, WriteError> {
        let rendered = self.rendered(delivery, to, content)?;
        let contractual = matches!(content, Content::Owed(..) | Content::Letter(_));
        let courtesy = !contractual && matches!(delivery.kind, DeliveryKind::Notice | DeliveryKind::Update);
        let mail = &self.settings.mail;
        let from = if contractual { &mail.notices_from } else { &mail.updates_from };
        let contact = &self.settings.company.privacy_contact;
        let own = match content {
            Content::Letter(letter) => letter.to.clone(),
            _ => None,
        };
        let list_id = format!("sub-processor-updates.{}", self.host);
        let unsubscribe = self.link(Purpose::Unsubscribe, to.id, None);
        let draft = Draft {
            from: Party { name: &self.settings.company.name, address: from },
            to: Party { name: "", address: &own.unwrap_or_else(|| to.email.to_string()) },
            reply_to: (contractual && contact.contains('@')).then_some(Party { name: "", address: contact }),
            subject: &rendered.subject,
            text: &rendered.text,
            html: &rendered.html,
            message_id: &format!("{}@{}", delivery.id, self.host),
            date: delivery.created_at,
            list_id: courtesy.then_some(list_id.as_str()),
            unsubscribe_url: courtesy.then_some(unsubscribe.as_str()),
        };
        Ok(draft.build()?)
    }

    /// Subject, text and HTML of a delivery.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn rendered(
        &self,
        delivery: &Delivery,
        to: &Subscription,
        content: &Content,
    ) -> Result<Rendered, WriteError> {
        match (delivery.kind, content) {
            (DeliveryKind::Notice, Content::Notice(notice)) => {
                let (told, happening) = told(notice, delivery)?;
                let words = self.templates.words(&to.language);
                let facts = Facts::new(words, &told, &happening, delivery.created_at, &self.zone);
                let around = Around {
                    foot: self.foot(words, to),
                    details_url: Some(self.details(&told)),
                    sha256: Some(&notice.sha256),
                    at: delivery.created_at,
                    links: None,
                };
                self.notice(words, &told, &facts, around)
            }
            (DeliveryKind::Notice, Content::Owed(notice, owed)) => self.owed(delivery, notice, owed),
            (DeliveryKind::Update, Content::Update(update)) => {
                self.update(update, self.foot(self.templates.english(), to))
            }
            (DeliveryKind::Confirm | DeliveryKind::Preferences | DeliveryKind::Test, _) => {
                self.person(delivery, to)
            }
            (_, Content::Letter(letter)) => self.letter(delivery, letter),
            _ => Err(WriteError::Nothing),
        }
    }

    /// A webhook's body; the same bytes at each repeat.
    ///
    /// # Errors
    /// There is nothing it may tell.
    pub fn payload(&self, delivery: &Delivery, content: &Content) -> Result<Vec<u8>, WriteError> {
        let frame = payload::Frame {
            public_url: &self.public_url,
            sequence: delivery.sequence,
            at: delivery.created_at,
        };
        match (delivery.kind, content) {
            (DeliveryKind::Notice, Content::Notice(notice)) => {
                let (told, happening) = told(notice, delivery)?;
                Ok(payload::notice(notice, &told, &happening, frame, &self.zone))
            }
            (DeliveryKind::Notice, Content::Owed(notice, owed)) => {
                let (told, happened) = self.told_to(delivery, notice)?;
                let links = self.client_links(delivery, &notice.number, owed);
                Ok(payload::owed(notice, &told, &happened, frame, owed, &links))
            }
            (DeliveryKind::Update, Content::Update(update)) => Ok(payload::update(update, frame)),
            (DeliveryKind::Test, _) => Ok(payload::test(frame)),
            _ => Err(WriteError::Nothing),
        }
    }

    fn update(&self, update: &Update, foot: Foot) -> Result<Rendered, WriteError> {
        let english = self.templates.english();
        let company = one_line(&self.settings.company.name);
        let subject = format!("{company}: a correction to the list of sub-processors");
        let page = UpdatePage {
            subject: subject.clone(),
            company,
            foot,
            items: update.items.iter().map(|item| facts::item(english, item)).collect(),
            published: dates::moment(update.published_at, &self.zone),
            list_url: self.list_on(update.published_at),
            list_version: update.list_version,
        };
        self.fill("update", subject, &page)
    }

    fn fill(&self, template: &str, subject: String, page: &impl Serialize) -> Result<Rendered, WriteError> {
        let own = self.templates.text(&format!("email/{template}/subject.txt"), page)?;
        let own = one_line(&own);
        Ok(Rendered {
            subject: if own.is_empty() { subject } else { own },
            text: self.templates.text(&format!("email/{template}/body.txt"), page)?,
            html: self.templates.html(&format!("email/{template}/body.html"), page)?,
        })
    }

    fn foot(&self, words: &Words, to: &Subscription) -> Foot {
        let since = to.confirmed_at.unwrap_or(to.created_at).to_zoned_datetime(self.zone.clone()).date();
        let date = days::long_date(&words.dates, since);
        let because = fill(&words.frame.subscribed, &[("date", &date), ("wanted", &wanted(words, to))]);
        Foot {
            contact: self.settings.company.privacy_contact.clone(),
            because,
            preferences_url: self.link(Purpose::Preferences, to.id, None),
            unsubscribe_url: self.link(Purpose::Unsubscribe, to.id, None),
        }
    }

    fn link(&self, purpose: Purpose, id: Id, expires: Option<Timestamp>) -> String {
        format!("{}{}{}", self.public_url, purpose.path(), self.keys.link(purpose, id, expires))
    }

    fn details(&self, told: &NoticeDocument) -> String {
        format!("{}/notices/{}", self.public_url, told.number)
    }

    fn list_on(&self, at: Timestamp) -> String {
        format!("{}/?as_of={}", self.public_url, at.to_zoned_datetime(self.zone.clone()).date())
    }
}

/// What a delivery tells of its notice, and at which event. The list version is that of the
/// delivery: the one its event was published with.
fn told(notice: &Notice, delivery: &Delivery) -> Result<(NoticeDocument, Happening), WriteError> {
    let happening = notice.happening(&delivery.event).ok_or(WriteError::Nothing)?;
    let facts = notice.facts_of(&delivery.event, delivery.list_version);
    let mut told = notice.told(facts).ok_or(WriteError::Nothing)?;
    told.list_version = delivery.list_version.unwrap_or(told.list_version);
    Ok((told, happening))
}

/// What a subscription asks for, in words.
fn wanted(words: &Words, subscription: &Subscription) -> String {
    let frame = &words.frame;
    let level = match subscription.filter.level {
        Level::Material => &frame.material,
        Level::Factual => &frame.factual,
        Level::Everything => &frame.everything,
    };
    match subscription.filter.products.as_slice() {
        [] => level.clone(),
        products => {
            let products = one_line(&products.join(", "));
            fill(&frame.for_products, &[("level", level), ("products", &products)])
        }
    }
}

/// Text that cannot begin a line of its own: control characters and line separators become
/// spaces. Input is refused such characters already; a mail's header is worth a second lock.
#[must_use]
pub fn one_line(text: &str) -> String {
    let neutral = |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    text.chars().map(neutral).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod days_tests;
#[cfg(test)]
mod schema_check;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tongues_tests;
