//! What was typed before the session ended: kept for the person, never for a forger.

use super::people::*;
use crate::support::*;
use jiff::SignedDuration;

const TYPED: &str = "Because “Clients” <asked> & waited";

/// A draft, with its form open in a browser whose session has ended meanwhile.
fn interrupted(app: &mut App) -> (Browser, Page) {
    let mut editor = hire(app, "ed", "editor");
    let page = draft(&mut editor, "Example GmbH");
    app.advance(SignedDuration::from_hours(3));
    (editor, page)
}

fn login(visitor: &mut Browser, page: &Page, name: &str, password: &str) -> Page {
    let email = format!("{name}@acme.example");
    visitor.submit(page, "form[action='/staff/login']", &[("email", &email), ("password", password)])
}

on_both! {
    fn what_was_typed_comes_through_the_login_and_is_sent_by_hand_only(app) {
        let (mut editor, page) = interrupted(&mut app);
        let door = editor.submit(&page, "form[action$='/details']", &[("reason", TYPED)]).expect(403);
        assert!(door.says("You were logged out.") && door.one("h1") == "Log in", "{door}");
        assert_eq!(door.attributes("input[name='kept.reason']", "value"), [TYPED]);
        assert!(door.attributes("input[name='kept.csrf']", "value").is_empty());

        let door = login(&mut editor, &door, "ed", "three other words").expect(422);
        assert_eq!(door.attributes("input[name='kept.reason']", "value"), [TYPED], "a slip loses nothing");
        let shown = login(&mut editor, &door, "ed", PASSWORD).expect(200);
        assert!(shown.says("Here is what you typed") && shown.says(TYPED), "{shown}");
        let stored = || app.database.number("SELECT count(*) AS n FROM change WHERE reason LIKE '%waited%'");
        assert_eq!(stored(), 0, "nothing is sent by itself");

        let action = format!("form[action='{}/details']", page.url.path());
        let page = editor.submit(&shown, &action, &[]).expect(200);
        assert!(page.says(TYPED), "{page}");
        assert_eq!(stored(), 1);
    }

    fn a_form_from_before_another_login_is_shown_again(app) {
        let mut editor = hire(&app, "ed", "editor");
        let page = draft(&mut editor, "Example GmbH");
        editor.cookies.remove("session");
        log_in(&mut editor, "ed", PASSWORD).expect(200);
        let shown = editor.submit(&page, "form[action$='/details']", &[("reason", TYPED)]).expect(403);
        assert!(shown.says("Here is what you typed") && shown.says(TYPED), "{shown}");
        assert_eq!(shown.attributes("main input[name=csrf]", "value"), [csrf(&mut editor)]);
        let action = format!("form[action='{}/details']", page.url.path());
        assert!(editor.submit(&shown, &action, &[]).expect(200).says(TYPED));
    }

    fn a_forged_form_is_never_carried(app) {
        let (editor, page) = interrupted(&mut app);
        let mut signed_in = hire(&app, "kim", "editor");
        let path = format!("{}/details", page.url.path());
        let forged = [("title", "Forged"), ("reason", "Forged"), ("revision", "1")];
        let evil = [
            vec![("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
            vec![("sec-fetch-site", "same-site")],
            vec![("sec-fetch-site", "none")],
            vec![("origin", "https://evil.example")],
            vec![("origin", "null")],
            vec![],
        ];
        for headers in evil {
            let mut nobody = app.browser();
            for visitor in [&mut nobody, &mut signed_in] {
                visitor.headers =
                    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
                let answer = visitor.post_form(&path, &forged);
                assert!(matches!(answer.status, 303 | 403), "{headers:?}: {answer}");
                assert!(!answer.text().contains("Forged"), "{headers:?}: {answer}");
            }
            // Neither does the login take fields that another page put into it.
            let planted = [
                ("email", "ed@acme.example"), ("password", PASSWORD),
                ("kept-to", path.as_str()), ("kept.title", "Forged"),
            ];
            let answer = nobody.post_form("/staff/login", &planted);
            assert!(!answer.text().contains("Forged"), "{headers:?}: {answer}");
        }
        drop(editor);
    }

    fn too_much_is_not_carried_and_the_login_says_so(app) {
        let (mut editor, page) = interrupted(&mut app);
        let long = "x".repeat(50_000);
        let door = editor.submit(&page, "form[action$='/details']", &[("reason", &long)]).expect(403);
        assert!(door.says("too long to be kept here") && door.text().len() < 10_000, "{door}");
        assert!(login(&mut editor, &door, "ed", PASSWORD).expect(200).says("Needs you"));
    }
}
