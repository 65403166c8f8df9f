use serde_json::{Value, json};
use subprocessors::domain::access::Role;

use crate::api::{etag, program, token};
use crate::support::{Browser, Page, world::World};

/// Sends JSON with the `ETag` of what was read last.
fn send(program: &mut Browser, method: &str, path: &str, seen: &Page, body: &Value) -> Page {
    program.json_with(method, path, &[("if-match", &etag(seen))], body)
}

on_both! {
    fn a_program_enters_a_client_with_contacts_and_agreement(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        let dpa = json!({ "name": "Standard DPA", "authorisation": "general", "days": 30, "objection_days": 14, "silence": "accepts", "terms": { "clause": "section 5" } });
        let dpa = editor.json("POST", "/api/v1/dpas", &dpa).expect(201).json();
        assert_eq!((&dpa["standard"], &dpa["terms"]["clause"], &dpa["terms"]["rules"][0]["period"]["days"]), (&json!(true), &json!("section 5"), &json!(30)));
        let new = json!({ "reference": "C-1", "name": "Client One", "facts": { "time_zone": "Asia/Tokyo" } });
        let key = [("idempotency-key", "once")];
        let client = editor.json_with("POST", "/api/v1/clients", &key, &new).expect(201);
        let again = editor.json_with("POST", "/api/v1/clients", &key, &new).expect(201);
        assert_eq!((client.json(), again.header("idempotency-replayed")), (again.json(), Some("true")));
        let at = client.header("location").unwrap().to_owned();
        let with = send(&mut editor, "POST", &format!("{at}/contacts"), &client, &json!({ "email": "dpo@client.example" })).expect(201);
        send(&mut editor, "POST", &format!("{at}/contacts"), &client, &json!({ "email": "b@client.example" })).expect(412);
        let with = send(&mut editor, "POST", &format!("{at}/contacts"), &with, &json!({ "email": "b@client.example", "role": "fallback" })).expect(201);
        let contact = with.header("location").unwrap().to_owned();
        let moved = send(&mut editor, "POST", &format!("{contact}/move"), &with, &json!({ "to": "up" })).expect(200);
        assert_eq!(moved.json()["contacts"][0]["email"], "b@client.example");
        let ended = editor.send(reqwest::Method::DELETE, &contact, &[("if-match", &etag(&moved))], Vec::new()).expect(200);
        assert_eq!(ended.json()["contacts"][0]["state"], "ended", "kept for the proof");
        let saved = send(&mut editor, "PATCH", &at, &ended, &json!({ "facts": { "language": "de" } })).expect(200).json();
        assert_eq!((&saved["facts"]["language"], &saved["facts"]["time_zone"]), (&json!("de"), &json!("Asia/Tokyo")));

        let agreement = json!({ "dpa_id": dpa["id"], "effective_on": "2026-01-01", "overrides": { "period": { "days": 60, "counting": "calendar" } } });
        let agreement = editor.json("POST", &format!("{at}/agreements"), &agreement).expect(201);
        let path = agreement.header("location").unwrap().to_owned();
        let corrected = send(&mut editor, "PATCH", &path, &agreement, &json!({ "signed_on": "2025-12-20" })).expect(200);
        assert_eq!(corrected.json()["overrides"]["period"]["days"], 60, "left out stays");
        let ended = send(&mut editor, "POST", &format!("{path}/end"), &corrected, &json!({ "ended_on": "2026-12-31" })).expect(200);
        let open = send(&mut editor, "PATCH", &path, &ended, &json!({ "ended_on": null })).expect(200).json();
        assert_eq!(open["ended_on"], Value::Null);
        assert_eq!(editor.get(&format!("{at}/agreements")).expect(200).json()["data"].as_array().unwrap().len(), 1);
        let found = editor.get("/api/v1/clients?reference=C-1").expect(200).json();
        assert_eq!(found["data"][0]["name"], "Client One");
    }

    fn clients_come_in_pages(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        for n in 1..=3 {
            editor.json("POST", "/api/v1/clients", &json!({ "reference": format!("C-{n}"), "name": format!("Client {n}") })).expect(201);
        }
        let first = editor.get("/api/v1/clients?limit=2&q=client").expect(200);
        let next = first.header("link").unwrap().to_owned();
        let next = next.split(['<', '>']).nth(1).unwrap();
        let second = editor.get(next).expect(200);
        let names = |page: &Page| page.json()["data"].as_array().unwrap().iter().map(|c| c["reference"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!([names(&first), names(&second)].concat(), ["C-1", "C-2", "C-3"]);
        assert_eq!(second.header("link"), None);
    }

    fn bad_input_is_told_by_field(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        let dpa = |more: Value| {
            let mut body = json!({ "name": "DPA", "authorisation": "general", "days": 30, "objection_days": 30, "silence": "accepts" });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let rule = json!([{ "vendors": ["third_party"], "period": { "days": 30, "counting": "calendar" }, "start": "sent" }]);
        for (field, body) in [
            ("rules", dpa(json!({ "terms": { "rules": rule } }))),
            ("silence", dpa(json!({ "authorisation": "specific" }))),
            ("terms.clauze", dpa(json!({ "terms": { "clauze": "5" } }))),
            ("name", dpa(json!({ "name": " " }))),
        ] {
            let page = editor.json("POST", "/api/v1/dpas", &body).expect(422);
            assert_eq!(page.json()["errors"][0]["field"], field, "{page}");
        }
        assert_eq!(app.database.number("SELECT count(*) AS n FROM dpa_version"), 0);
        let standard = editor.json("POST", "/api/v1/dpas", &dpa(json!({}))).expect(201);
        let client = editor.json("POST", "/api/v1/clients", &json!({ "reference": "C-1", "name": "Client One" })).expect(201);
        let at = client.header("location").unwrap().to_owned();
        for (field, body) in [
            ("reference", json!({ "reference": "C-1", "name": "Other" })),
            ("time_zone", json!({ "reference": "C-2", "name": "Other", "facts": { "time_zone": "Mars" } })),
        ] {
            let page = editor.json("POST", "/api/v1/clients", &body).expect(422);
            assert_eq!(page.json()["errors"][0]["field"], field, "{page}");
        }
        let sign = |days: Value| {
            let mut body = json!({ "dpa_id": standard.json()["id"], "effective_on": "2026-01-01" });
            body.as_object_mut().unwrap().extend(days.as_object().unwrap().clone());
            body
        };
        editor.json("POST", &format!("{at}/agreements"), &sign(json!({}))).expect(201);
        for (field, body) in [
            ("effective_on", sign(json!({ "effective_on": "2026-02-01" }))),
            ("signed_on", sign(json!({ "effective_on": "2020-02-01", "ended_on": "2020-12-31", "signed_on": "2020-03-01" }))),
            ("overrides.period.days", sign(json!({ "effective_on": "2020-02-01", "ended_on": "2020-12-31", "overrides": { "period": { "days": 5000, "counting": "calendar" } } }))),
        ] {
            let page = editor.json("POST", &format!("{at}/agreements"), &body).expect(422);
            assert_eq!(page.json()["errors"][0]["field"], field, "{page}");
        }
        let changed = json!({ "terms": { "silence": "refuses" } });
        let page = send(&mut editor, "PATCH", standard.header("location").unwrap(), &standard, &changed).expect(422);
        assert_eq!(page.json()["errors"][0]["field"], "amends", "{page}");
        let hold = json!({ "engagement_id": client.json()["id"], "reason": "They asked" });
        let page = editor.json("POST", &format!("{at}/hold-outs"), &hold).expect(422);
        assert_eq!(page.json()["errors"][0]["field"], "engagement_id", "{page}");
        assert_eq!(editor.get(&format!("{at}/hold-outs")).expect(200).json()["data"], json!([]));
    }
}
