use super::*;
use crate::support::world::World;
use subprocessors::actions::Draft;
use subprocessors::domain::change::Change;

/// The change's line, to edit it again.
fn edit_of(change: &Change) -> Draft {
    let entry = change.items[0].entry().unwrap().clone();
    Draft { entry_id: Some(entry.id), vendor_id: None, vendor: entry.vendor, engagement: entry.engagement }
}

on_both! {
    fn each_bad_field_is_told_and_nothing_half_stored(app) {
        let mut editor = editor(&app);
        add_dpa(&mut editor, "Standard DPA", "30");
        let client = add_client(&mut editor, "C-1", "Client One");
        add_contact(&mut editor, &client, "dpo@client.example").expect(200);
        sign(&mut editor, &client, &[("effective_on", "2026-01-01")]).expect(200);
        let events = app.database.number("SELECT count(*) AS n FROM audit_event");

        let page = editor.get(&format!("{}/edit", client.url.path())).expect(200);
        for (fields, said) in [
            ([("time_zone", "Europe/Atlantis"), ("note", "")], "“Europe/Atlantis” is not a time zone"),
            ([("holidays", "25/12/2026"), ("note", "")], "“25/12/2026” is not a day"),
            ([("name", " "), ("note", "")], "Enter the Client's name"),
            ([("reference", "x\u{202e}"), ("note", "")], "invisible control character"),
            ([("language", "tlh"), ("note", "")], "Choose one of en"),
        ] {
            let refused = editor.submit(&page, "main form", &fields).expect(422);
            assert!(refused.one(".summary").contains(said), "{said}: {refused}");
        }
        let both = editor.submit(&page, "main form", &[("name", ""), ("time_zone", "nowhere")]).expect(422);
        assert_eq!(both.all(".summary li").len(), 2, "every problem at once: {both}");

        let new = editor.get("/staff/clients/new").expect(200);
        let taken = editor.submit(&new, "main form", &[("reference", "C-1"), ("name", "Other")]).expect(422);
        assert!(taken.says("“Client One” has this number already"), "{taken}");
        let twice = add_contact(&mut editor, &client, "DPO@client.example").expect(422);
        assert!(twice.says("has a contact with this address already"), "{twice}");
        let none = add_contact(&mut editor, &client, "dpo at client").expect(422);
        assert!(none.says("An email address has a name"), "{none}");

        let over = sign(&mut editor, &client, &[("effective_on", "2026-06-01")]).expect(422);
        assert!(over.says("Another agreement of this Client is in force from 1 January 2026 and has no end"), "{over}");
        let late = sign(&mut editor, &client, &[("effective_on", "2019-01-01"), ("ended_on", "2019-12-31"), ("signed_on", "2019-02-01")]).expect(422);
        assert!(late.says("after it took effect"), "{late}");
        let backwards = sign(&mut editor, &client, &[("effective_on", "2019-01-01"), ("ended_on", "2018-12-31")]).expect(422);
        assert!(backwards.says("ends before it begins"), "{backwards}");
        let blank = sign(&mut editor, &client, &[("effective_on", "")]).expect(422);
        assert!(blank.says("Enter the first day"), "{blank}");
        let unknown = sign(&mut editor, &client, &[("effective_on", "2019-01-01"), ("ended_on", "2019-12-31"), ("list_version", "99")]).expect(422);
        assert!(unknown.says("There is no such list version"), "{unknown}");
        let silent = sign(&mut editor, &client, &[("effective_on", "2019-01-01"), ("ended_on", "2019-12-31"), ("overrides.authorisation", "specific")]).expect(422);
        assert!(silent.says("Under specific authorisation silence refuses"), "{silent}");

        assert_eq!(app.database.number("SELECT count(*) AS n FROM audit_event"), events, "nothing was done");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM agreement"), 1);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM client"), 1);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM contact"), 1);
    }

    fn a_stale_save_shows_both_and_loses_nothing(app) {
        let mut editor = editor(&app);
        let client = add_client(&mut editor, "C-1", "Client One");
        let mine = editor.get(&format!("{}/edit", client.url.path())).expect(200);
        editor.submit(&mine, "main form", &[("name", "Client One Ltd")]).expect(200);
        let stale = editor.submit(&mine, "main form", &[("note", "Mine")]).expect(409);
        assert!(stale.says("Client One Ltd") && stale.says("Mine"), "{stale}");
        let saved = editor.submit(&stale, "main form", &[]).expect(200);
        assert!(saved.says("Mine"), "{saved}");
        let old = add_contact(&mut editor, &client, "a@client.example").expect(200);
        add_contact(&mut editor, &client, "b@client.example").expect(200);
        let stale = editor.submit(&old, "form[action$='/end'] button", &[]).expect(409);
        assert!(stale.says("Somebody else saved this Client in the meantime") && stale.says("2 contacts"), "{stale}");
        let dpa = add_dpa(&mut editor, "Standard DPA", "30");
        editor.submit(&dpa, "main form", &[("days", "45")]).expect(200);
        let stale = editor.submit(&dpa, "main form", &[("clause", "section 9")]).expect(409);
        assert!(stale.says("45") && stale.says("section 9"), "{stale}");
    }

    fn what_cannot_be_withheld_from_one_client_is_not(app) {
        let world = World::of(&app);
        let change = world.draft_addition("Example GmbH");
        let fixed = change.items[0].entry_id.unwrap().to_string();
        let mut editor = editor(&app);
        let client = add_client(&mut editor, "C-1", "Client One");
        let at = format!("{}/hold-outs/new", client.url.path());
        let page = editor.get(&at).expect(200);
        assert!(page.says("No sub-processor can be withheld"), "{page}");
        let refused = editor.submit(&page, "main form", &[("engagement_id", &fixed), ("reason", "They asked")]).expect(422);
        assert!(refused.says("Example GmbH cannot be withheld from a single Client"), "{refused}");

        let mut draft = edit_of(&change);
        draft.engagement.withholding = "Feature flag".into();
        world.wait(subprocessors::actions::put_entry(&world.state, &world.editor, change.id, change.revision, draft)).unwrap();
        let page = editor.get(&at).expect(200);
        let refused = editor.submit(&page, "main form", &[("reason", " ")]).expect(422);
        assert!(refused.says("Say why"), "{refused}");
        let refused = editor.submit(&page, "main form", &[("reason", "They asked"), ("until", "2020-01-01")]).expect(422);
        assert!(refused.says("This day is over"), "{refused}");
        let held = editor.submit(&page, "main form", &[("reason", "They asked")]).expect(200);
        assert!(held.says("Example GmbH") && held.says("Held out") && held.says("They asked"), "{held}");
        let page = editor.get(&at).expect(200);
        let twice = editor.submit(&page, "main form", &[("reason", "Again")]).expect(409);
        assert!(twice.says("held out of this engagement already"), "{twice}");
        let ended = editor.submit(&twice, "form[action*='hold-outs'] button", &[]).expect(200);
        assert!(ended.says("Over"), "{ended}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM hold_out"), 1);
    }
}
