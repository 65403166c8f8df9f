//! The socket under a mail conversation: dialled by us, without Nagle's delay, and secured
//! before lettre sees it.
//!
//! lettre writes the body and the final dot apart; without TCP_NODELAY each mail waits 40 ms
//! for a delayed acknowledgement. And it keeps bytes that came behind the answer to STARTTLS,
//! so that a machine in the middle could put a false answer there, and every later answer
//! would count for the mail before. So the clear-text part is spoken here, byte by byte.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncTokioStream;
use lettre::transport::smtp::extension::ClientId;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::relay::Relay;
use super::smtp::{SmtpError, Stage, within};
use crate::delivery::tls;

/// More than this is no answer to a greeting, EHLO or STARTTLS.
const LONGEST_REPLY: usize = 16 * 1024;

/// lettre waits for a greeting, and after STARTTLS there is none.
const GREETING_AFTER_STARTTLS: &[u8] = b"220 secured by STARTTLS\r\n";

/// A connected socket, in the clear or secured.
#[derive(Debug)]
pub(super) struct Wire {
    stream: Stream,
    peer: SocketAddr,
    /// Handed out before anything is read from the socket.
    first: &'static [u8],
}

#[derive(Debug)]
enum Stream {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Connects to the relay, trying each of its addresses.
pub(super) async fn dial(relay: &Relay) -> Result<TcpStream, SmtpError> {
    let broken = |error: io::Error| SmtpError::Broken(Stage::Connect, error.to_string());
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the relay's name has no address");
    for address in lookup_host((relay.host.as_str(), relay.port)).await.map_err(broken)? {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(broken)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(broken(last))
}

/// Speaks the clear-text part of STARTTLS (RFC 3207 section 4), up to and without the handshake.
/// `limit` bounds each answer.
pub(super) async fn ask_for_tls(
    stream: &mut TcpStream,
    hello: &ClientId,
    limit: Duration,
) -> Result<(), SmtpError> {
    within(limit, Stage::Greeting, expect(stream, Stage::Greeting, 220)).await?;
    let greet = format!("EHLO {hello}\r\n");
    let offered = within(limit, Stage::Ehlo, ask(stream, Stage::Ehlo, &greet, 250)).await?;
    if !offered.iter().any(|line| line.trim().eq_ignore_ascii_case("STARTTLS")) {
        return Err(SmtpError::NoStartTls);
    }
    within(limit, Stage::StartTls, ask(stream, Stage::StartTls, "STARTTLS\r\n", 220)).await?;
    Ok(())
}

impl Wire {
    pub(super) fn clear(stream: TcpStream) -> Result<Wire, SmtpError> {
        let peer = peer_of(&stream)?;
        Ok(Wire { stream: Stream::Clear(stream), peer, first: b"" })
    }

    /// Makes the TLS handshake; `after_starttls` when the greeting was read before it.
    pub(super) async fn secure(
        stream: TcpStream,
        host: &str,
        config: Arc<ClientConfig>,
        after_starttls: bool,
    ) -> Result<Wire, SmtpError> {
        let peer = peer_of(&stream)?;
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| SmtpError::Tls("the relay's host is no name a certificate can hold".to_owned()))?;
        let secured = TlsConnector::from(config).connect(name, stream).await;
        let secured = secured.map_err(|error| SmtpError::Tls(error.to_string()))?;
        let first = if after_starttls { GREETING_AFTER_STARTTLS } else { b"" };
        Ok(Wire { stream: Stream::Tls(Box::new(secured)), peer, first })
    }

    /// The address dialled.
    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// What the attempt log says of the protection; `None` in the clear.
    pub(super) fn tls(&self) -> Option<String> {
        let Stream::Tls(stream) = &self.stream else { return None };
        let session = stream.get_ref().1;
        let version = session.protocol_version().map_or_else(|| "TLS".to_owned(), |one| format!("{one:?}"));
        let certificate = session.peer_certificates().and_then(|chain| chain.first());
        Some(tls::describe(&version, certificate.map(AsRef::as_ref)))
    }
}

fn peer_of(stream: &TcpStream) -> Result<SocketAddr, SmtpError> {
    stream.peer_addr().map_err(|error| SmtpError::Broken(Stage::Connect, error.to_string()))
}

async fn ask(stream: &mut TcpStream, stage: Stage, line: &str, code: u16) -> Result<Vec<String>, SmtpError> {
    let sent = stream.write_all(line.as_bytes()).await;
    sent.map_err(|error| SmtpError::Broken(stage, error.to_string()))?;
    expect(stream, stage, code).await
}

/// Reads exactly one reply (RFC 5321 section 4.2) and gives the text of its lines.
async fn expect(stream: &mut TcpStream, stage: Stage, expected: u16) -> Result<Vec<String>, SmtpError> {
    let broken = |reason: &str| SmtpError::Broken(stage, reason.to_owned());
    let mut bytes = Vec::new();
    let (code, lines) = loop {
        let read = stream.read_buf(&mut bytes).await;
        if read.map_err(|error| SmtpError::Broken(stage, error.to_string()))? == 0 {
            return Err(broken("the relay closed the connection"));
        }
        match reply(&bytes) {
            Parsed::Reply(code, lines) => break (code, lines),
            Parsed::More if bytes.len() < LONGEST_REPLY => {}
            Parsed::More | Parsed::Nonsense => return Err(broken("the relay does not speak SMTP")),
            Parsed::Surplus => return Err(SmtpError::Surplus(stage)),
        }
    };
    if code == expected { Ok(lines) } else { Err(SmtpError::Refused { stage, code, text: lines.join(" ") }) }
}

enum Parsed {
    Reply(u16, Vec<String>),
    More,
    Nonsense,
    /// Bytes behind the reply, which nobody asked for.
    Surplus,
}

fn reply(bytes: &[u8]) -> Parsed {
    let mut lines = Vec::new();
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = rest.split_at(end + 1);
        rest = after;
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches(['\r', '\n']);
        let (Some(code), text) = (line.get(..3).and_then(|code| code.parse().ok()), line.get(4..)) else {
            return Parsed::Nonsense;
        };
        lines.push(text.unwrap_or_default().to_owned());
        match (line.as_bytes().get(3), rest.is_empty()) {
            (Some(b'-'), _) => {}
            (None | Some(b' '), true) => return Parsed::Reply(code, lines),
            (None | Some(b' '), false) => return Parsed::Surplus,
            _ => return Parsed::Nonsense,
        }
    }
    Parsed::More
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.first.is_empty() {
            let (now, later) = self.first.split_at(self.first.len().min(buffer.remaining()));
            buffer.put_slice(now);
            self.first = later;
            return Poll::Ready(Ok(()));
        }
        match &mut self.stream {
            Stream::Clear(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Clear(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Clear(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Clear(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
