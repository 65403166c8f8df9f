//! A change that waits past its date for a review: everything tells the day it came into force.

use jiff::SignedDuration;
use jiff::civil::Date;
use subprocessors::actions::{self, Details};
use subprocessors::domain::diff::long_date;
use subprocessors::domain::vetting::VettingStatus;

use crate::public::seed::{edit_of, in_days};
use crate::support::*;

/// A review of the line that counts from today.
fn judge(world: &World, name: &str, status: VettingStatus) {
    let details = Details {
        title: "Review".into(),
        reason: "A review".into(),
        effective_on: Some(in_days(world, 0)),
        in_use_since: None,
    };
    let mut draft = edit_of(world, name);
    draft.engagement.vetting.status = status;
    draft.engagement.vetting.review_by = Some(in_days(world, 365));
    let change = world.wait(async {
        let change = actions::start_change(&world.state, &world.editor, details).await?;
        actions::put_entry(&world.state, &world.editor, change.id, change.revision, draft).await
    });
    world.submit_and_approve(&change.expect("a review"));
}

/// Noon of the day that many days on, so that no midnight comes in between.
fn go_to_noon(app: &mut App, world: &World, days: i32) -> Date {
    let day = in_days(world, days);
    let midnight = day.to_zoned_datetime(world.state.settings.zone()).unwrap().timestamp();
    let by = (midnight + SignedDuration::from_hours(12)).duration_since(world.state.clock.now());
    app.advance(SignedDuration::from_secs(by.as_secs()));
    day
}

on_both! {
    fn a_change_that_waited_for_a_review_tells_the_day_it_came_into_force(backend: Backend) {
        let mut app = App::on(backend).set("company.time_zone", "Europe/Berlin").prepare();
        let world = World::of(&app);
        world.mail_subscriber("dpo@client.example");
        world.webhook_subscriber(&app.hooks.url("/h"), "contact@client.example");
        let planned = in_days(&world, 45);
        world.submit_and_approve(&world.draft_addition("Example GmbH"));
        judge(&world, "Example GmbH", VettingStatus::Revoked);
        app.restart();
        // The announcement is sent, and its notice remembered, before there is a follow-up.
        app.hooks.wait_for("subprocessor.change.announced", 2);

        go_to_noon(&mut app, &world, 50);
        let mut visitor = app.browser();
        watched::eventually("the effect withheld", PATIENCE, || {
            (app.database.number("SELECT count(*) AS n FROM audit_event WHERE action = 'change.effect_withheld'") == 1).then_some(())
        });
        watched::eventually("the page of the new day", PATIENCE, || {
            let page = visitor.get("/");
            (page.says("not in use yet") && page.says("not in effect yet: Acme adds Example GmbH")).then_some(())
        });
        let notices = visitor.get("/notices").expect(200);
        let number = notices.attributes(".history h2 a", "href").remove(1);
        assert!(notices.says("Not in effect yet"), "{}", notices.text());
        assert!(visitor.get(&number).says("put off; not in effect yet"));

        let day = go_to_noon(&mut app, &world, 3);
        judge(&world, "Example GmbH", VettingStatus::Renewed);
        let hook = app.hooks.wait_for("subprocessor.change.effective", 1).remove(0).json();
        let list = visitor.get("/list.json").expect(200).json();
        assert_eq!(list["entries"][0]["effective_from"], day.to_string());
        assert_eq!(hook["data"]["effective_date"], day.to_string());
        assert_eq!(hook["data"]["items"][0]["effective_date"], day.to_string());
        assert_eq!(hook["data"]["list_version"], list["version"]);

        let mail = watched::eventually("the follow-up", PATIENCE, || {
            app.mail.mails().into_iter().find(|mail| mail.subject().starts_with("Now in effect"))
        });
        let text = mail.text();
        assert!(text.contains(&format!("In effect since {}: Acme adds Example GmbH", long_date(day))), "{text}");
        assert!(text.contains(&format!("Effective date: {} {}", day.strftime("%A"), long_date(day))), "{text}");
        assert!(text.contains(&format!("Announced for: {} {}", planned.strftime("%A"), long_date(planned))), "{text}");
        assert!(text.contains(&format!("list version {},", list["version"])), "{text}");

        let page = visitor.get(&number).expect(200);
        assert!(page.attributes(".strip time", "datetime").contains(&day.to_string()), "{}", page.text());
        assert!(page.says(&format!("in effect since {}, announced for {}", long_date(day), long_date(planned))), "{}", page.text());
        assert!(page.says(&format!("Published as version {} of the list", list["version"])));
        assert!(page.says(&format!("In effect since {}", long_date(day))));
        let on = |visitor: &mut Browser, day: Date| visitor.get(&format!("/list.json?on={day}")).expect(200).json();
        assert_eq!(on(&mut visitor, day)["entries"][0]["vendor"]["name"], "Example GmbH");
        assert_eq!(on(&mut visitor, day.yesterday().unwrap())["entries"], serde_json::json!([]), "put off until then");
    }
}
