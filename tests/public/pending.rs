//! What is announced and not in force: said on the list, and nothing hidden with it.

use super::seed::{announce, edit_of, hidden, in_days, small_list, take_effect};
use crate::support::*;
use subprocessors::actions::{self, Details};
use subprocessors::domain::diff::long_date;

/// Announces these statements for a day.
fn state(world: &World, statements: &[&str], in_days_on: i32) {
    let details = Details {
        title: "Statements".into(),
        reason: "They are no longer so.".into(),
        effective_on: Some(in_days(world, in_days_on)),
        in_use_since: None,
    };
    let after = statements.iter().map(|s| (*s).to_owned()).collect();
    let change = world.wait(async {
        let change = actions::start_change(&world.state, &world.editor, details).await?;
        actions::edit_statements(&world.state, &world.editor, change.id, change.revision, after).await
    });
    world.submit_and_approve(&change.expect("a draft"));
}

on_both! {
    fn an_announced_change_of_the_statements_stands_on_the_list(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = small_list(&mut app);
        state(&world, &["Data of pupils stays in Canada.", "We tell you 30 days ahead."], 45);
        take_effect(&mut app, &world);
        state(&world, &["We tell you 30 days ahead.", "Data <b>may</b> be processed anywhere."], 45);
        let day = in_days(&world, 45);
        app.restart();
        let mut visitor = app.browser();
        let page = visitor.get("/").expect(200);
        assert!(page.says("Data of pupils stays in Canada."), "still in force");
        let told = page.one(".pending-statements");
        assert!(told.contains(&format!("From {}:", long_date(day))), "{told}");
        assert_eq!(page.all(".pending-statements del"), ["was Data of pupils stays in Canada."]);
        assert_eq!(page.all(".pending-statements ins"), ["now Data <b>may</b> be processed anywhere."]);
        let list = visitor.get("/list.json").expect(200).json();
        let pending = &list["pending_statements"][0];
        assert_eq!(pending["effective_from"], day.to_string());
        assert_eq!(pending["after"][1], "Data <b>may</b> be processed anywhere.");
        assert_eq!(visitor.get(&format!("/notices/{}", pending["notice"].as_str().unwrap())).status, 200);
        let then = visitor.get(&format!("/list.json?on={day}")).expect(200).json();
        assert_eq!(then["statements"], pending["after"]);

        take_effect(&mut app, &world);
        let list = watched::eventually("the new version", PATIENCE, || {
            let list = visitor.get("/list.json").json();
            (list["statements"] == pending["after"]).then_some(list)
        });
        assert_eq!(list["pending_statements"], serde_json::json!([]));
    }

    fn an_entry_about_to_be_hidden_is_said_to_leave_the_public_list_and_no_more(backend: Backend) {
        let mut app = App::on(backend).prepare();
        let world = small_list(&mut app);
        take_effect(&mut app, &world);
        let mut cloudhost = hidden(edit_of(&world, "Cloudhost GmbH"));
        cloudhost.engagement.purposes[0].text = "Sentinel purpose".into();
        announce(&world, "Hide Cloudhost because of Sentinel", vec![cloudhost]);
        let day = in_days(&world, 45);
        app.restart();
        let mut visitor = app.browser();
        let page = visitor.get("/").expect(200);
        let said = format!("From {} on its entry is no longer on this public list.", long_date(day));
        assert!(page.one("tr.pending").contains(&said), "{}", page.text());
        let list = visitor.get("/list.json").expect(200).json();
        let line = &list["entries"][0];
        assert_eq!((&line["vendor"]["name"], &line["status"]), (&"Cloudhost GmbH".into(), &"active".into()));
        assert_eq!(line["pending"][0]["operation"], "removed");
        assert_eq!(line["pending"][0]["after"], serde_json::json!({}));
        let then = visitor.get(&format!("/list.json?on={day}")).expect(200).json();
        assert!(!then.to_string().contains("Cloudhost"));
        let notice = format!("/notices/{}", line["pending"][0]["notice"].as_str().unwrap());
        for path in ["/", "/list.json", "/sub-processors/cloudhost-gmbh", "/notices", &notice, &format!("/?on={day}")] {
            let bytes = visitor.get(path).expect(200).text();
            assert!(!bytes.contains("Sentinel") && !bytes.contains("\"nda\""), "{path}: {bytes}");
        }
    }
}
