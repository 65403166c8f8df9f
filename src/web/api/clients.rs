//! Clients and their contacts. A Client's `ETag` covers its contacts too: saving any of it counts.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{self, Json, parse, refused, word};
use super::caller::{Caller, Seen};
use super::page::Paging;
use super::view::etag;
use crate::actions::{self, clients};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::client::{Client, Contact, ContactRole};
use crate::domain::id::Id;
use crate::web::Error;

fn head(c: &Client) -> Value {
    json!({
        "id": c.id,
        "reference": c.reference,
        "name": c.name,
        "facts": c.facts,
        "created_at": c.created_at,
        "checked_at": c.checked_at,
        "revision": c.revision,
    })
}

fn contact_view(c: &Contact) -> Value {
    json!({
        "id": c.id,
        "position": c.position,
        "role": c.role,
        "channel": c.channel,
        "name": c.name,
        "email": c.email,
        "subscription_id": c.subscription_id,
        "state": c.state,
    })
}

pub(super) async fn list(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let paging = Paging::of(&request, &["q", "reference"])?;
    let (limit, after) = (paging.limit, paging.after::<Id>()?.map(|id| id.to_string()).unwrap_or_default());
    if let Some(reference) = paging.text("reference").map(str::to_owned) {
        let found = caller.read(move |conn| db::client::by_reference(conn, &reference)).await?;
        let rows: Vec<Value> = found.iter().map(head).collect();
        return Ok(paging.answer(&rows, None));
    }
    let q = paging.text("q").unwrap_or_default().trim().to_owned();
    let found = caller.read(move |conn| db::client::page(conn, &q, &after, limit)).await?;
    let rows: Vec<Value> = found.iter().map(head).collect();
    Ok(paging.answer(&rows, found.last().map(|c| c.id.to_string())))
}

/// A Client with its contacts, and its `ETag`.
async fn tell(
    caller: &Caller,
    mut status: actix_web::HttpResponseBuilder,
    client: Client,
) -> Result<HttpResponse, Error> {
    let id = client.id;
    let contacts = caller.state.db.read(move |conn| db::contact::of_client(conn, id)).await?;
    let mut view = head(&client);
    if let Some(members) = view.as_object_mut() {
        members.insert("contacts".to_owned(), contacts.iter().map(contact_view).collect());
    }
    Ok(status.insert_header(etag(client.revision)).json(view))
}

pub(super) async fn show(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let client = known(&caller, parse(&path)?).await?;
    tell(&caller, HttpResponse::Ok(), client).await
}

/// Reads a Client.
pub(super) async fn known(caller: &Caller, id: Id) -> Result<Client, Error> {
    let found = caller.read(move |conn| db::client::get(conn, id)).await?;
    found.ok_or_else(|| Error::not_found("There is no such Client."))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewClient {
    reference: String,
    name: String,
    #[serde(default = "nothing")]
    facts: Value,
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

pub(super) async fn add(caller: Caller, sent: Json) -> Result<HttpResponse, Error> {
    caller.by.require(Permission::Write)?;
    let new: NewClient = sent.read()?;
    let facts = body::facts("facts", new.facts, None)?;
    let draft = clients::ClientDraft { reference: new.reference, name: new.name, facts };
    let client = clients::save_client(&caller.state, &caller.by, None, draft).await.map_err(refused)?;
    let mut created = HttpResponse::Created();
    created.insert_header(("location", format!("/api/v1/clients/{}", client.id)));
    tell(&caller, created, client).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditClient {
    reference: Option<String>,
    name: Option<String>,
    #[serde(default = "nothing")]
    facts: Value,
}

pub(super) async fn save(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let Seen { caller, id, revision } = seen;
    caller.by.require(Permission::Write)?;
    let (edit, client) = (sent.read::<EditClient>()?, known(&caller, id).await?);
    let draft = clients::ClientDraft {
        reference: edit.reference.unwrap_or(client.reference),
        name: edit.name.unwrap_or(client.name),
        facts: body::facts("facts", edit.facts, Some(&client.facts))?,
    };
    let saved = clients::save_client(&caller.state, &caller.by, Some((id, revision)), draft).await;
    tell(&caller, HttpResponse::Ok(), saved.map_err(refused)?).await
}

pub(super) async fn confirm(seen: Seen) -> Result<HttpResponse, Error> {
    let Seen { caller, id, revision } = seen;
    done(&caller, clients::confirm_client(&caller.state, &caller.by, (id, revision)).await).await
}

pub(super) async fn revoke_links(caller: Caller, path: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse(&path)?;
    done(&caller, clients::revoke_links(&caller.state, &caller.by, id).await).await
}

async fn done(caller: &Caller, result: Result<Client, actions::Error>) -> Result<HttpResponse, Error> {
    tell(caller, HttpResponse::Ok(), result.map_err(refused)?).await
}

/// A Client to which a contact was added.
async fn added(
    caller: &Caller,
    result: Result<(Client, Contact), actions::Error>,
) -> Result<HttpResponse, Error> {
    let (client, contact) = result.map_err(refused)?;
    let mut created = HttpResponse::Created();
    created.insert_header(("location", format!("/api/v1/clients/{}/contacts/{}", client.id, contact.id)));
    tell(caller, created, client).await
}

pub(super) async fn contacts(
    caller: Caller,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    let (id, paging) = (parse(&path)?, Paging::of(&request, &[])?);
    known(&caller, id).await?;
    let all = caller.read(move |conn| db::contact::of_client(conn, id)).await?;
    paging.answer_from(all, |c| c.id, contact_view)
}

pub(super) async fn contact(caller: Caller, path: Path<(String, String)>) -> Result<HttpResponse, Error> {
    let (id, item) = (parse(&path.0)?, parse(&path.1)?);
    let client = known(&caller, id).await?;
    let contact = of_client(&caller, id, item).await?;
    Ok(HttpResponse::Ok().insert_header(etag(client.revision)).json(contact_view(&contact)))
}

async fn of_client(caller: &Caller, client: Id, id: Id) -> Result<Contact, Error> {
    let found = caller.state.db.read(move |conn| db::contact::get(conn, id)).await?;
    found.filter(|c| c.client_id == client).ok_or_else(|| Error::not_found("There is no such contact."))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewContact {
    email: String,
    #[serde(default)]
    name: String,
    role: Option<String>,
}

fn role(text: Option<&str>, otherwise: ContactRole) -> Result<ContactRole, Error> {
    text.map_or(Ok(otherwise), |text| word("role", text))
}

pub(super) async fn add_contact(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let Seen { caller, id, revision } = seen;
    caller.by.require(Permission::Write)?;
    let NewContact { email, name, role: said } = sent.read()?;
    let draft = clients::ContactDraft { role: role(said.as_deref(), ContactRole::Notify)?, name, email };
    added(&caller, clients::save_contact(&caller.state, &caller.by, (id, revision), None, draft).await).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditContact {
    email: Option<String>,
    name: Option<String>,
    role: Option<String>,
}

pub(super) async fn save_contact(
    seen: Seen,
    path: Path<(String, String)>,
    sent: Json,
) -> Result<HttpResponse, Error> {
    let Seen { caller, id, revision } = seen;
    caller.by.require(Permission::Write)?;
    let item = parse(&path.1)?;
    let (edit, known) = (sent.read::<EditContact>()?, of_client(&caller, id, item).await?);
    let draft = clients::ContactDraft {
        role: role(edit.role.as_deref(), known.role)?,
        name: edit.name.unwrap_or(known.name),
        email: edit.email.unwrap_or_else(|| known.email.to_string()),
    };
    let seen = (id, revision);
    let saved = clients::save_contact(&caller.state, &caller.by, seen, Some(item), draft).await;
    done(&caller, saved.map(|(client, _)| client)).await
}

pub(super) async fn end_contact(seen: Seen, path: Path<(String, String)>) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, item) = (seen, parse(&path.1)?);
    done(&caller, clients::end_contact(&caller.state, &caller.by, (id, revision), item).await).await
}

pub(super) async fn restore_contact(seen: Seen, path: Path<(String, String)>) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, item) = (seen, parse(&path.1)?);
    done(&caller, clients::restore_contact(&caller.state, &caller.by, (id, revision), item).await).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    to: Direction,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Up,
    Down,
}

pub(super) async fn move_contact(
    seen: Seen,
    path: Path<(String, String)>,
    sent: Json,
) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, item) = (seen, parse(&path.1)?);
    caller.by.require(Permission::Write)?;
    let up = sent.read::<Move>()?.to == Direction::Up;
    done(&caller, clients::move_contact(&caller.state, &caller.by, (id, revision), item, up).await).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    url: String,
    email: String,
    #[serde(default)]
    name: String,
    role: Option<String>,
}

pub(super) async fn add_webhook(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let Seen { caller, id, revision } = seen;
    caller.by.require(Permission::Write)?;
    let NewWebhook { url, email, name, role: said } = sent.read()?;
    let draft = clients::WebhookDraft { url, email, name, role: role(said.as_deref(), ContactRole::Notify)? };
    added(&caller, clients::add_webhook(&caller.state, &caller.by, (id, revision), draft).await).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Linked {
    subscription: Id,
}

pub(super) async fn link(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let Seen { caller, id, revision } = seen;
    caller.by.require(Permission::Write)?;
    let Linked { subscription } = sent.read()?;
    let seen = (id, revision);
    added(&caller, clients::link_subscription(&caller.state, &caller.by, seen, subscription).await).await
}
