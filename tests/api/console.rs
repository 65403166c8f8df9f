//! What the console shows, for programs: history, mail, doubts, statements, what waits; and
//! what is sent to us, by kind and size.

use reqwest::Method;
use serde_json::json;
use subprocessors::domain::access::Role;

use super::{etag, example, program, put_on_record, token};
use crate::support::world::World;

on_both! {
    fn the_mail_before_and_the_history_after_an_announcement_can_be_read(app) {
        let world = World::of(&app);
        let (mut editor, mut approver) = (program(&app, &token(&world, Role::Editor)), program(&app, &token(&world, Role::Approver)));
        let page = editor.json("POST", "/api/v1/changes", &json!({ "title": "Add", "effective_on": "2035-03-30" })).expect(201);
        let path = page.header("location").unwrap().to_owned();
        let page = editor.json_with("POST", &format!("{path}/items"), &[("if-match", &etag(&page))], &example("Example GmbH")).expect(200);
        let entry = page.json()["items"][0]["entry_id"].as_str().unwrap().to_owned();
        put_on_record(&mut approver, &page.json());
        let said = json!({ "statements": ["We use no others."] });
        let page = editor.json_with("PUT", &format!("{path}/statements"), &[("if-match", &etag(&page))], &said).expect(200);
        let mail = editor.get(&format!("{path}/mail")).expect(200).json();
        for part in ["subject", "text", "html"] {
            assert!(mail[part].as_str().unwrap().contains("Example GmbH"), "{part}: {mail}");
        }
        let history = format!("/api/v1/engagements/{entry}/history");
        editor.get(&history).expect(404);
        assert_eq!(editor.get("/api/v1/statements").expect(200).json(), json!({ "list_version": 0, "statements": [] }));

        let submitted = editor.json_with("POST", &format!("{path}/submit"), &[("if-match", &etag(&page))], &json!({})).expect(200);
        let done = approver.json_with("POST", &format!("{path}/approve"), &[("if-match", &etag(&submitted))], &json!({})).expect(200).json();
        let history = editor.get(&history).expect(200).json();
        assert_eq!(history["published"][0]["notice"], done["notice"]);
        assert_eq!(history["published"][0]["item"]["operation"], "added");
        assert_eq!(history["open"][0]["id"], done["id"]);
        let listed = editor.get("/api/v1/statements").expect(200).json();
        assert_eq!(listed, json!({ "list_version": 1, "statements": [] }), "not in force before its day");
        for (query, found) in [("vetting=approved", 1), ("vetting=overdue", 0), ("product=Any", 1), ("vetting=approved&state=retired", 0)] {
            let lines = editor.get(&format!("/api/v1/engagements?{query}")).expect(200).json();
            assert_eq!(lines["data"].as_array().unwrap().len(), found, "{query}");
        }
    }

    fn what_an_import_left_out_stands_with_its_change(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        let list = "name,purpose\nExample GmbH,Hosting\n,Backups\n";
        let page = editor.send(Method::POST, "/api/v1/imports", &[("content-type", "text/csv")], list.into()).expect(201);
        let path = page.header("location").unwrap().to_owned();
        let doubts = editor.get(&format!("{path}/doubts")).expect(200).json();
        assert_eq!(doubts["data"][0]["line"], 3, "{doubts}");
        editor.get("/api/v1/changes/01890a5d-ac96-774b-bcce-b302099a8057/doubts").expect(404);
    }

    fn what_waits_is_counted_where_sending_is_paused(app) {
        let world = World::of(&app);
        let mut admin = program(&app, &token(&world, Role::Admin));
        let sending = admin.json("PUT", "/api/v1/sending", &json!({ "paused": true })).expect(200).json();
        assert_eq!((&sending["paused"], &sending["deliveries"]["queued"]), (&json!(true), &json!(0)));
        let mut visitor = app.browser();
        let page = visitor.get("/subscribe").expect(200);
        visitor.submit(&page, "form[action='/subscribe']", &[("email", "reader@client.example")]);
        assert_eq!(admin.get("/api/v1/sending").expect(200).json()["deliveries"]["queued"], 1);
        let queued = admin.get("/api/v1/deliveries?state=queued&channel=email").expect(200).json();
        assert_eq!(queued["data"].as_array().unwrap().len(), 1);
        assert_eq!(admin.get("/api/v1/deliveries?channel=webhook").expect(200).json()["data"], json!([]));
    }

    fn a_list_may_be_as_large_as_on_the_page_and_other_bodies_may_not(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        let mut list = "name,purpose,note\n".to_owned();
        for n in 0..3_000 {
            list.push_str(&format!("Vendor number {n} GmbH,Hosting,{}\n", "x".repeat(400)));
        }
        assert!(list.len() > 1 << 20);
        for key in [None, Some("k")] {
            let mut headers = vec![("content-type", "text/csv")];
            headers.extend(key.map(|key| ("idempotency-key", key)));
            editor.send(Method::POST, "/api/v1/imports?dry_run=true", &headers, list.clone().into()).expect(200);
            let beyond = vec![b'x'; 4 * 1024 * 1024 + 1];
            let page = editor.send(Method::POST, "/api/v1/imports?dry_run=true", &headers, beyond).expect(413);
            assert!(page.says("4096 KB"), "{page}");
        }
        let title = json!({ "title": "x".repeat(300 * 1024) });
        let page = editor.json("POST", "/api/v1/changes", &title).expect(413);
        assert!(page.says("256 KB"), "{page}");
    }

    fn content_of_another_kind_is_refused_by_its_name(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        for (path, kind) in [("changes", "text/plain"), ("changes", "application/x-www-form-urlencoded"), ("imports", "application/json")] {
            let page = editor.send(Method::POST, &format!("/api/v1/{path}"), &[("content-type", kind)], b"{}".to_vec()).expect(415);
            assert!(page.header("content-type") == Some("application/problem+json") && page.says(kind), "{page}");
        }
        let kind = [("content-type", "application/json; charset=utf-8")];
        editor.send(Method::POST, "/api/v1/changes", &kind, b"{\"title\":\"Add\"}".to_vec()).expect(201);
        for query in ["staff?colour=red", "vendors?state=active", "notices?after=x", "changes?state=x"] {
            program(&app, &token(&world, Role::Admin)).get(&format!("/api/v1/{query}")).expect(400);
        }
    }
}
