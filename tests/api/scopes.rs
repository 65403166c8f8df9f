//! Every route of the API with and without the scope it needs: a new route without a row fails.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use subprocessors::domain::access::Permission::{self, Admin, Approve, Read, Write};
use subprocessors::domain::access::Role;
use subprocessors::web::api::ROUTES;

use super::{program, token_with};
use crate::support::world::World;

/// Method, path, the scope it needs.
const TABLE: &[(&str, &str, Permission)] = &[
    ("get", "/vendors", Read),
    ("get", "/vendors/{id}", Read),
    ("get", "/engagements", Read),
    ("get", "/engagements/{id}", Read),
    ("get", "/engagements/{id}/clearance", Read),
    ("get", "/engagements/{id}/history", Read),
    ("get", "/vendors/{id}/contracts", Read),
    ("post", "/vendors/{id}/contracts", Write),
    ("put", "/vendors/{id}/contracts/{record}", Write),
    ("get", "/engagements/{id}/vettings", Read),
    ("post", "/engagements/{id}/vettings", Write),
    ("get", "/engagements/{id}/assessments", Read),
    ("post", "/engagements/{id}/assessments", Write),
    ("put", "/engagements/{id}/assessments/{record}", Write),
    ("get", "/statements", Read),
    ("get", "/changes", Read),
    ("post", "/changes", Write),
    ("get", "/changes/{id}", Read),
    ("patch", "/changes/{id}", Write),
    ("post", "/changes/{id}/items", Write),
    ("post", "/changes/{id}/removals", Write),
    ("put", "/changes/{id}/statements", Write),
    ("patch", "/changes/{id}/items/{item}", Write),
    ("delete", "/changes/{id}/items/{item}", Write),
    ("get", "/changes/{id}/doubts", Read),
    ("get", "/changes/{id}/mail", Read),
    ("put", "/changes/{id}/emergency", Write),
    ("post", "/changes/{id}/submit", Write),
    ("post", "/changes/{id}/approve", Approve),
    ("post", "/changes/{id}/return", Approve),
    ("post", "/changes/{id}/cancel", Write),
    ("post", "/changes/{id}/withdraw", Approve),
    ("post", "/changes/{id}/postpone", Approve),
    ("post", "/changes/{id}/correct", Write),
    ("post", "/changes/{id}/again", Write),
    ("post", "/changes/{id}/test-mail", Write),
    ("get", "/changes/{id}/clients", Read),
    ("put", "/changes/{id}/clients/{item}/consent", Write),
    ("post", "/changes/{id}/waivers", Approve),
    ("post", "/imports", Write),
    ("get", "/clients", Read),
    ("post", "/clients", Write),
    ("get", "/clients/{id}", Read),
    ("patch", "/clients/{id}", Write),
    ("post", "/clients/{id}/confirm", Write),
    ("post", "/clients/{id}/links/revoke", Write),
    ("get", "/objections", Read),
    ("post", "/objections", Write),
    ("get", "/objections/{id}", Read),
    ("post", "/objections/{id}/decide", Write),
    ("get", "/clients/{id}/contacts", Read),
    ("post", "/clients/{id}/contacts", Write),
    ("get", "/clients/{id}/contacts/{item}", Read),
    ("patch", "/clients/{id}/contacts/{item}", Write),
    ("delete", "/clients/{id}/contacts/{item}", Write),
    ("post", "/clients/{id}/contacts/{item}/move", Write),
    ("post", "/clients/{id}/contacts/{item}/restore", Write),
    ("post", "/clients/{id}/webhooks", Write),
    ("post", "/clients/{id}/subscriptions", Write),
    ("get", "/clients/{id}/agreements", Read),
    ("post", "/clients/{id}/agreements", Write),
    ("get", "/clients/{id}/agreements/{item}", Read),
    ("patch", "/clients/{id}/agreements/{item}", Write),
    ("post", "/clients/{id}/agreements/{item}/end", Write),
    ("get", "/clients/{id}/hold-outs", Read),
    ("post", "/clients/{id}/hold-outs", Write),
    ("post", "/clients/{id}/hold-outs/{item}/end", Write),
    ("get", "/dpas", Read),
    ("post", "/dpas", Write),
    ("get", "/dpas/{id}", Read),
    ("patch", "/dpas/{id}", Write),
    ("get", "/notices", Read),
    ("get", "/notices/{number}", Read),
    ("get", "/versions/{number}", Read),
    ("get", "/subscriptions", Read),
    ("get", "/subscriptions/{id}", Read),
    ("post", "/subscriptions/{id}/end", Write),
    ("get", "/deliveries", Read),
    ("get", "/deliveries/{id}", Read),
    ("post", "/deliveries/{id}/resend", Write),
    ("get", "/sending", Read),
    ("put", "/sending", Admin),
    ("get", "/staff", Admin),
    ("post", "/staff", Admin),
    ("get", "/staff/{id}", Admin),
    ("post", "/staff/{id}/role", Admin),
    ("post", "/staff/{id}/reset", Admin),
    ("post", "/staff/{id}/disable", Admin),
    ("get", "/tokens", Admin),
    ("post", "/tokens", Admin),
    ("get", "/tokens/{id}", Admin),
    ("post", "/tokens/{id}/revoke", Admin),
    ("get", "/audit", Read),
];

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A body that can be read, so that only the scope decides.
fn body(method: &str, path: &str) -> Option<Value> {
    Some(match (method, path) {
        ("get" | "delete", _) => return None,
        ("post", "/changes") | ("patch", "/changes/{id}") => json!({ "title": "A title" }),
        (_, "/changes/{id}/items") => super::example("Example GmbH"),
        (_, "/changes/{id}/removals") => json!({ "entry_id": NOBODY }),
        (_, "/changes/{id}/statements") => json!({ "statements": [] }),
        (_, "/changes/{id}/clients/{item}/consent") => {
            json!({ "given_on": "2026-01-01", "evidence": "Letter" })
        }
        (_, "/changes/{id}/emergency") => json!({ "reason": "Its only data centre burnt down" }),
        (_, "/changes/{id}/waivers") => json!({ "clients": [NOBODY], "reason": "Nobody answers" }),
        (_, "/changes/{id}/items/{item}") => json!({ "settle_doubt": true }),
        (_, "/subscriptions/{id}/end") => json!({ "reason": "Asked by phone" }),
        ("post", "/clients") => json!({ "reference": "C-1", "name": "Client One" }),
        ("post", "/clients/{id}/contacts") => json!({ "email": "dpo@client.example" }),
        (_, "/clients/{id}/contacts/{item}/move") => json!({ "to": "up" }),
        (_, "/clients/{id}/webhooks") => {
            json!({ "url": "https://hooks.example/a", "email": "dpo@client.example" })
        }
        (_, "/clients/{id}/subscriptions") => json!({ "subscription": NOBODY }),
        ("post", "/clients/{id}/agreements") => json!({ "dpa_id": NOBODY, "effective_on": "2026-01-01" }),
        (_, "/clients/{id}/agreements/{item}/end") => json!({ "ended_on": "2026-01-01" }),
        ("post", "/clients/{id}/hold-outs") => json!({ "engagement_id": NOBODY, "reason": "They asked" }),
        ("post", "/dpas") => {
            json!({ "name": "DPA", "authorisation": "general", "days": 30, "objection_days": 30, "silence": "accepts" })
        }
        ("post", "/objections") => {
            json!({ "client_id": NOBODY, "notice": "N-2026-001", "received_by": "letter", "person": "Jane Roe", "grounds": "No seat in the EU" })
        }
        (_, "/objections/{id}/decide") => json!({ "state": "admitted" }),
        (_, "/sending") => json!({ "paused": false }),
        (_, "/staff") => json!({ "name": "Ada", "email": "ada@acme.example", "role": "viewer" }),
        (_, "/staff/{id}/role") => json!({ "role": "viewer" }),
        (_, "/tokens") => json!({ "name": "A program", "scopes": ["read"] }),
        _ => json!({}),
    })
}

#[test]
fn every_route_stands_in_the_table() {
    let rows: BTreeSet<_> = TABLE.iter().map(|(method, path, _)| (*method, *path)).collect();
    let mut routes: BTreeSet<_> = ROUTES.iter().copied().collect();
    assert!(routes.remove(&("get", "/openapi.json")), "open to everybody");
    assert_eq!(rows, routes);
}

on_both! {
    fn each_scope_opens_what_the_table_says(app) {
        let world = World::of(&app);
        // What a DPO decides has no route of its own: `protect` weighs on approvals and waivers.
        for needed in Permission::ALL.iter().filter(|p| **p != Permission::Protect) {
            let others: Vec<_> = Permission::ALL.iter().copied().filter(|p| p != needed && Role::Admin.may(*p)).collect();
            let mut without = program(&app, &token_with(&world, Role::Admin, others));
            let mut with = program(&app, &token_with(&world, Role::Admin, vec![Read, *needed]));
            for (method, path, needs) in TABLE.iter().filter(|(.., needs)| needs == needed) {
                let at = path.replace("{id}", NOBODY).replace("{item}", NOBODY).replace("{record}", NOBODY).replace("{number}", "7");
                let (kind, sent) = match (body(method, path), *path) {
                    (_, "/imports") => ("text/csv", b"name,purpose\nExample GmbH,Hosting\n".to_vec()),
                    (Some(body), _) => ("application/json", body.to_string().into_bytes()),
                    (None, _) => ("application/json", Vec::new()),
                };
                let headers = [("content-type", kind), ("if-match", "\"r1\"")];
                let verb = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let refused = without.send(verb.clone(), &format!("/api/v1{at}"), &headers, sent.clone());
                assert_eq!(refused.status, 403, "{method} {path} without {needs}: {refused}");
                assert_eq!(refused.header("content-type"), Some("application/problem+json"));
                let answer = with.send(verb, &format!("/api/v1{at}"), &headers, sent);
                let reached = matches!(answer.status, 200 | 201 | 404 | 409 | 412 | 422);
                assert!(reached, "{method} {path} with {needs}: {answer}");
            }
        }
    }

    fn any_other_method_is_told_those_that_there_are(app) {
        let page = app.browser().send(Method::PUT, "/api/v1/changes", &[], Vec::new()).expect(405);
        assert_eq!(page.header("allow"), Some("GET, POST"));
        assert_eq!(page.header("content-type"), Some("application/problem+json"));
    }
}
