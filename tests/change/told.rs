//! An announced change and who was told of it, for what can happen next.

use subprocessors::domain::change::Change;
use subprocessors::domain::terms::{Authorisation, Silence, Terms};

use crate::clients::bound::bound;
use crate::support::*;

/// What is still to be sent.
pub const OPEN: &str = "SELECT count(*) AS n FROM delivery WHERE state IN ('queued', 'sending')";

/// A Client, a reader by mail and one by webhook, all told of an addition in 45 days.
pub fn told(backend: Backend) -> (App, World, Change) {
    let mut app =
        App::on(backend).set("company.time_zone", "Europe/Berlin").set("notices.hold", "0").prepare();
    let world = World::of(&app);
    let terms = Terms::simple(Authorisation::General, 30, 30, Silence::Accepts);
    bound(&world, "Bound AG", terms, "", &["dpo@bound.example"]);
    world.mail_subscriber("reader@visitor.example");
    world.webhook_subscriber(&app.hooks.url("/h"), "contact@visitor.example");
    let change = world.submit_and_approve(&world.draft_addition("Example GmbH"));
    app.restart();
    app.mail.wait_for_one_to("dpo@bound.example");
    app.mail.wait_for_one_to("reader@visitor.example");
    app.hooks.wait_for("subprocessor.change.announced", 1);
    watched::eventually("everything sent", PATIENCE, || (app.database.number(OPEN) == 0).then_some(()));
    (app, world, change)
}
