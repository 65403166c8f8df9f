//! One set of facts per vendor: a notice and the list it publishes never disagree.

use jiff::civil::date;
use subprocessors::actions;
use subprocessors::db;
use subprocessors::domain::change::{Class, Edit};
use subprocessors::domain::id::Id;

use super::stage::{active, desk_on, entry, h, notice, second_line, submit};

on_both! {
    fn a_new_line_of_a_known_vendor_tells_what_the_list_tells(backend: Backend) {
        let desk = desk_on(backend);
        let x = active(&desk, "One GmbH");
        let vendor_id = entry(&desk, x).entry.vendor_id;
        let change = desk.begin("Second purpose", Some(date(2027, 6, 1)));
        let mut second = desk.edit_of("One GmbH");
        second.entry_id = None;
        second.vendor_id = Some(vendor_id);
        second.engagement.purposes[0].text = "messaging".into();
        let change = desk.put(&change, second.clone());
        let own = change.items[0].entry_id.unwrap();
        second.entry_id = Some(own);
        second.vendor_id = None;
        second.vendor.name = "Evil Corp".into();
        second.vendor.seat = "US".parse().ok();
        let change = desk
            .run(actions::put_entry(&desk.state, &desk.editor, change.id, change.revision, second))
            .unwrap();
        desk.pass(&change);
        let told = notice(&desk, "N-2027-002").public.unwrap();
        assert_eq!(told.items.len(), 2, "the line on the list is renamed too, and that is told");
        assert!(told.items.iter().all(|item| item.name == "Evil Corp"));
        desk.go_to(date(2027, 6, 1), h(1));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        assert!(desk.list().entries.iter().all(|line| line.vendor.name == "Evil Corp"));
    }

    fn a_vendor_renamed_meanwhile_stops_its_new_line(backend: Backend) {
        let desk = desk_on(backend);
        let x = active(&desk, "One GmbH");
        let vendor_id = entry(&desk, x).entry.vendor_id;
        let change = desk.begin("Second purpose", Some(date(2027, 6, 1)));
        let mut second = desk.edit_of("One GmbH");
        second.entry_id = None;
        second.vendor_id = Some(vendor_id);
        second.engagement.purposes[0].text = "messaging".into();
        let waiting = submit(&desk, &desk.put(&change, second));
        let rename = desk.begin("Rename", None);
        let mut draft = desk.edit_of("One GmbH");
        draft.vendor.name = "Uno GmbH".into();
        desk.pass(&desk.put(&rename, draft));
        if desk.approve(&waiting).is_ok() {
            let told = notice(&desk, "N-2027-002").public.unwrap().items[0].name.clone();
            let names: Vec<_> = desk.list().entries.iter().map(|e| e.vendor.name.clone()).collect();
            panic!("notice says {told}, list published with it says {names:?}");
        }
    }

    fn the_page_a_notice_names_is_the_lines_own(backend: Backend) {
        let desk = desk_on(backend);
        let draft = |name: &str| { let c = desk.begin("Add", Some(date(2027, 5, 1))); submit(&desk, &desk.put(&c, desk.new_entry(name))) };
        let (a, b) = (draft("Alpha GmbH"), draft("ALPHA, GmbH"));
        desk.approve(&a).unwrap();
        desk.approve(&b).unwrap();
        let item = notice(&desk, "N-2027-002").public.unwrap().items[0].clone();
        let line = desk.list().entries.into_iter().find(|e| Some(e.id) == item.entry_id).unwrap();
        assert_eq!(item.slug.unwrap(), line.slug);
    }

    fn editing_one_line_keeps_what_people_said_of_another(backend: Backend) {
        let desk = desk_on(backend);
        let x = active(&desk, "One GmbH");
        let y = second_line(&desk, x, "One GmbH");
        // y: retention edited, raised to material by a person, with a doubt of an import
        let change = desk.begin("Edit", Some(date(2027, 9, 1)));
        let mut draft = desk.edit_of("One GmbH");
        draft.entry_id = Some(y); draft.engagement = entry(&desk, y).entry.engagement; draft.engagement.retention = "1 day".into();
        let change = desk.put(&change, draft);
        let change = desk.run(actions::set_class(&desk.state, &desk.editor, change.id, change.revision, change.items[0].id, Class::Material, String::new())).unwrap();
        let mut doubted = change.clone();
        doubted.items[0].doubt = "Two vendors in one cell".into();
        desk.state.db.write_blocking(|c| db::change::save(c, &doubted)).unwrap();
        // x: respelled
        let mut draft = desk.edit_of("One GmbH");
        draft.entry_id = Some(x); draft.engagement = entry(&desk, x).entry.engagement; draft.vendor.website = "https://one.example".into();
        let change = desk.put(&change, draft);
        let item = change.items.iter().find(|i| i.entry_id == Some(y)).unwrap();
        assert_eq!((item.class, item.doubt.as_str()), (Class::Material, "Two vendors in one cell"));
    }

    fn lines_of_one_vendor_stay_together(backend: Backend) {
        let desk = desk_on(backend);
        let x = active(&desk, "One GmbH");
        let y = second_line(&desk, x, "One GmbH");
        let change = desk.begin("Moves", Some(date(2027, 9, 1)));
        let mut draft = desk.edit_of("One GmbH");
        draft.entry_id = Some(x); draft.engagement = entry(&desk, x).entry.engagement; draft.vendor.seat = "US".parse().ok();
        let change = desk.put(&change, draft);
        assert_eq!(change.items.len(), 2);
        // then only y's own retention is edited, from the register's page
        let mut draft = desk.edit_of("One GmbH");
        draft.entry_id = Some(y); draft.engagement = entry(&desk, y).entry.engagement; draft.engagement.retention = "1 day".into();
        let change = desk.put(&change, draft);
        desk.pass(&change);
        desk.go_to(date(2027, 9, 1), h(1));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        let told = notice(&desk, "N-2027-003").public.unwrap();
        let of_y = told.items.iter().find(|i| i.entry_id == Some(y)).unwrap();
        let seat = entry(&desk, y).entry.vendor.seat;
        assert!(seat != "US".parse().ok() || of_y.changes.iter().any(|c| c.field == "vendor.seat"), "y moved to {seat:?}, told only {:?}", of_y.changes);
    }

    fn the_same_new_vendor_in_two_drafts_is_not_two(backend: Backend) {
        let desk = desk_on(backend);
        let draft = |p: &str| { let c = desk.begin("Add", Some(date(2027, 5, 1))); let mut d = desk.new_entry("Alpha GmbH"); d.engagement.purposes[0].text = p.into(); submit(&desk, &desk.put(&c, d)) };
        let (a, b) = (draft("hosting"), draft("mail"));
        desk.approve(&a).unwrap();
        let second = desk.approve(&b);
        assert!(second.is_err(), "vendors: {}", desk.database.number("SELECT count(*) AS n FROM vendor WHERE name = 'Alpha GmbH'"));
    }

    fn mending_a_new_vendor_reaches_all_its_lines(backend: Backend) {
        let desk = desk_on(backend);
        let change = desk.begin("Add", Some(date(2027, 5, 1)));
        let mut change = desk.put(&change, desk.new_entry("Alhpa GmbH"));
        // As an import makes it: two lines of one new vendor.
        let mut second = change.items[0].clone();
        let now = desk.state.clock.now();
        second.id = Id::new(now);
        second.entry_id = Some(Id::new(now));
        if let Edit::Entry { after: Some(a), .. } = &mut second.edit { a.id = second.entry_id.unwrap(); a.engagement.purposes[0].text = "mail".into(); }
        change.items.push(second.clone());
        desk.state.db.write_blocking(|c| db::change::save(c, &change)).unwrap();
        let mut mended = desk.new_entry("Alpha GmbH");
        mended.entry_id = second.entry_id;
        mended.engagement.purposes[0].text = "mail".into();
        let change = desk.put(&change, mended);
        desk.pass(&change);
        let told: Vec<_> = notice(&desk, "N-2027-001").public.unwrap().items.iter().map(|i| i.name.clone()).collect();
        let names: Vec<_> = desk.list().entries.iter().map(|e| e.vendor.name.clone()).collect();
        assert_eq!(names, ["Alpha GmbH", "Alpha GmbH"], "the notice says {told:?}");
    }
}
