use serde_json::json;
use subprocessors::actions::staff::revoke_token;
use subprocessors::domain::access::Role;

use super::{example, operator, program, token};
use crate::support::world::World;

on_both! {
    fn the_same_post_with_the_same_key_happens_once(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        let body = json!({ "title": "Once" });
        let key = [("idempotency-key", "6f1c")];
        let first = editor.json_with("POST", "/api/v1/changes", &key, &body).expect(201);
        let again = editor.json_with("POST", "/api/v1/changes", &key, &body).expect(201);
        assert_eq!(first.body, again.body);
        assert_eq!((first.header("location"), again.header("idempotency-replayed")), (again.header("location"), Some("true")));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM change"), 1);

        let other = editor.json_with("POST", "/api/v1/changes", &key, &json!({ "title": "Twice" })).expect(422);
        assert!(other.text().contains("another request"), "{other}");
        let mut colleague = program(&app, &token(&world, Role::Editor));
        colleague.json_with("POST", "/api/v1/changes", &key, &body).expect(201);
    }

    fn a_refused_post_leaves_its_key_free(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        let key = [("idempotency-key", "a")];
        editor.json_with("POST", "/api/v1/changes", &key, &json!({ "title": "" })).expect(422);
        editor.json_with("POST", "/api/v1/changes", &key, &json!({ "title": "Now with a title" })).expect(201);
    }

    fn a_revoked_token_gets_no_kept_answer(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        let (key, body) = ([("idempotency-key", "a")], json!({ "title": "Secret plans" }));
        editor.json_with("POST", "/api/v1/changes", &key, &body).expect(201);
        let operator = operator(&world);
        let all = world.state.db.read_blocking(subprocessors::db::token::all).unwrap();
        world.wait(revoke_token(&world.state, &operator, all[0].id)).unwrap();
        editor.json_with("POST", "/api/v1/changes", &key, &body).expect(401);
    }

    fn members_left_out_of_a_known_line_stay_as_they_are(app) {
        let world = World::of(&app);
        let mut editor = program(&app, &token(&world, Role::Editor));
        let page = editor.json("POST", "/api/v1/changes", &json!({ "title": "Add" })).expect(201);
        let path = page.header("location").unwrap().to_owned();
        let tag = |page: &crate::support::Page| page.header("etag").unwrap().to_owned();
        let mut item = example("Hidden GmbH");
        item["engagement"]["visibility"] = json!("nda");
        let page = editor.json_with("POST", &format!("{path}/items"), &[("if-match", &tag(&page))], &item).expect(200);
        let edit = json!({ "entry_id": page.json()["items"][0]["entry_id"], "engagement": { "retention": "30 days" } });
        let page = editor.json_with("POST", &format!("{path}/items"), &[("if-match", &tag(&page))], &edit).expect(200);
        let after = page.json()["items"][0]["after"]["engagement"].clone();
        assert_eq!((&after["visibility"], &after["retention"]), (&json!("nda"), &json!("30 days")));
    }
}
