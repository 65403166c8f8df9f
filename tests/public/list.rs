//! The list: what it shows, how it is filtered, and how it travels.

use super::seed::{in_days, small_list};
use crate::support::*;
use reqwest::Method;

on_both! {
    fn before_the_first_version_the_page_says_so(backend: Backend) {
        let app = App::on(backend).start();
        let mut visitor = app.browser();
        let page = visitor.get("/").expect(200);
        assert!(page.says("No list has been published yet"), "{}", page.text());
        assert_eq!(visitor.get("/list.json").json()["type"], "urn:subprocessors:problem:not-found");
        assert!(visitor.get("/notices").expect(200).says("No change has been announced yet"));
    }

    fn the_list_shows_what_is_in_use_and_what_is_announced(backend: Backend) {
        let mut app = App::on(backend).set("company.time_zone", "Europe/Berlin").prepare();
        small_list(&mut app);
        app.restart();
        let mut visitor = app.browser();
        let page = visitor.get("/").expect(200);
        assert_eq!(page.all("tbody th a"), ["Cloudhost GmbH", "Helpdesk & Sons <Ltd>", "Mailer Inc.", "Translator SA"]);
        assert!(page.one("p[role=status]").contains("4 sub-processors"));
        let banner = page.one("p.notice");
        assert!(banner.contains("adds Translator SA as a sub-processor and changes how it uses Mailer Inc."), "{banner}");
        assert!(banner.contains("you can object until") && banner.contains("23:59"), "{banner}");
        assert!(page.one("tr.pending").contains("Processed in: Belgium; United States (until then United States)"));
        assert!(page.all("td .badge.warn").iter().any(|b| b.starts_with("From ")));
        assert!(!page.text().contains("Sentinel"), "a hidden entry left a trace");
        assert!(!visitor.get("/list.json").text().contains("Sentinel"));
        assert_eq!(visitor.get("/sub-processors/sentinel-secret-ag").status, 404);
    }

    fn filters_can_be_shared_as_addresses(backend: Backend) {
        let mut app = App::on(backend).prepare();
        small_list(&mut app);
        app.restart();
        let mut visitor = app.browser();
        let mut names = |path: &str| visitor.get(path).expect(200).all("tbody th a");
        assert_eq!(names("/?country=IE"), ["Cloudhost GmbH", "Helpdesk & Sons <Ltd>"]);
        assert_eq!(names("/?group=optional"), ["Helpdesk & Sons <Ltd>"]);
        assert_eq!(names("/?data=backups&country=de"), ["Cloudhost GmbH"]);
        assert_eq!(names("/?q=MAIL+trigger"), ["Mailer Inc."]);
        assert_eq!(names("/?product=&country=&data=&group=&q=&as_of=").len(), 4);
        let json = visitor.get("/list.json?country=IE").expect(200).json();
        assert_eq!(json["entries"].as_array().unwrap().len(), 2);
        assert_eq!(json["version"], 3);
    }

    fn a_filter_nobody_knows_is_said_and_a_date_that_is_none_is_an_error(backend: Backend) {
        let mut app = App::on(backend).prepare();
        small_list(&mut app);
        app.restart();
        let mut visitor = app.browser();
        let page = visitor.get("/?country=fr&product=%3Cscript%3E&group=x").expect(200);
        assert!(!page.text().contains("<script>"));
        let said = page.all(".summary a");
        assert!(said[0].contains("product called “<script>”"), "{said:?}");
        assert!(said[1].contains("no group “x”"), "{said:?}");
        let page = visitor.get("/?as_of=2026-02-30").expect(400);
        assert!(page.one(".summary a").contains("“2026-02-30” is not a date. Write it as year-month-day"));
        assert_eq!(visitor.get("/list.json?as_of=yesterday").expect(400).json()["status"], 400);
        assert!(visitor.get("/?as_of=2999-01-01").expect(200).says("still to come"));
    }

    fn the_past_is_what_had_been_published_by_the_end_of_that_day(backend: Backend) {
        let mut app = App::on(backend).set("company.time_zone", "Europe/Berlin").prepare();
        let world = small_list(&mut app);
        app.restart();
        let mut visitor = app.browser();
        let yesterday = in_days(&world, -1);
        let page = visitor.get(&format!("/?as_of={yesterday}")).expect(200);
        assert!(page.says("The list as published by the end of"));
        assert_eq!(page.all("tbody th a").len(), 3);
        assert_eq!(visitor.get(&format!("/list.json?as_of={yesterday}")).json()["version"], 1);
        assert!(visitor.get("/?as_of=2001-01-01").expect(200).says("No list had been published by the end of 1 January 2001"));
    }

    fn the_page_is_sent_once_and_small(backend: Backend) {
        let mut app = App::on(backend).prepare();
        small_list(&mut app);
        app.restart();
        let mut visitor = app.browser();
        for path in ["/", "/list.json", "/notices", "/?country=IE", "/?on=2026-01-01", "/list.json?on=2026-01-01", "/sub-processors/mailer-inc"] {
            for coding in ["", "gzip", "br"] {
                let first = visitor.get_with(path, &[("accept-encoding", coding)]).expect(200);
                assert_eq!(first.header("vary"), Some("accept-encoding"), "{path}");
                let tag = first.header("etag").unwrap().to_owned();
                assert!(tag.starts_with('"'), "strong: {tag}");
                let again = visitor.get_with(path, &[("accept-encoding", coding), ("if-none-match", &tag)]);
                assert_eq!((again.status, again.header("etag")), (304, Some(tag.as_str())), "{path} {coding}");
            }
            let head = visitor.send(Method::HEAD, path, &[], Vec::new()).expect(200);
            assert!(head.text().is_empty() && head.header("etag").is_some(), "{path}");
        }
        let page = visitor.get("/");
        let style = page.attributes("link[rel=stylesheet]", "href").remove(0);
        let css = visitor.get(&style).expect(200);
        assert_eq!(css.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert!(page.attributes("script", "src").is_empty());
    }

    fn a_forged_host_is_refused_and_reaches_no_link(backend: Backend) {
        let app = App::on(backend).start();
        let mut visitor = app.browser();
        let refused = visitor.get_with("/", &[("host", "evil.example")]);
        assert_eq!(refused.status, 421);
        assert!(!refused.text().contains("evil.example"));
        let page = visitor.get("/");
        assert_eq!(page.attributes("link[rel=canonical]", "href"), [format!("{}/", app.url)]);
    }

    fn every_name_of_loopback_is_answered(backend: Backend) {
        let app = App::on(backend).start();
        let port = app.url.rsplit(':').next().unwrap().to_owned();
        let mut visitor = app.browser();
        for name in ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"] {
            assert_eq!(visitor.get_with("/", &[("host", &format!("{name}:{port}"))]).status, 200, "{name}");
        }
        for name in ["localhost:1", "127.0.0.1", "127.0.0.2", "localhost.evil.example", "evil-localhost"] {
            let host = if name.contains(':') { name.to_owned() } else { format!("{name}.:{port}") };
            assert_eq!(visitor.get_with("/", &[("host", &host)]).status, 421, "{host}");
        }
    }

    fn every_answer_forbids_scripts_and_framing(backend: Backend) {
        let app = App::on(backend).start();
        let mut visitor = app.browser();
        for path in ["/", "/nothing", "/list.json", "/healthz", "/assets/none.css"] {
            let page = visitor.get(path);
            let policy = page.header("content-security-policy").unwrap_or_default();
            assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
            assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
        }
        assert!(visitor.get("/nothing").expect(404).says("See the list of sub-processors"));
        let problem = visitor.get_with("/nothing", &[("accept", "application/json")]).expect(404);
        assert_eq!(problem.header("content-type"), Some("application/problem+json"));
    }
}
