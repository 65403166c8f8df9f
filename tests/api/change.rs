use jiff::ToSpan;
use serde_json::{Value, json};
use subprocessors::domain::access::Role;
use subprocessors::domain::canonical::sha256_hex;

use super::{etag, example, program, put_on_record, token};
use crate::support::world::World;

on_both! {
    fn a_change_goes_from_draft_to_announcement_by_two_tokens(app) {
        let world = World::of(&app);
        let (mut editor, mut approver) = (program(&app, &token(&world, Role::Editor)), program(&app, &token(&world, Role::Approver)));
        let day = app.now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date().saturating_add(45.days()).to_string();
        let page = editor.json("POST", "/api/v1/changes", &json!({ "title": "Add Example GmbH", "effective_on": day })).expect(201);
        let path = page.header("location").unwrap().to_owned();
        let page = editor.json_with("POST", &format!("{path}/items"), &[("if-match", &etag(&page))], &example("Example GmbH")).expect(200);
        assert_eq!(page.json()["class"], "material");
        let missing: Vec<Value> = page.json()["blocks"].as_array().unwrap().iter().map(|b| b["record"]["kind"].clone()).collect();
        assert_eq!(missing, ["vetting", "contract"]);
        put_on_record(&mut approver, &page.json());
        assert_eq!(editor.get(&path).expect(200).json()["blocks"], json!([]));
        let submitted = editor.json_with("POST", &format!("{path}/submit"), &[("if-match", &etag(&page))], &json!({})).expect(200);
        editor.json_with("POST", &format!("{path}/approve"), &[("if-match", &etag(&submitted))], &json!({})).expect(403);
        let done = approver.json_with("POST", &format!("{path}/approve"), &[("if-match", &etag(&submitted))], &json!({})).expect(200);
        assert_eq!(done.json()["state"], "announced");
        let number = done.json()["notice"].as_str().unwrap().to_owned();

        let notice = editor.get(&format!("/api/v1/notices/{number}")).expect(200).json();
        assert_eq!(notice["public"]["items"][0]["name"], "Example GmbH");
        let listed = editor.get("/api/v1/engagements?state=announced").expect(200).json();
        assert_eq!(listed["data"][0]["vendor"]["name"], "Example GmbH");
        let audit = editor.get("/api/v1/audit?limit=200").expect(200).json();
        let actions: Vec<&str> = audit["data"].as_array().unwrap().iter().map(|e| e["action"].as_str().unwrap()).collect();
        for action in ["change.started", "change.entry_put", "change.submitted", "change.approved", "change.announced"] {
            assert!(actions.contains(&action), "{action} in {actions:?}");
        }
        let all = audit["data"].as_array().unwrap();
        let started = all.iter().find(|e| e["action"] == "change.started").unwrap();
        let kept = &started["texts"]["/title"];
        let digest = sha256_hex(format!("{}{}", kept["salt"].as_str().unwrap(), kept["text"].as_str().unwrap()).as_bytes());
        assert_eq!(started["detail"]["title"], format!("sha256:{digest}"));
        app.database.execute("DELETE FROM audit_text");
        let audit = editor.get("/api/v1/audit?limit=200").expect(200).json();
        let erased = audit["data"].as_array().unwrap().iter().find(|e| e["action"] == "change.started").unwrap();
        assert_eq!((&erased["texts"], &erased["hash"]), (&json!({ "/title": null }), &started["hash"]));
    }

    fn a_lost_update_is_told_and_nothing_is_stored(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        let page = editor.json("POST", "/api/v1/changes", &json!({ "title": "Add" })).expect(201);
        let path = page.header("location").unwrap().to_owned();
        let first = etag(&page);
        let theirs = editor.json_with("POST", &format!("{path}/items"), &[("if-match", &first)], &example("One GmbH")).expect(200);
        let stale = editor.json_with("POST", &format!("{path}/items"), &[("if-match", &first)], &example("Two GmbH")).expect(412);
        assert_eq!(stale.json()["type"], "urn:subprocessors:problem:stale");
        let now = editor.get(&path).expect(200);
        assert_eq!((etag(&now), now.json()["items"].as_array().unwrap().len()), (etag(&theirs), 1));
        editor.json("POST", &format!("{path}/submit"), &json!({})).expect(400);
    }

    fn lists_come_in_pages_that_add_up(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        for n in 1..=5 {
            editor.json("POST", "/api/v1/changes", &json!({ "title": format!("Change {n}") })).expect(201);
        }
        let (mut path, mut seen) = ("/api/v1/changes?limit=2".to_owned(), Vec::new());
        loop {
            let page = editor.get(&path).expect(200);
            seen.extend(page.json()["data"].as_array().unwrap().iter().map(|c| c["number"].as_str().unwrap().to_owned()));
            let Some(link) = page.header("link") else { break };
            path = link.split(['<', '>']).nth(1).unwrap().to_owned();
        }
        assert_eq!(seen, ["C-5", "C-4", "C-3", "C-2", "C-1"]);
    }
}

on_both! {
    fn a_list_sent_as_a_file_becomes_the_first_draft_and_tells_nobody(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        let list = include_str!("../lists/datum/2026-06-09.csv");
        let kind = [("content-type", "text/csv")];
        let send = |editor: &mut crate::support::Browser, query: &str| {
            editor.send(reqwest::Method::POST, &format!("/api/v1/imports{query}"), &kind, list.into())
        };
        let dry = send(&mut editor, "?dry_run=true").expect(200).json();
        assert_eq!((dry["items"].as_array().unwrap().len(), &dry["change"]), (6, &json!(null)));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM change"), 0);
        let made = send(&mut editor, "").expect(201).json();
        assert_eq!((&made["change"]["kind"], &made["baseline"]), (&json!("baseline"), &json!(true)));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery"), 0);
    }
}
