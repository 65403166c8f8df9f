//! Clients bound by an agreement, put in the way the product stores them.

use jiff::civil::Date;
use subprocessors::actions::{self, Details, Draft};
use subprocessors::db;
use subprocessors::domain::agreement::{Agreement, DpaVersion};
use subprocessors::domain::change::Change;
use subprocessors::domain::client::{Client, ClientFacts, Contact, ContactRole, ContactState};
use subprocessors::domain::engagement::{EngagementFacts, Purpose, PurposeCode};
use subprocessors::domain::id::Id;
use subprocessors::domain::place::{Location, Region};
use subprocessors::domain::subscription::Channel;
use subprocessors::domain::terms::{Authorisation, Overrides, Silence, Terms};
use subprocessors::domain::vendor::VendorFacts;
use subprocessors::domain::vetting::{Vetting, VettingStatus};

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

/// As [`announced`], of a sub-processor that can be withheld from a single Client.
pub fn announced_withholdable(world: &World, days: i32) -> Change {
    let today = in_days(world, 0);
    let engagement = EngagementFacts {
        purposes: vec![Purpose { code: PurposeCode::Support, text: "Customer support".to_owned() }],
        data_categories: vec!["Contact data".to_owned()],
        locations: vec![Location::in_region(Region::Eu)],
        vetting: Vetting {
            status: VettingStatus::Approved,
            reviewed_on: Some(today),
            review_by: Some(in_days(world, 365)),
        },
        withholding: "A switch for each account".to_owned(),
        ..EngagementFacts::default()
    };
    let vendor = VendorFacts { name: "Example GmbH".to_owned(), ..VendorFacts::default() };
    let draft = Draft { entry_id: None, vendor_id: None, vendor, engagement };
    let made = world.wait(async {
        let details = details(in_days(world, days));
        let change = actions::start_change(&world.state, &world.editor, details).await?;
        actions::put_entry(&world.state, &world.editor, change.id, change.revision, draft).await
    });
    world.submit_and_approve(&made.expect("a draft"))
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
