use super::*;

const FILE: &str = "reference,name,time_zone,language,products,flags,dpa,signed_on,effective_on,contact1_name,contact1_email,contact2_email,contact2_role\n\
    C-1,Client One,Europe/Berlin,de,CRM;Mail,,,2026-01-02,2026-01-05,Ann,ann@one.example,ops@one.example,fallback\n\
    C-2,Client Two,Mars/Phobos,en,,,,,2026-01-05,,dpo@two.example,,\n\
    C-3,Client Three,,,,health_data,Nobody's DPA,,2026-01-05,,dpo@three.example,,\n\
    C-4,Client Four,,,,,,2026-02-01,2026-01-05,,dpo@four.example,dpo@four.example,notify\n\
    C-5,Client Five,Asia/Tokyo,,,financial_entity,,,,,dpo@five.example,,\n";

on_both! {
    fn good_rows_are_taken_bad_ones_told_and_a_second_import_changes_nothing(app) {
        let mut editor = editor(&app);
        add_dpa(&mut editor, "Standard DPA", "30");
        let file = app.folder().join("clients.csv");
        std::fs::write(&file, FILE).unwrap();
        let path = file.to_str().unwrap();
        let dry = app.run(&["clients", "import", path, "--dry-run"]);
        assert_eq!(dry.status.code(), Some(2), "{dry:?}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM client"), 0, "a dry run stores nothing");
        let done = app.run(&["clients", "import", path]);
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert_eq!(done.status.code(), Some(2), "{said}");
        for piece in ["line 3, time_zone", "Mars/Phobos", "line 4, dpa “Nobody's DPA”", "line 5, contact2_email", "line 5, signed_on", "2 new, 0 changed, 0 as before"] {
            assert!(said.contains(piece), "{piece} in {said}");
        }
        assert!(done.stderr.is_empty(), "no bar off a terminal: {done:?}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM client"), 2);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM contact"), 3);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM agreement"), 1);
        let events = app.database.number("SELECT count(*) AS n FROM audit_event");
        let again = app.run(&["clients", "import", path, "--json"]);
        let told: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
        assert_eq!((&told["new"], &told["changed"], &told["same"]), (&0.into(), &0.into(), &2.into()), "{told}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM audit_event"), events);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery"), 0, "an import tells nobody");

        let more = "reference,name,ended_on,effective_on,contact1_email,contact1_role\nC-1,Client One SE,2026-12-31,2026-01-05,ann@one.example,fallback\nC-5,,,,second@five.example,\n";
        std::fs::write(&file, more).unwrap();
        assert!(app.run_well(&["clients", "import", path]).contains("0 new, 2 changed, 0 as before"));
        let list = editor.get("/staff/clients?q=C-1").expect(200);
        let page = editor.get(&list.attributes("tbody th a", "href")[0]).expect(200);
        assert!(page.says("Client One SE") && page.says("Europe/Berlin") && page.says("31 December 2026"), "an empty cell keeps: {page}");
        assert!(app.run_well(&["clients", "import", path]).contains("0 new, 0 changed, 2 as before"));
    }

    fn the_page_shows_what_a_file_would_do_before_it_does_it(app) {
        let mut editor = editor(&app);
        let page = editor.get("/staff/clients/import").expect(200);
        editor.submit(&page, "main form", &[]).expect(422);
        let wrong = editor.submit(&page, "main form", &[("file", "file:c.csv:reference,time_zon\nC-1,x\n")]).expect(422);
        assert!(wrong.says("The column “time_zon” is not known"), "{wrong}");
        let csv = "file:c.csv:reference,name,contact1_email\nC-1,Client One,dpo@one.example\nC-2,,\n";
        let would = editor.submit(&page, "main form", &[("file", csv)]).expect(200);
        assert!(would.says("1 new, 0 changed, 0 as before") && would.says("Enter the Client's name"), "{would}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM client"), 0);
        let done = editor.submit(&would, "button[name=take]", &[]).expect(200);
        assert!(done.says("Done: 1 new"), "{done}");
        let again = editor.submit(&page, "main form", &[("file", csv)]).expect(200);
        assert!(again.says("0 new, 0 changed, 1 as before") && again.all("button[name=take]").is_empty(), "{again}");
    }

    fn a_file_of_which_nothing_can_be_taken_fails(app) {
        let file = app.folder().join("clients.csv");
        std::fs::write(&file, "reference,name\n,Nameless\n").unwrap();
        assert_eq!(app.run(&["clients", "import", file.to_str().unwrap()]).status.code(), Some(1));
        assert_eq!(app.run(&["clients", "import", "no-such-file.csv"]).status.code(), Some(1));
    }
}
