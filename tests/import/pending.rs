//! A file imported while something is under way: drafts not approved, announcements not yet in
//! force.

use jiff::{SignedDuration, ToSpan as _};
use subprocessors::actions::{self, Details};
use subprocessors::domain::change::{Change, ChangeState, Edit, Operation};
use subprocessors::domain::deadline::day_of;
use subprocessors::domain::vetting::{Vetting, VettingStatus};

use super::shelf::{carry, import, listed, one, preview, take, told};
use crate::support::Desk;
use crate::support::records::with_transfers;

const BEFORE: &str = "name,purpose,data_categories,location\nAcme Ltd,hosting,names,EU\nZoho,CRM,names,EU\n";
const AFTER: &str = "name,purpose,data_categories,location\nAcme Ltd,hosting,names,\"EU, United States\"\nNotion,notes,names,EU\n";

/// Announces an import with the notice period of the standard DPA.
fn announce(desk: &Desk, change: &Change) -> Change {
    let today = day_of(desk.state.clock.now(), &desk.state.settings.zone());
    let details = Details {
        title: change.title.clone(),
        effective_on: Some(today.saturating_add(40.days())),
        ..Details::default()
    };
    let run = actions::set_details(&desk.state, &desk.editor, change.id, change.revision, details);
    let mut change = desk.run(run).unwrap();
    for item in change.items.clone() {
        let Edit::Entry { after: Some(after), .. } = item.edit else { continue };
        let mut engagement = after.engagement;
        engagement.vetting = Vetting {
            status: VettingStatus::Approved,
            reviewed_on: Some(today),
            review_by: Some(today.saturating_add(2.years())),
        };
        let engagement = with_transfers(engagement);
        let draft =
            actions::Draft { entry_id: Some(after.id), vendor_id: None, vendor: after.vendor, engagement };
        change = desk.put(&change, draft);
    }
    desk.pass(&change)
}

on_both! {
    fn a_file_imported_twice_makes_one_draft(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, BEFORE);
        let first = import(&desk, AFTER).unwrap();
        let again = import(&desk, AFTER).unwrap();
        assert!(again.already && !first.already);
        assert_eq!(again.change.unwrap().id, first.change.unwrap().id);
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM change"), 2);
    }

    fn what_is_announced_is_not_announced_again(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, BEFORE);
        let done = import(&desk, AFTER).unwrap();
        assert_eq!(
            told(&done.preview),
            ["added Notion material", "changed Acme Ltd material", "removed Zoho informational"]
        );
        let announced = announce(&desk, &done.change.unwrap());
        assert_eq!(announced.state, ChangeState::Announced);
        // The list as it will be, and, for those who publish it late, as it still is.
        assert_eq!(told(&preview(&desk, AFTER)), Vec::<String>::new());
        let late = preview(&desk, BEFORE);
        assert!(late.items.iter().all(|i| i.vendor == "Acme Ltd"), "{:?}", told(&late));
        let today = day_of(desk.state.clock.now(), &desk.state.settings.zone());
        desk.go_to(today.saturating_add(40.days()), SignedDuration::from_hours(1));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        assert_eq!(told(&preview(&desk, AFTER)), Vec::<String>::new());
        assert_eq!(listed(&desk).len(), 2);
        assert_eq!(one(&desk, "Acme Ltd").entry.engagement.locations.len(), 2);
        assert!(desk.database.number("SELECT count(*) AS n FROM notice") == 1);
    }

    fn an_import_into_a_register_written_by_hand_is_a_change(backend: Backend) {
        let desk = Desk::on(backend);
        let change = desk.begin("Begin by hand", None);
        let change = desk.put(&change, desk.new_entry("Acme GmbH"));
        carry(&desk, &change);
        let done = import(&desk, "name,purpose\nAcme GmbH,hosting\nZoho,CRM\n").unwrap();
        assert!(!done.preview.baseline);
        let change = done.change.unwrap();
        assert_eq!(change.items.len(), 1);
        assert_eq!(change.items.first().unwrap().operation, Operation::Added);
    }
}
