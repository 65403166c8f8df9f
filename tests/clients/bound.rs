//! Clients bound by an agreement, put in the way the product stores them.

use jiff::civil::Date;
use subprocessors::actions::{self, Details};
use subprocessors::db;
use subprocessors::domain::agreement::{Agreement, DpaVersion};
use subprocessors::domain::change::Change;
use subprocessors::domain::client::{Client, ClientFacts, Contact, ContactRole, ContactState};
use subprocessors::domain::id::Id;
use subprocessors::domain::subscription::Channel;
use subprocessors::domain::terms::{Authorisation, Overrides, Silence, Terms};

use crate::public::seed::in_days;
use crate::support::*;

/// General authorisation, 30 days for both clocks, silence accepts.
pub fn thirty_days() -> Terms {
    Terms { clause: "section 5.2".into(), ..Terms::simple(Authorisation::General, 30, 30, Silence::Accepts) }
}

/// A Client with an agreement of its own and its contacts, all of them notified.
pub fn bound(world: &World, name: &str, terms: Terms, zone: &str, contacts: &[&str]) -> Id {
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
        for (position, email) in (1..).zip(contacts) {
            let contact = Contact {
                id: Id::new(now),
                client_id: client.id,
                position,
                role: ContactRole::Notify,
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

/// An addition that is announced, to come into force in `days`.
pub fn announced(world: &World, days: i32) -> Change {
    let draft = world.draft_addition("Example GmbH");
    let later = details(in_days(world, days));
    let set = actions::set_details(&world.state, &world.editor, draft.id, draft.revision, later);
    world.submit_and_approve(&world.wait(set).expect("a later day"))
}

fn details(on: Date) -> Details {
    Details {
        title: "Add Example GmbH".into(),
        reason: "Clients asked for faster answers".into(),
        effective_on: Some(on),
        in_use_since: None,
    }
}

/// The path of a mailed link, without our host.
pub fn path_of(link: &str) -> String {
    let at = link.find("/client/").expect("a link of a Client");
    link[at..].to_owned()
}
