//! Whom a Client wants told. A contact's address is never rewritten: what was told to the old
//! one stays provable, so another address is another contact in its place.

use serde_json::json;

use super::{Seen, as_seen, record, touch};
use crate::actions::{By, Error};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::client::{Client, Contact, ContactRole, ContactState};
use crate::domain::contacts::{check_contact, moved, next_position, tidy_contact};
use crate::domain::id::Id;
use crate::domain::subscription::Channel;
use crate::domain::text::FieldError;
use crate::state::State;

/// A contact as typed.
#[derive(Debug, Clone)]
pub struct ContactDraft {
    /// Notified or fallback.
    pub role: ContactRole,
    /// The person's or the mailbox's name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// Adds a contact by mail, or saves the one with the id `known`. Another address ends the old
/// contact and puts a new one in its place.
///
/// # Errors
/// Not allowed; a field is wrong; the Client has this address already; the contact has ended;
/// somebody saved the Client in between.
pub async fn save_contact(
    state: &State,
    by: &By,
    seen: Seen,
    known: Option<Id>,
    draft: ContactDraft,
) -> Result<(Client, Contact), Error> {
    by.require(Permission::Write)?;
    let (name, email) = tidy_contact(&draft.name, &draft.email).map_err(Error::Invalid)?;
    let (now, by, role) = (state.clock.now(), by.clone(), draft.role);
    let saved = state
        .db
        .write(move |conn| {
            let client = as_seen(conn, seen)?;
            let contacts = db::contact::of_client(conn, client.id)?;
            let old = known.map(|id| open(&contacts, id)).transpose()?;
            let fresh = Contact {
                id: Id::new(now),
                client_id: client.id,
                position: next_position(&contacts),
                role,
                channel: Channel::Email,
                name,
                email,
                subscription_id: None,
                state: ContactState::Working,
            };
            let (contact, action, detail) = match old {
                None => (fresh, "client.contact_added", json!({ "role": role })),
                Some(old) if old.email.key() == fresh.email.key() => {
                    let detail = json!({ "was": old.role, "role": role });
                    let Contact { name, role, .. } = fresh;
                    (Contact { name, role, ..old.clone() }, "client.contact_saved", detail)
                }
                Some(old) if old.channel == Channel::Webhook => {
                    return Err(FieldError::new(
                        "email",
                        "A webhook belongs to the mailbox that confirmed it. Remove this contact and add the webhook with the other mailbox.",
                    )
                    .into());
                }
                Some(old) => {
                    let detail = json!({ "role": role, "in_place_of": old.id });
                    let fresh = Contact { position: old.position, ..fresh };
                    (fresh, "client.contact_replaced", detail)
                }
            };
            let replaced = old.filter(|old| old.id != contact.id);
            let others: Vec<Contact> =
                contacts.iter().filter(|c| Some(c.id) != replaced.map(|r| r.id)).cloned().collect();
            check_contact(&others, &contact)?;
            match replaced {
                Some(old) => db::outbox::end_contact(conn, old, Some(&contact), now)?,
                None => db::contact::save(conn, &contact)?,
            }
            let client = touch(conn, client, now)?;
            record(conn, now, &by, action, client.id, with_contact(detail, contact.id))?;
            Ok::<_, Error>((client, contact))
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(saved)
}

/// A contact that has not ended.
fn open(contacts: &[Contact], id: Id) -> Result<&Contact, Error> {
    let contact = contacts.iter().find(|contact| contact.id == id).ok_or(Error::NotFound("contact"))?;
    if contact.state == ContactState::Ended {
        return Err(Error::Conflict("This contact was removed. Add it again to tell it of changes.".into()));
    }
    Ok(contact)
}

fn with_contact(mut detail: serde_json::Value, id: Id) -> serde_json::Value {
    if let Some(members) = detail.as_object_mut() {
        members.insert("contact".to_owned(), json!(id));
    }
    detail
}

/// Moves a contact one place up or down.
///
/// # Errors
/// Not allowed; there is no such contact, or no place there; somebody saved in between.
pub async fn move_contact(state: &State, by: &By, seen: Seen, id: Id, up: bool) -> Result<Client, Error> {
    let swap = move |conn: &mut Conn, contacts: &[Contact], contact: &Contact| {
        let (one, other) = moved(contacts, contact.id, up).ok_or_else(|| {
            let end = if up { "first" } else { "last" };
            Error::Conflict(format!("This contact is the {end} already."))
        })?;
        db::contact::save(conn, &one)?;
        db::contact::save(conn, &other)?;
        Ok(json!({ "position": one.position }))
    };
    change(state, by, seen, id, "client.contact_moved", swap).await
}

/// Ends a contact: nothing is sent to it any more, and where nobody else of the Client was reached
/// its next contact is told; what it was told stays on record.
///
/// # Errors
/// Not allowed; there is no such contact; it has ended; somebody saved in between.
pub async fn end_contact(state: &State, by: &By, seen: Seen, id: Id) -> Result<Client, Error> {
    let now = state.clock.now();
    let end = move |conn: &mut Conn, _: &[Contact], contact: &Contact| {
        db::outbox::end_contact(conn, contact, None, now)?;
        Ok(json!({ "was": contact.state }))
    };
    change(state, by, seen, id, "client.contact_ended", end).await
}

/// Notes that a contact that bounced, or wanted to be replaced, works after all.
///
/// # Errors
/// Not allowed; there is no such contact; it has ended; somebody saved in between.
pub async fn restore_contact(state: &State, by: &By, seen: Seen, id: Id) -> Result<Client, Error> {
    let restore = |conn: &mut Conn, _: &[Contact], contact: &Contact| {
        db::contact::save(conn, &Contact { state: ContactState::Working, ..contact.clone() })?;
        Ok(json!({ "was": contact.state }))
    };
    change(state, by, seen, id, "client.contact_restored", restore).await
}

/// Does something with one contact that has not ended. Answers the Client.
async fn change(
    state: &State,
    by: &By,
    seen: Seen,
    id: Id,
    action: &'static str,
    act: impl FnOnce(&mut Conn, &[Contact], &Contact) -> Result<serde_json::Value, Error> + Send + 'static,
) -> Result<Client, Error> {
    by.require(Permission::Write)?;
    let (now, by) = (state.clock.now(), by.clone());
    let client = state
        .db
        .write(move |conn| {
            let client = as_seen(conn, seen)?;
            let contacts = db::contact::of_client(conn, client.id)?;
            let detail = act(conn, &contacts, open(&contacts, id)?)?;
            let client = touch(conn, client, now)?;
            record(conn, now, &by, action, client.id, with_contact(detail, id))?;
            Ok::<_, Error>(client)
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(client)
}
