//! What a Client's people ask for: a fresh link to their page, the DPA version in use.

use std::net::IpAddr;

use serde_json::json;

use super::Visitor;
use crate::actions::Error;
use crate::actions::objections::tell_desk;
use crate::actions::subscribe::{Holder, contacts_behind};
use crate::db::{self, Conn};
use crate::domain::delivery::DeliveryKind;
use crate::state::State;

/// Mails a fresh link to the Client's page to the contact the visitor's own link was mailed to,
/// and to nobody else. Looks the same beyond the limits, where nothing is sent.
///
/// # Errors
/// The database failed.
pub async fn request_page(state: &State, visitor: &Visitor, from: Option<IpAddr>) -> Result<(), Error> {
    let contact = visitor.contact().clone();
    if !state.limits.take_mail(&contact.email, from) {
        return Ok(());
    }
    let (now, visitor) = (state.clock.now(), visitor.clone());
    state
        .db
        .write(move |conn| {
            let to = db::subscription::carrier(conn, &contact, now)?;
            let about = format!("client:{}", contact.id);
            db::outbox::enqueue_letter(conn, &to, DeliveryKind::ClientLink, &about, now)?;
            let event = visitor.event("client.page_asked", contact.client_id, json!({}));
            Ok::<_, Error>(db::audit::append(conn, now, event)?)
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(())
}

/// Mails the same to each Client's contact that a subscriber is, see
/// [`contacts_behind`](crate::actions::subscribe::contacts_behind): the mailbox is the same.
///
/// # Errors
/// There is no such subscription; the database failed.
pub async fn request_page_of_subscriber(
    state: &State,
    holder: Holder,
    from: Option<IpAddr>,
) -> Result<(), Error> {
    let id = holder.subscription();
    let read = move |conn: &mut Conn| {
        let Some(stored) = db::subscription::get(conn, id)? else { return Ok(None) };
        let contacts = contacts_behind(conn, &stored.subscription)?;
        Ok::<_, Error>(Some((stored.subscription.email, contacts)))
    };
    let (email, contacts) = state.db.read(read).await?.ok_or(Error::NotFound("subscription"))?;
    if contacts.is_empty() || !state.limits.take_mail(&email, from) {
        return Ok(());
    }
    let now = state.clock.now();
    state
        .db
        .write(move |conn| {
            for contact in &contacts {
                let to = db::subscription::carrier(conn, contact, now)?;
                let about = format!("client:{}", contact.id);
                db::outbox::enqueue_letter(conn, &to, DeliveryKind::ClientLink, &about, now)?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(())
}

/// Asks the company for its current standard DPA: staff see it in the audit trail, and the
/// privacy contact is mailed. Beyond the limits nothing more is sent, and it looks the same.
///
/// # Errors
/// The link opens one notice only; the database failed.
pub async fn request_dpa(state: &State, visitor: &Visitor, from: Option<IpAddr>) -> Result<(), Error> {
    if !visitor.sees_all() {
        return Err(Error::NotFound("page"));
    }
    let contact = visitor.contact().clone();
    if !state.limits.take_mail(&contact.email, from) {
        return Ok(());
    }
    let (now, visitor, settings) = (state.clock.now(), visitor.clone(), state.settings.clone());
    state
        .db
        .write(move |conn| {
            let about = format!("dpa:{}", contact.id);
            tell_desk(conn, &contact, &settings.company.privacy_contact, &about, now)?;
            let event = visitor.event("client.dpa_asked", contact.client_id, json!({}));
            Ok::<_, Error>(db::audit::append(conn, now, event)?)
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(())
}
