//! What became of each delivery of an announcement to one Client.

use std::collections::BTreeMap;

use diesel::prelude::*;
use jiff::{SignedDuration, Timestamp};

use crate::db::schema::{attempt, delivery, subscription};
use crate::db::stored::{parse, time, time_maybe};
use crate::db::{Conn, Error};
use crate::domain::client::Contact;
use crate::domain::client_notice::{ClientNotice, Told};
use crate::domain::delivery::{DeliveryState, OWN_FAULT};
use crate::domain::id::Id;
use crate::domain::notice::NoticeEvent;
use crate::domain::subscription::{Channel, SubscriptionState};

/// How long after the last attempt a message that ended by a fault of ours is sent again: the
/// longest gap of the mail schedule (R2).
const AGAIN: SignedDuration = SignedDuration::from_hours(4);

/// One delivery of the announcement.
pub(super) struct Sent {
    pub(super) delivery_id: Id,
    pub(super) channel: Channel,
    pub(super) told: Told,
    contact_id: Option<Id>,
    subscription_id: Id,
    state: DeliveryState,
    /// Its endpoint is suspended: asked once a day whether it is back.
    suspended: bool,
    last: Option<Last>,
}

/// The last attempt.
struct Last {
    at: Timestamp,
    verdict: String,
}

/// Every delivery of the announcement under `one`, the oldest first.
pub(super) fn of(conn: &mut Conn, one: &ClientNotice) -> Result<Vec<Sent>, Error> {
    type Row = (String, String, String, String, Option<i64>, Option<String>, String);
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
            subscription::state,
        ))
        .load(conn)?;
    let ids: Vec<String> = rows.iter().map(|row| row.0.clone()).collect();
    let tries: Vec<(String, i64, i32, String)> = attempt::table
        .filter(attempt::delivery_id.eq_any(ids))
        .order((attempt::at.asc(), attempt::number.asc()))
        .select((attempt::delivery_id, attempt::at, attempt::code, attempt::verdict))
        .load(conn)?;
    let mut first: BTreeMap<String, Timestamp> = BTreeMap::new();
    let mut last: BTreeMap<String, Last> = BTreeMap::new();
    for (id, at, code, verdict) in tries {
        let at = time(at)?;
        // Code 0: the peer gave no answer, or it never came to asking it.
        if code != 0 && verdict != OWN_FAULT {
            first.entry(id.clone()).or_insert(at);
        }
        last.insert(id, Last { at, verdict });
    }
    let mut sent = Vec::new();
    for (id, subscription_id, channel, state, accepted_at, contact_id, receiver) in rows {
        let state: DeliveryState = parse(&state)?;
        let accepted_at = time_maybe(accepted_at)?;
        sent.push(Sent {
            delivery_id: parse(&id)?,
            channel: parse(&channel)?,
            told: Told {
                // What was accepted was sent, also where no code came with it, as from a folder.
                sent_at: first.get(&id).copied().or(accepted_at),
                accepted_at,
                read_at: None,
                // Who ended the subscription it went through cannot be told by it either.
                bounced: matches!(state, DeliveryState::Failed | DeliveryState::Cancelled),
            },
            contact_id: contact_id.as_deref().map(parse).transpose()?,
            subscription_id: parse(&subscription_id)?,
            state,
            suspended: receiver == SubscriptionState::Suspended.as_str(),
            last: last.remove(&id),
        });
    }
    Ok(sent)
}

/// What the clocks are computed from. Acknowledging is the Client's, whichever contact did it, and
/// counts even where nothing could be sent.
pub(super) fn facts(one: &ClientNotice, sent: &[Sent]) -> Vec<Told> {
    let mut told: Vec<Told> = sent.iter().map(|sent| sent.told).collect();
    if one.acknowledged_at.is_some() && told.is_empty() {
        told.push(Told::default());
    }
    if let Some(first) = told.first_mut() {
        first.read_at = one.acknowledged_at;
    }
    told
}

/// Whether somebody of the Client has taken the notice, or may take it yet.
pub(super) fn is_reached(one: &ClientNotice, sent: &[Sent]) -> bool {
    one.acknowledged_at.is_some()
        || sent
            .iter()
            .any(|one| one.may_arrive(sent) || (one.told.accepted_at.is_some() && !one.told.bounced))
}

impl Sent {
    /// Whether it went to `contact`, by its own row or through its subscription.
    pub(super) fn is_to(&self, contact: &Contact) -> bool {
        self.contact_id == Some(contact.id) || contact.subscription_id == Some(self.subscription_id)
    }

    /// Whether it waits or is under way, and somebody is there to take it. A suspended endpoint
    /// stays owed its message, but once the mail to its mailbox is made it keeps nobody waiting.
    fn may_arrive(&self, all: &[Sent]) -> bool {
        let open = matches!(self.state, DeliveryState::Queued | DeliveryState::Sending);
        let mail =
            |other: &Sent| other.channel == Channel::Email && other.subscription_id == self.subscription_id;
        open && !(self.channel == Channel::Webhook && self.suspended && all.iter().any(mail))
    }

    /// The receiving system refused the address for good.
    pub(super) fn is_refused(&self) -> bool {
        let permanent = self.last.as_ref().is_some_and(|last| last.verdict == "permanent");
        self.state == DeliveryState::Failed && self.channel == Channel::Email && permanent
    }

    /// It ended by a fault of ours. Nobody else would fare better.
    pub(super) fn is_our_fault(&self) -> bool {
        let ours = self.last.as_ref().is_some_and(|last| last.verdict == OWN_FAULT);
        self.state == DeliveryState::Failed && ours
    }

    /// Whether it may be sent again to a contact that works as far as anybody knows: at once where
    /// the address had refused, for somebody has looked at it since; else after a while.
    pub(super) fn may_be_repeated(&self, now: Timestamp) -> bool {
        let rested = || self.last.as_ref().is_none_or(|last| now.duration_since(last.at) >= AGAIN);
        self.state == DeliveryState::Failed && (self.is_refused() || rested())
    }
}
