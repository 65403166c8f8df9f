//! What a person does to a Client's contacts, and what follows for the notices it is owed: one was
//! mended, or removed, or replaced.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use jiff::Timestamp;

use super::clock::recompute_all;
use super::enqueue::owe;
use super::next::{audience, tried};
use super::told::{self, Sent};
use crate::db::schema::{delivery, subscription};
use crate::db::stored::parse;
use crate::db::{Conn, Error, client_notice, contact};
use crate::domain::client::{Contact, ContactState, told_first};
use crate::domain::client_notice::{ClientNotice, ClientNoticeState};
use crate::domain::delivery::{Delivery, DeliveryState};
use crate::domain::id::Id;
use crate::domain::notice::NoticeEvent;

/// What reaches a Client after all.
enum Way {
    Again(Id),
    To(Contact),
}

/// How the Client of a suspended ClientNotice can be told now.
fn ways(conn: &mut Conn, one: &ClientNotice, now: Timestamp) -> Result<Vec<Way>, Error> {
    let sent = told::of(conn, one)?;
    let contacts = contact::tellable(conn, one.client_id)?;
    let ours: Vec<&Sent> = sent
        .iter()
        .filter(|sent| sent.is_our_fault() && contacts.iter().any(|contact| sent.is_to(contact)))
        .collect();
    if !ours.is_empty() {
        let due = ours.iter().filter(|sent| sent.may_be_repeated(now));
        return Ok(due.map(|sent| Way::Again(sent.delivery_id)).collect());
    }
    if sent.is_empty() {
        return Ok(told_first(&contacts, one.rules.told).into_iter().cloned().map(Way::To).collect());
    }
    for contact in contacts.iter().filter(|contact| contact.may_be_told(one.rules.told)) {
        if !tried(&sent, contact) {
            return Ok(vec![Way::To(contact.clone())]);
        }
        let again = |sent: &&Sent| {
            sent.is_to(contact) && sent.channel == contact.channel && sent.may_be_repeated(now)
        };
        if let Some(sent) = sent.iter().find(again) {
            return Ok(vec![Way::Again(sent.delivery_id)]);
        }
    }
    Ok(Vec::new())
}

/// Up to `limit` ClientNotices of whom nobody was reached and that [`reach_again`] could tell now.
/// Takes no lock.
///
/// # Errors
/// The database failed.
pub fn reachable_again(conn: &mut Conn, limit: i64, now: Timestamp) -> Result<BTreeSet<Id>, Error> {
    let mut found = BTreeSet::new();
    for one in client_notice::suspended_with_contact(conn, limit)? {
        if !ways(conn, &one, now)?.is_empty() {
            found.insert(one.id);
        }
    }
    Ok(found)
}

/// Tells Clients that nobody could be reached of and whose contacts a person has mended since (a
/// new contact, or the old one whose address works again), and sends again what failed by a fault
/// of ours. Answers how many Clients.
///
/// # Errors
/// The database failed; nothing is kept.
pub fn reach_again(conn: &mut Conn, ids: &BTreeSet<Id>, now: Timestamp) -> Result<usize, Error> {
    client_notice::hold(conn, ids)?;
    let mut told = BTreeSet::new();
    for id in ids {
        let Some(one) = client_notice::get(conn, *id)? else { continue };
        if one.state != ClientNoticeState::Suspended {
            continue;
        }
        let audience = audience(conn, &one, NoticeEvent::Announced.as_str())?;
        for way in ways(conn, &one, now)? {
            match (way, &audience) {
                (Way::Again(delivery_id), _) if super::resend(conn, delivery_id, now)? => {}
                (Way::To(contact), Some(audience)) => owe(conn, audience, one.id, &contact, now)?,
                _ => continue,
            }
            told.insert(one.id);
        }
    }
    recompute_all(conn, &told, now)?;
    Ok(told.len())
}

/// Ends `contact`: what waits for it is not sent any more. `successor`, the contact in its place,
/// is told what was not; where there is none and nobody was reached, the next contact is.
///
/// # Errors
/// The database failed.
pub fn end_contact(
    conn: &mut Conn,
    contact: &Contact,
    successor: Option<&Contact>,
    now: Timestamp,
) -> Result<(), Error> {
    let open = client_notice::open_of_client(conn, contact.client_id)?;
    client_notice::hold(conn, &open)?;
    contact::save(conn, &Contact { state: ContactState::Ended, ..contact.clone() })?;
    if let Some(successor) = successor {
        contact::save(conn, successor)?;
    }
    let ours: Vec<String> = open.iter().map(Id::to_string).collect();
    let through = contact.subscription_id.map(|id| id.to_string()).unwrap_or_default();
    let rows: Vec<(String, Option<String>, String)> = delivery::table
        .inner_join(subscription::table)
        .filter(delivery::client_notice_id.eq_any(ours))
        .filter(delivery::state.eq(DeliveryState::Queued.as_str()))
        .filter(subscription::contact_id.eq(contact.id.to_string()).or(subscription::id.eq(through)))
        .select((delivery::id, delivery::client_notice_id, delivery::event))
        .load(conn)?;
    let mut missed: BTreeMap<Id, BTreeSet<String>> = BTreeMap::new();
    for (id, client_notice_id, event) in rows {
        let stopped = diesel::update(delivery::table.find(id))
            .filter(delivery::state.eq(DeliveryState::Queued.as_str()))
            .set((
                delivery::state.eq(DeliveryState::Cancelled.as_str()),
                delivery::last_answer.eq("Not sent: the contact was removed."),
            ))
            .execute(conn)?;
        if let (1, Some(client_notice_id)) = (stopped, client_notice_id) {
            missed.entry(parse(&client_notice_id)?).or_default().insert(event);
        }
    }
    for (id, events) in missed {
        let (Some(one), Some(successor)) = (client_notice::get(conn, id)?, successor) else { continue };
        if !successor.may_be_told(one.rules.told) {
            continue;
        }
        for event in events {
            if let Some(audience) = audience(conn, &one, &event)? {
                owe(conn, &audience, one.id, successor, now)?;
            }
        }
    }
    recompute_all(conn, &open, now)
}

/// Whether a delivery under an agreement goes to a contact that was removed.
///
/// # Errors
/// The database failed.
pub fn is_to_ended_contact(conn: &mut Conn, d: &Delivery, contact_id: Option<Id>) -> Result<bool, Error> {
    let Some(id) = d.client_notice_id else { return Ok(false) };
    let Some(one) = client_notice::get(conn, id)? else { return Ok(false) };
    let mut states = contact::of_client(conn, one.client_id)?
        .into_iter()
        .filter(|contact| {
            contact_id == Some(contact.id) || contact.subscription_id == Some(d.subscription_id)
        })
        .map(|contact| contact.state)
        .peekable();
    Ok(states.peek().is_some() && states.all(|state| state == ContactState::Ended))
}
