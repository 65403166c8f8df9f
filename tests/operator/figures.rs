//! What a monitor sees.

use crate::support::watched::eventually;
use crate::support::*;
use jiff::SignedDuration;

/// The value of a figure without labels.
fn figure(app: &App, name: &str) -> Option<f64> {
    let page = app.browser().get("/metrics").expect(200).text();
    let line = page.lines().find(|line| line.starts_with(&format!("{name} ")))?.to_owned();
    line.rsplit(' ').next()?.parse().ok()
}

on_both! {
    fn figures_are_there_and_periodic_work_ticks_with_the_clock(app) {
        assert_eq!(figure(&app, "subprocessors_list_version"), Some(0.0));
        let tick = || figure(&app, "subprocessors_last_job_tick_timestamp_seconds").filter(|at| *at > 0.0);
        let first = eventually("a tick", PATIENCE, tick);
        app.advance(SignedDuration::from_hours(30));
        eventually("a tick of the moved clock", PATIENCE, || {
            figure(&app, "subprocessors_last_job_tick_timestamp_seconds").filter(|at| *at > first + 100_000.0)
        });
        // Once for each hour met, however often it woke; the hour may change meanwhile.
        let hours = app.database.number("SELECT count(*) AS n FROM job_tick WHERE job = 'forget'");
        assert!((2..=3).contains(&hours), "{hours}");
    }
}

on_both! {
    fn figures_are_closed_to_other_names_without_the_token(backend: Backend) {
        let app = App::on(backend).set("server.metrics_token", "s3cret").start();
        let port = app.url.rsplit(':').next().expect("a port").to_owned();
        let ask = |head: &str| raw(&port, &format!("GET /metrics HTTP/1.1\r\n{head}\r\nConnection: close\r\n\r\n"));
        assert!(ask("Host: 127.0.0.1").starts_with("HTTP/1.1 200"));
        assert!(ask("Host: list.example").starts_with("HTTP/1.1 403"));
        assert!(ask("Host: 127.0.0.1\r\nX-Forwarded-For: 192.0.2.7").starts_with("HTTP/1.1 403"));
        assert!(ask("Host: list.example\r\nAuthorization: Bearer wrong").starts_with("HTTP/1.1 403"));
        assert!(ask("Host: list.example\r\nAuthorization: Bearer s3cret").starts_with("HTTP/1.1 200"));
    }
}

/// What a server on this machine answers to exactly these bytes.
pub fn raw(port: &str, request: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).expect("a connection");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}
