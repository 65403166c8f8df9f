//! A raw HTTP receiver for one test: the handler writes the bytes itself, so that it can
//! misbehave in any way.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use subprocessors::delivery::tls::client_config;
use subprocessors::delivery::webhook::address::UrlPolicy;
use subprocessors::delivery::webhook::resolve::Resolver;
use subprocessors::delivery::webhook::sender::{Limits, Post, Sender};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const BODY: &[u8] = br#"{"type":"subscription.test"}"#;

/// A receiver on loopback; counts the connections it was asked for.
pub struct Receiver {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Receiver {
    pub async fn start<F, W>(handle: F) -> Receiver
    where
        F: Fn(TcpStream) -> W + Send + Sync + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(handle(stream));
            }
        });
        Receiver { address, connections }
    }

    /// Answers every request with these bytes, and keeps the connection.
    pub async fn saying(answer: impl Into<Vec<u8>>) -> Receiver {
        let answer: Arc<Vec<u8>> = Arc::new(answer.into());
        Receiver::start(move |mut stream| {
            let answer = Arc::clone(&answer);
            async move {
                while read_request(&mut stream).await.is_some() {
                    if stream.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            }
        })
        .await
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Head and body of one request; `None` when the peer is gone.
pub async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let length = header(&head, "content-length").map_or(0, |value| value.parse().unwrap());
        if bytes.len() >= end + 4 + length {
            return Some((head, bytes[end + 4..].to_vec()));
        }
    }
}

pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(one, _)| one.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// A whole answer with a body.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

/// Short enough for a test, long enough for a busy machine to answer at once.
pub fn limits(whole: Duration) -> Limits {
    Limits { whole, ..Limits::default() }
}

pub fn loopback() -> UrlPolicy {
    UrlPolicy { allow_loopback: true, ..UrlPolicy::default() }
}

/// A sender that may reach loopback and knows no name.
pub fn sender(whole: Duration) -> Sender {
    Sender::new(Resolver::fixed([]), loopback(), limits(whole), client_config([]).unwrap())
}

pub fn post(url: &str) -> Post<'_> {
    let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
    Post { url, headers: vec![("webhook-id", "dlv_1".to_owned())], body: BODY.to_vec(), now }
}
