use jiff::SignedDuration;
use jiff::civil::date;
use subprocessors::actions;
use subprocessors::domain::change::{ChangeState, Class};

use crate::support::{Backend, Desk};

fn desk_with_two_lines_of_one_vendor(backend: Backend) -> Desk {
    let desk = Desk::on(backend);
    desk.go_to(date(2027, 3, 1), SignedDuration::from_hours(9));
    let change = desk.begin("Add", Some(date(2027, 4, 1)));
    let change = desk.put(&change, desk.new_entry("Helpscout"));
    desk.pass(&change);
    desk.go_to(date(2027, 4, 1), SignedDuration::from_hours(1));
    desk.run(actions::take_effect_due(&desk.state)).unwrap();
    let mut second = desk.edit_of("Helpscout");
    let entry = second.entry_id.take().unwrap();
    let listed =
        desk.state.db.read_blocking(|c| subprocessors::db::register::entry(c, entry)).unwrap().unwrap();
    second.vendor_id = Some(listed.entry.vendor_id);
    second.engagement.purposes[0].text = "messaging".into();
    let change = desk.begin("Second purpose", Some(date(2027, 6, 1)));
    desk.pass(&desk.put(&change, second));
    desk.go_to(date(2027, 6, 1), SignedDuration::from_hours(1));
    desk.run(actions::take_effect_due(&desk.state)).unwrap();
    assert_eq!(desk.list().entries.len(), 2);
    desk
}

on_both! {
    fn a_respelling_is_published_without_a_notice_and_keeps_ids_and_both_names(backend: Backend) {
        let desk = desk_with_two_lines_of_one_vendor(backend);
        let (before, notices) = (desk.list(), desk.database.number("SELECT count(*) AS n FROM notice"));
        let change = desk.begin("Respell", None);
        let mut draft = desk.edit_of("Helpscout");
        draft.vendor.name = "Help Scout".into();
        let change = desk.put(&change, draft);
        assert_eq!((change.class(), change.items.len()), (Class::Editorial, 2), "both lines of the vendor");
        let change = desk.pass(&change);
        assert_eq!(change.state, ChangeState::Published);
        let after = desk.list();
        assert_eq!(after.version, before.version + 1);
        let ids = |list: &subprocessors::domain::list_document::ListDocument| {
            let mut ids: Vec<_> = list.entries.iter().map(|e| e.id).collect();
            ids.sort();
            ids
        };
        assert_eq!(ids(&before), ids(&after));
        for line in &after.entries {
            assert_eq!((line.vendor.name.as_str(), line.slug.as_str()), ("Help Scout", "helpscout"));
            assert_eq!(line.vendor.aliases[0].name, "Helpscout");
        }
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM notice"), notices);
    }

    fn lowering_a_class_takes_a_reason(backend: Backend) {
        let desk = Desk::on(backend);
        let change = desk.begin("Add", Some(date(2029, 4, 1)));
        let change = desk.put(&change, desk.new_entry("One GmbH"));
        let item = change.items[0].id;
        let set = |reason: &str| {
            desk.run(actions::set_class(&desk.state, &desk.editor, change.id, change.revision, item, Class::Editorial, reason.into()))
        };
        assert!(set("").is_err());
        assert_eq!(set("Was on the list under another name.").unwrap().class(), Class::Editorial);
    }
}
