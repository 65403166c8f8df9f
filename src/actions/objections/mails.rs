//! Who hears of an objection.

use jiff::Timestamp;

use crate::db::{self, Conn};
use crate::domain::client::{Contact, ContactState};
use crate::domain::delivery::DeliveryKind;
use crate::domain::objection::Objection;

/// Mails to the person, if it is known where to.
pub(super) fn tell_person(
    conn: &mut Conn,
    o: &Objection,
    kind: DeliveryKind,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let contact = match o.contact_id {
        Some(id) => db::contact::get(conn, id)?,
        None => None,
    };
    // Somebody who was removed is not written to any more.
    let Some(contact) = contact.filter(|contact| contact.state != ContactState::Ended) else {
        return Ok(false);
    };
    let to = db::subscription::carrier(conn, &contact, now)?;
    db::outbox::enqueue_letter(conn, &to, kind, &format!("objection:{}", o.id), now)?;
    Ok(true)
}

/// Mails word of it to the company's privacy contact, if that is a mailbox. `through` is a contact
/// of the Client: the delivery stands in its line.
pub(in crate::actions) fn tell_desk(
    conn: &mut Conn,
    through: &Contact,
    privacy_contact: &str,
    about: &str,
    now: Timestamp,
) -> Result<(), db::Error> {
    if !privacy_contact.contains('@') {
        return Ok(());
    }
    let line = db::subscription::carrier(conn, through, now)?;
    db::outbox::enqueue_letter(conn, &line, DeliveryKind::Desk, about, now)?;
    Ok(())
}
