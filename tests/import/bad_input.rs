//! Rows that cannot be taken as they stand: told with their line, and nothing half-stored.

use subprocessors::actions::import_list::{self, Options};

use super::shelf::{carry, import, listed, nothing_is_sent, one, preview, take, told};
use crate::support::Desk;

fn doubts(desk: &Desk, text: &[u8]) -> Vec<(u64, String, String)> {
    let shown = desk.run(import_list::preview(&desk.state, &desk.editor, text.to_vec(), Options::default()));
    shown.unwrap().doubts.into_iter().map(|d| (d.line, d.field, d.why)).collect()
}

on_both! {
    fn each_doubt_names_its_line_its_field_and_the_way_out(backend: Backend) {
        let desk = Desk::on(backend);
        let long = "x".repeat(10_000);
        let rows: [(&[u8], &str, &str); 14] = [
            (b"Digital Realty + OpenMetal,,,,", "name", "row of its own"),
            (b",hosting,,,", "name", "missing"),
            (b"TBD,hosting,,,", "name", "Stands in for a name"),
            (b"n/a,,,,", "name", "Stands in"),
            (b"-,,,,", "name", "Stands in"),
            (b"M\xFCller GmbH,,,,", "name", "0xFC"),
            (b"Acme One,,UK,,", "country_code_if_clear", "GB"),
            (b"Acme Two,,IR,,", "country_code_if_clear", "IE for Ireland"),
            (b"Acme Three,,D,,", "country_code_if_clear", "DE"),
            (b"Acme Four,,ZZ,,", "country_code_if_clear", "two letters"),
            (b"Acme Five,,,javascript:alert(1),", "website", "https://"),
            (b"Acme Six,,,,03/04/2026", "effective_from", "2026-03-14"),
            (b"\"Acme\r\nBcc: x@example.com\",,,,", "name", "line break"),
            (b"Acme Seven,,,", "row", "4 cells"),
        ];
        let mut text = b"name,purpose,country_code_if_clear,website,effective_from\r\n".to_vec();
        for (row, ..) in rows {
            text.extend_from_slice(row);
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(format!("{long},,,,\r\nGood Ltd,hosting,DE,https://good.example,2026-01-02\r\n").as_bytes());
        let found = doubts(&desk, &text);
        let mut line = 2;
        for (row, field, way_out) in rows {
            let row_text = String::from_utf8_lossy(row);
            let at = found.iter().find(|(l, ..)| *l == line).unwrap_or_else(|| panic!("line {line}: {row_text}"));
            assert_eq!(at.1, field, "{row_text}");
            assert!(at.2.contains(way_out), "{row_text}: {}", at.2);
            line += 1 + row.iter().filter(|b| **b == b'\n').count() as u64;
        }
        assert!(found.iter().any(|(l, f, why)| *l == line && f == "name" && why.contains("10000")));
        let done = take(&desk, text);
        // The good one, and those whose doubt is about one fact.
        assert_eq!(done.preview.rows_taken, 7);
        assert_eq!(listed(&desk).len(), 7);
        let good = one(&desk, "Good Ltd").entry;
        assert_eq!(good.effective_from.map(|d| d.to_string()).as_deref(), Some("2026-01-02"));
        nothing_is_sent(&desk);
    }

    fn a_header_that_names_no_name_is_refused_and_an_unknown_column_is_named(backend: Backend) {
        let desk = Desk::on(backend);
        let refused = import(&desk, "vendor,purpose\nAcme Ltd,hosting\n").unwrap_err().to_string();
        assert!(refused.contains("“name”") && refused.contains("vendor,purpose"), "{refused}");
        for (bytes, word) in [
            (&b""[..], "empty"),
            (b"\xFF\xFEn\0a\0m\0e\0", "UTF-16"),
            (b"PK\x03\x04....", "spreadsheet"),
            (b"name,purpose\n", "no rows"),
        ] {
            let refused = import(&desk, bytes).unwrap_err().to_string();
            assert!(refused.contains(word), "{refused}");
        }
        let found = doubts(&desk, b"\xEF\xBB\xBFname,colour\nAcme Ltd,red\n");
        assert_eq!((found[0].0, found[0].1.as_str()), (1, "header"));
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM change"), 0);
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM audit_event"), 0);
    }

    fn missing_facts_are_no_doubt(backend: Backend) {
        let desk = Desk::on(backend);
        let shown = preview(&desk, "name\nAcme Ltd\n");
        assert!(shown.doubts.is_empty());
        assert!(shown.missing_columns.contains(&"website"));
        assert_eq!(told(&shown), ["added Acme Ltd material"]);
    }

    fn markup_in_a_name_is_text(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, "name,purpose\n<script>alert(1)</script>,<b>hosting</b>\n");
        let list = desk.list();
        assert_eq!(list.entries[0].vendor.name, "<script>alert(1)</script>");
        assert!(!list.entries[0].slug.contains('<'));
    }

    fn repeated_and_contradicting_rows_wait(backend: Backend) {
        let desk = Desk::on(backend);
        let text = "name,purpose,entity_country\nAcme Ltd,hosting,DE\nACME,hosting,DE\nAcme Ltd.,hosting,FR\nAcme Ltd,help desk,DE\n";
        let shown = preview(&desk, text);
        let lines: Vec<u64> = shown.doubts.iter().map(|d| d.line).collect();
        assert_eq!((lines, shown.rows_taken), (vec![3, 4], 2));
        assert!(shown.doubts[0].why.contains("Repeats line 2"), "{}", shown.doubts[0]);
        take(&desk, text);
        let lines = listed(&desk);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].entry.vendor_id, lines[1].entry.vendor_id);
    }

    fn nobody_leaves_whom_a_doubtful_row_may_mean(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, "name,purpose\nOpenMetal,hosting\nZoho,CRM\nStripe,payments\n");
        let two = preview(&desk, "name,purpose\nDigital Realty + OpenMetal,hosting\nStripe,payments\n");
        assert_eq!(told(&two), ["removed Zoho informational"]);
        let kept = two.doubts.iter().find(|d| d.value == "OpenMetal").unwrap();
        assert!(kept.line == 2 && kept.why.contains("stay"), "{kept}");
        let nameless = preview(&desk, "name,purpose\n,hosting\nStripe,payments\n");
        assert!(nameless.items.is_empty());
        assert!(nameless.doubts.iter().any(|d| d.value == "OpenMetal, Zoho"), "{:?}", nameless.doubts);
        let unread = desk
            .run(import_list::preview(
                &desk.state,
                &desk.editor,
                b"name,purpose\nZ\xF6ho,CRM\nStripe,payments\nOpenMetal,hosting\n".to_vec(),
                Options::default(),
            ))
            .unwrap();
        assert!(unread.items.is_empty(), "{:?}", told(&unread));
    }

    fn a_name_that_may_be_two_of_ours_waits(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, "name,purpose\nAcme Inc,hosting\nOther,hosting\n");
        let mut draft = desk.new_entry("Acme GmbH");
        draft.engagement.purposes[0].text = "hosting in Germany".into();
        let change = desk.begin("Add a second Acme", None);
        carry(&desk, &desk.put(&change, draft));
        let shown = preview(&desk, "name,purpose\nAcme,hosting\nOther,hosting\n");
        assert!(shown.items.is_empty(), "{:?}", told(&shown));
        assert!(shown.doubts[0].why.contains("Acme Inc"), "{:?}", shown.doubts);
    }
}
