//! Clients bound by an agreement, put in the way the product stores them.

use jiff::civil::Date;
use subprocessors::actions::{self, Details, Draft};
use subprocessors::domain::change::Change;
use subprocessors::domain::client::ContactRole;
use subprocessors::domain::engagement::{EngagementFacts, Purpose, PurposeCode};
use subprocessors::domain::id::Id;
use subprocessors::domain::place::{Location, Region};
use subprocessors::domain::terms::{Authorisation, Silence, Terms};
use subprocessors::domain::vendor::VendorFacts;
use subprocessors::domain::vetting::{Vetting, VettingStatus};

use super::parties::party;
use crate::public::seed::in_days;
use crate::support::*;

/// General authorisation, 30 days for both clocks, silence accepts.
pub fn thirty_days() -> Terms {
    Terms { clause: "section 5.2".into(), ..Terms::simple(Authorisation::General, 30, 30, Silence::Accepts) }
}

/// A Client with an agreement of its own and its contacts, all of them notified.
pub fn bound(world: &World, name: &str, terms: Terms, zone: &str, contacts: &[&str]) -> Id {
    let notified: Vec<_> = contacts.iter().map(|email| (*email, ContactRole::Notify)).collect();
    party(world, name, terms, zone, &notified)
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
