//! Replacements, removals and what may not cross them; what hidden lines leave behind.

use jiff::civil::date;
use subprocessors::actions::{self, Error};
use subprocessors::domain::change::Class;
use subprocessors::domain::engagement::Visibility;

use super::stage::{active, desk_on, entry, h, notice, submit};

on_both! {
    fn a_successor_can_be_edited_later(backend: Backend) {
        let desk = desk_on(backend);
        let x = active(&desk, "Old Ltd");
        let change = desk.begin("Replace", Some(date(2027, 6, 1)));
        let mut draft = desk.new_entry("New Ltd");
        draft.engagement.replaces = Some(x);
        desk.pass(&desk.put(&change, draft));
        desk.go_to(date(2027, 6, 1), h(1));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        let change = desk.begin("Retention", Some(date(2027, 9, 1)));
        let mut draft = desk.edit_of("New Ltd");
        draft.engagement.retention = "30 days".into();
        let change = submit(&desk, &desk.put(&change, draft));
        desk.approve(&change).map_err(|e| e.to_string()).unwrap();
    }

    fn a_hidden_predecessor_leaves_no_trace(backend: Backend) {
        let desk = desk_on(backend);
        let change = desk.begin("Add", Some(date(2027, 4, 1)));
        let mut hidden = desk.new_entry("Sentinel Secret");
        hidden.engagement.visibility = Visibility::Nda;
        let change = desk.put(&change, hidden);
        let x = change.items[0].entry_id.unwrap();
        desk.pass(&change);
        desk.go_to(date(2027, 4, 1), h(1));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        let change = desk.begin("New vendor", Some(date(2027, 6, 1)));
        let mut draft = desk.new_entry("Open GmbH");
        draft.engagement.replaces = Some(x);
        desk.pass(&desk.put(&change, draft));
        let text = serde_json::to_string(&notice(&desk, "N-2027-002").public).unwrap();
        assert!(!text.contains(&x.to_string()), "id leaks: {text}");
        assert!(!text.contains("Sentinel"), "name leaks: {text}");
    }

    fn a_public_line_replaced_by_a_hidden_one_is_told_as_leaving(backend: Backend) {
        let desk = desk_on(backend);
        let x = active(&desk, "Old Ltd");
        let change = desk.begin("Replace", Some(date(2027, 6, 1)));
        let mut draft = desk.new_entry("Sentinel");
        draft.engagement.replaces = Some(x);
        draft.engagement.visibility = Visibility::Nda;
        desk.pass(&desk.put(&change, draft));
        assert!(notice(&desk, "N-2027-002").public.is_some(), "public Old Ltd is {} and nobody is told", desk.list().entries[0].status);
    }

    fn a_line_being_replaced_cannot_be_removed_before(backend: Backend) {
        let desk = desk_on(backend);
        let x = active(&desk, "Old Ltd");
        let change = desk.begin("Replace", Some(date(2027, 6, 1)));
        let mut draft = desk.new_entry("New Ltd");
        draft.engagement.replaces = Some(x);
        desk.pass(&desk.put(&change, draft));
        assert_eq!(entry(&desk, x).effective_to, Some(date(2027, 6, 1)));
        let change = desk.begin("Remove", Some(date(2027, 4, 10)));
        let change = desk.run(actions::remove_entry(&desk.state, &desk.editor, change.id, change.revision, x)).unwrap();
        let change = submit(&desk, &change);
        let done = desk.approve(&change);
        if done.is_ok() {
            desk.go_to(date(2027, 4, 10), h(1));
            desk.run(actions::take_effect_due(&desk.state)).unwrap();
            panic!("approved; before the successor is live the old one is {:?}", entry(&desk, x).status);
        }
    }

    fn two_announced_edits_of_the_statements_do_not_cross(backend: Backend) {
        let desk = desk_on(backend);
        active(&desk, "One");
        let set = |after: &[&str]| {
            let change = desk.begin("Statements", Some(date(2027, 7, 1)));
            let change = desk.run(actions::edit_statements(&desk.state, &desk.editor, change.id, change.revision, after.iter().map(|s| s.to_string()).collect())).unwrap();
            submit(&desk, &change)
        };
        let (a, b) = (set(&["Data of Canadian students stays in Canada."]), set(&["We encrypt."]));
        desk.approve(&a).unwrap();
        let second = desk.approve(&b);
        desk.go_to(date(2027, 7, 1), h(1));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        assert!(second.is_err(), "both announced; in force now: {:?}", desk.list().statements);
    }

    fn statements_are_checked_like_every_text(backend: Backend) {
        let desk = desk_on(backend);
        let change = desk.begin("Statements", Some(date(2027, 7, 1)));
        let done = desk.run(actions::edit_statements(&desk.state, &desk.editor, change.id, change.revision, vec!["a\r\nBcc: x\u{202e}".into(), String::new(), "x".repeat(100_000)]));
        assert!(matches!(done, Err(Error::Invalid(_))), "accepted");
    }

    fn a_line_on_the_list_cannot_begin_to_replace_another(backend: Backend) {
        let desk = desk_on(backend);
        let x = active(&desk, "Old Ltd");
        let change = desk.begin("Add", Some(date(2027, 6, 1)));
        desk.pass(&desk.put(&change, desk.new_entry("New Ltd")));
        desk.go_to(date(2027, 6, 1), h(1));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        let change = desk.begin("Replaces", None);
        let mut draft = desk.edit_of("New Ltd");
        draft.engagement.replaces = Some(x);
        let done = desk.run(actions::put_entry(&desk.state, &desk.editor, change.id, change.revision, draft));
        if let Ok(change) = done {
            let done = desk.pass(&change);
            let list = desk.list();
            let old = list.entries.iter().find(|e| e.id == x).unwrap();
            panic!("{:?} as {}; Old Ltd is {}, New Ltd replaces {:?}", done.state, change.class(), old.status, list.entries.iter().find(|e| e.id != x).unwrap().replaces);
        }
    }

    fn a_line_that_goes_into_hiding_is_told_as_leaving(backend: Backend) {
        let desk = desk_on(backend);
        active(&desk, "One GmbH");
        let change = desk.begin("Under NDA", Some(date(2027, 9, 1)));
        let mut draft = desk.edit_of("One GmbH");
        draft.engagement.visibility = Visibility::Nda;
        let change = desk.put(&change, draft);
        assert_eq!(change.class(), Class::Informational);
        desk.pass(&change);
        let told = notice(&desk, "N-2027-002").public.unwrap();
        assert_eq!((told.items.len(), told.items[0].operation.as_str()), (1, "removed"));
        desk.go_to(date(2027, 9, 1), h(1));
        desk.run(actions::take_effect_due(&desk.state)).unwrap();
        assert!(desk.list().entries.is_empty());
    }
}
