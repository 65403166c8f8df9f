//! Letters to a Client's people besides notices: a fresh link to their page, the question to a
//! contact to come, and word to the company of what they ask for.

use super::{Letter, Target, desk, line};
use crate::config::Settings;
use crate::db::{self, Conn};
use crate::domain::client::{Client, Contact};
use crate::domain::delivery::DeliveryKind;
use crate::domain::id::Id;
use crate::keys::Purpose;

fn of(conn: &mut Conn, contact: Id) -> Result<Option<(Contact, Client)>, db::Error> {
    let Some(contact) = db::contact::get(conn, contact)? else { return Ok(None) };
    Ok(db::client::get(conn, contact.client_id)?.map(|client| (contact, client)))
}

/// The fresh link to the Client's page, to the contact `id`.
pub(super) fn link(conn: &mut Conn, id: Id, settings: &Settings) -> Result<Option<Letter>, db::Error> {
    let company = &settings.company.name;
    Ok(of(conn, id)?.map(|(contact, client)| Letter {
        to: None,
        subject: format!("The page of {} at {company}", client.name),
        lead: format!("Here is the page of {} at {company}: its notices and deadlines, its list of sub-processors, its contacts.", client.name),
        paragraphs: vec!["The link is good for 72 hours. Keep it to yourself: whoever has it may name other contacts. If you did not ask for it, do nothing: nothing has changed.".to_owned()],
        facts: Vec::new(),
        link: Some((
            "Open the page".to_owned(),
            Target::Token { purpose: Purpose::Client, id: contact.id, epoch: client.link_epoch, tail: String::new() },
        )),
    }))
}

/// The question to whom a contact named, or word of their answer to the company.
pub(super) fn successor(
    conn: &mut Conn,
    kind: DeliveryKind,
    id: Id,
    settings: &Settings,
) -> Result<Option<Letter>, db::Error> {
    let Some(new) = db::successor::get(conn, id)? else { return Ok(None) };
    let Some((old, client)) = of(conn, new.contact_id)? else { return Ok(None) };
    let company = &settings.company.name;
    if kind == DeliveryKind::Desk {
        return Ok(Some(Letter {
            to: desk(settings),
            subject: format!("{}: another contact", client.name),
            lead: format!("A contact of {} was replaced by the Client itself.", client.name),
            paragraphs: Vec::new(),
            facts: vec![line("Until now", old.email.to_string()), line("From now on", new.email.to_string())],
            link: Some((
                "Look at the Client".to_owned(),
                Target::Path(format!("/staff/clients/{}", client.id)),
            )),
        }));
    }
    Ok(Some(Letter {
        to: Some(new.email.to_string()),
        subject: format!("Please confirm: notices of {company} to {}", client.name),
        lead: format!("{} named you as the one to be told when {company} changes its sub-processors, in place of {}.", client.name, old.email),
        paragraphs: vec!["If you agree, every notice that its agreement asks for goes to this address. The link is good for 72 hours. If you do not agree, do nothing: nothing changes.".to_owned()],
        facts: Vec::new(),
        link: Some((
            "See what you would get, and agree".to_owned(),
            Target::Token { purpose: Purpose::Successor, id, epoch: client.link_epoch, tail: String::new() },
        )),
    }))
}

/// Word that a Client asks for the DPA version in use; `id` is that of the contact.
pub(super) fn dpa_asked(conn: &mut Conn, id: Id, settings: &Settings) -> Result<Option<Letter>, db::Error> {
    Ok(of(conn, id)?.map(|(contact, client)| Letter {
        to: desk(settings),
        subject: format!("{} asks for the current DPA", client.name),
        lead: format!("{} asks on its page for your current standard DPA.", client.name),
        paragraphs: Vec::new(),
        facts: vec![line("Asked by", contact.email.to_string())],
        link: Some(("Look at the Client".to_owned(), Target::Path(format!("/staff/clients/{}", client.id)))),
    }))
}

/// Word that a contact ended a subscription through which its Client may be told.
pub(super) fn left(conn: &mut Conn, id: Id, settings: &Settings) -> Result<Option<Letter>, db::Error> {
    Ok(of(conn, id)?.map(|(contact, client)| Letter {
        to: desk(settings),
        subject: format!("{}: a contact unsubscribed", client.name),
        lead: format!("A contact of {} ended its subscription. What your agreement owes the Client is still owed.", client.name),
        paragraphs: vec!["Where the agreement tells subscribers only, the duty to tell this contact ends with it; everywhere else it is told on. Ask the Client who shall be told instead.".to_owned()],
        facts: vec![line("Contact", contact.email.to_string())],
        link: Some(("Look at the Client".to_owned(), Target::Path(format!("/staff/clients/{}", client.id)))),
    }))
}
