//! A past day can be asked both ways: in force on it, and published by its end.

use super::seed::{in_days, line, small_list};
use crate::support::*;
use subprocessors::actions::{self, Details};
use subprocessors::domain::diff::long_date;

/// The small list: its first lines were announced 46 days ago and are in force since yesterday,
/// but the version that says so was published today; one line is to come in 45 days.
fn names(visitor: &mut Browser, query: &str) -> Vec<String> {
    let names = visitor.get(&format!("/{query}")).expect(200).all("tbody th a");
    let list = visitor.get(&format!("/list.json{query}")).expect(200).json();
    let listed =
        list["entries"].as_array().unwrap().iter().map(|e| e["vendor"]["name"].as_str().unwrap().to_owned());
    assert_eq!(names, listed.collect::<Vec<_>>(), "page and data alike for {query}");
    names
}

const FIRST: [&str; 3] = ["Cloudhost GmbH", "Helpdesk & Sons <Ltd>", "Mailer Inc."];

on_both! {
    fn a_past_day_is_answered_both_ways(backend: Backend) {
        let mut app = App::on(backend).set("company.time_zone", "Europe/Berlin").prepare();
        let world = small_list(&mut app);
        app.restart();
        let mut visitor = app.browser();
        let [before, yesterday, today] = [-2, -1, 0].map(|days| in_days(&world, days));
        assert_eq!(names(&mut visitor, &format!("?on={before}")), [""; 0]);
        assert_eq!(names(&mut visitor, &format!("?as_of={before}")), FIRST, "announced, not in use");
        assert_eq!(names(&mut visitor, &format!("?on={yesterday}")), FIRST);
        assert_eq!(names(&mut visitor, &format!("?on={today}")), FIRST, "the announced one is not in force");
        assert_eq!(names(&mut visitor, &format!("?on={yesterday}&as_of={before}")), FIRST, "as announced by then");
        assert_eq!(names(&mut visitor, &format!("?on={yesterday}&country=DE")), ["Cloudhost GmbH"]);
        assert_eq!(names(&mut visitor, "?on=2001-01-01"), [""; 0]);
        let none = visitor.get(&format!("/?on={yesterday}&as_of=2001-01-01")).expect(200);
        assert!(none.says("No list had been published by the end of 1 January 2001"), "{}", none.text());
        let list = visitor.get(&format!("/list.json?on={yesterday}")).expect(200).json();
        assert_eq!((&list["in_force_on"], &list["known_by"]), (&yesterday.to_string().into(), &today.to_string().into()));
        assert!(list["entries"].as_array().unwrap().iter().all(|e| e["status"] == "active" && e["pending"] == serde_json::json!([])));

        let page = visitor.get(&format!("/?on={yesterday}")).expect(200);
        let said = page.one("p.notice.info");
        assert!(said.contains(&format!("The list as in force on {}, by all that is known today.", long_date(yesterday))), "{said}");
        let links = page.attributes("p.notice.info a", "href");
        assert_eq!(links, [format!("/?as_of={yesterday}"), "/".to_owned()]);
        let other = visitor.get(&links[0]).expect(200);
        assert_eq!(other.attributes("p.notice.info a", "href")[0], format!("/?on={yesterday}"));
        assert_eq!(page.attributes("#on", "value"), [yesterday.to_string()]);
    }

    fn a_day_to_come_shows_what_is_announced_by_then(backend: Backend) {
        let mut app = App::on(backend).set("company.time_zone", "Europe/Berlin").prepare();
        let world = small_list(&mut app);
        app.restart();
        let mut visitor = app.browser();
        let (day, eve) = (in_days(&world, 45), in_days(&world, 44));
        assert_eq!(names(&mut visitor, &format!("?on={eve}")), FIRST);
        assert_eq!(names(&mut visitor, &format!("?on={day}")), [FIRST[0], FIRST[1], FIRST[2], "Translator SA"]);
        let page = visitor.get(&format!("/?on={day}")).expect(200);
        assert!(page.says(&format!("What is announced to be in force on {}, by what is published today. Until then it may still change.", long_date(day))), "{}", page.text());
        let mailer = page.all("tbody tr").into_iter().find(|row| row.contains("Mailer Inc.")).unwrap();
        assert!(mailer.contains("Belgium; United States") || mailer.contains("Belgium, United States"), "{mailer}");
        let eve_page = visitor.get(&format!("/?on={eve}")).expect(200);
        assert!(!eve_page.all("tbody tr").concat().contains("Belgium"));
        let known_before = format!("?on={day}&as_of={}", in_days(&world, -1));
        assert_eq!(names(&mut visitor, &known_before), [""; 0], "nothing was in force or to come by what was known");
    }

    fn a_late_disclosure_counts_since_the_day_it_names_once_it_is_known(backend: Backend) {
        let mut app = App::on(backend).set("company.time_zone", "Europe/Berlin").prepare();
        let world = small_list(&mut app);
        let details = Details {
            title: "Late".into(),
            reason: "A team had bought it on its own.".into(),
            effective_on: None,
            in_use_since: Some(in_days(&world, -30)),
        };
        let draft = line(&world, "Shadow Inc", "Surveys", &["Names"], &["DE"]);
        let change = world.wait(async {
            let change = actions::start_change(&world.state, &world.editor, details).await?;
            actions::put_entry(&world.state, &world.editor, change.id, change.revision, draft).await
        });
        world.submit_and_approve(&change.unwrap());
        app.restart();
        let mut visitor = app.browser();
        let [since, eve, yesterday] = [-30, -31, -1].map(|days| in_days(&world, days));
        assert_eq!(names(&mut visitor, &format!("?on={since}")), ["Shadow Inc"]);
        assert_eq!(names(&mut visitor, &format!("?on={eve}")), [""; 0]);
        assert_eq!(names(&mut visitor, &format!("?on={yesterday}")), [FIRST[0], FIRST[1], FIRST[2], "Shadow Inc"]);
        assert_eq!(names(&mut visitor, &format!("?on={since}&as_of={yesterday}")), [""; 0], "nobody knew then");
    }

    fn a_day_that_is_none_is_an_error_with_a_summary(backend: Backend) {
        let mut app = App::on(backend).prepare();
        small_list(&mut app);
        app.restart();
        let mut visitor = app.browser();
        let page = visitor.get("/?on=2026-02-30&as_of=x").expect(400);
        let said = page.all(".summary a");
        assert!(said[0].contains("“2026-02-30” is not a date") && said[1].contains("“x” is not a date"), "{said:?}");
        assert_eq!(page.attributes(".summary a", "href"), ["#on", "#as_of"]);
        let problem = visitor.get("/list.json?on=tomorrow").expect(400).json();
        assert!(problem.to_string().contains("on: “tomorrow” is not a date"), "{problem}");
        assert!(visitor.get("/?on=2001-01-01&as_of=2999-01-01").expect(200).says("still to come"));
        let before = App::on(backend).start();
        assert!(before.browser().get("/?on=2026-01-01").expect(200).says("No list has been published yet"));
        assert_eq!(before.browser().get("/list.json?on=2026-01-01").status, 404);
    }
}
