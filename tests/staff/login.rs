//! The door: who comes in, who does not, and for how long.

use super::people::*;
use crate::support::*;
use jiff::SignedDuration;

/// Guesses until the limit is reached; a slow machine gives a try back in between.
fn runs_out(visitor: &mut Browser, name: &str) {
    assert!(
        (0..40).any(|_| log_in(visitor, name, "three other words").status == 429),
        "guessing {name} has no end"
    );
}

on_both! {
    fn a_link_opens_once_and_the_password_opens_the_console(app) {
        let mut visitor = app.browser();
        let link = invite(&app, "maria", "editor");
        let page = visitor.get(&link).expect(200);
        visitor.submit(&page, "form", &[("password", "short"), ("again", "short")]).expect(422);
        visitor.submit(&page, "form", &[("password", PASSWORD), ("again", "other")]).expect(422);
        choose_password(&mut visitor, &link);
        visitor.get(&link).expect(410);
        visitor.submit(&page, "form", &[("password", "another three words"), ("again", "another three words")]).expect(410);
        assert!(log_in(&mut visitor, "maria", PASSWORD).expect(200).says("Log out maria"));
        assert!(visitor.get("/staff/welcome/nonsense").expect(410).says("does not open"));
    }

    fn a_link_expires_after_three_days(app) {
        let link = invite(&app, "maria", "editor");
        app.advance(SignedDuration::from_hours(73));
        app.browser().get(&link).expect(410);
    }

    fn an_unknown_address_and_a_wrong_password_get_the_same_answer(app) {
        let mut visitor = app.browser();
        choose_password(&mut visitor, &invite(&app, "maria", "editor"));
        let wrong = log_in(&mut visitor, "maria", "three other words").expect(422);
        let unknown = log_in(&mut visitor, "nobody", "three other words").expect(422);
        assert_eq!(wrong.text().replace("maria", "nobody"), unknown.text());
        assert!(visitor.cookies.is_empty());
    }

    fn the_eleventh_try_waits_even_with_the_right_password(app) {
        let mut visitor = app.browser();
        choose_password(&mut visitor, &invite(&app, "maria", "editor"));
        for _ in 0..10 {
            log_in(&mut visitor, "maria", "three other words").expect(422);
        }
        log_in(&mut visitor, "maria", PASSWORD).expect(429);
        // Pretending to come from elsewhere helps nobody: no proxy is trusted.
        visitor.headers.insert("x-forwarded-for".into(), "203.0.113.9".into());
        log_in(&mut visitor, "maria", PASSWORD).expect(429);
    }

    fn a_stranger_who_knows_an_address_keeps_nobody_out_of_their_own_browser(app) {
        let mut maria = hire(&app, "maria", "editor");
        let page = maria.get("/staff").expect(200);
        maria.submit(&page, "form[action='/staff/logout']", &[]).expect(200);
        let mut stranger = app.browser();
        runs_out(&mut stranger, "maria");
        // From the very same network, but from the browser she has logged in with before.
        let mark = maria.cookies["device"].clone();
        assert!(log_in(&mut maria, "maria", PASSWORD).expect(200).says("Log out maria"));
        // That browser's mark is worth nothing for another person, or altered, or too late.
        runs_out(&mut stranger, "kim");
        for (name, mark) in [("kim", mark.clone()), ("maria", mark.replace(':', ":A"))] {
            let mut thief = app.browser();
            thief.cookies.insert("device".into(), mark);
            log_in(&mut thief, name, PASSWORD).expect(429);
        }
        app.advance(SignedDuration::from_hours(24 * 91));
        let mut late = app.browser();
        late.cookies.insert("device".into(), mark);
        log_in(&mut late, "maria", PASSWORD).expect(429);
    }

    fn a_known_browser_is_bounded_too(app) {
        let mut maria = hire(&app, "maria", "editor");
        maria.cookies.remove("session");
        runs_out(&mut maria, "maria");
        log_in(&mut maria, "maria", PASSWORD).expect(429);
    }

    fn a_planted_cookie_is_worth_nothing_after_the_login(app) {
        let mut visitor = app.browser();
        choose_password(&mut visitor, &invite(&app, "maria", "editor"));
        visitor.cookies.insert("session".into(), "planted".into());
        log_in(&mut visitor, "maria", PASSWORD).expect(200);
        assert_ne!(visitor.cookies["session"], "planted");
        let mut thief = app.browser();
        thief.cookies.insert("session".into(), "planted".into());
        assert!(thief.get("/staff").says("Log in"));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM session WHERE token_hash = 'planted'"), 0);
    }

    fn a_session_ends_after_two_idle_hours_and_after_twelve_in_any_case(app) {
        let mut idle = hire(&app, "idle", "viewer");
        let mut busy = hire(&app, "busy", "viewer");
        for _ in 0..6 {
            app.advance(SignedDuration::from_mins(110));
            assert!(busy.get("/staff").says("Log out busy"));
        }
        assert!(idle.get("/staff/register").says("Log in"));
        app.advance(SignedDuration::from_mins(70));
        assert!(busy.get("/staff").says("Log in"));
    }

    fn logging_out_and_being_shut_out_end_a_session_at_once(app) {
        let mut maria = hire(&app, "maria", "editor");
        let mut kim = hire(&app, "kim", "editor");
        let cookies = maria.cookies.clone();
        let page = maria.get("/staff").expect(200);
        maria.submit(&page, "form[action='/staff/logout']", &[]).expect(200);
        maria.cookies = cookies;
        assert!(maria.get("/staff").says("Log in"));
        app.run_well(&["user", "disable", "kim@acme.example"]);
        assert!(kim.get("/staff").says("Log in"));
        log_in(&mut kim, "kim", PASSWORD).expect(422);
    }

    fn a_form_from_elsewhere_or_without_its_token_does_nothing(app) {
        let mut maria = hire(&app, "maria", "editor");
        let token = csrf(&mut maria);
        maria.post_form("/staff/changes", &[("title", "Forged")]).expect(403);
        maria.post_form("/staff/changes", &[("title", "Forged"), ("csrf", "x")]).expect(403);
        for (header, value) in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")] {
            maria.headers = [(header.to_owned(), value.to_owned())].into();
            maria.post_form("/staff/changes", &[("title", "Forged"), ("csrf", &token)]).expect(403);
        }
        assert_eq!(app.database.number("SELECT count(*) AS n FROM change"), 0);
        maria.headers.clear();
        maria.post_form("/staff/changes", &[("title", "Mine"), ("csrf", &token)]).expect(303);
        assert_eq!(app.database.number("SELECT count(*) AS n FROM change"), 1);
    }
}

on_both! {
    fn the_cookie_is_bound_to_the_host_where_there_is_tls(backend: Backend) {
        for (public_url, start, secure) in [("https://trust.acme.example", "__Host-session=", true), ("", "session=", false)] {
            let mut setup = App::on(backend);
            if !public_url.is_empty() {
                setup = setup.set("server.public_url", public_url);
            }
            let app = setup.start();
            let mut visitor = app.browser();
            choose_password(&mut visitor, &invite(&app, "maria", "editor"));
            let fields = [("email", "maria@acme.example"), ("password", PASSWORD)];
            let answer = visitor.post_form("/staff/login", &fields).expect(303);
            let cookie = answer.header("set-cookie").unwrap();
            assert!(cookie.starts_with(start), "{cookie}");
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
            assert_eq!(cookie.contains("Secure"), secure, "{cookie}");
        }
    }
}
