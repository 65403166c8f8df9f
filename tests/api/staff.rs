//! Staff and tokens: made, listed, taken back, and what a token may not give away.

use serde_json::json;
use subprocessors::actions::staff::create_token;
use subprocessors::domain::access::{Permission, Role};

use super::{operator, program, token, token_with};
use crate::support::world::World;

on_both! {
    fn somebody_is_added_let_in_and_shut_out_by_a_program(app) {
        let world = World::of(&app);
        let mut admin = program(&app, &token(&world, Role::Admin));
        let new = json!({ "name": "Ada Example", "email": "ada@acme.example", "role": "editor" });
        let page = admin.json("POST", "/api/v1/staff", &new).expect(201);
        let (at, made) = (page.header("location").unwrap().to_owned(), page.json());
        assert_eq!((&made["role"], &made["has_password"]), (&json!("editor"), &json!(false)));
        let link = made["link"]["url"].as_str().unwrap().to_owned();
        let mut ada = app.browser();
        let page = ada.get(&link).expect(200);
        ada.submit(&page, "form", &[("password", "three plain words"), ("again", "three plain words")]).expect(200);

        let shown = admin.get(&at).expect(200).json();
        assert_eq!((&shown["has_password"], shown.get("link")), (&json!(true), None));
        let list = admin.get("/api/v1/staff").expect(200);
        assert!(list.says("ada@acme.example") && !list.says("welcome"), "{list}");

        let role = admin.json("POST", &format!("{at}/role"), &json!({ "role": "approver" })).expect(200).json();
        assert_eq!(role["role"], "approver");
        let out = admin.json("POST", &format!("{at}/disable"), &json!({})).expect(200).json();
        assert!(out["disabled_at"].is_string(), "{out}");
        let back = admin.json("POST", &format!("{at}/reset"), &json!({})).expect(200).json();
        assert_eq!((&back["disabled_at"], &back["has_password"]), (&json!(null), &json!(false)));
        let fresh = back["link"]["url"].as_str().unwrap();
        assert_ne!(fresh, link);
        app.browser().get(fresh).expect(200);
    }

    fn what_is_wrong_with_a_person_is_told_by_field(app) {
        let world = World::of(&app);
        let mut admin = program(&app, &token(&world, Role::Admin));
        let good = json!({ "name": "Ada", "email": "ada@acme.example", "role": "viewer" });
        admin.json("POST", "/api/v1/staff", &good).expect(201);
        for (field, value) in [("name", ""), ("email", "nobody"), ("email", "ADA@acme.example"), ("role", "king")] {
            let mut bad = good.clone();
            bad["email"] = json!("new@acme.example");
            bad[field] = json!(value);
            let page = admin.json("POST", "/api/v1/staff", &bad).expect(422);
            assert_eq!(page.header("content-type"), Some("application/problem+json"));
            assert_eq!(page.json()["errors"][0]["field"], field, "{page}");
        }
        let me = admin.get("/api/v1/staff").expect(200).json()["data"][0]["id"].as_str().unwrap().to_owned();
        admin.json("POST", &format!("/api/v1/staff/{me}/disable"), &json!({})).expect(409);
        let page = admin.json("POST", &format!("/api/v1/staff/{me}/role"), &json!({ "role": "king" })).expect(422);
        assert_eq!(page.json()["errors"][0]["field"], "role");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM staff"), 3, "the first admin, the token's owner, Ada");
    }

    fn a_token_made_by_a_program_works_until_it_is_taken_back(app) {
        let world = World::of(&app);
        let mut admin = program(&app, &token(&world, Role::Admin));
        let wish = json!({ "name": "The pipeline", "scopes": ["write", "read"], "expires_on": "2099-12-31" });
        let page = admin.json("POST", "/api/v1/tokens", &wish).expect(201);
        let (at, made) = (page.header("location").unwrap().to_owned(), page.json());
        assert_eq!((&made["scopes"], page.header("cache-control")), (&json!(["read", "write"]), Some("no-store")));
        let secret = made["secret"].as_str().unwrap().to_owned();
        program(&app, &secret).json("POST", "/api/v1/changes", &json!({ "title": "By the pipeline" })).expect(201);
        program(&app, &secret).get("/api/v1/tokens").expect(403);

        for path in ["/api/v1/tokens", &at, "/api/v1/audit?limit=200"] {
            let page = admin.get(path).expect(200);
            assert!(page.says("pipeline") || path.contains("audit"), "{page}");
            assert!(!page.says(&secret) && !page.says("token_hash"), "{page}");
        }
        let gone = admin.json("POST", &format!("{at}/revoke"), &json!({})).expect(200).json();
        assert!(gone["revoked_at"].is_string(), "{gone}");
        program(&app, &secret).get("/api/v1/changes").expect(401);
    }

    fn what_is_wrong_with_a_token_is_told_by_field(app) {
        let world = World::of(&app);
        let mut admin = program(&app, &token(&world, Role::Admin));
        let good = json!({ "name": "A program", "scopes": ["read"] });
        let cases = [
            ("name", json!("")),
            ("scopes", json!([])),
            ("scopes", json!(["everything"])),
            ("staff", json!("nobody")),
            ("staff", json!("01890a5d-ac96-774b-bcce-b302099a8057")),
            ("expires_on", json!("soon")),
            ("expires_on", json!("2001-01-01")),
        ];
        for (field, value) in cases {
            let mut bad = good.clone();
            bad[field] = value;
            let page = admin.json("POST", "/api/v1/tokens", &bad).expect(422);
            assert_eq!(page.json()["errors"][0]["field"], field, "{page}");
        }
        assert_eq!(app.database.number("SELECT count(*) AS n FROM api_token"), 1);
    }

    fn a_token_gives_nothing_that_it_does_not_hold(app) {
        let world = World::of(&app);
        let mut narrow = program(&app, &token_with(&world, Role::Admin, vec![Permission::Read, Permission::Admin]));
        for scopes in [json!(["approve"]), json!(["read", "write"])] {
            let page = narrow.json("POST", "/api/v1/tokens", &json!({ "name": "More", "scopes": scopes })).expect(422);
            assert_eq!(page.json()["errors"][0]["field"], "scopes", "{page}");
        }
        narrow.json("POST", "/api/v1/tokens", &json!({ "name": "As much", "scopes": ["read", "admin"] })).expect(201);
        for role in ["editor", "approver", "admin"] {
            let more = json!({ "name": "More", "email": "more@acme.example", "role": role });
            narrow.json("POST", "/api/v1/staff", &more).expect(403);
        }
        let viewer = json!({ "name": "Vera", "email": "vera@acme.example", "role": "viewer" });
        let page = narrow.json("POST", "/api/v1/staff", &viewer).expect(201);
        let vera = page.header("location").unwrap().to_owned();
        narrow.json("POST", &format!("{vera}/role"), &json!({ "role": "admin" })).expect(403);
        narrow.json("POST", &format!("{vera}/reset"), &json!({})).expect(200);

        let mut whole = program(&app, &token(&world, Role::Admin));
        let boss = whole.get("/api/v1/staff").expect(200).json()["data"][0]["id"].as_str().unwrap().to_owned();
        narrow.json("POST", &format!("/api/v1/staff/{boss}/reset"), &json!({})).expect(403);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM staff_link WHERE used_at IS NULL AND staff_id = (SELECT id FROM staff WHERE email = 'vera@acme.example')"), 1);
    }

    fn a_token_that_ends_makes_none_that_goes_on_after_it(app) {
        let world = World::of(&app);
        let mut first = program(&app, &token(&world, Role::Admin));
        let me = first.get("/api/v1/staff").expect(200).json()["data"][0]["id"].as_str().unwrap().to_owned();
        let end = app.now() + jiff::SignedDuration::from_hours(24 * 10);
        let all = Permission::ALL.iter().copied().filter(|p| Role::Admin.may(*p)).collect();
        let short = world
            .wait(create_token(&world.state, &operator(&world), "short", me.parse().unwrap(), all, Some(end)))
            .unwrap();
        let mut short = program(&app, &short.secret);
        let day = |days: i64| (app.now() + jiff::SignedDuration::from_hours(24 * days)).strftime("%Y-%m-%d").to_string();
        for body in [
            json!({ "name": "For ever", "scopes": ["read"] }),
            json!({ "name": "Longer", "scopes": ["read"], "expires_on": day(12) }),
        ] {
            let page = short.json("POST", "/api/v1/tokens", &body).expect(422);
            assert_eq!(page.json()["errors"][0]["field"], "expires_on", "{page}");
        }
        let body = json!({ "name": "Shorter", "scopes": ["read"], "expires_on": day(5) });
        short.json("POST", "/api/v1/tokens", &body).expect(201);
    }

    fn a_secret_is_answered_once_and_never_kept(app) {
        let world = World::of(&app);
        let mut admin = program(&app, &token(&world, Role::Admin));
        let key = [("idempotency-key", "k1")];
        let body = json!({ "name": "A program", "scopes": ["read"] });
        let first = admin.json_with("POST", "/api/v1/tokens", &key, &body).expect(201);
        let again = admin.json_with("POST", "/api/v1/tokens", &key, &body).expect(201);
        assert_eq!((first.header("location"), again.header("idempotency-replayed")), (again.header("location"), Some("true")));
        let (first, again) = (first.json(), again.json());
        assert_eq!((&again["secret"], &again["id"]), (&json!(null), &first["id"]));
        let secret = first["secret"].as_str().unwrap();
        program(&app, secret).get("/api/v1/changes").expect(200);

        let key = [("idempotency-key", "k2")];
        let body = json!({ "name": "Ada", "email": "ada@acme.example", "role": "viewer" });
        let first = admin.json_with("POST", "/api/v1/staff", &key, &body).expect(201).json();
        let again = admin.json_with("POST", "/api/v1/staff", &key, &body).expect(201).json();
        assert_eq!((&again["link"], &again["id"]), (&json!(null), &first["id"]));
        let link = first["link"]["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        for hidden in [secret, &link] {
            let kept = format!("SELECT count(*) AS n FROM idempotency_key WHERE body LIKE '%{hidden}%' OR headers LIKE '%{hidden}%'");
            assert_eq!(app.database.number(&kept), 0);
        }
        assert_eq!(app.database.number("SELECT count(*) AS n FROM idempotency_key"), 2);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM api_token"), 2);
    }
}
