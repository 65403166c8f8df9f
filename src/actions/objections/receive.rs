//! An objection comes in.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::{Error, mails};
use crate::actions::By;
use crate::actions::portal::{Told, Visitor};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::{Actor, Event};
use crate::domain::client::{Contact, ContactState};
use crate::domain::client_notice::{ClientNotice, ClientNoticeState};
use crate::domain::deadline::day_of;
use crate::domain::delivery::DeliveryKind;
use crate::domain::id::Id;
use crate::domain::objection::{Objection, Words, first_state, is_in_time};
use crate::domain::text::{FieldError, NAME_LIMIT, line};
use crate::state::State;

/// How it came when the Client's own page took it.
const PAGE: &str = "its page";

/// An objection that staff enter, as typed.
#[derive(Debug, Clone)]
pub struct Entered {
    /// To what.
    pub client_notice_id: Id,
    /// When it was received; not after now.
    pub received_at: Timestamp,
    /// How: by letter, by mail …
    pub received_by: String,
    /// The contact to answer; `None` if the person is none.
    pub contact_id: Option<Id>,
    /// Who, why, and what they wish.
    pub words: Words,
}

/// What is known of one that comes in.
struct Arrival {
    one: ClientNotice,
    actor: Actor,
    contact: Option<Contact>,
    received_at: Timestamp,
    received_by: String,
    words: Words,
}

/// Objects to the notice `number`. The same words by the same person again answer the same
/// receipt.
///
/// # Errors
/// Fields to mend; the link does not open the notice; the database failed.
pub async fn object(
    state: &State,
    visitor: &Visitor,
    number: &str,
    words: Words,
) -> Result<Objection, Error> {
    let words = words.tidy().map_err(Error::Invalid)?;
    let (now, visitor, number) = (state.clock.now(), visitor.clone(), number.to_owned());
    let settings = state.settings.clone();
    let made = state
        .db
        .write(move |conn| {
            let Told { one, .. } = visitor.told(conn, &number)?.ok_or(Error::NotFound("notice"))?;
            let arrival = Arrival {
                one,
                actor: Actor::Contact(visitor.contact().id),
                contact: Some(visitor.contact().clone()),
                received_at: now,
                received_by: PAGE.to_owned(),
                words,
            };
            take(conn, arrival, &settings.company.privacy_contact, &settings.zone(), now)
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(made)
}

/// Enters an objection that reached staff.
///
/// # Errors
/// Not allowed; fields to mend; there is no such ClientNotice; the database failed.
pub async fn enter(state: &State, by: &By, entered: Entered) -> Result<Objection, Error> {
    by.require(Permission::Write)?;
    let now = state.clock.now();
    let mut problems = Vec::new();
    let received_by = line("received_by", &entered.received_by, NAME_LIMIT).and_then(|how| {
        if how.is_empty() {
            return Err(FieldError::new("received_by", "Say how it came: by letter, by mail, on the phone."));
        }
        Ok(how)
    });
    if entered.received_at > now {
        problems.push(FieldError::new("received_at", "This is still to come. Name the day it was received."));
    }
    let words = entered.words.tidy().unwrap_or_else(|found| {
        problems.extend(found);
        Words::default()
    });
    let received_by = received_by.unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let (actor, settings) = (by.actor, state.settings.clone());
    let made = state
        .db
        .write(move |conn| {
            let one = db::client_notice::get(conn, entered.client_notice_id)?
                .ok_or(Error::NotFound("notice of a Client"))?;
            let contact = match entered.contact_id {
                None => None,
                Some(id) => Some(contact_of(conn, &one, id)?),
            };
            if entered.received_at < one.issued_at {
                return Err(FieldError::new("received_at", "That is before the notice was issued.").into());
            }
            let received_at = entered.received_at;
            let arrival = Arrival { one, actor, contact, received_at, received_by, words };
            take(conn, arrival, &settings.company.privacy_contact, &settings.zone(), now)
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(made)
}

fn contact_of(conn: &mut Conn, one: &ClientNotice, id: Id) -> Result<Contact, Error> {
    db::contact::get(conn, id)?
        .filter(|contact| contact.client_id == one.client_id && contact.state != ContactState::Ended)
        .ok_or_else(|| FieldError::new("contact_id", "Choose one of this Client’s contacts, or none.").into())
}

fn take(
    conn: &mut Conn,
    arrival: Arrival,
    privacy_contact: &str,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Objection, Error> {
    let Arrival { one, actor, contact, received_at, received_by, words } = arrival;
    let before = db::objection::of_client_notice(conn, one.id)?;
    let contact_id = contact.as_ref().map(|contact| contact.id);
    let is_same = |o: &&Objection| {
        o.state.is_open()
            && (o.contact_id, &o.person, &o.grounds, &o.wish)
                == (contact_id, &words.person, &words.grounds, &words.wish)
    };
    if let Some(known) = before.iter().find(is_same) {
        return Ok(known.clone());
    }
    let withdrawn = one.state == ClientNoticeState::Withdrawn;
    // Where the agreement opens no window, nothing can be in time.
    let in_time = one.rules.objection.is_some() && is_in_time(received_at, one.clocks.objection_until);
    // Two people of one Client speak of one thing: the first stands for both.
    let head = before.iter().find(|o| o.merged_into.is_none() && o.state.is_open());
    let mut made = Objection {
        id: Id::new(now),
        number: String::new(),
        client_notice_id: one.id,
        contact_id,
        email: contact.as_ref().map(|contact| contact.email.to_string()).unwrap_or_default(),
        person: words.person,
        received_by,
        received_at,
        grounds: words.grounds,
        wish: words.wish,
        in_time,
        state: head.map_or_else(|| first_state(in_time, withdrawn), |head| head.state),
        remedy: None,
        answer: if withdrawn {
            "The notice was withdrawn before this objection came: the change it announced does not come into force, and there is nothing left to object to.".to_owned()
        } else {
            String::new()
        },
        fix_by: head.and_then(|head| head.fix_by),
        merged_into: head.map(|head| head.id),
        revision: 1,
    };
    made.number = db::objection::insert(conn, &made, day_of(now, zone).year())?;
    let detail = json!({
        "number": made.number,
        "client": one.client_id,
        "in_time": made.in_time,
        "merged": made.merged_into.is_some(),
        "person": made.person,
        "grounds": made.grounds,
        "wish": made.wish,
    });
    let subject = made.id.to_string();
    db::audit::append(conn, now, Event { actor, action: "objection.received", subject, detail })?;
    mails::tell_person(conn, &made, DeliveryKind::ObjectionReceipt, now)?;
    let through = match contact {
        Some(contact) => Some(contact),
        None => db::contact::of_client(conn, one.client_id)?.into_iter().next(),
    };
    if let Some(through) = through {
        mails::tell_desk(conn, &through, privacy_contact, &format!("objection:{}", made.id), now)?;
    }
    Ok(made)
}
