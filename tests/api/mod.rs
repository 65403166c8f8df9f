//! `/api/v1` as a program meets it.

mod change;
mod console;
mod description;
mod keys;
mod records;
mod refusals;
mod scopes;
mod staff;

use serde_json::{Value, json};
use subprocessors::actions::By;
use subprocessors::actions::staff::{add_staff, create_token};
use subprocessors::domain::access::{Permission, Role};
use subprocessors::domain::audit::Actor;
use subprocessors::domain::id::Id;

use crate::support::{App, Browser, Page, world::World};

/// A token of a fresh staff member with `role` and everything it permits.
pub fn token(world: &World, role: Role) -> String {
    let all: Vec<Permission> = Permission::ALL.iter().copied().filter(|p| role.may(*p)).collect();
    token_with(world, role, all)
}

fn token_with(world: &World, role: Role, scopes: Vec<Permission>) -> String {
    let (now, operator) = (world.state.clock.now(), operator(world));
    let email = format!("{role}.{}@acme.example", Id::new(now));
    world.wait(async {
        let (staff, _) = add_staff(&world.state, &operator, "Somebody", &email, role).await.unwrap();
        create_token(&world.state, &operator, "tests", staff.id, scopes, None).await.unwrap().secret
    })
}

/// Somebody at the command line.
fn operator(world: &World) -> By {
    let now = world.state.clock.now();
    By { actor: Actor::Operator, staff: Id::new(now), permissions: Permission::ALL.to_vec() }
}

/// A program with a token.
pub fn program(app: &App, token: &str) -> Browser {
    app.browser().with_token(token)
}

/// A complete new line.
fn example(name: &str) -> Value {
    json!({
        "vendor": { "name": name, "seat": "DE" },
        "engagement": {
            "purposes": [{ "code": "hosting", "text": "hosting" }],
            "data_categories": ["names"],
            "locations": [{ "kind": "processing", "country": "DE" }],
            "vetting": { "status": "approved", "reviewed_on": "2026-01-10", "review_by": "2036-01-10" },
        },
    })
}

/// Puts on record what the gate asks for the first line of a change, as its answer shows it.
fn put_on_record(approver: &mut Browser, change: &Value) {
    let line = &change["items"][0]["after"];
    let (vendor, entry) = (line["vendor_id"].as_str().unwrap(), line["id"].as_str().unwrap());
    let contract = json!({ "kind": "dpa", "signed_on": "2026-01-12", "flow_down": true });
    approver.json("POST", &format!("/api/v1/vendors/{vendor}/contracts"), &contract).expect(201);
    let vetting = json!({
        "kind": "initial", "risk": "low", "result": "approved", "evidence": [{ "item": "SOC 2 report" }],
        "decided_on": "2026-01-10", "valid_until": "2036-01-10",
    });
    approver.json("POST", &format!("/api/v1/engagements/{entry}/vettings"), &vetting).expect(201);
}

/// The `ETag` of an answer.
pub fn etag(page: &Page) -> String {
    page.header("etag").expect("an ETag").to_owned()
}
