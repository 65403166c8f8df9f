//! A mail relay for one test, which can misbehave at every single stage.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use subprocessors::delivery::email::mime::{Draft, Mail, Party};
use subprocessors::delivery::email::relay::Relay as Target;
use subprocessors::delivery::email::smtp::{Connection, Stages};
use subprocessors::delivery::tls::client_config;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What the relay is asked at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// In the middle of the mail's text.
    InData,
    Dot,
    /// After a 250 to the final dot.
    Rest,
}

/// What it does.
#[derive(Debug, Clone)]
pub enum Act {
    Usual,
    Say(&'static str),
    Silence,
    Drop,
}

type Script = Arc<dyn Fn(Moment, usize) -> Act + Send + Sync>;

#[derive(Default)]
pub struct Seen {
    pub connections: usize,
    pub commands: Vec<String>,
    /// The texts that were answered with 250, dots unstuffed.
    pub mails: Vec<String>,
    moments: Vec<Moment>,
}

/// The relay; `script(moment, how often that moment came before)` says what it does.
pub struct Relay {
    pub address: SocketAddr,
    pub seen: Arc<Mutex<Seen>>,
}

/// What the relay offers beside plain SMTP.
#[derive(Clone, Default)]
pub struct Offers {
    pub extensions: &'static str,
    pub starttls: Option<TlsAcceptor>,
    pub implicit: Option<TlsAcceptor>,
}

impl Relay {
    pub async fn start(script: impl Fn(Moment, usize) -> Act + Send + Sync + 'static) -> Relay {
        Relay::offering(Offers::default(), script).await
    }

    pub async fn offering(
        offers: Offers,
        script: impl Fn(Moment, usize) -> Act + Send + Sync + 'static,
    ) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let session = Session { script: Arc::new(script), seen: Arc::clone(&seen), offers };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let session = session.clone();
                session.seen.lock().unwrap().connections += 1;
                tokio::spawn(async move { session.serve(stream).await });
            }
        });
        Relay { address, seen }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// A slot that talks to this relay, with waiting times of a test.
    pub fn slot(&self, stages: Stages) -> Connection {
        slot(&self.url(), stages, client_config([]).unwrap())
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    pub fn mails(&self) -> Vec<String> {
        self.seen.lock().unwrap().mails.clone()
    }

    pub fn heard(&self, verb: &str) -> bool {
        self.seen.lock().unwrap().commands.iter().any(|command| command.starts_with(verb))
    }
}

pub fn slot(url: &str, stages: Stages, tls: Arc<rustls::ClientConfig>) -> Connection {
    Connection::new(Arc::new(Target::parse(url).unwrap()), stages, tls)
}

/// Long enough for a busy machine: no test waits it out.
pub fn patient() -> Stages {
    let long = Duration::from_secs(20);
    Stages { connect: long, command: long, data: long }
}

pub fn impatient() -> Stages {
    let short = Duration::from_millis(400);
    Stages { connect: short, command: short, data: short }
}

pub fn mail(to: &str, number: u32) -> Mail {
    let draft = Draft {
        from: Party { name: "Acme", address: "notices@acme.example" },
        to: Party { name: "", address: to },
        reply_to: None,
        subject: "Acme adds Example GmbH",
        text: "Hello\n.\n..two dots\nbye\n",
        html: "<p>Hello</p>",
        message_id: &format!("dlv_{number}@acme.example"),
        date: "2026-03-01T09:30:00Z".parse().unwrap(),
        list_id: None,
        unsubscribe_url: None,
    };
    draft.build().unwrap()
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

#[derive(Clone)]
struct Session {
    script: Script,
    seen: Arc<Mutex<Seen>>,
    offers: Offers,
}

impl Session {
    async fn serve(self, stream: TcpStream) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let stream: Box<dyn Stream> = match &self.offers.implicit {
            Some(acceptor) => Box::new(acceptor.accept(stream).await.ok()?),
            None => Box::new(stream),
        };
        let mut io = BufStream::new(stream);
        self.act(&mut io, Moment::Greeting, "220 relay ESMTP").await?;
        let mut secured = self.offers.implicit.is_some();
        loop {
            let command = read_line(&mut io).await?;
            self.seen.lock().unwrap().commands.push(command.trim_end().to_owned());
            let verb = command.trim_end().split([' ', ':']).next().unwrap().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    let starttls =
                        if self.offers.starttls.is_some() && !secured { "250-STARTTLS\r\n" } else { "" };
                    let usual = format!("250-relay\r\n{starttls}{}250 8BITMIME", self.offers.extensions);
                    self.act(&mut io, Moment::Ehlo, &usual).await?;
                }
                "STARTTLS" => {
                    self.act(&mut io, Moment::StartTls, "220 go ahead").await?;
                    let acceptor = self.offers.starttls.clone()?;
                    let plain = io.into_inner();
                    let stream: Box<dyn Stream> = Box::new(acceptor.accept(plain).await.ok()?);
                    io = BufStream::new(stream);
                    secured = true;
                }
                "AUTH" => self.act(&mut io, Moment::Auth, "235 welcome").await?,
                "MAIL" => self.act(&mut io, Moment::Mail, "250 2.1.0 ok").await?,
                "RCPT" => self.act(&mut io, Moment::Rcpt, "250 2.1.5 ok").await?,
                "DATA" => {
                    self.act(&mut io, Moment::Data, "354 go on").await?;
                    self.take_mail(&mut io).await?;
                }
                "QUIT" => return say(&mut io, "221 bye").await,
                _ => say(&mut io, "502 what?").await?,
            }
        }
    }

    async fn take_mail(&self, io: &mut BufStream<Box<dyn Stream>>) -> Option<()> {
        let mut text = String::new();
        loop {
            let line = read_line(io).await?;
            if line == ".\r\n" {
                break;
            }
            if text.is_empty() {
                self.act(io, Moment::InData, "").await?;
            }
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
        }
        if self.act_or(io, Moment::Dot, "250 2.0.0 queued").await? {
            self.seen.lock().unwrap().mails.push(text);
            self.act(io, Moment::Rest, "").await?;
        }
        Some(())
    }

    async fn act(&self, io: &mut BufStream<Box<dyn Stream>>, moment: Moment, usual: &str) -> Option<()> {
        self.act_or(io, moment, usual).await.map(|_| ())
    }

    /// Whether the usual was done; `None` when the conversation is over.
    async fn act_or(&self, io: &mut BufStream<Box<dyn Stream>>, moment: Moment, usual: &str) -> Option<bool> {
        let before = {
            let mut seen = self.seen.lock().unwrap();
            seen.moments.push(moment);
            seen.moments.iter().filter(|one| **one == moment).count() - 1
        };
        match (self.script)(moment, before) {
            Act::Usual if usual.is_empty() => Some(true),
            Act::Usual => say(io, usual).await.map(|()| true),
            Act::Say(line) => say(io, line).await.map(|()| false),
            Act::Drop => None,
            Act::Silence => {
                while read_line(io).await.is_some() {}
                None
            }
        }
    }
}

async fn say(io: &mut BufStream<Box<dyn Stream>>, line: &str) -> Option<()> {
    io.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    io.flush().await.ok()
}

async fn read_line(io: &mut BufStream<Box<dyn Stream>>) -> Option<String> {
    let mut line = String::new();
    (io.read_line(&mut line).await.ok()? > 0).then_some(line)
}
