//! A real mail server on loopback that keeps what it accepts and misbehaves on demand.

use super::watched::Watched;
use super::{Mail, PATIENCE};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// What the server does with one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 250, and the mail is kept.
    Accept,
    /// Refuses the recipient with this line, such as `550 5.1.1 no such user`.
    RefuseRecipient(&'static str),
    /// Takes the data, then answers with this line.
    RefuseData(&'static str),
    /// Closes the connection in the middle of the data.
    DropInData,
    /// Keeps the mail, then closes the connection without the final 250.
    DropAfterDot,
    /// Says nothing after the recipient, until the peer gives up.
    HangAtRecipient,
    /// Says nothing after the final dot, until the peer gives up.
    HangAtDot,
}

type Script = Arc<dyn Fn(&str, usize) -> Answer + Send + Sync>;

struct State {
    mails: Vec<Mail>,
    /// How often each recipient was named, accepted or not.
    tries: Vec<String>,
    connections: usize,
    script: Script,
    greeting: &'static str,
}

/// The server. It stops with the test's process.
pub struct SmtpSink {
    address: SocketAddr,
    state: Watched<State>,
}

impl SmtpSink {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port for the mail sink");
        let address = listener.local_addr().expect("its address");
        let state = Watched::new(State {
            mails: Vec::new(),
            tries: Vec::new(),
            connections: 0,
            script: Arc::new(|_, _| Answer::Accept),
            greeting: "220 sink ESMTP",
        });
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                std::thread::spawn(move || converse(stream, &state));
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}?tls=none", self.address)
    }

    /// From now on each mail is answered as `script(recipient, earlier tries)` says.
    pub fn answer(&self, script: impl Fn(&str, usize) -> Answer + Send + Sync + 'static) {
        self.state.change(|s| s.script = Arc::new(script));
    }

    /// Greets with this line, such as `421 try later`; anything but 220 then hangs up.
    pub fn greet(&self, line: &'static str) {
        self.state.change(|s| s.greeting = line);
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.state.read(|s| s.mails.clone())
    }

    pub fn count(&self) -> usize {
        self.state.read(|s| s.mails.len())
    }

    pub fn connections(&self) -> usize {
        self.state.read(|s| s.connections)
    }

    /// How often this recipient was named, whatever the answer was.
    pub fn tries(&self, address: &str) -> usize {
        self.state.read(|s| s.tries.iter().filter(|to| *to == address).count())
    }

    /// Waits until at least `n` mails came.
    pub fn wait_for(&self, n: usize) -> Vec<Mail> {
        self.wait_within(n, PATIENCE)
    }

    pub fn wait_within(&self, n: usize, patience: Duration) -> Vec<Mail> {
        self.state
            .wait(patience, |s| (s.mails.len() >= n).then(|| s.mails.clone()))
            .unwrap_or_else(|| panic!("{} mails in {patience:?}, not {n}: {}", self.count(), self.list()))
    }

    /// Waits for the `n`th mail to this address (1 is the first) and gives it.
    pub fn wait_for_nth_to(&self, address: &str, n: usize) -> Mail {
        let to_it = |m: &&Mail| m.to.iter().any(|to| to == address);
        self.state
            .wait(PATIENCE, |s| s.mails.iter().filter(to_it).nth(n - 1).cloned())
            .unwrap_or_else(|| panic!("no mail number {n} to {address}: {}", self.list()))
    }

    /// Waits for the first mail to this address.
    pub fn wait_for_one_to(&self, address: &str) -> Mail {
        self.wait_for_nth_to(address, 1)
    }

    fn list(&self) -> String {
        let line = |m: &Mail| format!("\n  to {:?}: {}", m.to, m.subject());
        self.mails().iter().map(line).collect()
    }
}

/// One SMTP session (RFC 5321), as far as a client that only sends needs it.
fn converse(stream: TcpStream, state: &Watched<State>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut lines = BufReader::new(stream.try_clone().ok()?);
    let mut out = stream;
    let greeting = state.change(|s| {
        s.connections += 1;
        s.greeting
    });
    say(&mut out, greeting)?;
    if !greeting.starts_with("220") {
        return None;
    }
    let (mut from, mut to, mut answer) = (String::new(), Vec::new(), Answer::Accept);
    loop {
        let line = String::from_utf8_lossy(&read_line(&mut lines)?).trim_end().to_owned();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => say(&mut out, "250-sink\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10000000")?,
            "MAIL" => {
                from = address(&line);
                to.clear();
                say(&mut out, "250 2.1.0 ok")?;
            }
            "RCPT" => {
                let recipient = address(&line);
                let (script, earlier) = state.change(|s| {
                    let earlier = s.tries.iter().filter(|t| **t == recipient).count();
                    s.tries.push(recipient.clone());
                    (Arc::clone(&s.script), earlier)
                });
                answer = script(&recipient, earlier);
                match &answer {
                    Answer::RefuseRecipient(line) => say(&mut out, line)?,
                    Answer::HangAtRecipient => return wait_for_the_end(&mut lines),
                    _ => {
                        to.push(recipient);
                        say(&mut out, "250 2.1.5 ok")?;
                    }
                }
            }
            "DATA" => {
                say(&mut out, "354 go on")?;
                if answer == Answer::DropInData {
                    read_line(&mut lines)?;
                    return None;
                }
                let data = read_data(&mut lines)?;
                if matches!(answer, Answer::Accept | Answer::DropAfterDot) {
                    let mail = Mail { from: from.clone(), to: to.clone(), data };
                    state.change(|s| s.mails.push(mail));
                }
                match answer {
                    Answer::RefuseData(line) => say(&mut out, line)?,
                    Answer::HangAtDot => return wait_for_the_end(&mut lines),
                    Answer::DropAfterDot => return None,
                    _ => say(&mut out, "250 2.0.0 queued")?,
                }
            }
            "QUIT" => {
                say(&mut out, "221 bye")?;
                return None;
            }
            "RSET" | "NOOP" | "HELO" => say(&mut out, "250 ok")?,
            _ => say(&mut out, "502 not here")?,
        }
    }
}

fn say(out: &mut TcpStream, line: &str) -> Option<()> {
    out.write_all(format!("{line}\r\n").as_bytes()).ok()
}

fn read_line(lines: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    (lines.read_until(b'\n', &mut line).ok()? > 0).then_some(line)
}

fn read_data(lines: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    loop {
        let line = read_line(lines)?;
        match line.as_slice() {
            b".\r\n" => return Some(data),
            [b'.', rest @ ..] => data.extend_from_slice(rest),
            all => data.extend_from_slice(all),
        }
    }
}

fn wait_for_the_end(lines: &mut impl BufRead) -> Option<()> {
    while read_line(lines).is_some() {}
    None
}

fn address(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(address, _)| address.to_owned()).unwrap_or_default()
}
