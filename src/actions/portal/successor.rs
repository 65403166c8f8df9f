//! A contact names who shall be told in its place. Nothing changes before they agree themselves.

use std::net::IpAddr;

use serde_json::json;

use super::Visitor;
use crate::actions::Error;
use crate::actions::objections::tell_desk;
use crate::db::{self, Conn};
use crate::domain::audit::{Actor, Event};
use crate::domain::client::{Client, Contact, ContactState};
use crate::domain::contacts::{Successor, check_contact, tidy_contact};
use crate::domain::delivery::DeliveryKind;
use crate::domain::id::Id;
use crate::domain::subscription::Channel;
use crate::domain::text::FieldError;
use crate::keys::{BadLink, Purpose};
use crate::state::State;

/// Names somebody in place of the contact `contact_id` of the visitor's own Client. They are
/// mailed a question; the old contact is told on.
///
/// # Errors
/// Fields to mend; the link opens one notice only; there is no such contact; too many mails; the
/// database failed.
pub async fn name_successor(
    state: &State,
    visitor: &Visitor,
    contact_id: Id,
    (name, email): (&str, &str),
    from: Option<IpAddr>,
) -> Result<Successor, Error> {
    if !visitor.sees_all() {
        return Err(Error::NotFound("contact"));
    }
    let (name, email) = tidy_contact(name, email).map_err(Error::Invalid)?;
    if !state.limits.take_mail(&email, from) {
        return Err(Error::Conflict(
            "We have sent several mails to this address within the hour. Wait an hour, then try again."
                .into(),
        ));
    }
    let (now, visitor) = (state.clock.now(), visitor.clone());
    let named = state
        .db
        .write(move |conn| {
            let contacts = db::contact::of_client(conn, visitor.client().id)?;
            let old = contacts
                .iter()
                .find(|contact| contact.id == contact_id && contact.state != ContactState::Ended)
                .ok_or(Error::NotFound("contact"))?;
            let new =
                Successor { id: Id::new(now), contact_id, name, email, created_at: now, confirmed_at: None };
            check_contact(&contacts, &in_place_of(old, &new))?;
            db::successor::insert(conn, &new)?;
            if old.state == ContactState::Working {
                db::contact::save(conn, &Contact { state: ContactState::Leaving, ..old.clone() })?;
                touch(conn, visitor.client())?;
            }
            let line = db::subscription::carrier(conn, old, now)?;
            let about = format!("successor:{}", new.id);
            db::outbox::enqueue_letter(conn, &line, DeliveryKind::Successor, &about, now)?;
            let detail = json!({ "client": visitor.client().id });
            db::audit::append(conn, now, visitor.event("client.successor_named", contact_id, detail))?;
            Ok::<_, Error>(new)
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(named)
}

fn in_place_of(old: &Contact, new: &Successor) -> Contact {
    Contact {
        id: new.id,
        client_id: old.client_id,
        position: old.position,
        role: old.role,
        channel: Channel::Email,
        name: new.name.clone(),
        email: new.email.clone(),
        subscription_id: None,
        state: ContactState::Working,
    }
}

/// Saving any part of a Client counts: an open form of staff must not overwrite this unseen.
fn touch(conn: &mut Conn, client: &Client) -> Result<(), Error> {
    if let Some(mut client) = db::client::get(conn, client.id)? {
        client.revision += 1;
        db::client::save(conn, &client)?;
    }
    Ok(())
}

/// Somebody who is asked to be a contact. Only [`open_successor`] makes one.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Whom they are asked about.
    pub client: Client,
    /// In whose place.
    pub old: Contact,
    /// They themselves.
    pub new: Successor,
}

/// Opens the link of the question; changes nothing.
///
/// # Errors
/// The database failed.
pub async fn open_successor(state: &State, token: &str) -> Result<Result<Asked, BadLink>, db::Error> {
    let opened = state.keys.open_epoch_link(Purpose::Successor, token, state.clock.now());
    let (id, epoch) = match opened {
        Ok(opened) => opened,
        Err(why) => return Ok(Err(why)),
    };
    let read = move |conn: &mut Conn| {
        let Some(new) = db::successor::get(conn, id)? else { return Ok(None) };
        let Some(old) = db::contact::get(conn, new.contact_id)? else { return Ok(None) };
        let client = db::client::get(conn, old.client_id)?;
        Ok::<_, db::Error>(client.map(|client| Asked { client, old, new }))
    };
    let found = state.db.read(read).await?;
    // Where somebody else took the place meanwhile, the question is over.
    let stands = |asked: &Asked| {
        asked.client.link_epoch == epoch
            && (asked.new.confirmed_at.is_some() || asked.old.state != ContactState::Ended)
    };
    Ok(found.filter(stands).ok_or(BadLink::Tampered))
}

/// They agree: the new contact takes the place, the old one ends. Agreeing again changes nothing.
///
/// # Errors
/// Somebody else took the place meanwhile; the address is a contact already; the database failed.
pub async fn agree(state: &State, asked: &Asked) -> Result<(), Error> {
    let (now, id, settings) = (state.clock.now(), asked.new.id, state.settings.clone());
    state
        .db
        .write(move |conn| {
            let new = db::successor::get(conn, id)?.ok_or(Error::NotFound("question"))?;
            if new.confirmed_at.is_some() {
                return Ok(());
            }
            let old = db::contact::get(conn, new.contact_id)?.ok_or(Error::NotFound("contact"))?;
            if old.state == ContactState::Ended {
                return Err(Error::Conflict(
                    "Somebody else took this place meanwhile. Nothing was changed.".into(),
                ));
            }
            let contact = in_place_of(&old, &new);
            let mut others = db::contact::of_client(conn, old.client_id)?;
            others.retain(|other| other.id != old.id);
            check_contact(&others, &contact).map_err(|e: FieldError| Error::Conflict(e.problem))?;
            db::outbox::end_contact(conn, &old, Some(&contact), now)?;
            db::successor::confirm(conn, id, now)?;
            let client = db::client::get(conn, old.client_id)?.ok_or(Error::NotFound("Client"))?;
            touch(conn, &client)?;
            let detail = json!({ "client": client.id, "in_place_of": old.id });
            let event = Event {
                actor: Actor::Contact(contact.id),
                action: "client.contact_replaced",
                subject: client.id.to_string(),
                detail,
            };
            db::audit::append(conn, now, event)?;
            let about = format!("successor:{id}");
            tell_desk(conn, &contact, &settings.company.privacy_contact, &about, now)?;
            Ok::<_, Error>(())
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(())
}
