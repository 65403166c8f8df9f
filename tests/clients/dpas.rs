use super::*;
use crate::support::*;

on_both! {
    fn four_answers_and_a_name_make_a_dpa_version_and_the_first_is_the_standard(app) {
        let mut editor = editor(&app);
        let page = editor.get("/staff/dpas/new").expect(200);
        let asked = page.all("main .field label");
        assert_eq!(asked.len(), 5, "{asked:?}");
        let dpa = add_dpa(&mut editor, "Standard DPA", "30");
        assert!(dpa.one("details summary").contains("Exceptions"));
        assert!(dpa.attributes("details", "open").is_empty(), "folded away: {dpa}");
        assert_eq!(dpa.attributes("#f-standard", "checked").len(), 1);
        add_dpa(&mut editor, "Legacy 2019", "45");
        let list = editor.get("/staff/dpas").expect(200);
        assert!(list.one("tbody tr").contains("Standard DPA Standard"), "{list}");
    }

    fn a_table_for_special_categories_is_kept_and_a_gap_is_named(app) {
        let mut editor = editor(&app);
        let dpa = add_dpa(&mut editor, "Health DPA", "30");
        let fields = [
            ("rules.0.data", "special"), ("rules.0.days", "90"), ("rules.0.start", "sent"),
            ("objection.effect", "blocks"), ("clause", "section 5.2"), ("moves_to_working_day", "yes"),
        ];
        let dpa = editor.submit(&dpa, "main form", &fields).expect(200);
        assert_eq!(dpa.attributes("#f-rules-0-days", "value"), ["90"]);
        assert_eq!(dpa.attributes("#f-rules-0-start option[selected]", "value"), ["sent"]);
        assert!(editor.get("/staff/dpas").expect(200).says("90 days or 30 days"));
        let gap = editor.submit(&dpa, "main form", &[("days", "")]).expect(422);
        assert!(gap.one(".summary").contains("No rule says how long the notice is for an addition with ordinary personal data at a third party"), "{gap}");
        assert_eq!(gap.attributes("details", "open").len(), 1, "the place to mend it is open: {gap}");
        assert_eq!(app.database.number("SELECT revision AS n FROM dpa_version"), 2);
    }

    fn terms_in_use_change_only_when_somebody_says_that_the_clients_agreed(app) {
        let mut editor = editor(&app);
        let dpa = add_dpa(&mut editor, "Standard DPA", "30");
        let client = add_client(&mut editor, "C-1", "Client One");
        sign(&mut editor, &client, &[("effective_on", "2026-01-01")]).expect(200);
        let dpa = editor.get(dpa.url.path()).expect(200);
        assert!(dpa.says("Clocks that run keep the terms they began with"), "{dpa}");
        let refused = editor.submit(&dpa, "main form", &[("days", "60")]).expect(422);
        assert!(refused.one(".summary").contains("1 agreement uses this version"), "{refused}");
        let renamed = editor.submit(&dpa, "main form", &[("name", "Standard DPA 2026")]).expect(200);
        editor.submit(&renamed, "main form", &[("days", "60"), ("amends", "yes")]).expect(200);
        assert!(editor.get(client.url.path()).expect(200).says("60 days, general authorisation"));
    }

    fn there_is_always_one_standard_version_and_it_is_offered(app) {
        let mut editor = editor(&app);
        let first = add_dpa(&mut editor, "First", "30");
        let second = add_dpa(&mut editor, "Second", "45");
        let refused = editor.submit(&first, "main form", &[("standard", "")]).expect(422);
        assert!(refused.says("There is always one standard version"), "{refused}");
        let refused = editor.submit(&first, "main form", &[("ended_on", "2020-01-01")]).expect(422);
        assert!(refused.says("cannot have ended"), "{refused}");
        editor.submit(&second, "main form", &[("standard", "yes")]).expect(200);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM dpa_version WHERE standard = TRUE"), 1);
        let first = editor.get(first.url.path()).expect(200);
        editor.submit(&first, "main form", &[("ended_on", "2020-01-01")]).expect(200);
        let client = add_client(&mut editor, "C-1", "Client One");
        let id = first.url.path().rsplit('/').next().unwrap().to_owned();
        let late = sign(&mut editor, &client, &[("dpa_id", &id), ("effective_on", "2021-01-01")]).expect(422);
        assert!(late.says("First was offered until 1 January 2020"), "{late}");
        sign(&mut editor, &client, &[("dpa_id", &id), ("effective_on", "2019-01-01")]).expect(200);
    }

}

on_both! {
    fn the_public_page_promises_what_the_standard_dpa_says(backend: Backend) {
        let app = App::on(backend).set("notices.hold", "0").set("company.time_zone", "Europe/Berlin").start();
        let (world, mut visitor) = (World::of(&app), app.browser());
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        let says = |visitor: &mut Browser, words: &str| {
            watched::eventually(words, crate::support::PATIENCE, || visitor.get("/").expect(200).says(words).then_some(()));
        };
        says(&mut visitor, "30 days’ notice under our standard DPA");
        let (mut editor, deliveries) = (editor(&app), app.database.number("SELECT count(*) AS n FROM delivery"));
        let dpa = add_dpa(&mut editor, "Standard DPA", "60");
        says(&mut visitor, "60 days’ notice under our standard DPA");
        let list = visitor.get("/list.json").json();
        assert_eq!((&list["notice_period_days"], &list["notice_period_counting"]), (&60.into(), &serde_json::Value::Null));
        let draft = world.draft_addition("Later GmbH");
        let page = editor.get(&format!("/staff/changes/{}", draft.id)).expect(200);
        assert!(page.says("leaves less than 60 days’ notice under the standard DPA"), "{page}");

        editor.submit(&dpa, "main form", &[("days", "10"), ("counting", "business")]).expect(200);
        says(&mut visitor, "10 business days’ notice under our standard DPA");
        let page = editor.get(&format!("/staff/changes/{}", draft.id)).expect(200);
        assert!(page.says("Earliest effective date") && !page.says("leaves less than"), "{page}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM notice"), 1);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery"), deliveries, "nobody is told");
    }
}
