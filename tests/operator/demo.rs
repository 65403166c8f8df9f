//! The demo, as somebody meets it who has just built the program.

use crate::support::app::{Folder, text};
use crate::support::process::Process;
use crate::support::watched::eventually;
use crate::support::*;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

struct Running {
    process: Process,
    url: String,
}

impl Running {
    fn start(folder: &Path) -> Self {
        let process = Process::start(command(folder).args(["demo", "--data-dir", "data"]));
        let line = process.wait_for_line("listening on http://", PATIENCE);
        let line = line.unwrap_or_else(|| panic!("the demo ended:\n{}", process.log()));
        let url = line.trim_start_matches("listening on ").to_owned();
        Self { process, url }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.url)
    }

    /// The lines that name a role, an address and a password.
    fn logins(&self) -> Vec<String> {
        let lines = self.process.stdout().into_iter().map(|line| line.trim().to_owned());
        lines.filter(|line| line.contains("@example.com")).collect()
    }

    fn stop(mut self) {
        let status = self.process.stop(PATIENCE);
        assert!(status.success(), "{status}\n{}", self.process.log());
        assert!(!self.process.log().contains("panicked"), "{}", self.process.log());
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_subprocessors"));
    command.current_dir(folder).env("SUBPROCESSORS__SERVER__BIND", "127.0.0.1:0");
    command
}

#[test]
fn the_demo_shows_a_change_in_each_state_and_goes_on_where_it_was() {
    let folder = Folder::new();
    let demo = Running::start(&folder.path);
    let mut visitor = demo.browser();
    let page = visitor.get("/").expect(200);
    for name in ["Cloudflare", "Example Analytics", "This is a demonstration"] {
        assert!(page.says(name), "{name} is not on the list");
    }
    visitor.get("/notices").expect(200);
    let mailbox = eventually("the announcement in the mailbox", PATIENCE, || {
        Some(demo.browser().get("/demo/mailbox")).filter(|page| page.says("adds Example Analytics"))
    });
    let mails = mailbox.attributes("tbody a", "href");
    let mail = visitor.get(mails.first().expect("a mail")).expect(200);
    assert!(!mail.attributes(".mail a", "href").is_empty(), "links in the text can be followed");
    let frame = mail.attributes("iframe", "src");
    visitor.get(frame.first().expect("the HTML part")).expect(200);
    let hooks = eventually("the announcement at the receiver", PATIENCE, || {
        Some(demo.browser().get("/demo/webhooks")).filter(|page| page.says("subprocessor.change.announced"))
    });
    assert!(hooks.says("subscription.challenge"));
    assert!(hooks.says("signature verified") && !hooks.says("signature not verified"));

    let logins = demo.logins();
    assert_eq!(logins.len(), 4, "{logins:?}");
    let login: Vec<&str> = logins[0].split_whitespace().collect();
    let page = visitor.get("/staff/login").expect(200);
    visitor.submit(&page, "main form", &[("email", login[1]), ("password", login[2])]).expect(200);
    let clients = visitor.get("/staff/clients").expect(200);
    assert_eq!(clients.all("tbody tr").len(), 12, "{clients}");
    assert!(clients.says("1 contact, 1 bounced: no working contact"), "{clients}");
    assert_eq!(visitor.get("/staff/dpas").expect(200).all("tbody tr").len(), 5);
    let kept = folder.path.join("data/logins.txt");
    assert_eq!(std::fs::metadata(&kept).expect("logins").permissions().mode() & 0o777, 0o600);
    assert!(demo.process.stdout().iter().any(|line| line.contains("What to try")));
    demo.stop();

    let again = Running::start(&folder.path);
    assert_eq!(again.logins(), logins);
    assert!(again.browser().get("/").says("Example Analytics"));
    assert!(again.browser().get("/demo/webhooks").says("subscription.challenge"));
    again.stop();

    let output = command(&folder.path)
        .env("SUBPROCESSORS__DATABASE__URL", "sqlite:data/demo.db")
        .arg("serve")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("demo"), "{}", text(&output.stderr));
}

#[test]
fn the_demo_stays_on_this_machine() {
    let folder = Folder::new();
    let output = command(&folder.path)
        .env("SUBPROCESSORS__SERVER__BIND", "0.0.0.0:0")
        .arg("demo")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("this machine only"), "{}", text(&output.stderr));

    let demo = Running::start(&folder.path);
    let mut visitor = demo.browser();
    let port = demo.url.rsplit(':').next().expect("a port").to_owned();
    let answer =
        super::figures::raw(&port, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
    visitor.get("/metrics").expect(200);
    // Browsers may take `localhost` for either of the two addresses.
    let other = std::net::TcpListener::bind("[::1]:0").is_ok();
    for name in ["localhost", "127.0.0.1", "[::1]"].iter().filter(|name| other || **name != "[::1]") {
        let page = Browser::new(&format!("http://{name}:{port}")).get("/staff/login");
        assert_eq!(page.status, 200, "{name}");
    }
    demo.stop();
}
