//! The same notice, owed under an agreement: with this Client's own deadline in its own zone, its
//! clause, from the address of contractual notices, and nothing to unsubscribe from.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::dates::last_minute;
use super::facts::{Facts, Line};
use super::{Foot, NoticePage, Rendered, WriteError, Writer, one_line};
use crate::domain::client_notice::ClientNotice;
use crate::domain::deadline::day_of;
use crate::domain::delivery::Delivery;
use crate::domain::diff::long_date;
use crate::domain::notice::{Happening, Notice, NoticeDocument, NoticeEvent, headline};
use crate::domain::period::StartEvent;
use crate::domain::terms::{Authorisation, Silence};
use crate::keys::Purpose;

/// What one Client is owed, at the moment of writing to it.
#[derive(Debug, Clone)]
pub struct Owed {
    /// The rules and clocks.
    pub client_notice: ClientNotice,
    /// Now: a clock that has not started would start with this message.
    pub now: Timestamp,
    /// The generation of the Client's links.
    pub link_epoch: i64,
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
        let mut told = notice.told_to_clients(&delivery.event);
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
        let mut facts = Facts::new(&told, &happened, delivery.created_at, &self.zone);
        let contact = &self.settings.company.privacy_contact;
        let window = owed.object_by().filter(|_| happened.event != NoticeEvent::Withdrawn);
        if happened.event != NoticeEvent::Withdrawn {
            facts.objection = objection(owed, window.as_ref(), contact, told.in_use_since.is_some());
        }
        if let Some((day, zone)) = &window {
            let until = Line { label: "Object by".to_owned(), value: last_minute(*day, zone) };
            facts.dates.insert(1.min(facts.dates.len()), until);
            if happened.event == NoticeEvent::Announced && owed.is_open(&(*day, zone.clone())) {
                let what = headline(&told.awaited());
                let subject =
                    format!("[Object by {}] {} {what} ({})", long_date(*day), told.company, told.number);
                facts.subject = one_line(&subject);
            }
        }
        let page = NoticePage {
            facts: &facts,
            foot: Foot {
                contact: contact.clone(),
                because: because(owed, &told.company),
                preferences_url: String::new(),
                unsubscribe_url: String::new(),
            },
            details_url: notice.public.as_ref().map(|_| self.details(&told)),
            list_url: self.list_on(delivery.created_at),
            sha256: Some(&notice.sha256),
            list_version: told.list_version,
            courtesy: false,
            links: Some(self.client_links(delivery, &notice.number, owed)),
        };
        self.fill("notice", facts.subject.clone(), &page)
    }
}

fn because(owed: &Owed, company: &str) -> String {
    let rules = &owed.client_notice.rules;
    let clause = if rules.clause.is_empty() { String::new() } else { format!(", {}", rules.clause) };
    let dpa = &rules.dpa;
    let issued = long_date(day_of(owed.client_notice.issued_at, &rules.day_count().zone));
    one_line(&format!(
        "You receive this because {company} owes you notice under your agreement ({dpa}{clause}). It was issued on {issued}."
    ))
}

/// What the Client can do until when, and what follows if it does nothing.
fn objection(owed: &Owed, window: Option<&(Date, TimeZone)>, contact: &str, in_use: bool) -> String {
    let rules = &owed.client_notice.rules;
    if let (None, Some(period)) = (window, rules.objection) {
        return format!(
            "You can object within {} after you acknowledge this notice; write to {contact}.",
            period.words()
        );
    }
    let Some(window) = window else {
        return "This is for your information: your agreement opens no objection window for it.".to_owned();
    };
    let until = last_minute(window.0, &window.1);
    if !owed.is_open(window) {
        return format!("Your objection window ended on {until}.");
    }
    if rules.authorisation == Authorisation::Specific && !in_use {
        return format!(
            "It needs your authorisation: answer by {until} to {contact}. Without your consent it is not used for you."
        );
    }
    let silence = match rules.silence {
        Silence::Accepts => " If you do not object, it counts as accepted under your agreement.",
        Silence::Refuses => " If you do not answer, it counts as refused under your agreement.",
        Silence::Unstated => "",
    };
    format!("You can object until {until}: answer this message or write to {contact}.{silence}")
}
