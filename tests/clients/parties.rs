//! Clients with an agreement and contacts, put there without pages.

use subprocessors::db;
use subprocessors::domain::agreement::{Agreement, DpaVersion};
use subprocessors::domain::client::{Client, ClientFacts, Contact, ContactRole, ContactState};
use subprocessors::domain::id::Id;
use subprocessors::domain::subscription::Channel;
use subprocessors::domain::terms::{Authorisation, Overrides, Silence, Terms};

use crate::support::World;

/// General authorisation, `days` to go live and to object, silence accepts.
pub fn general(days: u16) -> Terms {
    Terms::simple(Authorisation::General, days, days, Silence::Accepts)
}

/// Specific authorisation: silence refuses.
pub fn specific() -> Terms {
    Terms::simple(Authorisation::Specific, 30, 30, Silence::Refuses)
}

/// A Client bound by `terms`, told at `contact`.
pub fn client(world: &World, name: &str, terms: Terms, contact: &str) -> Id {
    party(world, name, terms, "", &[(contact, ContactRole::Notify)])
}

/// A Client with an agreement of its own, in its time zone, and with its contacts in their order.
pub fn party(world: &World, name: &str, terms: Terms, zone: &str, contacts: &[(&str, ContactRole)]) -> Id {
    let now = world.state.clock.now();
    let dpa = DpaVersion {
        id: Id::new(now),
        name: format!("DPA of {name}"),
        terms,
        standard: false,
        created_at: now,
        ended_on: None,
        revision: 1,
    };
    let client = Client {
        id: Id::new(now),
        reference: name.to_owned(),
        name: name.to_owned(),
        facts: ClientFacts { time_zone: zone.to_owned(), ..ClientFacts::default() },
        link_epoch: 0,
        created_at: now,
        checked_at: now,
        revision: 1,
    };
    let agreement = Agreement {
        id: Id::new(now),
        client_id: client.id,
        dpa_id: dpa.id,
        signed_on: None,
        effective_on: "2020-01-01".parse().unwrap(),
        ended_on: None,
        overrides: Overrides::default(),
        list_version: None,
        created_at: now,
        revision: 1,
    };
    let write = |conn: &mut db::Conn| {
        db::dpa::save(conn, &dpa)?;
        db::client::save(conn, &client)?;
        db::agreement::save(conn, &agreement)?;
        for (position, (email, role)) in (1..).zip(contacts) {
            let contact = Contact {
                id: Id::new(now),
                client_id: client.id,
                position,
                role: *role,
                channel: Channel::Email,
                name: String::new(),
                email: email.parse().unwrap(),
                subscription_id: None,
                state: ContactState::Working,
            };
            db::contact::save(conn, &contact)?;
        }
        Ok::<_, db::Error>(())
    };
    world.state.db.write_blocking(write).expect("a Client");
    client.id
}
