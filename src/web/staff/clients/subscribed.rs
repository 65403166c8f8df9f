//! Contacts that go through a subscription: a webhook that staff enter, and linking one that
//! somebody asked for.

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
use crate::domain::client::ContactRole;
use crate::domain::email::Email;
use crate::domain::id::Id;
use crate::domain::subscription::Channel;
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;
use crate::web::staff::console::{Desk, see};
use crate::web::staff::field::{Group, Maker};

fn sheet(id: Id, name: &str, fields: &Fields, errors: &[FieldError]) -> Sheet {
    let m = Maker { fields, errors };
    let back = format!("/staff/clients/{id}");
    let what = vec![
        m.text("url", "URL of the endpoint", "With https:// in front."),
        m.text(
            "email",
            "Mailbox of whoever runs it",
            "It gets a mail to confirm, and is told when the endpoint fails.",
        ),
        m.text("name", "Name", "Of the system or its team; may be empty."),
        m.select("role", "Told", "", roles()),
    ];
    Sheet {
        heading: format!("Add a webhook of {name}"),
        lead: "Nothing is sent to the endpoint before its mailbox has confirmed and the endpoint has answered a signed challenge. The secret is shown once, to the receiver only.".to_owned(),
        action: format!("{back}/webhooks/new"),
        back,
        groups: vec![Group::shown("The webhook", what, Vec::new())],
        hidden: vec![("revision", fields.get("revision").to_owned())],
        button: "Add it, and send the mail",
        ..Sheet::default()
    }
}

/// `GET /staff/clients/{id}/webhooks/new`
pub async fn new(desk: Desk, staff: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let client = client(&desk, *id).await?;
    let mut fields = Fields::default();
    fields.set("revision", client.revision.to_string());
    sheet(*id, &client.name, &fields, &[]).show(&desk, &staff, StatusCode::OK, &[]).await
}

/// `POST /staff/clients/{id}/webhooks/new`
pub async fn add(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, mut fields } = form;
    staff.require(Permission::Write)?;
    let (id, seen) = (*id, (*id, fields.number("revision")?));
    let saved = match word::<ContactRole>(&fields, "role") {
        Ok(role) => {
            let draft = clients::WebhookDraft {
                url: fields.get("url").to_owned(),
                email: fields.get("email").to_owned(),
                name: fields.get("name").to_owned(),
                role: role.unwrap_or(ContactRole::Notify),
            };
            clients::add_webhook(&desk.state, &staff.by, seen, draft).await
        }
        Err(error) => Err(error.into()),
    };
    let (status, errors) = match saved {
        Ok(_) => return Ok(see(&format!("/staff/clients/{id}"), "webhook-added")),
        Err(actions::Error::Invalid(errors)) => (status_of(&errors), errors),
        Err(error @ actions::Error::Outdated(_)) => {
            let now = client(&desk, id).await?.revision;
            fields.set("revision", now.to_string());
            let text = format!("{error} What you typed is still here: save it again if it is still right.");
            (StatusCode::CONFLICT, vec![FieldError::new("url", text)])
        }
        Err(error) => return Err(error.into()),
    };
    let name = client(&desk, id).await?.name;
    sheet(id, &name, &fields, &errors).show(&desk, &staff, status, &errors).await
}

/// `POST /staff/clients/{id}/subscriptions`: links the one named by its id, or by its mailbox.
pub async fn link(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let seen = (*id, fields.number("revision")?);
    let wanted = match fields.get("subscription").parse::<Id>() {
        Ok(subscription) => Ok(subscription),
        Err(_) => of_mailbox(&desk, fields.get("email")).await?,
    };
    let done = match wanted {
        Ok(subscription) => clients::link_subscription(&desk.state, &staff.by, seen, subscription).await,
        Err(problem) => Err(problem.into()),
    };
    after(&desk, &staff, *id, done, "linked").await
}

/// The subscription by mail of a mailbox, or the webhook it is the contact of.
async fn of_mailbox(desk: &Desk, typed: &str) -> Result<Result<Id, FieldError>, Error> {
    let email: Email = match typed.parse() {
        Ok(email) => email,
        Err(e) => return Ok(Err(FieldError::new("email", format!("{e}")))),
    };
    let read = move |conn: &mut db::Conn| {
        let mut found = db::subscription::open_of(conn, &email, Channel::Email)?;
        found.extend(db::subscription::open_of(conn, &email, Channel::Webhook)?);
        Ok::<_, db::Error>(found)
    };
    let found = desk.state.db.read(read).await?;
    Ok(found.first().map(|stored| stored.subscription.id).ok_or_else(|| {
        FieldError::new("email", "Nobody has subscribed with this address. Add it as a contact instead.")
    }))
}
