//! What was announced wrongly is corrected beside the announcement: whoever was told hears was and
//! now, and no clock moves.

use serde_json::json;
use subprocessors::actions::{self, Draft, Error};
use subprocessors::db;
use subprocessors::domain::access::Role;
use subprocessors::domain::change::{Change, ChangeState, Edit};
use subprocessors::domain::engagement::EngagementFacts;

use super::told::told;
use crate::api;
use crate::clients::tongues::speaks;
use crate::staff::people::hire;
use crate::support::*;

const NOTICES: &str = "SELECT count(*) AS n FROM notice";

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
    fn a_correction_begins_on_the_page_or_by_the_api_and_is_approved_on_the_page(backend: Backend) {
        let app = App::on(backend).set("notices.hold", "0").start();
        let world = World::of(&app);
        let change = world.submit_and_approve(&world.draft_addition("Example GmbH"));
        let (mut editor, mut approver) = (hire(&app, "editor", "editor"), hire(&app, "approver", "approver"));
        let page = editor.get(&format!("/staff/changes/{}", change.id)).expect(200);
        let form = format!("form[action='/staff/changes/{}/correct']", change.id);
        let refused = editor.submit(&page, &form, &[("correct_reason", " ")]).expect(422);
        assert!(refused.says("Say what was wrong; everybody who was told reads it."), "{refused}");
        let draft = editor.submit(&refused, &form, &[("correct_reason", "The place was read off wrongly.")]).expect(200);
        assert!(draft.says("A draft of the correction") && draft.says(&format!("Corrects {}", change.reference())), "{draft}");
        assert!(draft.says("Nothing differs from what was announced"), "{draft}");

        let mut tool = app.browser().with_token(&api::token(&world, Role::Editor));
        let path = format!("/api/v1/changes/{}/correct", change.id);
        let silent = tool.json("POST", &path, &json!({})).expect(422).json();
        assert!(silent.to_string().contains("Say what was wrong"), "{silent}");
        let twice = tool.json("POST", &path, &json!({ "reason": "Again" })).expect(409).json();
        assert!(twice.to_string().contains("is being corrected already"), "{twice}");
        let drafts = tool.get("/api/v1/changes").expect(200).json();
        let first = drafts["data"].as_array().unwrap().iter().find(|one| one["corrects"] == change.id.to_string()).expect("the draft");
        let cancel = |draft: &serde_json::Value| {
            let id = draft["id"].as_str().unwrap().parse().expect("an id");
            world.wait(actions::cancel(&world.state, &world.approver, id, draft["revision"].as_i64().unwrap())).expect("cancelled")
        };
        cancel(first);
        let begun = tool.json("POST", &path, &json!({ "reason": "The data was read off wrongly." })).expect(201).json();
        assert_eq!(begun["corrects"], change.id.to_string(), "{begun}");
        cancel(&begun);

        let draft = corrected(&world, &change, |facts| facts.data_categories = vec!["Payment data".into()]);
        let draft = submitted(&world, &draft);
        let page = approver.get(&format!("/staff/changes/{}", draft.id)).expect(200);
        let form = format!("form[action='/staff/changes/{}/approve']", draft.id);
        let silent = approver.submit(&page, &form, &[]).expect(422);
        assert!(silent.says("Say why the deadlines go on all the same"), "{silent}");
        let done = approver.submit(&silent, &form, &[("comment", "Nobody has objected.")]).expect(200);
        assert!(done.says("Published") || done.says("published"), "{done}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM notice_update"), 1);
    }

    fn wrong_data_is_corrected_for_whoever_was_told_and_no_clock_moves_for_a_reason(backend: Backend) {
        let (app, world, change) = told(backend);
        let clocks = || {
            world.state.db.read_blocking(|conn| {
                let notice = db::notice::of_change(conn, change.id)?.expect("a notice");
                db::client_notice::of_notice(conn, notice.id, "", 9)
            }).expect("records")
        };
        speaks(&world, clocks()[0].client_id, "de");
        let (before, notices) = (clocks(), app.database.number(NOTICES));
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
        assert!(page.says("2 by mail and 1 by webhook") && !page.says("Contractual reach unknown"), "{page}");
        let mail = String::from_utf8(approver.get(&format!("/staff/changes/{}/mail.txt", draft.id)).expect(200).body).unwrap();
        assert!(mail.contains("Subject: Correction: ") && mail.contains("was “Contact data”, now “Payment data”"), "{mail}");
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
        assert_eq!(app.database.number(NOTICES), notices);
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
