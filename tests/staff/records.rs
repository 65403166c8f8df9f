//! What must be on record, as staff put it there.

use super::people::*;

on_both! {
    fn a_draft_leads_to_each_record_it_lacks(app) {
        let (mut editor, mut approver) = (hire(&app, "ed", "editor"), hire(&app, "ann", "approver"));
        let page = draft(&mut editor, "Example GmbH");
        assert!(page.says("Nothing stands in the way") && page.says("It is on record"), "{page}");
        let records = page.attributes("a[href$='/records']", "href").remove(0);
        let shown = approver.get(&records).expect(200);
        for part in ["Data processing agreement", "flow-down", "Evidence: SOC 2 report", "decided 10 January 2026 by", "valid to 10 January 2036"] {
            assert!(shown.says(part), "{part}: {shown}");
        }
    }

    fn a_form_names_what_is_wrong_and_keeps_what_was_typed(app) {
        let mut editor = hire(&app, "ed", "editor");
        let page = draft(&mut editor, "Example GmbH");
        let at = page.attributes("a[href$='/records']", "href").remove(0).replace("/records", "");
        for (kind, fields, wrong) in [
            ("contracts", vec![("kind", "dpa"), ("signed_on", "2999-01-01"), ("note", "in the safe")], "signed_on"),
            ("contracts", vec![("kind", "dpa"), ("signed_on", "03/04/2026"), ("note", "in the safe")], "signed_on"),
            ("contracts", vec![("kind", "dpa"), ("signed_on", "2026-01-02"), ("ends_on", "2026-01-01"), ("note", "in the safe")], "ends_on"),
            ("vettings", vec![("result", "approved"), ("risk", "low"), ("conditions", "in the safe")], "evidence"),
            ("assessments", vec![("destination", "Atlantis"), ("summary", "in the safe")], "destination"),
        ] {
            let form = editor.get(&format!("{at}/{kind}/new")).expect(200);
            let back = editor.submit(&form, &format!("form[action$='/{kind}/new']"), &fields).expect(422);
            assert_eq!(back.all(&format!("#e-f-{wrong}, #f-{wrong}.bad .error")).len(), 1, "{kind} {wrong}: {back}");
            assert!(back.to_string().contains("in the safe"), "{back}");
        }
        assert_eq!(app.database.number("SELECT count(*) AS n FROM transfer_assessment"), 0);
        editor.get("/staff/entries/018f3f6e-0000-7000-8000-000000000000/contracts/new").expect(404);
    }

    fn a_contract_is_ended_by_its_last_day_and_a_stale_form_stores_nothing(app) {
        let mut editor = hire(&app, "ed", "editor");
        let page = draft(&mut editor, "Example GmbH");
        let records = page.attributes("a[href$='/records']", "href").remove(0);
        let one = editor.get(&records).expect(200).attributes("a[href*='/contracts/']", "href").remove(0);
        let (first, second) = (editor.get(&one).expect(200), editor.get(&one).expect(200));
        let form = "form[action*='/contracts/']";
        let page = editor.submit(&first, form, &[("ends_on", "2026-02-01")]).expect(200);
        assert!(page.says("ended 1 February 2026"), "{page}");
        editor.submit(&second, form, &[("ends_on", "")]).expect(409);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM vendor_contract WHERE ends_on = '2026-02-01'"), 1);
    }

    fn a_signed_file_leaves_its_hash_and_nothing_else(app) {
        let mut editor = hire(&app, "ed", "editor");
        let page = draft(&mut editor, "Example GmbH");
        let at = page.attributes("a[href$='/records']", "href").remove(0).replace("/records", "/contracts/new");
        let token = csrf(&mut editor);
        let part = |name: &str, value: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        let mut body = [part("csrf", &token), part("kind", "scc"), part("signed_on", "2026-01-12"), part("file_sha256", "")].concat().into_bytes();
        body.extend(b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"dpa.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\xff\xfe\r\n--b--\r\n");
        editor.send(reqwest::Method::POST, &at, &[("content-type", "multipart/form-data; boundary=b")], body).expect(303);
        let hash = subprocessors::domain::canonical::sha256_hex(b"%PDF\xff\xfe");
        assert_eq!(app.database.number(&format!("SELECT count(*) AS n FROM vendor_contract WHERE file_sha256 = '{hash}'")), 1);
    }
}
