//! Clients bound by an agreement, with everything that decides what a change means for them;
//! chunk by chunk, so that a plan and an expansion cost the same memory for ten as for a million.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Conn, Error};
use crate::domain::agreement::{Agreement, DpaVersion};
use crate::domain::case::Concern;
use crate::domain::change::{Change, Class};
use crate::domain::client::{Client, Contact, told_first};
use crate::domain::id::Id;
use crate::domain::owed::{Party, Question};
use crate::domain::subscription::Channel;
use crate::domain::terms::{Terms, Told};

/// What is the same for every Client: read once.
#[derive(Debug)]
pub struct Common {
    dpas: BTreeMap<Id, DpaVersion>,
    held_out: BTreeSet<Id>,
    consented: BTreeSet<Id>,
}

impl Common {
    /// For `change` with its `concerns`, on the day `on`.
    ///
    /// # Errors
    /// The database failed.
    pub fn load(conn: &mut Conn, change: &Change, concerns: &[Concern], on: Date) -> Result<Self, Error> {
        let dpas = super::dpa::readable(conn)?;
        let mut held_out: Option<BTreeSet<Id>> = None;
        // Held out of the change is who is held out of every engagement it touches.
        for concern in concerns.iter().filter(|concern| concern.class == Class::Material) {
            let of_this: BTreeSet<Id> = match concern.entry_id {
                Some(id) => super::hold_out::of_engagement(conn, id)?
                    .into_iter()
                    .filter(|held| held.holds_on(change.effective_on.map_or(on, |day| day.max(on))))
                    .map(|held| held.client_id)
                    .collect(),
                None => BTreeSet::new(),
            };
            held_out = Some(match held_out {
                Some(all) => all.intersection(&of_this).copied().collect(),
                None => of_this,
            });
        }
        let consented = super::consent::of_change(conn, change.id)?;
        Ok(Self { dpas, held_out: held_out.unwrap_or_default(), consented })
    }
}

impl Common {
    /// Whether a Client is held out of the change.
    #[must_use]
    pub fn is_held_out(&self, client_id: Id) -> bool {
        self.held_out.contains(&client_id)
    }

    /// Whether a Client's consent to the change is recorded.
    #[must_use]
    pub fn has_consented(&self, client_id: Id) -> bool {
        self.consented.contains(&client_id)
    }
}

/// What is asked of each agreement about `change`, announced at `announce_at`.
///
/// # Errors
/// The database failed.
pub fn question(
    conn: &mut Conn,
    change: &Change,
    concerns: Vec<Concern>,
    company: &TimeZone,
    announce_at: Timestamp,
) -> Result<Question, Error> {
    let (mut products, mut regions) = (BTreeSet::new(), BTreeSet::new());
    for line in super::register::entries(conn)? {
        products.extend(line.entry.engagement.products);
        regions.extend(line.entry.engagement.regions);
    }
    for concern in &concerns {
        products.extend(concern.products.iter().cloned());
        regions.extend(concern.regions.iter().cloned());
    }
    Ok(Question {
        announce_at,
        effective_on: change.effective_on,
        company: company.clone(),
        concerns,
        emergency: change.is_emergency(),
        in_use: change.in_use_since.is_some(),
        products: products.into_iter().collect(),
        regions: regions.into_iter().collect(),
    })
}

/// One Client with what it agreed.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The Client.
    pub client: Client,
    /// Its agreement in force.
    pub agreement: Agreement,
    /// Name of its DPA version.
    pub dpa: String,
    /// What it agreed, overrides applied.
    pub terms: Terms,
    /// Its contacts in their order, each with the way it can be told by.
    pub contacts: Vec<Contact>,
    /// Held out of the change.
    pub held_out: bool,
    /// Its consent is recorded.
    pub consented: bool,
}

impl Bound {
    /// As the rules look at it.
    #[must_use]
    pub fn party(&self) -> Party<'_> {
        let told = told_first(&self.contacts, self.terms.told);
        let webhooks = told.iter().filter(|contact| contact.channel == Channel::Webhook).count();
        Party {
            client: &self.client,
            dpa: &self.dpa,
            terms: &self.terms,
            mails: told.len() - webhooks,
            webhooks,
            subscribed: self.contacts.iter().any(|contact| contact.may_be_told(Told::Subscribed)),
            held_out: self.held_out,
            consented: self.consented,
        }
    }
}

/// Some of them.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Those that can be read.
    pub bound: Vec<Bound>,
    /// Ids of those whose record, agreement or DPA version cannot: nothing can be said of them.
    pub unreadable: Vec<String>,
    /// Where to go on; `None` at the end.
    pub cursor: Option<String>,
}

/// Up to `limit` Clients with an agreement in force on `on`, in the order of their ids, after
/// `cursor` (empty to begin).
///
/// # Errors
/// The database failed.
pub fn chunk(conn: &mut Conn, common: &Common, on: Date, cursor: &str, limit: i64) -> Result<Chunk, Error> {
    let rows = super::agreement::bound(conn, on, cursor, limit)?;
    complete(conn, common, rows)
}

/// With everything that decides what the change means for them.
///
/// # Errors
/// The database failed.
pub fn complete(conn: &mut Conn, common: &Common, rows: super::agreement::Chunk) -> Result<Chunk, Error> {
    let mut chunk = Chunk { bound: Vec::new(), unreadable: rows.unreadable, cursor: rows.cursor };
    let (Some((first, _)), Some((last, _))) = (rows.found.first(), rows.found.last()) else {
        return Ok(chunk);
    };
    let (first, last) = (first.id.to_string(), last.id.to_string());
    let told = super::contact::confirmed(conn, &first, &last)?;
    let mut contacts: BTreeMap<Id, Vec<Contact>> = BTreeMap::new();
    for contact in super::contact::of_clients(conn, &first, &last)? {
        if let Some(contact) = super::contact::with_channel(contact, &told) {
            contacts.entry(contact.client_id).or_default().push(contact);
        }
    }
    for (client, agreement) in rows.found {
        let Some(dpa) = common.dpas.get(&agreement.dpa_id) else {
            chunk.unreadable.push(client.id.to_string());
            continue;
        };
        chunk.bound.push(Bound {
            dpa: dpa.name.clone(),
            terms: agreement.terms(dpa),
            contacts: contacts.remove(&client.id).unwrap_or_default(),
            held_out: common.held_out.contains(&client.id),
            consented: common.consented.contains(&client.id),
            client,
            agreement,
        });
    }
    Ok(chunk)
}
