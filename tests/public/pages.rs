//! One sub-processor, the notices, and the schemas.

use super::seed::{edit_of, in_days, small_list, take_effect};
use crate::support::watched::eventually;
use crate::support::*;
use subprocessors::actions;

on_both! {
    fn a_vendor_page_tells_facts_and_history(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = small_list(&mut app);
        app.restart();
        let mut visitor = app.browser();
        let page = visitor.get("/sub-processors/mailer-inc").expect(200);
        assert_eq!(page.one("h1"), "Mailer Inc.");
        assert!(page.one("p.notice").contains("Read the notice"));
        assert!(page.says("Data Privacy Framework") && page.says("Approved, reviewed on"));
        assert_eq!(page.all(".history h3"), ["Change announced", "In use", "Announced as a new sub-processor"]);
        assert!(page.says("Processed in: was United States, now Belgium; United States"), "{}", page.text());
        take_effect(&mut app, &world);
        let titles = eventually("the new version", PATIENCE, || {
            let titles = visitor.get("/sub-processors/mailer-inc").all(".history h3");
            (titles.len() == 4).then_some(titles)
        });
        assert_eq!(titles.first().map(String::as_str), Some("Change in effect"));
        assert!(visitor.get("/sub-processors/nobody").expect(404).says("No company with this address"));
    }

    fn a_vendor_that_left_keeps_its_page(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = small_list(&mut app);
        take_effect(&mut app, &world);
        let entry = edit_of(&world, "Cloudhost GmbH").entry_id.unwrap();
        let details = actions::Details {
            title: "Leave Cloudhost".into(),
            reason: "No longer needed".into(),
            effective_on: Some(in_days(&world, 1)),
            in_use_since: None,
        };
        let change = world.wait(async {
            let change = actions::start_change(&world.state, &world.editor, details).await?;
            actions::remove_entry(&world.state, &world.editor, change.id, change.revision, entry).await
        });
        world.submit_and_approve(&change.unwrap());
        take_effect(&mut app, &world);
        app.restart();
        let mut visitor = app.browser();
        assert!(!visitor.get("/").says("Cloudhost"));
        let page = visitor.get("/sub-processors/cloudhost-gmbh").expect(200);
        assert!(page.says("No longer on Acme’s list"), "{}", page.text());
        assert_eq!(page.all(".history h3").first().map(String::as_str), Some("Left the list"));
    }

    fn a_notice_tells_what_changes_when_and_keeps_its_address(backend: Backend) {
        let mut app = App::on(backend).set("company.time_zone", "Europe/Berlin").prepare();
        let world = small_list(&mut app);
        app.restart();
        let mut visitor = app.browser();
        let all = visitor.get("/notices").expect(200);
        let links = all.attributes(".history h2 a", "href");
        assert_eq!(links.len(), 2);
        let page = visitor.get(&links[0]).expect(200);
        assert_eq!(page.all(".strip b"), ["Notice", "Object by", "Effective"]);
        assert!(page.one(".strip").contains("23:59"));
        assert_eq!(page.all("h3 a"), ["Added: Translator SA", "Changed: Mailer Inc."]);
        assert!(page.one("table.diff ins").contains("Added:"));
        let moved = page.all("table.diff td");
        assert!(moved.iter().any(|t| t.contains("was United States")), "{moved:?}");
        assert!(moved.iter().any(|t| t.contains("now Belgium; United States")), "{moved:?}");
        let hash = page.one("dd code");
        assert_eq!(hash.len(), 64);
        assert!(page.says("Our Clients asked for it."));
        assert!(visitor.get("/notices/N-1999-001").expect(404).says("Numbers look like"));
        take_effect(&mut app, &world);
        let page = visitor.get(&links[0]).expect(200);
        assert!(page.says("The change is in effect"));
        assert!(page.says("the time to object ended with"));
        assert_eq!(page.one("dd code"), hash);
    }

    fn a_notice_about_hidden_entries_hides_them(backend: Backend) {
        let mut app = App::on(backend).prepare();
        small_list(&mut app);
        app.restart();
        let mut visitor = app.browser();
        for link in visitor.get("/notices").attributes(".history h2 a", "href") {
            assert!(!visitor.get(&link).text().contains("Sentinel"), "{link}");
        }
    }

    fn odd_addresses_are_unknown_and_odd_queries_are_said(backend: Backend) {
        let mut app = App::on(backend).prepare();
        small_list(&mut app);
        app.restart();
        let mut visitor = app.browser();
        for path in ["/sub-processors/%00", "/sub-processors/%F0%9F%98%80", "/notices/%00", "/notices/N-2026-001'--", "/assets/%00", "/schemas/%00"] {
            assert_eq!(visitor.get(path).status, 404, "{path}");
        }
        assert!(visitor.get("/notices?page=0").expect(400).says("Write a number from 1"));
        assert!(visitor.get("/notices?page=2").expect(404).says("not that many notices"));
        assert_eq!(visitor.get("/?q=%00%F0%9F%98%80").expect(200).all("tbody th a").len(), 0);
        let long = visitor.get(&format!("/?q={}", "x".repeat(10_000)));
        assert!([200, 400, 414].contains(&long.status), "{}", long.status);
        assert_eq!(visitor.post_form("/", &[("q", "x")]).status, 405);
    }

    fn schemas_have_permanent_addresses(backend: Backend) {
        let app = App::on(backend).start();
        let mut visitor = app.browser();
        let schema = visitor.get("/schemas/list-1.json").expect(200);
        assert_eq!(schema.header("content-type"), Some("application/schema+json"));
        assert_eq!(schema.json()["$id"], "urn:subprocessors:schema:list-1");
        assert_eq!(visitor.get("/schemas/../Cargo.toml").status, 404);
    }
}
