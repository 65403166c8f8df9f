//! Contacts by mail: adding, editing, ordering, removing.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::form::client;
use super::page::after;
use super::page_view::roles;
use super::sheet::{Sheet, status_of, word};
use crate::actions::{self, clients};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::client::{Contact, ContactRole};
use crate::domain::id::Id;
use crate::domain::subscription::Channel;
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;
use crate::web::staff::console::{Desk, see};
use crate::web::staff::field::{Group, Maker};

fn sheet(id: Id, name: &str, known: Option<&Contact>, fields: &Fields, errors: &[FieldError]) -> Sheet {
    let m = Maker { fields, errors };
    let back = format!("/staff/clients/{id}");
    let hint = match known.map(|contact| contact.channel) {
        Some(Channel::Email) => {
            "Another address is told from the next notice on; what the old one was told stays on record."
        }
        Some(Channel::Webhook) => "The mailbox that confirmed the webhook. It cannot be changed here.",
        None => "A mailbox that several people read outlives one person.",
    };
    let who = vec![
        m.text("email", "Email address", hint),
        m.text("name", "Name", "Of the person or the mailbox; may be empty."),
        m.select("role", "Told", "", roles()),
    ];
    Sheet {
        heading: match known {
            Some(_) => format!("Edit a contact of {name}"),
            None => format!("Add a contact of {name}"),
        },
        action: match known {
            Some(contact) => format!("{back}/contacts/{}", contact.id),
            None => format!("{back}/contacts/new"),
        },
        back,
        groups: vec![Group::shown("The contact", who, Vec::new())],
        hidden: vec![("revision", fields.get("revision").to_owned())],
        button: "Save the contact",
        ..Sheet::default()
    }
}

/// `GET /staff/clients/{id}/contacts/new`
pub async fn new(desk: Desk, staff: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let client = client(&desk, *id).await?;
    let mut fields = Fields::default();
    fields.set("revision", client.revision.to_string());
    sheet(*id, &client.name, None, &fields, &[]).show(&desk, &staff, StatusCode::OK, &[]).await
}

/// `POST /staff/clients/{id}/contacts/new`
pub async fn add(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    put(&desk, *id, None, form, "contact-added").await
}

async fn contact(desk: &Desk, client: Id, id: Id) -> Result<Contact, Error> {
    let found = desk.state.db.read(move |conn| db::contact::get(conn, id)).await?;
    found
        .filter(|contact| contact.client_id == client)
        .ok_or_else(|| Error::not_found("There is no such contact."))
}

/// `GET /staff/clients/{id}/contacts/{item}`
pub async fn edit(desk: Desk, staff: Staff, path: Path<(Id, Id)>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let (id, item) = path.into_inner();
    let (client, contact) = (client(&desk, id).await?, contact(&desk, id, item).await?);
    let mut fields = Fields::default();
    fields.set("email", contact.email.to_string());
    fields.set("name", contact.name.as_str());
    fields.set("role", contact.role.as_str());
    fields.set("revision", client.revision.to_string());
    sheet(id, &client.name, Some(&contact), &fields, &[]).show(&desk, &staff, StatusCode::OK, &[]).await
}

/// `POST /staff/clients/{id}/contacts/{item}`
pub async fn save(desk: Desk, path: Path<(Id, Id)>, form: Posted) -> Result<HttpResponse, Error> {
    let (id, item) = path.into_inner();
    put(&desk, id, Some(item), form, "contact-saved").await
}

async fn put(
    desk: &Desk,
    id: Id,
    item: Option<Id>,
    form: Posted,
    done: &'static str,
) -> Result<HttpResponse, Error> {
    let Posted { staff, mut fields } = form;
    staff.require(Permission::Write)?;
    let seen = (id, fields.number("revision")?);
    let known = match item {
        Some(item) => Some(contact(desk, id, item).await?),
        None => None,
    };
    let saved = match word::<ContactRole>(&fields, "role") {
        Ok(role) => {
            let draft = clients::ContactDraft {
                role: role.unwrap_or(ContactRole::Notify),
                name: fields.get("name").to_owned(),
                email: fields.get("email").to_owned(),
            };
            clients::save_contact(&desk.state, &staff.by, seen, item, draft).await
        }
        Err(error) => Err(error.into()),
    };
    let (status, errors) = match saved {
        Ok(_) => return Ok(see(&format!("/staff/clients/{id}"), done)),
        Err(actions::Error::Invalid(errors)) => (status_of(&errors), errors),
        Err(error @ actions::Error::Outdated(_)) => {
            // What was typed stays; a second press puts it on top of what is there now.
            let now = client(desk, id).await?.revision;
            fields.set("revision", now.to_string());
            let text = format!("{error} What you typed is still here: save it again if it is still right.");
            (StatusCode::CONFLICT, vec![FieldError::new("email", text)])
        }
        Err(error) => return Err(error.into()),
    };
    let name = client(desk, id).await?.name;
    sheet(id, &name, known.as_ref(), &fields, &errors).show(desk, &staff, status, &errors).await
}

/// `POST /staff/clients/{id}/contacts/{item}/move`
pub async fn shift(desk: Desk, path: Path<(Id, Id)>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let ((id, item), up) = (path.into_inner(), fields.get("to") == "up");
    let seen = (id, fields.number("revision")?);
    let done = clients::move_contact(&desk.state, &staff.by, seen, item, up).await;
    after(&desk, &staff, id, done, "contact-moved").await
}

/// `POST /staff/clients/{id}/contacts/{item}/end`
pub async fn end(desk: Desk, path: Path<(Id, Id)>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let (id, item) = path.into_inner();
    let seen = (id, fields.number("revision")?);
    let done = clients::end_contact(&desk.state, &staff.by, seen, item).await;
    after(&desk, &staff, id, done, "contact-ended").await
}

/// `POST /staff/clients/{id}/contacts/{item}/restore`
pub async fn restore(desk: Desk, path: Path<(Id, Id)>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let (id, item) = path.into_inner();
    let seen = (id, fields.number("revision")?);
    let done = clients::restore_contact(&desk.state, &staff.by, seen, item).await;
    after(&desk, &staff, id, done, "contact-restored").await
}
