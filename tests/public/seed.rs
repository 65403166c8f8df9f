//! A small published list with one announced change.

use crate::support::records::with_transfers;
use crate::support::*;
use jiff::civil::Date;
use jiff::{SignedDuration, Span};
use subprocessors::actions::{self, Details, Draft};
use subprocessors::domain::change::Change;
use subprocessors::domain::deadline::day_of;
use subprocessors::domain::engagement::{EngagementFacts, Group, Purpose, PurposeCode, Visibility};
use subprocessors::domain::place::{Location, LocationKind};
use subprocessors::domain::vendor::VendorFacts;
use subprocessors::domain::vetting::{Vetting, VettingStatus};

/// Today, and some days on, in the company's zone.
pub fn in_days(world: &World, days: i32) -> Date {
    let today = day_of(world.state.clock.now(), &world.state.settings.zone());
    today.checked_add(Span::new().days(days)).unwrap()
}

/// A vetted line. `places` are country codes, the last one a remote access if it begins with `@`.
pub fn line(world: &World, name: &str, purpose: &str, data: &[&str], places: &[&str]) -> Draft {
    let location = |place: &&str| Location {
        kind: if place.starts_with('@') { LocationKind::RemoteAccess } else { LocationKind::Processing },
        country: Some(place.trim_start_matches('@').parse().unwrap()),
        region: None,
        text: String::new(),
    };
    Draft {
        entry_id: None,
        vendor_id: None,
        vendor: VendorFacts {
            name: name.into(),
            seat: places.last().and_then(|p| p.trim_start_matches('@').parse().ok()),
            ..VendorFacts::default()
        },
        engagement: with_transfers(EngagementFacts {
            purposes: vec![Purpose { code: PurposeCode::Other, text: purpose.into() }],
            data_categories: data.iter().map(|d| (*d).to_owned()).collect(),
            locations: places.iter().map(location).collect(),
            vetting: Vetting {
                status: VettingStatus::Approved,
                reviewed_on: Some(in_days(world, -20)),
                review_by: Some(in_days(world, 365)),
            },
            ..EngagementFacts::default()
        }),
    }
}

/// A line of a group of its own.
pub fn in_group(mut draft: Draft, group: Group) -> Draft {
    draft.vendor.affiliate = group == Group::Affiliate;
    draft.engagement.group = group;
    draft
}

/// A line nobody outside may see.
pub fn hidden(mut draft: Draft) -> Draft {
    draft.engagement.visibility = Visibility::Nda;
    draft
}

/// An edit of the line that stands on the list under this name.
pub fn edit_of(world: &World, name: &str) -> Draft {
    let listed = world.state.db.read_blocking(subprocessors::db::register::listed_entries).unwrap();
    let found = listed.into_iter().find(|l| l.entry.vendor.name == name).expect("a listed name");
    let entry = found.entry;
    Draft { entry_id: Some(entry.id), vendor_id: None, vendor: entry.vendor, engagement: entry.engagement }
}

/// Announces a change of these lines that takes effect in 45 days.
pub fn announce(world: &World, title: &str, drafts: Vec<Draft>) -> Change {
    let details = Details {
        title: title.into(),
        reason: "Our Clients asked for it.".into(),
        effective_on: Some(in_days(world, 45)),
        in_use_since: None,
    };
    let change = world.wait(async {
        let mut change = actions::start_change(&world.state, &world.editor, details).await?;
        for draft in drafts {
            change =
                actions::put_entry(&world.state, &world.editor, change.id, change.revision, draft).await?;
        }
        Ok::<_, actions::Error>(change)
    });
    world.submit_and_approve(&change.expect("a draft"))
}

/// Lets everything announced take effect: 46 days pass.
pub fn take_effect(app: &mut App, world: &World) {
    app.advance(SignedDuration::from_hours(24 * 46));
    world.wait(actions::take_effect_due(&world.state)).expect("in effect");
}

/// Cloudhost, Mailer and Helpdesk in use; Translator announced, Mailer about to move.
pub fn small_list(app: &mut App) -> World {
    let world = World::of(app);
    let lines = vec![
        line(&world, "Cloudhost GmbH", "Hosting and storage", &["All data", "Backups"], &["DE", "IE"]),
        line(&world, "Mailer Inc.", "Sending mail you trigger", &["Email addresses"], &["US"]),
        in_group(
            line(&world, "Helpdesk & Sons <Ltd>", "Help desk", &["Names"], &["IE", "@US"]),
            Group::Optional,
        ),
        hidden(line(&world, "Sentinel Secret AG", "Hidden work", &["Sentinel data"], &["CH"])),
    ];
    announce(&world, "The first list", lines);
    take_effect(app, &world);
    let mut mailer = edit_of(&world, "Mailer Inc.");
    mailer.engagement.locations =
        vec![Location::in_country("BE".parse().unwrap()), Location::in_country("US".parse().unwrap())];
    let translator = line(&world, "Translator SA", "Machine translation", &["Request text"], &["FR"]);
    announce(&world, "Translate requests", vec![translator, mailer]);
    world
}
