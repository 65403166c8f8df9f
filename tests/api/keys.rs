use serde_json::json;
use subprocessors::domain::access::Role;

use super::{program, token};
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
}
