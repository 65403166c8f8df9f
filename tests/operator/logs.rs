//! Log lines never hold a mail address, a token or a body.

use super::figures::raw;
use crate::support::*;

on_both! {
    fn a_run_leaves_no_address_and_no_token_in_the_log(backend: Backend) {
        let mut app = App::on(backend).set("log.level", "trace").set("log.format", "json").start();
        let port = app.url.rsplit(':').next().expect("a port").to_owned();
        let mut visitor = app.browser();
        let page = visitor.get("/subscribe").expect(200);
        visitor.submit(&page, "form[action='/subscribe']", &[("email", "lena.secret@example.com")]);
        let mail = app.mail.wait_for_one_to("lena.secret@example.com");
        let link = mail.link("/subscriptions/");
        let token = link.rsplit('/').next().expect("its token").to_owned();
        visitor.get(&link);
        // As somebody would try who found half a link, and one who logs in with a wrong password.
        raw(&port, &format!("GET /subscriptions/nowhere/{token}?email=lena.secret@example.com HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"));
        let body = "email=lena.secret%40example.com&password=hunter2hunter2";
        raw(&port, &format!("POST /staff/login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", app.url, body.len()));
        let log = {
            let process = app.process();
            process.log()
        };
        app.stop();
        assert!(log.lines().filter(|line| line.starts_with('{')).count() > 5, "{log}");
        for line in log.lines() {
            for secret in ["lena.secret", "hunter2", token.as_str()] {
                assert!(!line.contains(secret), "{secret} is in the log: {line}");
            }
        }
    }
}
