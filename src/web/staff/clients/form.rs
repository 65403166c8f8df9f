//! A Client's facts: entering and editing them.

use actix_web::HttpResponse;
use actix_web::web::Path;
use jiff::civil::Date;

use super::sheet::{Gather, Sheet, status_of, word, words, words_or};
use super::words::client_role;
use crate::actions::{self, clients};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::client::{Client, ClientFacts, ClientRole, LANGUAGES};
use crate::domain::id::Id;
use crate::domain::text::{FieldError, items};
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;
use crate::web::staff::console::{Desk, Tab, see};
use crate::web::staff::field::{Group, Maker};
use crate::web::staff::stale::{self, Record};

const LABELS: &[(&str, &str)] = &[
    ("reference", "Your number"),
    ("name", "Name"),
    ("time_zone", "Time zone"),
    ("language", "Language"),
    ("role", "Capacity"),
    ("laws", "Laws"),
    ("health_data", "Health data"),
    ("financial_entity", "Financial entity"),
    ("holidays", "Holidays"),
    ("products", "Products"),
    ("regions", "Regions"),
    ("note", "Note"),
];

/// Reads one Client.
///
/// # Errors
/// There is no such Client; the database failed.
pub(super) async fn client(desk: &Desk, id: Id) -> Result<Client, Error> {
    let found = desk.state.db.read(move |conn| db::client::get(conn, id)).await?;
    found.ok_or_else(|| Error::not_found("There is no such Client."))
}

fn fields_of(client: &Client) -> Fields {
    let facts = &client.facts;
    let yes = |flag: bool| if flag { "yes" } else { "" };
    let days: Vec<String> = facts.holidays.iter().map(Date::to_string).collect();
    let pairs = [
        ("reference", client.reference.clone()),
        ("name", client.name.clone()),
        ("role", facts.role.to_string()),
        ("laws", facts.laws.join("\n")),
        ("health_data", yes(facts.health_data).to_owned()),
        ("financial_entity", yes(facts.financial_entity).to_owned()),
        ("time_zone", facts.time_zone.clone()),
        ("holidays", days.join("\n")),
        ("language", facts.language.clone()),
        ("products", facts.products.join("\n")),
        ("regions", facts.regions.join("\n")),
        ("note", facts.note.clone()),
        ("revision", client.revision.to_string()),
    ];
    Fields::from(pairs.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

fn draft(fields: &Fields) -> Result<clients::ClientDraft, Vec<FieldError>> {
    let mut gather = Gather::default();
    let facts = ClientFacts {
        role: gather
            .keep(word::<ClientRole>(fields, "role").map(Some))
            .flatten()
            .unwrap_or(ClientRole::Controller),
        laws: gather.keep(items("laws", fields.get("laws"))),
        health_data: fields.get("health_data") == "yes",
        financial_entity: fields.get("financial_entity") == "yes",
        time_zone: fields.get("time_zone").to_owned(),
        holidays: gather.keep(days(fields.get("holidays"))).into_iter().collect(),
        language: fields.get("language").to_owned(),
        products: gather.keep(items("products", fields.get("products"))),
        regions: gather.keep(items("regions", fields.get("regions"))),
        note: fields.get("note").to_owned(),
    };
    let (reference, name) = (fields.get("reference").to_owned(), fields.get("name").to_owned());
    gather.done(clients::ClientDraft { reference, name, facts })
}

fn days(text: &str) -> Result<Vec<Date>, FieldError> {
    let read = |text: &str| {
        text.parse::<Date>().map_err(|_| {
            let shown: String = text.chars().take(30).collect();
            FieldError::new(
                "holidays",
                format!("“{shown}” is not a day. Write one day a line, like 2026-12-25."),
            )
        })
    };
    items("holidays", text)?.iter().flat_map(|item| item.split_whitespace()).map(read).collect()
}

/// The form; for a Client that is known, with its id.
fn sheet(known: Option<Id>, fields: &Fields, errors: &[FieldError]) -> Sheet {
    let m = Maker { fields, errors };
    let languages = words_or("The company’s", &LANGUAGES, language);
    let who = vec![
        m.text("reference", "Your own number for it", "A later import finds it by this."),
        m.text("name", "Name", ""),
    ];
    let more = vec![
        m.listed(
            "time_zone",
            "Time zone",
            "Its deadlines end with its own day. Empty means the company’s.",
            "zones",
        ),
        m.select("language", "Language of its notices", "", languages),
        m.select("role", "It is a", "", words(ClientRole::ALL, client_role)),
        m.area("products", "Products it uses", "One a line. Empty means unknown, and then every product."),
        m.area("regions", "Regions it is in", "One a line. Empty means unknown, and then every region."),
        m.area("laws", "Laws it is under", "One a line, like GDPR or HIPAA."),
        m.check(
            "health_data",
            "Its data holds health data under HIPAA: sub-processors that see it need a BAA",
            "",
        ),
        m.check("financial_entity", "It is a financial entity (DORA Art. 30)", ""),
        m.area(
            "holidays",
            "Its public holidays",
            "One day a line, like 2026-12-25. For agreements that count business days.",
        ),
        m.area("note", "Note for staff", ""),
    ];
    let (back, heading, action) = match known {
        Some(id) => {
            let at = format!("/staff/clients/{id}");
            (at.clone(), format!("Edit {}", fields.get("name")), format!("{at}/edit"))
        }
        None => ("/staff/clients".to_owned(), "Add a Client".to_owned(), "/staff/clients".to_owned()),
    };
    let open = if known.is_some() {
        Group::shown("More about it", more, Vec::new())
    } else {
        Group::folded("More about it", more, Vec::new(), "")
    };
    Sheet {
        back,
        heading: heading.chars().take(200).collect(),
        lead: if known.is_none() {
            "Name and number will do for now. Contacts and agreement come next.".to_owned()
        } else {
            String::new()
        },
        groups: vec![Group::shown("The Client", who, Vec::new()), open],
        hidden: vec![("revision", fields.get("revision").to_owned())],
        action,
        button: "Save the Client",
        zones: jiff::tz::db().available().map(|zone| zone.to_string()).collect(),
        ..Sheet::default()
    }
}

fn language(code: &'static str) -> &'static str {
    match code {
        "en" => "English",
        "de" => "German",
        "fr" => "French",
        "es" => "Spanish",
        "it" => "Italian",
        "nl" => "Dutch",
        "pl" => "Polish",
        "pt" => "Portuguese",
        other => other,
    }
}

/// `GET /staff/clients/new`
pub async fn new(desk: Desk, staff: Staff) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let fields = Fields::default();
    sheet(None, &fields, &[]).show(&desk, &staff, status_of(&[]), &[]).await
}

/// `POST /staff/clients`
pub async fn add(desk: Desk, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let saved = match draft(&fields) {
        Ok(draft) => clients::save_client(&desk.state, &staff.by, None, draft).await,
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    match saved {
        Ok(client) => Ok(see(&format!("/staff/clients/{}", client.id), "client-added")),
        Err(actions::Error::Invalid(errors)) => {
            sheet(None, &fields, &errors).show(&desk, &staff, status_of(&errors), &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /staff/clients/{id}/edit`
pub async fn edit(desk: Desk, staff: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let fields = fields_of(&client(&desk, *id).await?);
    sheet(Some(*id), &fields, &[]).show(&desk, &staff, status_of(&[]), &[]).await
}

/// `POST /staff/clients/{id}/edit`
pub async fn save(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let seen = (*id, fields.number("revision")?);
    let saved = match draft(&fields) {
        Ok(draft) => clients::save_client(&desk.state, &staff.by, Some(seen), draft).await,
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    match saved {
        Ok(client) => Ok(see(&format!("/staff/clients/{}", client.id), "client-saved")),
        Err(actions::Error::Invalid(errors)) => {
            sheet(Some(*id), &fields, &errors).show(&desk, &staff, status_of(&errors), &errors).await
        }
        Err(actions::Error::Outdated(_)) => {
            let theirs = client(&desk, *id).await?;
            let href = format!("/staff/clients/{}", theirs.id);
            let record = Record {
                tab: Tab::Clients,
                name: theirs.name.clone(),
                action: format!("{href}/edit"),
                href,
                revision: theirs.revision,
            };
            stale::record(&desk, &staff, record, &fields_of(&theirs), &fields, LABELS).await
        }
        Err(error) => Err(error.into()),
    }
}
