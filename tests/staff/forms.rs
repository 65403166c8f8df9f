//! What people type: kept when it is refused, stored only when it is right.

use super::people::*;
use crate::support::*;

const LIST: &str = "list_owner,name,purpose,data_categories,location,country_code_if_clear,entity_country,website,effective_from,notes
acme,Example GmbH,hosting,names,Germany,DE,DE,https://example.com,,
acme,Other Ltd,support,names; messages,Ireland,IE,IE,https://example.net,,
";

const FORM: &str = "form[action='/staff/entries']";

on_both! {
    fn bad_fields_are_told_beside_the_field_and_nothing_is_stored(app) {
        let mut editor = hire(&app, "ed", "editor");
        let page = editor.get("/staff/entries/new").expect(200);
        let long = "x".repeat(10_000);
        let cases = [
            ("vendor.name", "Evil\r\nBcc: all@client.example", "#e-f-vendor-name", "line break"),
            ("vendor.name", long.as_str(), "#e-f-vendor-name", "10000"),
            ("vendor.name", "", "#e-f-vendor-name", "Enter the name"),
            ("vendor.seat", "UK", "#e-f-vendor-seat", "no country"),
            ("vendor.website", "javascript:alert(1)", "#e-f-vendor-website", "web address"),
            ("locations.0.place", "Atlantis", "#e-f-locations-0-place", "no country"),
            ("vetting.review_by", "03/04/2027", "#e-f-vetting-review_by", "not a day"),
            ("retention", long.as_str(), "#e-f-retention", "10000"),
        ];
        for (field, value, place, piece) in cases {
            let fields = [("vendor.name", "Example GmbH"), ("purposes.0.text", "Hosting"), (field, value)];
            let fields = if field == "vendor.name" { &fields[1..] } else { &fields[..] };
            let again = editor.submit(&page, FORM, fields).expect(422);
            assert!(again.one(place).contains(piece), "{field}: {}", again.one(place));
            let anchor = format!("#{}", place.trim_start_matches("#e-"));
            assert!(again.attributes(".summary a", "href").contains(&anchor), "{field}: no link to {anchor}");
            let kept = again.attributes("input[name='purposes.0.text']", "value");
            assert_eq!(kept, ["Hosting"], "{field}: what was typed stays");
        }
        for (purpose, data) in [("", "names"), (long.as_str(), "names"), ("Hosting", long.as_str())] {
            let fields =
                [("vendor.name", "Example GmbH"), ("purposes.0.text", purpose), ("data_categories", data)];
            editor.submit(&page, FORM, &fields).expect(422);
        }
        assert_eq!(app.database.number("SELECT count(*) AS n FROM change"), 0);
    }

    fn markup_is_shown_and_never_obeyed(app) {
        let mut editor = hire(&app, "ed", "editor");
        let page = draft(&mut editor, "<script>alert(1)</script><b>Bold</b>");
        assert!(page.says("<b>Bold</b>"), "{page}");
        assert!(page.all("script").is_empty() && page.all("main b").is_empty());
        let list = editor.get("/staff/changes").expect(200);
        assert!(list.all("script").is_empty());
    }

    fn rows_are_added_without_scripts_and_nothing_is_lost(app) {
        let mut editor = hire(&app, "ed", "editor");
        let page = editor.get("/staff/entries/new").expect(200);
        let before = page.all("input[name^='locations.'][name$='.place']").len();
        let typed = [("vendor.name", "Example GmbH"), ("locations.0.place", "Germany"), ("more", "locations")];
        let page = editor.submit(&page, FORM, &typed).expect(200);
        assert!(page.all("input[name^='locations.'][name$='.place']").len() > before);
        assert_eq!(page.attributes("input[name='vendor.name']", "value"), ["Example GmbH"]);
        let more = [("purposes.0.text", "Hosting"), ("locations.1.place", "European Union"), ("locations.2.text", "wherever")];
        let page = editor.submit(&page, FORM, &more).expect(200);
        assert!(page.says("Germany; European Union; wherever"), "{page}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM change"), 1);
    }

    fn a_reader_sees_every_page_and_no_button_that_would_refuse(app) {
        let (mut editor, mut reader) = (hire(&app, "ed", "editor"), hire(&app, "vi", "viewer"));
        let change = draft(&mut editor, "Example GmbH").url.path().to_owned();
        for path in ["/staff", "/staff/register", "/staff/changes", &change, "/staff/deliveries", "/staff/subscriptions", "/staff/audit"] {
            let page = reader.get(path).expect(200);
            let posts = page.attributes("form[method=post]", "action");
            assert_eq!(posts, ["/staff/logout"], "{path}");
            for link in page.attributes("main a[href^='/staff/']", "href") {
                let answer = reader.get(&link);
                assert!(answer.status == 200 || answer.status == 404, "{path} → {link}: {}", answer.status);
            }
        }
    }

    fn an_import_shows_what_it_would_do_and_the_baseline_tells_nobody(app) {
        World::of(&app).mail_subscriber("reader@client.example");
        let (mut editor, mut approver) = (hire(&app, "ed", "editor"), hire(&app, "ann", "approver"));
        let page = editor.get("/staff/import").expect(200);
        editor.submit(&page, "form[action='/staff/import']", &[]).expect(422);
        let file = format!("file:short.csv:{LIST}");
        let page = editor.submit(&page, "form[action='/staff/import']", &[("list", &file)]).expect(200);
        assert!(page.says("0 mails are sent"), "{page}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM change"), 0, "a preview stores nothing");
        let page = editor.submit(&page, "button[name=create]", &[]).expect(200);
        let page = editor.submit(&page, "form[action$='/submit']", &[]).expect(200);
        let page = approver.get(page.url.path()).expect(200);
        assert!(page.one("form[action$='/approve'] button.btn").contains("0 mails sent"), "{page}");
        approver.submit(&page, "form[action$='/approve']", &[]).expect(200);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM list_version"), 1);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM delivery"), 0);
        assert!(editor.get("/staff/register").expect(200).says("Not yet reviewed here"));
    }

    fn an_admin_adds_people_and_tokens_and_takes_them_back(app) {
        let mut admin = hire(&app, "adm", "admin");
        let page = admin.get("/staff/users").expect(200);
        let wrong = [("name", "Kim"), ("email", "kim"), ("role", "editor")];
        admin.submit(&page, "form[action='/staff/users']", &wrong).expect(422);
        let right = [("name", "Kim"), ("email", "kim@acme.example"), ("role", "editor")];
        let page = admin.submit(&page, "form[action='/staff/users']", &right).expect(200);
        let link = page.one(".once");
        let mut kim = app.browser();
        choose_password(&mut kim, link.split_once(":").and_then(|(_, rest)| rest.find("/staff/").map(|at| &rest[at..])).unwrap());
        log_in(&mut kim, "kim", PASSWORD).expect(200);

        let people = page.all("#f-staff option");
        let at = people.iter().position(|person| person == "Kim (editor)").unwrap();
        let id = page.attributes("#f-staff option", "value").remove(at);
        let page = admin.get("/staff/users").expect(200);
        let beyond = [("token_name", "deploys"), ("staff", id.as_str()), ("scopes", "admin")];
        let refused = admin.submit(&page, "form[action='/staff/tokens']", &beyond).expect(422);
        assert!(refused.one("#f-scopes .error").contains("editor"), "{refused}");
        let read = [("token_name", "deploys"), ("staff", id.as_str()), ("scopes", "read")];
        let made = admin.submit(&page, "form[action='/staff/tokens']", &read).expect(200);
        let secret = made.one(".once");
        assert!(secret.starts_with("sp_"), "{secret}");
        assert_eq!(app.database.number(&format!("SELECT count(*) AS n FROM api_token WHERE token_hash = '{secret}'")), 0);
        let mut program = app.browser().with_token(&secret);
        program.get("/api/v1/changes").expect(200);
        admin.submit(&made, &format!("form[action='/staff/users/{id}/disable']"), &[]).expect(200);
        program.get("/api/v1/changes").expect(401);
        assert!(kim.get("/staff").says("Log in"));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM audit_event WHERE detail LIKE '%kim%'"), 0);
    }

    fn pausing_holds_everything_back_until_somebody_resumes(app) {
        let mut admin = hire(&app, "adm", "admin");
        let page = admin.get("/staff/deliveries").expect(200);
        let page = admin.submit(&page, "form[action='/staff/sending/pause']", &[]).expect(200);
        assert!(page.says("Sending is paused."), "{page}");
        assert!(admin.get("/staff").expect(200).says("Sending is paused."));
        let page = admin.submit(&page, "form[action='/staff/sending/resume']", &[]).expect(200);
        assert!(!page.says("Sending is paused."));
    }
}
