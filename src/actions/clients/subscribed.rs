//! Contacts that go through a subscription: a webhook that staff enter, and subscriptions that
//! staff link to a Client because subscribing is how it wants to be told.

use jiff::Timestamp;
use serde_json::json;

use super::{Seen, as_seen, record, touch};
use crate::actions::{By, Error, subscribe};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::client::{Client, Contact, ContactRole, ContactState};
use crate::domain::contacts::{check_contact, current, next_position, tidy_contact};
use crate::domain::id::Id;
use crate::domain::subscription::{Channel, Subscription, SubscriptionState};
use crate::domain::text::{FieldError, NAME_LIMIT, line};
use crate::state::State;

/// A webhook as typed.
#[derive(Debug, Clone)]
pub struct WebhookDraft {
    /// The endpoint.
    pub url: String,
    /// The mailbox that confirms it and gets the secret.
    pub email: String,
    /// What the contact is called.
    pub name: String,
    /// Notified or fallback.
    pub role: ContactRole,
}

/// Adds a webhook as a contact. Its subscription waits for its mailbox to confirm and for the
/// endpoint to answer the challenge, as any other; the receiver alone sees the secret.
///
/// # Errors
/// Not allowed; a field is wrong; the Client has this webhook already; somebody saved in between.
pub async fn add_webhook(
    state: &State,
    by: &By,
    seen: Seen,
    draft: WebhookDraft,
) -> Result<(Client, Contact), Error> {
    by.require(Permission::Write)?;
    let wish = (subscribe::checked_endpoint(state, &draft.url), tidy_contact(&draft.name, &draft.email));
    let (url, (name, email)) = match wish {
        (Ok(url), Ok(contact)) => (url, contact),
        (url, contact) => {
            return Err(Error::Invalid(
                url.err().into_iter().chain(contact.err().into_iter().flatten()).collect(),
            ));
        }
    };
    let (now, by, role) = (state.clock.now(), by.clone(), draft.role);
    let done = state
        .db
        .write(move |conn| {
            let client = as_seen(conn, seen)?;
            let subscription = subscribe::ask_for_client(conn, by.actor, &email, &url, now)?;
            let contact = Contact { name, role, ..of_subscription(conn, &client, &subscription, now)? };
            keep(conn, now, &by, client, contact, "client.webhook_added")
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(done)
}

/// Links a confirmed subscription to a Client: from then on it is told because its agreement
/// says so. A contact with the same mailbox goes through the subscription from then on.
///
/// # Errors
/// Not allowed; the subscription is not confirmed, has ended, or is linked already; somebody
/// saved in between.
pub async fn link_subscription(
    state: &State,
    by: &By,
    seen: Seen,
    subscription: Id,
) -> Result<(Client, Contact), Error> {
    by.require(Permission::Write)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let client = as_seen(conn, seen)?;
            let found = db::subscription::get(conn, subscription)?.ok_or(Error::NotFound("subscription"))?;
            let found = found.subscription;
            if !is_open(&found) {
                return Err(Error::Conflict(
                    "This subscription is not confirmed, or has ended. Only a confirmed one can be linked."
                        .into(),
                ));
            }
            let contacts = db::contact::of_client(conn, client.id)?;
            let same = current(&contacts).find(|c| {
                c.channel == Channel::Email
                    && found.channel == Channel::Email
                    && c.email.key() == found.email.key()
            });
            if same.is_some_and(|c| c.subscription_id == Some(subscription)) {
                return Err(FieldError::new(
                    "subscription",
                    "This subscription is linked to this Client already.",
                )
                .into());
            }
            let contact = match same {
                Some(contact) => Contact { subscription_id: Some(subscription), ..contact.clone() },
                None => of_subscription(conn, &client, &found, now)?,
            };
            keep(conn, now, &by, client, contact, "client.subscription_linked")
        })
        .await
}

/// Whether a subscription is served: confirmed, and for a webhook agreed at its endpoint too.
fn is_open(s: &Subscription) -> bool {
    // A row that carries a contact's notices is nobody's subscription.
    s.contact_id.is_none()
        && s.ended_at.is_none()
        && s.state != SubscriptionState::Pending
        && (s.channel == Channel::Email || s.consented_at.is_some())
}

fn of_subscription(
    conn: &mut Conn,
    client: &Client,
    s: &Subscription,
    now: Timestamp,
) -> Result<Contact, Error> {
    let contacts = db::contact::of_client(conn, client.id)?;
    Ok(Contact {
        id: Id::new(now),
        client_id: client.id,
        position: next_position(&contacts),
        role: ContactRole::Notify,
        channel: s.channel,
        name: String::new(),
        email: s.email.clone(),
        subscription_id: Some(s.id),
        state: ContactState::Working,
    })
}

fn keep(
    conn: &mut Conn,
    now: Timestamp,
    by: &By,
    client: Client,
    contact: Contact,
    action: &'static str,
) -> Result<(Client, Contact), Error> {
    let contacts = db::contact::of_client(conn, client.id)?;
    check_contact(&contacts, &contact)?;
    db::contact::save(conn, &contact)?;
    let client = touch(conn, client, now)?;
    let detail = json!({
        "contact": contact.id, "subscription": contact.subscription_id,
        "channel": contact.channel, "role": contact.role,
    });
    record(conn, now, by, action, client.id, detail)?;
    Ok((client, contact))
}

/// Open subscriptions of the mail domains of a Client's contacts that are not linked to it: a
/// suggestion for a person to judge, never a link by itself.
///
/// # Errors
/// The database failed.
pub fn suggested(conn: &mut Conn, contacts: &[Contact], typed: &str) -> Result<Vec<Subscription>, Error> {
    let mut domains: Vec<String> =
        current(contacts).map(|contact| contact.email.domain().to_owned()).collect();
    domains.extend(line("domain", typed, NAME_LIMIT).ok().filter(|domain| domain.contains('.')));
    domains.sort();
    domains.dedup();
    let linked: Vec<Id> = current(contacts).filter_map(|contact| contact.subscription_id).collect();
    let mut found = Vec::new();
    for domain in domains {
        let of_domain = db::subscription::open_of_domain(conn, &domain, 20)?;
        found.extend(of_domain.into_iter().filter(|s| is_open(s) && !linked.contains(&s.id)));
    }
    Ok(found)
}
