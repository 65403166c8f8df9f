//! The main path: one person writes a change, another approves it, subscribers hear of it.

use super::people::*;
use crate::support::*;

fn submit(editor: &mut Browser, page: &Page) -> Page {
    editor.submit(page, "form[action$='/submit']", &[]).expect(200)
}

on_both! {
    fn an_edit_reaches_the_mailbox_once_a_second_person_approves(app) {
        World::of(&app).mail_subscriber("reader@client.example");
        let (mut editor, mut approver) = (hire(&app, "ed", "editor"), hire(&app, "ann", "approver"));
        let page = draft(&mut editor, "Example GmbH");
        assert!(page.says("Earliest effective date"), "{page}");
        assert!(page.says("Contractual reach unknown"));
        let page = submit(&mut editor, &page);
        assert!(page.all("form[action$='/approve']").is_empty(), "an editor sees no button to approve");

        assert!(approver.get("/staff").says("change waits for your approval"));
        let page = approver.get(page.url.path()).expect(200);
        let button = page.one("form[action$='/approve'] button.btn");
        assert!(button.starts_with("Approve: 1 mail and 0 webhooks at "), "{button}");
        assert!(page.says("Added: Example GmbH"));
        let mail = approver.get(&format!("{}/mail.txt", page.url.path())).expect(200);
        assert!(mail.text().contains("Example GmbH"), "{mail}");
        approver.get(&format!("{}/mail.html", page.url.path())).expect(200);
        let page = approver.submit(&page, "form[action$='/approve']", &[("comment", "Checked")]).expect(200);
        assert!(page.says("Notice N-"), "{page}");

        let mail = app.mail.wait_for_one_to("reader@client.example");
        assert!(mail.subject().contains("Example GmbH"), "{}", mail.subject());
        assert!(app.browser().get("/").says("Example GmbH"));
        let deliveries = wait_until_accepted(&mut approver);
        let path = deliveries.attributes("tbody th a", "href").remove(0);
        let delivery = approver.get(&path).expect(200);
        assert!(delivery.says("reader@client.example") && delivery.says("250"), "{delivery}");
    }

    fn nobody_approves_their_own_change_and_an_editor_approves_none(app) {
        let (mut editor, mut author) = (hire(&app, "ed", "editor"), hire(&app, "ann", "approver"));
        let page = draft(&mut author, "Example GmbH");
        let page = submit(&mut author, &page);
        assert!(page.says("a second person approves it"), "{page}");
        let path = page.url.path().to_owned();
        let revision = page.attributes("input[name=revision]", "value").remove(0);
        for who in [&mut author, &mut editor] {
            let token = csrf(who);
            who.post_form(&format!("{path}/approve"), &[("csrf", &token), ("revision", &revision)]).expect(403);
        }
        assert_eq!(app.database.number("SELECT count(*) AS n FROM approval"), 0);
        // Whoever wrote a part of somebody else's change sees no button either.
        let page = draft(&mut editor, "Other GmbH");
        let page = author.get(page.url.path()).expect(200);
        let page = author.submit(&page, "form[action$='/details']", &[("reason", "Mine too")]).expect(200);
        let page = editor.get(page.url.path()).expect(200);
        let page = submit(&mut editor, &page);
        let page = author.get(page.url.path()).expect(200);
        assert!(page.all("form[action$='/approve']").is_empty(), "{page}");
    }

    fn a_returned_change_tells_its_author_why(app) {
        let (mut editor, mut approver) = (hire(&app, "ed", "editor"), hire(&app, "ann", "approver"));
        let page = draft(&mut editor, "Example GmbH");
        let page = submit(&mut editor, &page);
        let path = page.url.path().to_owned();
        let page = approver.get(&path).expect(200);
        let page = approver.submit(&page, "button[formaction$='/return']", &[]).expect(422);
        assert!(page.says("Say what the author should mend."), "{page}");
        approver.submit(&page, "button[formaction$='/return']", &[("comment", "Which texts?")]).expect(200);
        assert!(editor.get(&path).expect(200).says("Which texts?"));
        assert!(editor.get("/staff").expect(200).says("draft of yours was returned"));
    }

    fn a_stale_save_shows_both_and_saves_mine_on_top(app) {
        let (mut ed, mut kim) = (hire(&app, "ed", "editor"), hire(&app, "kim", "editor"));
        let page = draft(&mut ed, "Example GmbH");
        let path = page.url.path().to_owned();
        let entry = page.attributes("a[href*='/edit?change=']", "href").remove(0);
        let (mine, theirs) = (ed.get(&entry).expect(200), kim.get(&entry).expect(200));
        kim.submit(&theirs, "form[action='/staff/entries']", &[("retention", "Ten years")]).expect(200);
        let both = ed.submit(&mine, "form[action='/staff/entries']", &[("retention", "One day")]).expect(409);
        assert!(both.says("Ten years") && both.says("One day"), "{both}");
        let page = ed.submit(&both, "form[action='/staff/entries']", &[]).expect(200);
        assert_eq!(page.url.path(), path);
        assert!(page.says("One day") && !page.says("Ten years"), "{page}");

        let before = kim.get(&path).expect(200);
        ed.submit(&page, "form[action$='/details']", &[("title", "Their title")]).expect(200);
        let both = kim.submit(&before, "form[action$='/details']", &[("title", "My title")]).expect(409);
        assert!(both.says("Their title") && both.says("My title"), "{both}");
        let page = kim.submit(&both, "form[action$='/details']", &[]).expect(200);
        assert!(page.one("h1").contains("My title"));
        assert!(page.says("Clients asked for it"), "the rest of what was typed is there too: {page}");
    }
}

on_both! {
    fn a_held_change_can_be_cancelled_and_then_tells_nobody(backend: Backend) {
        let app = App::on(backend).set("notices.hold", "60").start();
        World::of(&app).mail_subscriber("reader@client.example");
        let (mut editor, mut approver) = (hire(&app, "ed", "editor"), hire(&app, "ann", "approver"));
        let page = draft(&mut editor, "Example GmbH");
        let page = submit(&mut editor, &page);
        let page = approver.get(page.url.path()).expect(200);
        assert!(page.says("after a hold of 1 h"), "{page}");
        let page = approver.submit(&page, "form[action$='/approve']", &[]).expect(200);
        assert!(page.one("[aria-current=step]").starts_with("Hold until"));
        let page = approver.submit(&page, "form[action$='/cancel']", &[]).expect(200);
        assert_eq!(page.one("[aria-current=step]"), "Cancelled");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM notice"), 0);
    }
}

fn wait_until_accepted(staff: &mut Browser) -> Page {
    let begun = std::time::Instant::now();
    loop {
        let page = staff.get("/staff/deliveries?state=accepted").expect(200);
        if !page.all("tbody tr").is_empty() {
            return page;
        }
        assert!(begun.elapsed() < PATIENCE, "never accepted: {}", staff.get("/staff/deliveries"));
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
