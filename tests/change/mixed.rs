//! A correction joined to a later change is in force at once; every item says its own day.

use jiff::civil::date;
use subprocessors::actions;
use subprocessors::domain::change::Class;

use super::stage::{active, desk_on, h, notice};

on_both! {
    fn each_item_of_a_mixed_change_says_its_own_day(backend: Backend) {
        let desk = desk_on(backend);
        let old = active(&desk, "Helpscout");
        let change = desk.begin("Add and correct", Some(date(2027, 6, 1)));
        let mut correction = desk.edit_of("Helpscout");
        correction.vendor.name = "Help Scout".into();
        let change = desk.put(&change, desk.new_entry("New GmbH"));
        let change = desk.put(&change, correction);
        assert_eq!(change.items[1].class, Class::Editorial);
        desk.pass(&change);

        let told = notice(&desk, "N-2027-002").public.unwrap();
        let days: Vec<_> = told.items.iter().map(|item| (item.name.as_str(), item.effective_from)).collect();
        assert_eq!(days, [("New GmbH", Some(date(2027, 6, 1))), ("Help Scout", Some(date(2027, 4, 1)))]);
        assert_eq!(
            told.sentence(),
            "From 1 June 2027 Acme adds New GmbH as a sub-processor; already from 1 April 2027 it changes how it uses Help Scout."
        );
        let line = desk.list().entries.into_iter().find(|line| line.id == old).unwrap();
        assert_eq!((line.vendor.name.as_str(), line.pending.len()), ("Help Scout", 0), "corrected at once");

        desk.go_to(date(2027, 6, 1), h(1));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        let notice = notice(&desk, "N-2027-002");
        assert_eq!(notice.in_force_on(), Some(date(2027, 6, 1)));
        let kept: Vec<_> = notice.latest().unwrap().items;
        assert_eq!(kept[1].effective_from, Some(date(2027, 4, 1)), "the follow-up moves no correction");
    }
}
