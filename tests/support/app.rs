//! The product as its users meet it: the real process, with real neighbours.

use super::backend::{Backend, Database};
use super::browser::Browser;
use super::process::Process;
use super::{PATIENCE, Receiver, SmtpSink};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// Settings before the start. Each key is given through the environment, as
/// `SUBPROCESSORS__SECTION__KEY`.
pub struct Setup {
    backend: Backend,
    settings: BTreeMap<String, String>,
}

impl Setup {
    /// `key` as in the configuration file: `notices.hold`.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.settings.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Starts `serve` and waits until it listens.
    pub fn start(self) -> App {
        let mut app = self.prepare();
        app.restart();
        app
    }

    /// Everything but the process: for tests of commands, and for data put in first.
    pub fn prepare(self) -> App {
        let folder = Folder::new();
        let database = Database::new(self.backend, &folder.path);
        let (mail, hooks) = (SmtpSink::start(), Receiver::start());
        let mut settings = BTreeMap::from(
            [
                ("company.name", "Acme"),
                ("company.privacy_contact", "privacy@acme.example"),
                ("database.url", &database.url),
                ("mail.notices_from", "notices@acme.example"),
                ("mail.smtp_url", &mail.url()),
                ("mail.transport", "smtp"),
                ("mail.updates_from", "updates@acme.example"),
                ("notices.hold", "0"),
                ("secrets.key", KEY),
                ("webhooks.allow_loopback", "true"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
        );
        settings.extend(self.settings);
        let clock = folder.path.join("clock");
        let app = App {
            process: None,
            url: String::new(),
            port: 0,
            offset: SignedDuration::ZERO,
            mail,
            hooks,
            database,
            settings,
            clock,
            folder,
        };
        app.write_clock();
        app
    }
}

/// 32 bytes in base64, for the tests only.
const KEY: &str = "dGVzdCBrZXksIHRlc3Qga2V5LCB0ZXN0IGtleSwgMTI=";

/// One installation. Dropping it ends the process and asserts that it never panicked.
pub struct App {
    // The process goes first: nothing else may vanish under it.
    process: Option<Process>,
    /// Where it listens, without a final slash. The same after each restart.
    pub url: String,
    port: u16,
    offset: SignedDuration,
    pub mail: SmtpSink,
    pub hooks: Receiver,
    pub database: Database,
    settings: BTreeMap<String, String>,
    pub(super) clock: PathBuf,
    folder: Folder,
}

impl App {
    pub fn on(backend: Backend) -> Setup {
        Setup { backend, settings: BTreeMap::new() }
    }

    /// Changes a setting for the next start.
    pub fn set(&mut self, key: &str, value: &str) {
        self.settings.insert(key.to_owned(), value.to_owned());
    }

    /// Starts the server again (or for the first time) on the same data and port.
    pub fn restart(&mut self) {
        self.forget_process();
        for _ in 0..20 {
            let port = if self.port == 0 { free_port() } else { self.port };
            let process = Process::start(self.command(port).arg("serve"));
            if process.wait_for_line("listening on http://", PATIENCE).is_some() {
                self.port = port;
                self.url = format!("http://127.0.0.1:{port}");
                self.process = Some(process);
                return;
            }
            let log = process.log();
            assert!(log.contains("in use") && self.port == 0, "serve did not start:\n{log}");
        }
        panic!("no free port in 20 tries");
    }

    /// Asks the server to stop and waits until it has, which must be without error.
    pub fn stop(&mut self) {
        let process = self.process.as_mut().expect("a running server");
        let status = process.stop(PATIENCE);
        assert!(status.success(), "stopped with {status}:\n{}", process.log());
        self.forget_process();
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.process.as_mut().expect("a running server").kill();
        self.forget_process();
    }

    /// The running server.
    pub fn process(&self) -> &Process {
        self.process.as_ref().expect("a running server")
    }

    /// Runs a command of the product on the same data, and waits for its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(self.port).args(arguments).output().expect("the command runs")
    }

    /// Runs a command that must succeed, and gives its standard output.
    pub fn run_well(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {}\n{out}\n{err}", output.status);
        out
    }

    /// A visitor with an empty cookie jar.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.url)
    }

    /// The process's idea of now.
    pub fn now(&self) -> Timestamp {
        Timestamp::now() + self.offset
    }

    /// Moves the process's clock on, at once and without a restart.
    pub fn advance(&mut self, by: SignedDuration) {
        self.offset += by;
        self.write_clock();
    }

    /// A folder for the test's files; gone with the test.
    pub fn folder(&self) -> &Path {
        &self.folder.path
    }

    /// The settings as the environment gives them to the process.
    pub fn environment(&self) -> Vec<(String, String)> {
        self.environment_at(self.port)
    }

    fn environment_at(&self, port: u16) -> Vec<(String, String)> {
        let place = [
            ("server.bind", format!("127.0.0.1:{port}")),
            ("server.public_url", format!("http://127.0.0.1:{port}")),
        ];
        let place = place.iter().map(|(key, value)| (*key, value));
        let rest = self.settings.iter().map(|(key, value)| (key.as_str(), value));
        let name = |key: &str| format!("SUBPROCESSORS__{}", key.to_uppercase().replace('.', "__"));
        place.chain(rest).map(|(key, value)| (name(key), value.clone())).collect()
    }

    fn write_clock(&self) {
        let fresh = self.clock.with_extension("new");
        std::fs::write(&fresh, self.offset.as_secs().to_string()).expect("the clock file");
        std::fs::rename(&fresh, &self.clock).expect("the clock file");
    }

    fn command(&self, port: u16) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_subprocessors"));
        command.current_dir(&self.folder.path);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SUBPROCESSORS")) {
            command.env_remove(name);
        }
        command.envs(self.environment_at(port));
        command.env("SUBPROCESSORS_TEST_CLOCK", &self.clock);
        command
    }

    fn forget_process(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        process.kill();
        process.wait_for_silence();
        let log = process.log();
        if std::thread::panicking() {
            eprintln!("the server said:\n{log}");
        } else {
            assert!(!log.contains("panicked at"), "the server panicked:\n{log}");
        }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.forget_process();
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A port that nobody listens on, below the range the system hands out by itself: so
/// neither an outgoing connection nor another test's `:0` can take it before us.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + std::process::id().wrapping_mul(97).wrapping_add(step) % 20_000;
        let port = u16::try_from(port).expect("below 30,000");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A folder that vanishes with the test.
pub struct Folder {
    pub path: PathBuf,
}

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join("subprocessors-tests").join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self { path }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
