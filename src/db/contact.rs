//! Contacts: whom a Client wants told. Addresses live here only, so that they can be erased.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::schema::{contact, subscription};
use super::stored::{parse, parse_maybe, put};
use super::{Conn, Error};
use crate::domain::client::{Contact, ContactState};
use crate::domain::email::Email;
use crate::domain::id::Id;
use crate::domain::subscription::{Channel, SubscriptionState};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = contact, treat_none_as_null = true)]
pub(super) struct Row {
    id: String,
    client_id: String,
    position: i32,
    role: String,
    channel: String,
    name: String,
    email: String,
    email_key: String,
    subscription_id: Option<String>,
    state: String,
}

impl Row {
    fn new(contact: &Contact) -> Self {
        Self {
            id: contact.id.to_string(),
            client_id: contact.client_id.to_string(),
            position: contact.position,
            role: contact.role.to_string(),
            channel: contact.channel.to_string(),
            name: contact.name.clone(),
            email: contact.email.to_string(),
            email_key: contact.email.key(),
            subscription_id: contact.subscription_id.map(|id| id.to_string()),
            state: contact.state.to_string(),
        }
    }

    pub(super) fn contact(self) -> Result<Contact, Error> {
        Ok(Contact {
            id: parse(&self.id)?,
            client_id: parse(&self.client_id)?,
            position: self.position,
            role: parse(&self.role)?,
            channel: parse(&self.channel)?,
            name: self.name,
            email: parse(&self.email)?,
            subscription_id: parse_maybe(self.subscription_id.as_deref())?,
            state: parse(&self.state)?,
        })
    }
}

/// One.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<Contact>, Error> {
    let row = contact::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::contact).transpose()
}

/// A Client's contacts in their order, ended ones too.
///
/// # Errors
/// The database failed.
pub fn of_client(conn: &mut Conn, client_id: Id) -> Result<Vec<Contact>, Error> {
    let rows: Vec<Row> = contact::table
        .filter(contact::client_id.eq(client_id.to_string()))
        .order((contact::position.asc(), contact::id.asc()))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::contact).collect()
}

/// The contacts of every Client with `email`; one adviser may serve several.
///
/// # Errors
/// The database failed.
pub fn with_email(conn: &mut Conn, email: &Email) -> Result<Vec<Contact>, Error> {
    let rows: Vec<Row> = contact::table
        .filter(contact::email_key.eq(email.key()))
        .order(contact::id.asc())
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::contact).collect()
}

/// A Client's contacts in their order, each with the way it can be told by.
///
/// # Errors
/// The database failed.
pub fn tellable(conn: &mut Conn, client_id: Id) -> Result<Vec<Contact>, Error> {
    let id = client_id.to_string();
    let told = confirmed(conn, &id, &id)?;
    let found = of_clients(conn, &id, &id)?;
    Ok(found.into_iter().filter_map(|contact| with_channel(contact, &told)).collect())
}

/// The subscriptions of these Clients' contacts that can be told.
pub(super) fn confirmed(conn: &mut Conn, first: &str, last: &str) -> Result<BTreeSet<Id>, Error> {
    let ids: Vec<String> = contact::table
        .inner_join(subscription::table)
        .filter(contact::client_id.between(first.to_owned(), last.to_owned()))
        .filter(subscription::confirmed_at.is_not_null())
        .filter(subscription::state.ne(SubscriptionState::Ended.as_str()))
        .filter(
            subscription::channel.eq(Channel::Email.as_str()).or(subscription::consented_at.is_not_null()),
        )
        .select(subscription::id)
        .load(conn)?;
    ids.iter().map(|id| parse(id)).collect()
}

/// The contact with the way it can be told by, given the subscriptions that can be used. Who
/// unsubscribes ends a courtesy: a contact by mail stays one, at its own address. A webhook
/// without its subscription has no way.
pub(super) fn with_channel(mut contact: Contact, told: &BTreeSet<Id>) -> Option<Contact> {
    if contact.subscription_id.is_some_and(|id| !told.contains(&id)) {
        if contact.channel == Channel::Webhook {
            return None;
        }
        contact.subscription_id = None;
    }
    Some(contact)
}

/// The contacts of Clients from `first` to `last` (ids, both included), by Client and order. One
/// that cannot be read is left out and told of: the Client's others are told all the same.
///
/// # Errors
/// The database failed.
pub fn of_clients(conn: &mut Conn, first: &str, last: &str) -> Result<Vec<Contact>, Error> {
    let rows: Vec<Row> = contact::table
        .filter(contact::client_id.between(first.to_owned(), last.to_owned()))
        .order((contact::client_id.asc(), contact::position.asc(), contact::id.asc()))
        .select(Row::as_select())
        .load(conn)?;
    let mut found = Vec::new();
    for row in rows {
        let id = row.id.clone();
        match row.contact() {
            Ok(contact) => found.push(contact),
            // Not the error: it may quote an address.
            Err(_) => {
                tracing::error!(alarm = "contact_unreadable", contact = %id, "a Client's contact cannot be read and is not told; see its row");
            }
        }
    }
    Ok(found)
}

/// Stores a new one, without looking for it first.
///
/// # Errors
/// The database failed.
pub fn insert(conn: &mut Conn, contact: &Contact) -> Result<(), Error> {
    diesel::insert_into(contact::table).values(Row::new(contact)).execute(conn)?;
    Ok(())
}

/// Stores one, new or known.
///
/// # Errors
/// The database failed.
pub fn save(conn: &mut Conn, contact: &Contact) -> Result<(), Error> {
    put!(conn, contact, Row::new(contact));
    Ok(())
}

/// Notes that the address of a contact refused for good, whatever else was saved of it meanwhile.
/// False if it was known already, or the contact has ended.
///
/// # Errors
/// The database failed.
pub fn bounce(conn: &mut Conn, id: Id) -> Result<bool, Error> {
    let told = [ContactState::Working.as_str(), ContactState::Leaving.as_str()];
    let changed = diesel::update(contact::table.find(id.to_string()))
        .filter(contact::state.eq_any(told))
        .set(contact::state.eq(ContactState::Bounced.as_str()))
        .execute(conn)?;
    Ok(changed == 1)
}

/// The contacts that go through a subscription and have not ended.
///
/// # Errors
/// The database failed.
pub fn through(conn: &mut Conn, subscription_id: Id) -> Result<Vec<Contact>, Error> {
    let rows: Vec<Row> = contact::table
        .filter(contact::subscription_id.eq(subscription_id.to_string()))
        .filter(contact::state.ne(ContactState::Ended.as_str()))
        .order(contact::id.asc())
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::contact).collect()
}
