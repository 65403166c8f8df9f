//! What the people of a Client do behind the links mailed to them. Nobody logs in: a link opens
//! what it was mailed for. One from a notice opens that notice only; the Client's own page takes
//! a fresh one.

mod acknowledge;
mod ask;
mod successor;

use crate::db::{self, Conn};
use crate::domain::audit::{Actor, Event};
use crate::domain::client::{Client, Contact, ContactState};
use crate::domain::client_notice::ClientNotice;
use crate::domain::id::Id;
use crate::domain::notice::Notice;
use crate::keys::{BadLink, Purpose};
use crate::state::State;

pub use acknowledge::acknowledge;
pub use ask::{request_dpa, request_page, request_page_of_subscriber};
pub use successor::{Asked, agree, name_successor, open_successor};

use super::Error;

/// Somebody who holds a link that opens. Only [`open`] makes one.
#[derive(Debug, Clone)]
pub struct Visitor {
    client: Client,
    contact: Contact,
    scope: Scope,
}

/// What a link opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// One notice, through the delivery that brought the link.
    Notice { client_notice_id: Id, delivery_id: Id },
    /// All of the Client.
    Client,
}

/// One notice, as this Client was told it.
#[derive(Debug, Clone)]
pub struct Told {
    /// The announcement.
    pub notice: Notice,
    /// What the Client is owed.
    pub one: ClientNotice,
}

impl Visitor {
    /// Whose page it is.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// To whom the link was mailed.
    #[must_use]
    pub fn contact(&self) -> &Contact {
        &self.contact
    }

    /// Whether the link opens more than one notice.
    #[must_use]
    pub fn sees_all(&self) -> bool {
        self.scope == Scope::Client
    }

    /// The notice with this number, if the Client was told it and the link opens it.
    ///
    /// # Errors
    /// The database failed.
    pub fn told(&self, conn: &mut Conn, number: &str) -> Result<Option<Told>, db::Error> {
        let Some(notice) = db::notice::by_number(conn, number)? else { return Ok(None) };
        let one = db::client_notice::of(conn, notice.id, self.client.id)?;
        let opens = |one: &ClientNotice| match self.scope {
            Scope::Notice { client_notice_id, .. } => client_notice_id == one.id,
            Scope::Client => true,
        };
        Ok(one.filter(opens).map(|one| Told { notice, one }))
    }

    /// As [`Visitor::told`], for acting on it.
    fn owed(&self, conn: &mut Conn, number: &str) -> Result<Told, Error> {
        self.told(conn, number)?.ok_or(Error::NotFound("notice"))
    }

    fn delivery(&self) -> Option<Id> {
        match self.scope {
            Scope::Notice { delivery_id, .. } => Some(delivery_id),
            Scope::Client => None,
        }
    }

    /// What they do, for the audit trail.
    fn event(&self, action: &'static str, subject: Id, detail: serde_json::Value) -> Event {
        Event { actor: Actor::Contact(self.contact.id), action, subject: subject.to_string(), detail }
    }
}

/// Opens a link; changes nothing. One that was revoked, whose contact was removed or whose Client
/// is gone is answered as one that was never ours.
///
/// # Errors
/// The database failed.
pub async fn open(state: &State, token: &str) -> Result<Result<Visitor, BadLink>, db::Error> {
    let now = state.clock.now();
    let of_notice = state.keys.open_epoch_link(Purpose::ClientNotice, token, now);
    let of_client = state.keys.open_epoch_link(Purpose::Client, token, now);
    let read = move |conn: &mut Conn| {
        let (found, epoch) = match (of_notice, of_client) {
            (Ok((id, epoch)), _) => (through_delivery(conn, id)?, epoch),
            (_, Ok((id, epoch))) => (through_contact(conn, id)?, epoch),
            (Err(expired @ BadLink::Expired(_)), _) | (_, Err(expired)) => return Ok(Err(expired)),
        };
        Ok(found.filter(|visitor| visitor.client.link_epoch == epoch).ok_or(BadLink::Tampered))
    };
    state.db.read(read).await
}

fn through_delivery(conn: &mut Conn, delivery_id: Id) -> Result<Option<Visitor>, db::Error> {
    let Some((delivery, receiver)) = db::outbox::get(conn, delivery_id)? else { return Ok(None) };
    let Some(client_notice_id) = delivery.client_notice_id else { return Ok(None) };
    let Some(one) = db::client_notice::get(conn, client_notice_id)? else { return Ok(None) };
    let Some(client) = db::client::get(conn, one.client_id)? else { return Ok(None) };
    let to = receiver.subscription;
    // A contact is replaced by another of the same address when a list of Clients is read again.
    let is_theirs = |contact: &Contact| {
        contact.state != ContactState::Ended
            && (to.contact_id == Some(contact.id)
                || contact.subscription_id == Some(to.id)
                || contact.email.key() == to.email.key())
    };
    let contact = db::contact::of_client(conn, client.id)?.into_iter().find(is_theirs);
    let scope = Scope::Notice { client_notice_id, delivery_id };
    Ok(contact.map(|contact| Visitor { client, contact, scope }))
}

fn through_contact(conn: &mut Conn, contact_id: Id) -> Result<Option<Visitor>, db::Error> {
    let found = db::contact::get(conn, contact_id)?.filter(|contact| contact.state != ContactState::Ended);
    let Some(contact) = found else { return Ok(None) };
    let client = db::client::get(conn, contact.client_id)?;
    Ok(client.map(|client| Visitor { client, contact, scope: Scope::Client }))
}
