//! What becomes of a ClientNotice when one of its deliveries ends: its clocks are computed anew
//! from everything that happened, and where nobody was reached the next contact takes over.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use jiff::Timestamp;

use super::clients::owe;
use crate::db::expansion::Expansion;
use crate::db::schema::{attempt, delivery, subscription};
use crate::db::stored::{parse, time, time_maybe};
use crate::db::{Conn, Error, client, client_notice, contact};
use crate::domain::client::{Contact, ContactState};
use crate::domain::client_notice::{ClientNotice, ClientNoticeState, Told};
use crate::domain::delivery::DeliveryState;
use crate::domain::id::Id;
use crate::domain::notice::NoticeEvent;
use crate::domain::subscription::Channel;

/// One delivery of the announcement.
struct Sent {
    delivery_id: Id,
    contact_id: Option<Id>,
    subscription_id: Id,
    channel: String,
    /// The receiving system refused it for good; not a fault of our own.
    refused: bool,
    open: bool,
    told: Told,
}

/// Brings the ClientNotice of `delivery_id` up to what happened, if it has one.
pub(super) fn refresh(conn: &mut Conn, delivery_id: Id, now: Timestamp) -> Result<(), Error> {
    let id: Option<Option<String>> = delivery::table
        .find(delivery_id.to_string())
        .filter(delivery::event.eq(NoticeEvent::Announced.as_str()))
        .select(delivery::client_notice_id)
        .first(conn)
        .optional()?;
    let Some(Some(id)) = id else { return Ok(()) };
    let Some(one) = client_notice::get(conn, parse(&id)?)? else { return Ok(()) };
    let (one, sent) = recompute(conn, one, now)?;
    if sent.iter().any(|sent| sent.told.bounced) {
        take_over(conn, &one, &sent, now)?;
    }
    Ok(())
}

/// Stores that somebody acknowledged the notice; the first one counts. It starts the clocks that
/// wait for reading, and what was accepted through `delivery_id` is acknowledged.
///
/// # Errors
/// The database failed.
pub fn acknowledge(
    conn: &mut Conn,
    mut one: ClientNotice,
    delivery_id: Option<Id>,
    now: Timestamp,
) -> Result<ClientNotice, Error> {
    if let Some(id) = delivery_id {
        diesel::update(delivery::table.find(id.to_string()))
            .filter(delivery::state.eq(DeliveryState::Accepted.as_str()))
            .set(delivery::state.eq(DeliveryState::Acknowledged.as_str()))
            .execute(conn)?;
    }
    if one.acknowledged_at.is_none() {
        one.acknowledged_at = Some(now);
        client_notice::save(conn, &one)?;
    }
    Ok(recompute(conn, one, now)?.0)
}

/// Computes the clocks anew from everything that happened, and stores them if they moved.
fn recompute(
    conn: &mut Conn,
    before: ClientNotice,
    now: Timestamp,
) -> Result<(ClientNotice, Vec<Sent>), Error> {
    let mut one = before.clone();
    let sent = sent(conn, &one)?;
    let told: Vec<Told> = sent.iter().map(|sent| sent.told).collect();
    one.clocks = one.rules.clocks(one.issued_at, &told);
    one.state = one.standing(&told, now, false, false);
    if one != before {
        client_notice::save_clocks(conn, &one)?;
    }
    Ok((one, sent))
}

fn sent(conn: &mut Conn, one: &ClientNotice) -> Result<Vec<Sent>, Error> {
    type Row = (String, String, String, String, Option<i64>, Option<String>);
    let rows: Vec<Row> = delivery::table
        .inner_join(subscription::table)
        .filter(delivery::client_notice_id.eq(one.id.to_string()))
        .filter(delivery::event.eq(NoticeEvent::Announced.as_str()))
        .order(delivery::id.asc())
        .select((
            delivery::id,
            delivery::subscription_id,
            delivery::channel,
            delivery::state,
            delivery::accepted_at,
            subscription::contact_id,
        ))
        .load(conn)?;
    let ids: Vec<String> = rows.iter().map(|row| row.0.clone()).collect();
    // Code 0: the peer gave no answer, or it never came to asking it.
    let answers: Vec<(String, i64, String)> = attempt::table
        .filter(attempt::delivery_id.eq_any(ids))
        .filter(attempt::code.ne(0))
        .order(attempt::at.asc())
        .select((attempt::delivery_id, attempt::at, attempt::verdict))
        .load(conn)?;
    let mut first: BTreeMap<String, i64> = BTreeMap::new();
    let mut refused: BTreeSet<String> = BTreeSet::new();
    for (id, at, verdict) in answers {
        if verdict == "permanent" {
            refused.insert(id.clone());
        }
        first.entry(id).or_insert(at);
    }
    rows.into_iter()
        .map(|(id, subscription_id, channel, state, accepted_at, contact_id)| {
            let state: DeliveryState = parse(&state)?;
            let sent_at = first.get(&id).copied();
            let refused = refused.contains(&id);
            Ok(Sent {
                delivery_id: parse(&id)?,
                contact_id: contact_id.as_deref().map(parse).transpose()?,
                subscription_id: parse(&subscription_id)?,
                channel,
                refused,
                open: matches!(state, DeliveryState::Queued | DeliveryState::Sending),
                told: Told {
                    sent_at: sent_at.map(time).transpose()?,
                    accepted_at: time_maybe(accepted_at)?,
                    read_at: None,
                    // Who ended the subscription it went through cannot be told by it either.
                    bounced: matches!(state, DeliveryState::Failed | DeliveryState::Cancelled),
                },
            })
        })
        .collect::<Result<Vec<Sent>, Error>>()
        .map(|mut sent| {
            // Acknowledging is the Client's, whichever contact did it.
            if let Some(first) = sent.first_mut() {
                first.told.read_at = one.acknowledged_at;
            }
            sent
        })
}

/// Marks the contacts whose address refused for good; where nobody else is or will be told, the
/// next contact is, and if there is none a person must act.
fn take_over(conn: &mut Conn, one: &ClientNotice, sent: &[Sent], now: Timestamp) -> Result<(), Error> {
    let email = |sent: &&Sent| sent.refused && sent.told.bounced && sent.channel == Channel::Email.as_str();
    for failed in sent.iter().filter(email) {
        let Some(id) = failed.contact_id else { continue };
        if let Some(mut contact) = contact::get(conn, id)?
            && contact.state == ContactState::Working
        {
            contact.state = ContactState::Bounced;
            contact::save(conn, &contact)?;
            // An open form of the Client holds its contacts: it must not overwrite this unseen.
            if let Some(mut client) = client::get(conn, contact.client_id)? {
                client.revision += 1;
                client::save(conn, &client)?;
            }
        }
    }
    let reached =
        sent.iter().any(|sent| sent.open || (sent.told.accepted_at.is_some() && !sent.told.bounced));
    if reached || one.state == ClientNoticeState::Withdrawn {
        return Ok(());
    }
    let contacts = contact::tellable(conn, one.client_id)?;
    let next = contacts.iter().find(|contact| contact.may_be_told(one.rules.told) && !tried(sent, contact));
    match (next, audience(conn, one)?) {
        (Some(next), Some(audience)) => {
            tracing::warn!(alarm = "next_contact", client_notice = %one.id, contact = %next.id, "a contact refused; the next one is told");
            owe(conn, &audience, one.id, next, now)
        }
        _ => {
            tracing::error!(alarm = "client_unreachable", client_notice = %one.id, "nobody of a Client could be reached; a person must");
            Ok(())
        }
    }
}

fn tried(sent: &[Sent], contact: &Contact) -> bool {
    sent.iter().any(|sent| {
        sent.contact_id == Some(contact.id) || contact.subscription_id == Some(sent.subscription_id)
    })
}

/// Tells Clients that nobody could be reached of and whose contacts a person has mended since: a
/// new contact, or the old one whose address works again. At most `limit`; answers how many.
///
/// # Errors
/// The database failed; nothing is kept.
pub fn reach_again(conn: &mut Conn, limit: i64, now: Timestamp) -> Result<usize, Error> {
    let mut count = 0;
    for one in client_notice::suspended_with_contact(conn, limit)? {
        let sent = sent(conn, &one)?;
        let contacts = contact::tellable(conn, one.client_id)?;
        for contact in contacts.iter().filter(|contact| contact.may_be_told(one.rules.told)) {
            let mended = sent.iter().find(|sent| sent.contact_id == Some(contact.id) && sent.told.bounced);
            if let Some(mended) = mended {
                count += usize::from(super::resend(conn, mended.delivery_id, now)?);
            } else if let (false, Some(audience)) = (tried(&sent, contact), audience(conn, &one)?) {
                owe(conn, &audience, one.id, contact, now)?;
                count += 1;
            } else {
                continue;
            }
            client_notice::save_clocks(
                conn,
                &ClientNotice { state: ClientNoticeState::Issued, ..one.clone() },
            )?;
            break;
        }
    }
    Ok(count)
}

/// The announcement as it was expanded.
fn audience(conn: &mut Conn, one: &ClientNotice) -> Result<Option<Expansion>, Error> {
    crate::db::expansion::of_notice(conn, one.notice_id, NoticeEvent::Announced.as_str())
}
