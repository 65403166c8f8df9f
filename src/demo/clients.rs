//! The demo's Clients: five DPA versions, twelve companies that do not exist, in as many zones.

use jiff::ToSpan;
use jiff::civil::Date;

use super::Error;
use crate::actions::By;
use crate::actions::clients::{
    self, AgreementDraft, ClientDraft, ContactDraft, DpaDraft, HoldOutDraft, WebhookDraft,
};
use crate::db;
use crate::domain::agreement::DpaVersion;
use crate::domain::case::DataClass;
use crate::domain::client::{Client, ClientFacts, Contact, ContactRole, ContactState};
use crate::domain::id::Id;
use crate::domain::period::{Counting, Period, StartEvent};
use crate::domain::terms::{Authorisation, NoticeRule, ObjectionEffect, Overrides, Silence, Terms};
use crate::state::State;

/// Which DPA version, by its place in [`versions`].
const STANDARD: usize = 0;
const LEGACY: usize = 1;
const HEALTH: usize = 2;
const BUSINESS: usize = 3;
const SPECIFIC: usize = 4;

/// Name, mail domain, zone, language, DPA version, days since the agreement took effect.
type Line = (&'static str, &'static str, &'static str, &'static str, usize, i32);

const CLIENTS: [Line; 12] = [
    ("Nordlicht Versand GmbH", "nordlicht.example", "Europe/Berlin", "de", STANDARD, 400),
    ("Aloha Surf Supply", "alohasurf.example", "Pacific/Honolulu", "en", STANDARD, 210),
    ("Sakura Bookings KK", "sakura.example", "Asia/Tokyo", "en", STANDARD, 120),
    ("Clinique du Lac", "cliniquedulac.example", "Europe/Zurich", "fr", HEALTH, 300),
    ("St Brigid Hospitals", "stbrigid.example", "Europe/Dublin", "en", HEALTH, 95),
    ("Maple Credit Union", "maplecredit.example", "America/Toronto", "en", LEGACY, 1_900),
    ("Banco del Ejemplo", "bancoejemplo.example", "Europe/Madrid", "es", LEGACY, 1_750),
    ("Kiwi Harvest Ltd", "kiwiharvest.example", "Pacific/Auckland", "en", BUSINESS, 60),
    ("Molen Logistiek BV", "molen.example", "Europe/Amsterdam", "nl", BUSINESS, 500),
    ("Ministry of Examples", "ministry.example", "Europe/Warsaw", "pl", SPECIFIC, 330),
    ("Himalaya Teas Pvt", "himalayateas.example", "Asia/Kathmandu", "en", STANDARD, 45),
    ("Quiet Harbour Inc", "quietharbour.example", "America/Halifax", "en", STANDARD, 700),
];

/// Whose only contact bounced.
const UNREACHABLE: &str = "Quiet Harbour Inc";

fn versions() -> [(&'static str, Terms); 5] {
    let simple = |days, objection| Terms::simple(Authorisation::General, days, objection, Silence::Accepts);
    let mut legacy = simple(45, 45);
    for rule in &mut legacy.rules {
        rule.start = StartEvent::Sent;
    }
    legacy.objection.start = StartEvent::Sent;
    legacy.deems_receipt = true;
    legacy.clause = "section 11.3".to_owned();

    let mut health = simple(30, 30);
    health.rules.extend(health.rules.first().cloned());
    if let Some(first) = health.rules.first_mut() {
        *first = NoticeRule { data: vec![DataClass::Special], period: Period::calendar(90), ..first.clone() };
    }
    health.objection.effect = ObjectionEffect::Blocks;
    health.clause = "Annex III, clause 4".to_owned();

    let mut business = simple(10, 10);
    let days = Period { days: 10, counting: Counting::Business };
    for rule in &mut business.rules {
        rule.period = days;
    }
    business.objection.period = days;
    business.moves_to_working_day = true;
    business.emergency_allowed = true;

    let specific = Terms::simple(Authorisation::Specific, 30, 30, Silence::Refuses);
    [
        ("Standard DPA", simple(30, 30)),
        ("Legacy DPA 2019", legacy),
        ("Health DPA", health),
        ("Business-day DPA", business),
        ("Public-sector DPA", specific),
    ]
}

/// Enters them all, through the actions that people use. `withheld` is the name of the
/// sub-processor that one Client is held out of; `hook` the endpoint of another one's webhook.
///
/// # Errors
/// Something in it is refused.
pub async fn enter(state: &State, by: &By, today: Date, withheld: Id, hook: String) -> Result<(), Error> {
    let mut dpas: Vec<DpaVersion> = Vec::new();
    for (name, terms) in versions() {
        let draft = DpaDraft { name: name.to_owned(), terms, standard: false, ended_on: None, amends: false };
        dpas.push(clients::save_dpa(state, by, None, draft).await?);
    }
    for (number, line) in (1..).zip(CLIENTS) {
        let client = client(state, by, today, number, line, &dpas).await?;
        match client.name.as_str() {
            UNREACHABLE => bounce(state, client.id).await?,
            "Sakura Bookings KK" => {
                let draft = WebhookDraft {
                    url: hook.clone(),
                    email: "platform@sakura.example".to_owned(),
                    name: "Compliance platform".to_owned(),
                    role: ContactRole::Notify,
                };
                clients::add_webhook(state, by, (client.id, client.revision), draft).await?;
            }
            "Ministry of Examples" => {
                let reason = "Its consent is asked for; until then support goes by mail only.".to_owned();
                let draft = HoldOutDraft { engagement_id: withheld, until: None, reason };
                clients::hold_out(state, by, client.id, draft).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

async fn client(
    state: &State,
    by: &By,
    today: Date,
    number: u32,
    (name, domain, zone, language, dpa, days): Line,
    dpas: &[DpaVersion],
) -> Result<Client, Error> {
    let health_data = dpa == HEALTH;
    let facts = ClientFacts {
        time_zone: zone.to_owned(),
        language: language.to_owned(),
        financial_entity: dpa == LEGACY,
        health_data,
        ..ClientFacts::default()
    };
    let draft = ClientDraft { reference: format!("K-{:04}", 1_000 + number), name: name.to_owned(), facts };
    let mut client = clients::save_client(state, by, None, draft).await?;
    let mut contacts = vec![("Data protection", format!("dpo@{domain}"), ContactRole::Notify)];
    if name != UNREACHABLE && number.is_multiple_of(2) {
        contacts.push(("Legal", format!("legal@{domain}"), ContactRole::Fallback));
    }
    for (name, email, role) in contacts {
        let draft = ContactDraft { role, name: name.to_owned(), email };
        let seen = (client.id, client.revision);
        client = clients::save_contact(state, by, seen, None, draft).await?.0;
    }
    let dpa = dpas.get(dpa).ok_or_else(|| Error::Data(format!("{name} has no DPA version")))?;
    let effective_on = today.saturating_sub(days.days());
    let longer = (name == "Nordlicht Versand GmbH").then(|| Period::calendar(40));
    let agreement = AgreementDraft {
        dpa_id: dpa.id,
        signed_on: Some(effective_on.saturating_sub(9.days())),
        effective_on,
        ended_on: None,
        overrides: Overrides { period: longer, ..Overrides::default() },
        list_version: None,
    };
    clients::sign_agreement(state, by, client.id, agreement).await?;
    Ok(client)
}

/// As if mail to it had been refused for good.
async fn bounce(state: &State, client: Id) -> Result<(), Error> {
    state
        .db
        .write(move |conn| {
            for contact in db::contact::of_client(conn, client)? {
                db::contact::save(conn, &Contact { state: ContactState::Bounced, ..contact })?;
            }
            Ok::<_, Error>(())
        })
        .await
}
