//! What was announced wrongly is corrected beside the announcement: whoever was told hears was and
//! now, and no clock moves.

use subprocessors::actions::{self, Draft, Error};
use subprocessors::db;
use subprocessors::domain::change::{Change, ChangeState, Edit};
use subprocessors::domain::engagement::EngagementFacts;
use subprocessors::domain::terms::{Authorisation, Silence, Terms};

use crate::clients::bound::bound;
use crate::clients::tongues::speaks;
use crate::staff::people::hire;
use crate::support::*;

const OPEN: &str = "SELECT count(*) AS n FROM delivery WHERE state IN ('queued', 'sending')";
const CLOCKS: &str = "SELECT count(*) AS n FROM notice";

fn told(backend: Backend) -> (App, World, Change) {
    let mut app =
        App::on(backend).set("company.time_zone", "Europe/Berlin").set("notices.hold", "0").prepare();
    let world = World::of(&app);
    let terms = Terms::simple(Authorisation::General, 30, 30, Silence::Accepts);
    let client = bound(&world, "Bound AG", terms, "", &["dpo@bound.example"]);
    speaks(&world, client, "de");
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

/// A correction of the one addition that `change` announces.
fn corrected(world: &World, change: &Change, edit: impl FnOnce(&mut EngagementFacts)) -> Change {
    world
        .wait(async {
            let draft =
                actions::correct(&world.state, &world.editor, change.id, "Read off wrongly.".into()).await?;
            let Edit::Entry { after: Some(after), .. } = &draft.items[0].edit else { unreachable!() };
            let mut engagement = after.engagement.clone();
            edit(&mut engagement);
            let entry = Draft {
                entry_id: Some(after.id),
                vendor_id: Some(after.vendor_id),
                vendor: after.vendor.clone(),
                engagement,
            };
            actions::put_entry(&world.state, &world.editor, draft.id, draft.revision, entry).await
        })
        .expect("a correction")
}

fn submitted(world: &World, draft: &Change) -> Change {
    world.wait(actions::submit(&world.state, &world.editor, draft.id, draft.revision)).expect("submitted")
}

fn approve(world: &World, change: &Change, comment: &str) -> Result<Change, Error> {
    let (id, revision) = (change.id, change.revision);
    world.wait(actions::approve(&world.state, &world.approver, id, revision, None, comment.to_owned()))
}

on_both! {
    fn wrong_data_is_corrected_for_whoever_was_told_and_no_clock_moves_for_a_reason(backend: Backend) {
        let (app, world, change) = told(backend);
        let clocks = || {
            world.state.db.read_blocking(|conn| {
                let notice = db::notice::of_change(conn, change.id)?.expect("a notice");
                db::client_notice::of_notice(conn, notice.id, "", 9)
            }).expect("records")
        };
        let (before, notices) = (clocks(), app.database.number(CLOCKS));
        let mut visitor = app.browser();
        let number = app.hooks.wait_for("subprocessor.change.announced", 1)[0].json()["data"]["notice"].as_str().unwrap().to_owned();

        let draft = corrected(&world, &change, |facts| facts.data_categories = vec!["Payment data".into()]);
        let twice = world.wait(actions::correct(&world.state, &world.editor, change.id, "Again".into()));
        assert!(twice.unwrap_err().to_string().contains("is being corrected already"));
        let draft = submitted(&world, &draft);
        let silent = approve(&world, &draft, "").unwrap_err();
        assert!(matches!(&silent, Error::Invalid(_)), "{silent:?}");
        let mut approver = hire(&app, "approver", "approver");
        let page = approver.get(&format!("/staff/changes/{}", draft.id)).expect(200);
        for said in ["Contact data", "Payment data", "Corrects"] {
            assert!(page.says(said), "{said} in {page}");
        }
        assert_eq!(app.database.number("SELECT count(*) AS n FROM notice_update"), 0);
        let done = approve(&world, &draft, "Both were vetted; nobody has objected.").expect("approved");
        assert_eq!(done.state, ChangeState::Published);
        world.state.outbox_bell.notify_one();

        let hook = app.hooks.wait_for("subprocessor.change.updated", 1).remove(0).json();
        let one = &hook["data"]["update"]["corrected"][0];
        assert_eq!(one["before"]["data_categories"][0], "Contact data", "{hook}");
        assert_eq!(one["after"]["data_categories"][0], "Payment data", "{hook}");
        assert_eq!(hook["data"]["items"][0]["after"]["data_categories"][0], "Payment data", "{hook}");
        assert_eq!((&hook["data"]["notice"], &hook["data"]["list_version"]), (&number.clone().into(), &2.into()));
        let owed = app.mail.wait_for_nth_to("dpo@bound.example", 2);
        assert!(owed.subject().starts_with("Berichtigung: "), "{}", owed.subject());
        for said in ["Contact data", "Payment data", "Read off wrongly.", "alle Fristen bleiben"] {
            assert!(owed.text().contains(said), "{said} in {}", owed.text());
        }
        let courtesy = app.mail.wait_for_nth_to("reader@visitor.example", 2);
        assert!(courtesy.text().contains("Contact data") && courtesy.text().contains("Payment data"), "{}", courtesy.text());
        let list = watched::eventually("the corrected list", PATIENCE, || {
            let list = visitor.get("/list.json").expect(200).json();
            (list["version"] == 2).then_some(list)
        });
        assert_eq!(list["entries"][0]["data_categories"][0], "Payment data", "{list}");
        assert_eq!(list["entries"][0]["status"], "announced", "{list}");
        let page = visitor.get(&format!("/notices/{number}")).expect(200);
        assert!(page.says("was “Contact data”, now “Payment data”") && page.says("Read off wrongly."), "{page}");
        let after = clocks();
        assert_eq!(after.iter().map(|c| format!("{c:?}")).collect::<Vec<_>>(), before.iter().map(|c| format!("{c:?}")).collect::<Vec<_>>());
        assert_eq!(app.database.number(CLOCKS), notices);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM audit_event WHERE action = 'change.corrected'"), 1);
    }

    fn a_smaller_correction_needs_no_comment_and_reaches_who_still_waits_for_the_first_message(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").prepare();
        let world = World::of(&app);
        world.mail_subscriber("reader@visitor.example");
        let change = world.submit_and_approve(&world.draft_addition("Example GmbH"));
        let draft = submitted(&world, &corrected(&world, &change, |facts| facts.retention = "90 days".into()));
        let by_editor = world.wait(actions::approve(&world.state, &world.editor, draft.id, draft.revision, None, String::new()));
        assert!(matches!(by_editor, Err(Error::Forbidden(_))), "{by_editor:?}");
        approve(&world, &draft, "").expect("approved");
        app.restart();
        let first = app.mail.wait_for_one_to("reader@visitor.example");
        let second = app.mail.wait_for_nth_to("reader@visitor.example", 2);
        assert!([first, second].iter().any(|mail| mail.subject().starts_with("Correction: ") && mail.text().contains("90 days")));
        let again = world.wait(actions::correct(&world.state, &world.editor, change.id, "And again".into())).expect("a second one");
        let Edit::Entry { after: Some(after), .. } = &again.items[0].edit else { unreachable!() };
        assert_eq!(after.engagement.retention, "90 days", "it begins from what stands now");
        let empty = world.wait(actions::submit(&world.state, &world.editor, again.id, again.revision));
        assert!(matches!(empty, Err(Error::Blocked(_))), "{empty:?}");
    }

    fn whom_it_concerns_is_no_correction_and_neither_is_one_of_a_withdrawn_change(backend: Backend) {
        let app = App::on(backend).set("notices.hold", "0").prepare();
        let world = World::of(&app);
        let change = world.submit_and_approve(&world.draft_addition("Example GmbH"));
        let draft = corrected(&world, &change, |facts| facts.regions = vec!["EU".into()]);
        let wider = world.wait(actions::submit(&world.state, &world.editor, draft.id, draft.revision));
        assert!(format!("{wider:?}").contains("new notice"), "{wider:?}");
        world.wait(actions::cancel(&world.state, &world.editor, draft.id, draft.revision)).expect("cancelled");
        let draft = submitted(&world, &corrected(&world, &change, |facts| facts.retention = "90 days".into()));
        world.wait(actions::withdraw(&world.state, &world.approver, change.id, change.revision, "A mistake".into())).expect("withdrawn");
        let late = approve(&world, &draft, "").unwrap_err();
        assert!(matches!(late, Error::Blocked(_)), "{late:?}");
        let gone = world.wait(actions::correct(&world.state, &world.editor, change.id, "Late".into()));
        assert!(matches!(gone, Err(Error::Conflict(_))), "{gone:?}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM notice_update WHERE event LIKE 'updated%'"), 0);
    }
}
