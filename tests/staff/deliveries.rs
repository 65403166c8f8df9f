//! What the console says of an attempt.

use super::people::*;
use crate::support::*;

on_both! {
    fn an_empty_answer_is_told_with_its_status(app) {
        let world = World::of(&app);
        world.webhook_subscriber(&app.hooks.url("/h"), "contact@client.example");
        app.hooks.answer(|_, _| Reply::status(204));
        let change = world.draft_addition("Example GmbH");
        world.submit_and_approve(&change);
        app.hooks.wait_for("subprocessor.change.announced", 1);
        let mut viewer = hire(&app, "vi", "viewer");
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        let list = loop {
            let page = viewer.get("/staff/deliveries?channel=webhook&state=accepted").expect(200);
            if page.all("tbody th a").len() == 1 {
                break page;
            }
            assert!(std::time::Instant::now() < until, "{page}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        };
        assert!(list.says("204, empty answer") && !list.says("None yet"), "{list}");
        let path = list.attributes("tbody th a", "href").remove(0);
        let one = viewer.get(&path).expect(200);
        assert!(one.says("204, empty answer"), "{one}");
    }
}
