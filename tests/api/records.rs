//! Records by API: listed, made, corrected against a revision, and refused by field.

use serde_json::{Value, json};
use subprocessors::domain::access::Role;

use super::{etag, example, program, put_on_record, token};
use crate::support::{Browser, Page, world::World};

/// A draft of one new line: where its records are, of the vendor and of the engagement.
fn drafted(editor: &mut Browser) -> (Page, String, String) {
    let page = editor.json("POST", "/api/v1/changes", &json!({ "title": "Add" })).expect(201);
    let path = page.header("location").unwrap().to_owned();
    let sent = example("Example GmbH");
    let page =
        editor.json_with("POST", &format!("{path}/items"), &[("if-match", &etag(&page))], &sent).expect(200);
    let line = page.json()["items"][0]["after"].clone();
    let at = |kind: &str, id: &Value| format!("/api/v1/{kind}/{}", id.as_str().unwrap());
    (page, at("vendors", &line["vendor_id"]), at("engagements", &line["id"]))
}

on_both! {
    fn a_record_is_listed_and_corrected_by_whoever_saw_its_last_state(app) {
        let world = World::of(&app);
        let (mut editor, mut approver) = (program(&app, &token(&world, Role::Editor)), program(&app, &token(&world, Role::Approver)));
        let (page, vendor, engagement) = drafted(&mut editor);
        put_on_record(&mut approver, &page.json());
        let listed = editor.get(&format!("{vendor}/contracts")).expect(200).json();
        assert_eq!((listed["data"][0]["kind"].as_str(), listed["data"][0]["revision"].as_i64()), (Some("dpa"), Some(1)));
        let one = format!("{vendor}/contracts/{}", listed["data"][0]["id"].as_str().unwrap());
        let ended = json!({ "kind": "dpa", "signed_on": "2026-01-12", "ends_on": "2026-02-01", "flow_down": true });
        let saved = editor.json_with("PUT", &one, &[("if-match", "\"r1\"")], &ended).expect(200);
        assert_eq!((etag(&saved).as_str(), saved.json()["ends_on"].as_str()), ("\"r2\"", Some("2026-02-01")));
        editor.json_with("PUT", &one, &[("if-match", "\"r1\"")], &ended).expect(412);
        let vettings = editor.get(&format!("{engagement}/vettings")).expect(200).json();
        assert_eq!(vettings["data"][0]["evidence"][0]["item"], "SOC 2 report");
        assert_eq!(editor.get(&format!("{engagement}/assessments")).expect(200).json()["data"], json!([]));
        let tia = json!({
            "jurisdiction": "EU", "destination": "US", "mechanism": "scc", "outcome": "adequate", "summary": "Encrypted",
            "assessed_on": "2026-01-12", "review_by": "2027-01-12",
        });
        let made = editor.json("POST", &format!("{engagement}/assessments"), &tia).expect(201).json();
        let one = format!("{engagement}/assessments/{}", made["id"].as_str().unwrap());
        editor.json_with("PUT", &one, &[("if-match", "\"r1\"")], &tia).expect(200);
        let audit = editor.get("/api/v1/audit?limit=200").expect(200).json();
        let done: Vec<&str> = audit["data"].as_array().unwrap().iter().map(|e| e["action"].as_str().unwrap()).collect();
        for action in ["contract.recorded", "contract.corrected", "vetting.recorded", "assessment.recorded", "assessment.corrected"] {
            assert!(done.contains(&action), "{action} in {done:?}");
        }
    }

    fn each_wrong_member_is_named_and_nothing_is_stored(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        let (_, vendor, engagement) = drafted(&mut editor);
        let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
        for (path, sent, wrong) in [
            (format!("{vendor}/contracts"), json!({}), vec!["kind", "signed_on"]),
            (format!("{vendor}/contracts"), json!({ "kind": "dpa", "signed_on": "2999-01-01", "file_sha256": "x" }), vec!["signed_on", "effective_on", "file_sha256"]),
            (format!("{engagement}/vettings"), json!({ "kind": "initial", "risk": "low", "result": "approved", "decided_on": "2026-01-10", "valid_until": "2026-01-09" }), vec!["evidence", "valid_until", "approver"]),
            (format!("{engagement}/assessments"), json!({ "jurisdiction": "EU" }), vec!["destination", "mechanism", "outcome", "summary", "assessed_on", "review_by"]),
        ] {
            let told = editor.json("POST", &path, &sent).expect(422).json();
            let fields: Vec<&str> = told["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
            assert_eq!(fields, wrong, "{path}: {told}");
        }
        editor.json("POST", &format!("{vendor}/contracts"), &json!({ "kind": "handshake", "signed_on": "2026-01-12" })).expect(400);
        editor.json("POST", &format!("{vendor}/contracts"), &json!({ "kind": "dpa", "singed_on": "2026-01-12" })).expect(400);
        for path in [format!("/api/v1/vendors/{nobody}/contracts"), format!("/api/v1/engagements/{nobody}/vettings")] {
            editor.get(&path).expect(404);
        }
        for table in ["vendor_contract", "vetting_record", "transfer_assessment"] {
            assert_eq!(app.database.number(&format!("SELECT count(*) AS n FROM {table}")), 0, "{table}");
        }
    }
}
