use std::collections::BTreeSet;

use serde_json::Value;
use subprocessors::web::api::ROUTES;

use crate::support::{App, Backend};

/// Every `$ref` in a document.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(to)) = members.get("$ref") {
                found.insert(to.clone());
            }
            members.values().for_each(|v| references(v, found));
        }
        Value::Array(items) => items.iter().for_each(|v| references(v, found)),
        _ => {}
    }
}

#[test]
fn the_description_names_every_route_and_no_other() {
    let app = App::on(Backend::Sqlite).start();
    let page = app.browser().get("/api/v1/openapi.json").expect(200);
    let description = page.json();
    let mut described = BTreeSet::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys().filter(|k| *k != "parameters") {
            described.insert((method.clone(), path.clone()));
        }
    }
    let served: BTreeSet<_> = ROUTES.iter().map(|(m, p)| ((*m).to_owned(), (*p).to_owned())).collect();
    assert_eq!(described, served);
    assert_eq!(description["servers"][0]["url"], format!("{}/api/v1", app.url));

    let mut used = BTreeSet::new();
    references(&description, &mut used);
    for reference in &used {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for name in description["components"]["schemas"].as_object().unwrap().keys() {
        assert!(used.contains(&format!("#/components/schemas/{name}")), "{name} is described and never used");
    }
}

#[test]
fn every_described_route_asks_for_a_token() {
    let app = App::on(Backend::Sqlite).start();
    for (method, path) in ROUTES.iter().filter(|(_, path)| *path != "/openapi.json") {
        let path = path
            .replace("{id}", "01890a5d-ac96-774b-bcce-b302099a8057")
            .replace("{item}", "x")
            .replace("{record}", "x")
            .replace("{number}", "1");
        let method = reqwest::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        app.browser().send(method, &format!("/api/v1{path}"), &[], Vec::new()).expect(401);
    }
}
