//! What is odd in real histories, one by one.

use subprocessors::domain::change::{ChangeState, Class, Edit, Operation};
use subprocessors::domain::engagement::Group;
use subprocessors::domain::vetting::VettingStatus;

use super::shelf::{carry, import, listed, nothing_is_sent, one, preview, take, told, version};
use crate::support::Desk;

on_both! {
    fn the_first_list_is_the_baseline_and_tells_nobody(backend: Backend) {
        let desk = Desk::on(backend);
        let text = version("tailscale/2023-06-30.csv");
        let done = import(&desk, text.clone()).unwrap();
        assert!(done.preview.baseline && done.preview.doubts.is_empty());
        let change = done.change.unwrap();
        assert_eq!((change.state, change.items.len()), (ChangeState::Draft, 23));
        assert!(listed(&desk).is_empty());
        let refused = import(&desk, text).unwrap_err();
        assert!(refused.to_string().contains("C-1"), "{refused}");
        carry(&desk, &change);
        let list = desk.list();
        assert_eq!((list.version, list.entries.len()), (1, 23));
        assert!(list.entries.iter().all(|e| e.vetting.status == VettingStatus::NotReviewed));
        nothing_is_sent(&desk);
    }

    fn a_respelling_is_editorial_and_keeps_the_id(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, version("datum/2026-06-09.csv"));
        let before = one(&desk, "Helpscout");
        let done = import(&desk, version("datum/2026-08-04.csv")).unwrap();
        assert_eq!(told(&done.preview), ["renamed Help Scout editorial"]);
        assert!(done.preview.doubts.is_empty());
        let change = done.change.unwrap();
        let grounds = change.items.first().unwrap().grounds.join(" ");
        assert!(grounds.contains("second person"), "{grounds}");
        assert_eq!(carry(&desk, &change).state, ChangeState::Published);
        let after = one(&desk, "Help Scout");
        assert_eq!(after.entry.id, before.entry.id);
        assert_eq!(after.entry.slug, before.entry.slug);
        assert_eq!(after.entry.vendor.aliases.first().unwrap().name, "Helpscout");
        assert_eq!(desk.database.number("SELECT count(*) AS n FROM notice"), 0);
    }

    fn europe_becomes_the_eea_for_all_while_one_really_loses_europe(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, version("tailscale/2023-06-30.csv"));
        take(&desk, version("tailscale/2023-08-16.csv"));
        let shown = preview(&desk, &version("tailscale/2023-12-03.csv"));
        assert_eq!(
            told(&shown),
            ["AWS", "DigitalOcean", "HelpScout", "Vultr"].map(|n| format!("changed {n} informational"))
        );
        let help = shown.items.iter().find(|i| i.vendor == "HelpScout").unwrap();
        assert_eq!(help.after.as_ref().unwrap()["locations"].as_array().unwrap().len(), 1);
    }

    fn fifteen_leave_in_one_version(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, version("tailscale/2023-06-30.csv"));
        let shown = preview(&desk, &version("tailscale/2023-08-16.csv"));
        let of = |word: &str| told(&shown).iter().filter(|t| t.starts_with(word)).count();
        assert_eq!((of("removed"), of("added"), of("changed")), (15, 1, 8));
        assert!(told(&shown).contains(&"added Salesforce material".to_owned()));
    }

    fn a_full_stop_is_no_new_company(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, version("segment/2019-07-25.csv"));
        let done = take(&desk, version("segment/2019-12-20.csv"));
        let told = told(&done.preview);
        assert_eq!(told.iter().filter(|t| t.starts_with("added")).count(), 5);
        assert!(told.iter().any(|t| t == "renamed Google LLC. informational"), "{told:?}");
        let google = one(&desk, "Google LLC.").entry.engagement;
        assert_eq!(google.group, Group::Optional);
        assert_eq!(google.feature, "BigQuery Data Warehouse Destination, Personas");
    }

    fn a_near_name_is_a_question_for_a_person(backend: Backend) {
        let desk = Desk::on(backend);
        for day in ["2022-12-23", "2025-04-03", "2025-10-21"] {
            take(&desk, version(&format!("prairielearn/{day}.csv")));
        }
        let done = import(&desk, version("prairielearn/2026-04-27.csv")).unwrap();
        let renamed = done.preview.items.iter().find(|i| i.vendor == "Google Workspace").unwrap();
        assert_eq!(renamed.operation.as_str(), "renamed");
        assert!(renamed.doubt.contains("Google Workspaces") && renamed.confidence < 1.0);
        assert!(told(&done.preview).contains(&"added Google Gemini material".to_owned()));
        assert!(done.preview.doubts.iter().any(|d| d.value == "Google Workspace"));
        let change = done.change.unwrap();
        let refused =
            desk.run(subprocessors::actions::submit(&desk.state, &desk.editor, change.id, change.revision));
        assert!(refused.unwrap_err().to_string().contains("A person must settle this first"));
    }

    fn a_promise_about_the_whole_list_cannot_vanish_unseen(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, version("prairielearn/2022-12-23.csv"));
        assert_eq!(desk.list().statements, ["Canadian customers' student data stays in Canada"]);
        take(&desk, version("prairielearn/2025-04-03.csv"));
        let done = import(&desk, version("prairielearn/2025-10-21.csv")).unwrap();
        let change = done.change.unwrap();
        let item = change.items.last().unwrap();
        assert!(matches!(&item.edit, Edit::Statements { after, .. } if after.is_empty()));
        assert_eq!((change.items.len(), item.class), (1, Class::Material));
        assert!(item.doubt.contains("stays in Canada"), "{}", item.doubt);
    }

    fn a_promise_doubted_in_a_draft_that_is_given_up_is_doubted_again(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, version("prairielearn/2022-12-23.csv"));
        take(&desk, version("prairielearn/2025-04-03.csv"));
        let without = version("prairielearn/2025-10-21.csv");
        let doubted = |change: &subprocessors::domain::change::Change| {
            change.items.iter().any(|i| i.doubt.contains("stays in Canada"))
        };
        for _ in 0..2 {
            let first = import(&desk, without.clone()).unwrap();
            let again = import(&desk, without.clone()).unwrap();
            assert!(!first.already && again.already, "while it is open, it is the same draft");
            let change = first.change.unwrap();
            assert!(doubted(&change));
            let given_up =
                subprocessors::actions::cancel(&desk.state, &desk.editor, change.id, change.revision);
            desk.run(given_up).unwrap();
        }
        // Kept by a person, and published with another change of the file: not asked again.
        let more = format!("{}\nprairielearn,Example Ltd,hosting,,,,US,,,\n", without.trim_end());
        let change = import(&desk, more.clone()).unwrap().change.unwrap();
        let item = change.items.iter().find(|i| !i.doubt.is_empty()).unwrap().id;
        let undo = subprocessors::actions::undo_item(
            &desk.state,
            &desk.editor,
            change.id,
            change.revision,
            item,
        );
        carry(&desk, &desk.run(undo).unwrap());
        assert_eq!(desk.list().statements, ["Canadian customers' student data stays in Canada"]);
        assert!(!preview(&desk, &more).items.iter().any(|i| i.doubt.contains("stays in Canada")));
    }

    fn two_companies_in_one_cell_wait_while_the_rest_goes_on(backend: Backend) {
        let desk = Desk::on(backend);
        let done = take(&desk, version("stakater/2025-01-14.csv"));
        assert_eq!(done.preview.doubts.len(), 1);
        let doubt = done.preview.doubts.first().unwrap();
        assert_eq!((doubt.line, doubt.field.as_str()), (2, "name"));
        assert!(doubt.why.contains("Digital Realty") && doubt.why.contains("OpenMetal"), "{doubt}");
        let pakistan = one(&desk, "Stakater Pakistan SMC-Pvt Ltd").entry;
        assert!(pakistan.vendor.affiliate && pakistan.engagement.transfers.is_empty());
        assert_eq!(pakistan.engagement.group, Group::Affiliate);
        assert!(pakistan.engagement.safeguards.contains("Intra-group Agreement with SCCs"));
        let kept = desk.run(subprocessors::actions::import_list::doubts(
            &desk.state,
            &desk.editor,
            done.change.unwrap().id,
        ));
        assert_eq!(kept.unwrap(), done.preview.doubts);
    }

    fn what_the_file_does_not_know_stays(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, version("datum/2026-06-09.csv"));
        let mut draft = desk.edit_of("Resend");
        draft.engagement.retention = "30 days".into();
        draft.engagement.safeguards = "Encrypted at rest.".into();
        draft.vendor.lei = "5299000J2N45DDNE4Y28".into();
        let change = desk.begin("Say more", None);
        carry(&desk, &desk.put(&change, draft));
        let known = one(&desk, "Resend").entry;
        let text = version("datum/2026-06-09.csv").replace("product messaging", "marketing email");
        let done = take(&desk, text);
        assert_eq!(told(&done.preview), ["changed Resend material"]);
        let now = one(&desk, "Resend").entry;
        assert_eq!(now.engagement.retention, known.engagement.retention);
        assert_eq!(now.engagement.safeguards, known.engagement.safeguards);
        assert_eq!(now.vendor, known.vendor);
    }

    fn one_that_comes_back_is_the_same_vendor(backend: Backend) {
        let desk = Desk::on(backend);
        let with = "name,purpose\nAcme Ltd,hosting\nZoho,CRM\n";
        take(&desk, with);
        let before = one(&desk, "Zoho").entry;
        take(&desk, "name,purpose\nAcme Ltd,hosting\n");
        take(&desk, with);
        let after = one(&desk, "Zoho").entry;
        assert_eq!(after.vendor_id, before.vendor_id);
        assert_ne!(after.id, before.id);
    }

    fn a_replacement_is_told_only_where_the_list_says_so(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, "name,purpose,notes\nClicky,web analytics,\nStripe,payments,\n");
        let shown = preview(&desk, "name,purpose,notes\nFathom,web analytics,\nStripe,payments,\n");
        assert_eq!(told(&shown), ["added Fathom material", "removed Clicky informational"]);
        let text = "name,purpose,notes\nFathom,web analytics,replaces=Clicky\nStripe,payments,\n";
        let done = import(&desk, text).unwrap();
        assert_eq!(told(&done.preview), ["replaced Fathom material"]);
        assert_eq!(done.change.unwrap().items.first().unwrap().operation, Operation::Replaced);
    }
}
