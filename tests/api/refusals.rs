use serde_json::json;
use subprocessors::domain::access::{Permission, Role};

use super::{etag, example, program, token, token_with};
use crate::support::world::World;

on_both! {
    fn no_token_or_a_wrong_one_opens_nothing(app) {
        let world = World::of(&app);
        let good = token(&world, Role::Admin);
        for wrong in ["", "sp_wrong", &good[..good.len() - 1], "Basic"] {
            let page = program(&app, wrong).get("/api/v1/changes").expect(401);
            assert_eq!(page.header("content-type"), Some("application/problem+json"), "{page}");
            assert_eq!(page.header("www-authenticate"), Some("Bearer"));
        }
        app.browser().get("/api/v1/changes").expect(401);
        app.browser().get("/api/v1/openapi.json").expect(200);
        program(&app, &good).get("/api/v1/changes").expect(200);
    }

    fn a_token_never_does_more_than_its_scopes(app) {
        let world = World::of(&app);
        let mut reader = program(&app, &token_with(&world, Role::Admin, vec![Permission::Read]));
        reader.get("/api/v1/deliveries").expect(200);
        reader.json("POST", "/api/v1/changes", &json!({ "title": "No" })).expect(403);
        reader.json("PUT", "/api/v1/sending", &json!({ "paused": true })).expect(403);
        let mut writer = program(&app, &token_with(&world, Role::Admin, vec![Permission::Write]));
        writer.get("/api/v1/subscriptions").expect(403);
        let mut admin = program(&app, &token(&world, Role::Admin));
        assert_eq!(admin.json("PUT", "/api/v1/sending", &json!({ "paused": true })).expect(200).json()["paused"], true);
        assert_eq!(admin.json("PUT", "/api/v1/sending", &json!({ "paused": false })).expect(200).json()["paused"], false);
    }

    fn bad_input_is_told_by_field_and_nothing_is_stored(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        let page = editor.json("POST", "/api/v1/changes", &json!({ "title": "Add" })).expect(201);
        let (path, tag) = (page.header("location").unwrap().to_owned(), etag(&page));
        let with = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut item = example("Example GmbH");
            change(&mut item);
            item
        };
        let cases = [
            ("vendor.name", with(&|i| i["vendor"]["name"] = json!(""))),
            ("vendor.name", with(&|i| i["vendor"]["name"] = json!("x".repeat(10_000)))),
            ("vendor.name", with(&|i| i["vendor"]["name"] = json!("Evil\r\nBcc: all@example.com"))),
            ("vendor.websiet", with(&|i| i["vendor"]["websiet"] = json!("https://example.com"))),
            ("vendor.website", with(&|i| i["vendor"]["website"] = json!("javascript:alert(1)"))),
            ("vendor", with(&|i| i["vendor"]["seat"] = json!("UK"))),
            ("purposes", with(&|i| i["engagement"]["purposes"] = json!([]))),
            ("engagement", with(&|i| i["engagement"]["group"] = json!("kernel"))),
        ];
        for (field, body) in cases {
            let page = editor.json_with("POST", &format!("{path}/items"), &[("if-match", &tag)], &body).expect(422);
            assert_eq!(page.json()["errors"][0]["field"], field, "{page}");
        }
        for body in ["{", "[]", "{\"title\": 5}", "{\"title\":\"a\",\"colour\":\"b\"}"] {
            let kind = [("content-type", "application/json")];
            editor.send(reqwest::Method::POST, "/api/v1/changes", &kind, body.into()).expect(400);
        }
        for path in ["/api/v1/changes/nonsense", "/api/v1/changes/01890a5d-ac96-774b-bcce-b302099a8057", "/api/v1/versions/x", "/api/v1/nothing"] {
            let page = editor.get(path).expect(404);
            assert_eq!(page.header("content-type"), Some("application/problem+json"), "{page}");
        }
        for query in ["limit=0", "limit=x", "after=x", "state=x", "colour=red"] {
            editor.get(&format!("/api/v1/engagements?{query}")).expect(400);
        }
        assert_eq!(etag(&editor.get(&path).expect(200)), tag, "nothing was stored");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM change"), 1);
    }
}
