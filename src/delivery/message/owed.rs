//! The same notice, owed under an agreement: with this Client's own deadline in its own zone, its
//! clause, from the address of contractual notices, and nothing to unsubscribe from.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::days::{self, last_minute, long_date};
use super::facts::{Facts, Line, about};
use super::framed::Around;
use super::{Foot, Rendered, WriteError, Writer, one_line};
use crate::domain::client_notice::ClientNotice;
use crate::domain::deadline::day_of;
use crate::domain::delivery::Delivery;
use crate::domain::notice::{Happening, Notice, NoticeDocument, NoticeEvent};
use crate::domain::period::StartEvent;
use crate::domain::terms::{Authorisation, Silence};
use crate::keys::Purpose;
use crate::templates::words::{Words, fill};

/// What one Client is owed, at the moment of writing to it.
#[derive(Debug, Clone)]
pub struct Owed {
    /// The rules and clocks.
    pub client_notice: ClientNotice,
    /// Now: a clock that has not started would start with this message.
    pub now: Timestamp,
    /// The generation of the Client's links.
    pub link_epoch: i64,
    /// The Client's language (ISO 639-1); empty for the company's.
    pub language: String,
}

/// Where the Client answers. What there is nothing to do with is left out.
#[derive(Debug, Clone, Serialize)]
pub struct ClientLinks {
    /// The notice with this Client's own dates.
    pub notice: String,
    /// Where it objects.
    pub object: Option<String>,
    /// Where it acknowledges.
    pub acknowledge: Option<String>,
    /// The calendar file of its deadline.
    pub calendar: Option<String>,
}

impl Owed {
    /// The last day to object and the zone it is in; `None` where no window opens.
    pub(super) fn object_by(&self) -> Option<(Date, TimeZone)> {
        let one = &self.client_notice;
        let (period, count) = (one.rules.objection?, one.rules.day_count());
        // A clock that starts on reading has no day yet.
        let start = one
            .clocks
            .objection_start
            .or_else(|| (one.rules.objection_start != StartEvent::Read).then_some(self.now))?;
        Some((count.last_day(start, period), count.zone))
    }

    fn is_open(&self, (day, zone): &(Date, TimeZone)) -> bool {
        crate::domain::deadline::end_of(*day, zone) > self.now
    }
}

impl Writer {
    /// The notice as its Client reads it, and at which event.
    pub(super) fn told_to(
        &self,
        delivery: &Delivery,
        notice: &Notice,
    ) -> Result<(NoticeDocument, Happening), WriteError> {
        let happened = notice.happening_for_clients(&delivery.event).ok_or(WriteError::Nothing)?;
        let mut told = notice.told_to_clients(notice.facts_of(&delivery.event, delivery.list_version));
        told.list_version = delivery.list_version.unwrap_or(told.list_version);
        // Of the standard DPA, and so nothing to this Client.
        told.object_by = None;
        Ok((told, happened))
    }

    /// The links of one delivery: they open this notice only, for this contact of this Client.
    pub(super) fn client_links(&self, delivery: &Delivery, number: &str, owed: &Owed) -> ClientLinks {
        let token = self.keys.epoch_link(Purpose::ClientNotice, delivery.id, owed.link_epoch, None);
        let notice = format!("{}{}{token}/notices/{number}", self.public_url, Purpose::ClientNotice.path());
        let announced = delivery.event == NoticeEvent::Announced.as_str();
        let at = |place: &str, if_so: bool| (announced && if_so).then(|| format!("{notice}/{place}"));
        ClientLinks {
            object: at("object", owed.client_notice.rules.objection.is_some()),
            acknowledge: at("acknowledge", true),
            calendar: at("deadline.ics", owed.object_by().is_some()),
            notice,
        }
    }

    pub(super) fn owed(
        &self,
        delivery: &Delivery,
        notice: &Notice,
        owed: &Owed,
    ) -> Result<Rendered, WriteError> {
        let (told, happened) = self.told_to(delivery, notice)?;
        let words = self.words_of(owed);
        let facts = self.facts_owed(words, &told, &happened, owed, delivery.created_at);
        let around = Around {
            foot: self.foot_owed(words, owed, &facts.company),
            details_url: notice.public.as_ref().map(|_| self.details(&told)),
            sha256: Some(&notice.sha256),
            at: delivery.created_at,
            links: Some(self.client_links(delivery, &notice.number, owed)),
        };
        self.notice(words, &told, &facts, around)
    }

    /// In the Client's language, or the company's.
    pub(super) fn words_of(&self, owed: &Owed) -> &Words {
        match owed.language.as_str() {
            "" => self.templates.words(&self.settings.company.language),
            chosen => self.templates.words(chosen),
        }
    }

    /// The facts with the Client's own deadline and what it may do.
    pub(super) fn facts_owed(
        &self,
        words: &Words,
        told: &NoticeDocument,
        happened: &Happening,
        owed: &Owed,
        at: Timestamp,
    ) -> Facts {
        let mut facts = Facts::new(words, told, happened, at, &self.zone);
        if happened.event == NoticeEvent::Withdrawn {
            return facts;
        }
        let window = owed.object_by();
        let contact = &self.settings.company.privacy_contact;
        facts.objection = objection(words, owed, window.as_ref(), contact, told.in_use_since.is_some());
        if let Some((day, zone)) = &window {
            let value = last_minute(&words.dates, *day, zone);
            let until = Line { label: words.label.object_by.clone(), value };
            facts.dates.insert(1.min(facts.dates.len()), until);
            if happened.event == NoticeEvent::Announced && owed.is_open(&(*day, zone.clone())) {
                facts.subject = one_line(&about(words, &words.subject.object_by, told, Some(*day)));
            }
        }
        facts
    }

    pub(super) fn foot_owed(&self, words: &Words, owed: &Owed, company: &str) -> Foot {
        Foot {
            contact: self.settings.company.privacy_contact.clone(),
            because: because(words, owed, company),
            preferences_url: String::new(),
            unsubscribe_url: String::new(),
        }
    }
}

fn because(words: &Words, owed: &Owed, company: &str) -> String {
    let rules = &owed.client_notice.rules;
    let clause = if rules.clause.is_empty() { String::new() } else { format!(", {}", rules.clause) };
    let terms = format!("{}{clause}", rules.dpa);
    let issued = day_of(owed.client_notice.issued_at, &rules.day_count().zone);
    let date = long_date(&words.dates, issued);
    one_line(&fill(&words.frame.owed, &[("company", company), ("terms", &terms), ("date", &date)]))
}

/// What the Client can do until when, and what follows if it does nothing.
fn objection(
    words: &Words,
    owed: &Owed,
    window: Option<&(Date, TimeZone)>,
    contact: &str,
    in_use: bool,
) -> String {
    let (w, rules) = (&words.objection, &owed.client_notice.rules);
    if let (None, Some(period)) = (window, rules.objection) {
        let period = days::period(&words.dates, period);
        return fill(&w.after_reading, &[("period", &period), ("contact", contact)]);
    }
    let Some(window) = window else { return w.none.clone() };
    let until = last_minute(&words.dates, window.0, &window.1);
    let with = |sentence: &str| fill(sentence, &[("until", &until), ("contact", contact)]);
    if !owed.is_open(window) {
        return with(&w.ended);
    }
    if rules.authorisation == Authorisation::Specific && !in_use {
        return with(&w.consent);
    }
    let open = with(&w.until);
    match rules.silence {
        Silence::Accepts => format!("{open} {}", w.silence_accepts),
        Silence::Refuses => format!("{open} {}", w.silence_refuses),
        Silence::Unstated => open,
    }
}
