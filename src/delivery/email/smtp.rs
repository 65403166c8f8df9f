//! Hands mails to the relay, one after the other over one connection that belongs to one slot.
//!
//! lettre's own pool is not used: a mail whose waiting time ran out left its connection there
//! half-used, and its late answer was then taken for the answer to the next mail. Here a
//! connection is taken out before it is used and put back only after a final 250. On any
//! error, time-out or cancellation it is simply not put back, which closes it.

use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use rustls::ClientConfig;
use tokio::time::{Instant, timeout};

use super::mime::Mail;
use super::relay::{Relay, Security};
use super::wire::{Wire, ask_for_tls, dial};
use crate::delivery::outcome::{Exchange, Verdict, printable, sha256_hex};

/// A connection that rested longer than this is not trusted: a firewall may have forgotten it,
/// and the next command would wait five minutes for nothing.
const REST: Duration = Duration::from_secs(30);
/// How long a relay may take to say good-bye.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long each stage may take (RFC 5321 section 4.5.3.2).
#[derive(Debug, Clone)]
pub struct Stages {
    /// Name, TCP and TLS.
    pub connect: Duration,
    /// The greeting and the answer to each command.
    pub command: Duration,
    /// Sending the data, and the answer to the final dot.
    pub data: Duration,
}

impl Default for Stages {
    fn default() -> Stages {
        Stages {
            connect: Duration::from_secs(30),
            command: Duration::from_secs(5 * 60),
            data: Duration::from_secs(10 * 60),
        }
    }
}

/// Where in the conversation something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Stage {
    Connect,
    Greeting,
    Ehlo,
    StartTls,
    Login,
    Sender,
    Recipient,
    Data,
    FinalDot,
}

impl fmt::Display for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Stage::Connect => "connecting",
            Stage::Greeting => "the greeting",
            Stage::Ehlo => "EHLO",
            Stage::StartTls => "STARTTLS",
            Stage::Login => "AUTH",
            Stage::Sender => "MAIL",
            Stage::Recipient => "RCPT",
            Stage::Data => "DATA",
            Stage::FinalDot => "the final dot",
        })
    }
}

/// Why a mail was not accepted. No message tells an address.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum SmtpError {
    /// The relay answered, and the answer is no.
    #[error("{text}")]
    Refused {
        /// To what.
        stage: Stage,
        /// The reply code.
        code: u16,
        /// The reply's text.
        text: String,
    },
    /// No answer in time.
    #[error("the relay was silent at {0} for {1:?}")]
    Silent(Stage, Duration),
    /// The connection failed, or what came is not SMTP.
    #[error("the connection to the relay failed at {0}: {1}")]
    Broken(Stage, String),
    /// TLS is required and not offered.
    #[error(
        "the relay does not offer STARTTLS, so nothing was sent; if it is on a trusted network, \
         add ?tls=none to mail.smtp_url"
    )]
    NoStartTls,
    /// The handshake failed.
    #[error("TLS with the relay failed, so nothing was sent: {0}")]
    Tls(String),
    /// Bytes that nobody asked for before TLS began.
    #[error("the relay, or somebody in between, sent more than the answer at {0}; nothing was sent")]
    Surplus(Stage),
    /// The address cannot be said to this relay.
    #[error(
        "the part of the address before the @ holds letters outside of ASCII, and the relay does not \
         offer SMTPUTF8 (RFC 6531); use another address"
    )]
    NoSmtpUtf8,
}

impl SmtpError {
    /// What it means for the delivery. Only an answer about this recipient or this mail is
    /// final: what a relay says of us (greeting, login, sender, "authenticate first") is mended
    /// by an administrator, and must not end every delivery of the day.
    pub fn verdict(&self) -> Verdict {
        match self {
            SmtpError::NoSmtpUtf8 => Verdict::Permanent,
            SmtpError::Refused { stage: Stage::Recipient | Stage::Data | Stage::FinalDot, code, text }
                if (500..600).contains(code) =>
            {
                // RFC 3463: 5.1.x is about the address, 5.2.1 about its mailbox. 5.3, 5.4 and
                // 5.7 speak of the relay, the route or a policy against us.
                match enhanced(text) {
                    Some((1, _) | (2, 1)) => Verdict::Permanent,
                    None if matches!(code, 550 | 551 | 553) && self.is_about_recipient() => {
                        Verdict::Permanent
                    }
                    _ => Verdict::RETRY,
                }
            }
            _ => Verdict::RETRY,
        }
    }

    /// Whether it says nothing of the receiver: the relay was out of reach or silent, or it spoke
    /// of us, the route or a policy.
    fn is_ours(&self) -> bool {
        match self {
            SmtpError::Refused { stage: Stage::Recipient | Stage::Data | Stage::FinalDot, code, .. } => {
                *code >= 500 && self.verdict() != Verdict::Permanent
            }
            other => other.verdict() != Verdict::Permanent,
        }
    }

    fn is_about_recipient(&self) -> bool {
        matches!(self, SmtpError::Refused { stage: Stage::Recipient, .. })
    }

    fn code(&self) -> Option<u16> {
        match self {
            SmtpError::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }
}

/// Subject and detail of an enhanced status code of class 5 (RFC 2034) at the start of a text.
fn enhanced(text: &str) -> Option<(u16, u16)> {
    let mut words = text.split_whitespace().skip_while(|word| word.len() == 3 && word.parse::<u16>().is_ok());
    let mut parts = words.next()?.split('.').map(str::parse::<u16>);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Ok(5)), Some(Ok(subject)), Some(Ok(detail)), None) => Some((subject, detail)),
        _ => None,
    }
}

/// One slot's way to the relay. Connects when the first mail comes and again whenever needed.
pub struct Connection {
    relay: Arc<Relay>,
    stages: Stages,
    tls: Arc<ClientConfig>,
    hello: ClientId,
    live: Option<Live>,
}

struct Live {
    smtp: AsyncSmtpConnection,
    peer: SocketAddr,
    tls: Option<String>,
    rested_since: Instant,
}

/// Peer and TLS of the connection an attempt was made on.
type Trace = (Option<String>, Option<String>);

impl Connection {
    /// Sets a slot up; it connects to nothing yet.
    pub fn new(relay: Arc<Relay>, stages: Stages, tls: Arc<ClientConfig>) -> Connection {
        Connection { relay, stages, tls, hello: ClientId::default(), live: None }
    }

    /// Hands one mail over. Never fails: whatever happens is told by the exchange. Dropping the
    /// future closes the connection, and the mail may or may not have been taken.
    pub async fn send(&mut self, mail: &Mail) -> Exchange {
        let started = Instant::now();
        let mut trace: Trace = (None, None);
        let outcome = self.attempt(mail, &mut trace).await;
        let (code, answer, verdict, ours) = match outcome {
            Ok(answer) => (Some(250), answer, Verdict::Accepted, false),
            Err(error) => (error.code(), error.to_string(), error.verdict(), error.is_ours()),
        };
        Exchange {
            peer: trace.0,
            tls: trace.1,
            code,
            answer: printable(answer.as_bytes()),
            body_sha256: sha256_hex(&mail.bytes),
            took: started.elapsed(),
            verdict,
            ours,
        }
    }

    /// Says good-bye to the relay, as far as it listens.
    pub async fn close(&mut self) {
        if let Some(mut live) = self.live.take() {
            let _ = timeout(FAREWELL, live.smtp.quit()).await;
        }
    }

    async fn attempt(&mut self, mail: &Mail, trace: &mut Trace) -> Result<String, SmtpError> {
        let rested = self.live.take().filter(|live| live.rested_since.elapsed() < REST);
        if let Some(mut live) = rested {
            match self.transact(&mut live, mail, trace).await {
                Ok(answer) => return Ok(self.keep(live, answer)),
                // A relay may close a resting connection at any time: nothing was said yet.
                Err(error) if stale(&error) => {}
                Err(error) => return Err(error),
            }
        }
        let mut live = self.open(trace).await?;
        let answer = self.transact(&mut live, mail, trace).await?;
        Ok(self.keep(live, answer))
    }

    fn keep(&mut self, mut live: Live, answer: String) -> String {
        live.rested_since = Instant::now();
        self.live = Some(live);
        answer
    }

    async fn open(&self, trace: &mut Trace) -> Result<Live, SmtpError> {
        let Stages { connect, command, .. } = self.stages;
        let mut stream = within(connect, Stage::Connect, dial(&self.relay)).await?;
        trace.0 = stream.peer_addr().ok().map(|peer| peer.to_string());
        let host = &self.relay.host;
        let wire = match self.relay.security {
            Security::Clear => Wire::clear(stream)?,
            Security::Tls => {
                let secured = Wire::secure(stream, host, Arc::clone(&self.tls), false);
                within(connect, Stage::Connect, secured).await?
            }
            Security::StartTls => {
                ask_for_tls(&mut stream, &self.hello, command).await?;
                let secured = Wire::secure(stream, host, Arc::clone(&self.tls), true);
                within(connect, Stage::StartTls, secured).await?
            }
        };
        let (peer, tls) = (wire.peer(), wire.tls());
        trace.1.clone_from(&tls);
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &self.hello);
        let mut smtp = answered(command, Stage::Greeting, greeted).await?;
        if let Some((user, password)) = &self.relay.credentials {
            let credentials = Credentials::new(user.clone(), password.clone());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            answered(command, Stage::Login, smtp.auth(&mechanisms, &credentials)).await?;
        }
        Ok(Live { smtp, peer, tls, rested_since: Instant::now() })
    }

    async fn transact(&self, live: &mut Live, mail: &Mail, trace: &mut Trace) -> Result<String, SmtpError> {
        *trace = (Some(live.peer.to_string()), live.tls.clone());
        let Stages { command, data, .. } = self.stages;
        let smtp = &mut live.smtp;

        let mut parameters = Vec::new();
        if ![&mail.sender, &mail.recipient].iter().all(|one| AsRef::<str>::as_ref(one).is_ascii()) {
            if !smtp.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(SmtpError::NoSmtpUtf8);
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !mail.bytes.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let from = MailFrom::new(Some(mail.sender.clone()), parameters);
        expect(command, Stage::Sender, &[250], smtp.command(from)).await?;
        let to = Rcpt::new(mail.recipient.clone(), Vec::new());
        expect(command, Stage::Recipient, &[250, 251], smtp.command(to)).await?;
        expect(command, Stage::Data, &[354], smtp.command(Data)).await?;
        expect(data, Stage::FinalDot, &[250], smtp.message(&mail.bytes)).await
    }
}

/// Whether a connection that had rested was dead before the mail's first command.
fn stale(error: &SmtpError) -> bool {
    match error {
        SmtpError::Broken(Stage::Sender, _) => true,
        SmtpError::Refused { stage: Stage::Sender, code, .. } => *code == 421,
        _ => false,
    }
}

pub(super) async fn within<T>(
    limit: Duration,
    stage: Stage,
    work: impl Future<Output = Result<T, SmtpError>>,
) -> Result<T, SmtpError> {
    timeout(limit, work).await.unwrap_or(Err(SmtpError::Silent(stage, limit)))
}

async fn answered<T>(
    limit: Duration,
    stage: Stage,
    work: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, SmtpError> {
    within(limit, stage, async { work.await.map_err(|error| told(stage, &error)) }).await
}

/// A positive answer is not enough: 250 to DATA would mean that both sides have lost count.
async fn expect(
    limit: Duration,
    stage: Stage,
    expected: &[u16],
    work: impl Future<Output = Result<Response, lettre::transport::smtp::Error>>,
) -> Result<String, SmtpError> {
    let response = answered(limit, stage, work).await?;
    let code = u16::from(response.code());
    let text = response.message().collect::<Vec<_>>().join(" ");
    if expected.contains(&code) { Ok(text) } else { Err(SmtpError::Refused { stage, code, text }) }
}

fn told(stage: Stage, error: &lettre::transport::smtp::Error) -> SmtpError {
    let source = error.source().map(ToString::to_string);
    match error.status() {
        Some(code) => SmtpError::Refused { stage, code: u16::from(code), text: source.unwrap_or_default() },
        None => SmtpError::Broken(stage, source.unwrap_or_else(|| error.to_string())),
    }
}
