//! Sends one signed POST to one webhook (requirements R4, R5, R7, R8): nothing is followed,
//! nothing is decoded, no proxy is asked, only vetted addresses are dialled, and no more is read
//! than the caps allow, whatever the receiver does.

use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::address::UrlPolicy;
use super::clients::Clients;
use super::resolve::Resolver;
use crate::delivery::outcome::{Exchange, Verdict, printable, sha256_hex};
use crate::delivery::schedule;
use crate::delivery::tls;

/// Waits and caps of one attempt.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For resolving the host's name.
    pub dns: Duration,
    /// For connecting, TLS included.
    pub connect: Duration,
    /// For the whole exchange, from resolving to the last byte read.
    pub whole: Duration,
    /// How many bytes of an answer are read before the connection is dropped.
    pub answer: usize,
}

impl Default for Limits {
    /// The figures of requirements R4 and R5.
    fn default() -> Limits {
        Limits {
            dns: Duration::from_secs(3),
            connect: Duration::from_secs(5),
            whole: Duration::from_secs(20),
            answer: 16 * 1024,
        }
    }
}

/// One message to one endpoint.
#[derive(Debug, Clone)]
pub struct Post<'a> {
    /// The endpoint's URL as it was saved; it is checked again.
    pub url: &'a str,
    /// Headers beside content type and user agent, such as [`super::signature::headers`].
    pub headers: Vec<(&'static str, String)>,
    /// The JSON, exactly as it was signed.
    pub body: Vec<u8>,
    /// The current time, for a `Retry-After` that names a date.
    pub now: Timestamp,
}

/// Sends webhooks; shared by all slots.
pub struct Sender {
    resolver: Resolver,
    policy: UrlPolicy,
    limits: Limits,
    clients: Clients,
}

impl Sender {
    /// Sets a sender up; it connects to nothing yet.
    pub fn new(
        resolver: Resolver,
        policy: UrlPolicy,
        limits: Limits,
        tls: Arc<rustls::ClientConfig>,
    ) -> Sender {
        let clients = Clients::new(tls, limits.connect);
        Sender { resolver, policy, limits, clients }
    }

    /// What may be saved as a webhook, for the form that asks for one.
    pub fn policy(&self) -> &UrlPolicy {
        &self.policy
    }

    /// Makes one attempt. Never fails: whatever happens is told by the exchange.
    pub async fn send(&self, post: &Post<'_>) -> Exchange {
        self.send_and_read(post).await.0
    }

    /// Like [`Sender::send`], and gives the answer's bytes up to [`Limits::answer`] as well: the
    /// reply to a challenge is JSON, which the stored form may have cut or escaped.
    pub async fn send_and_read(&self, post: &Post<'_>) -> (Exchange, Vec<u8>) {
        let started = Instant::now();
        let mut attempt = Attempt::default();
        let outcome = tokio::time::timeout(self.limits.whole, self.run(post, &mut attempt)).await;
        if outcome.is_err() {
            attempt.ran_out(self.limits.whole);
        }
        let Attempt { peer, tls, code, verdict, reason, mut body } = attempt;
        body.truncate(self.limits.answer);
        let answer = match (&reason, body.is_empty()) {
            (None, _) => printable(&body),
            (Some(reason), true) => printable(reason.as_bytes()),
            (Some(reason), false) => printable(&[reason.as_bytes(), b": ", &body].concat()),
        };
        let exchange = Exchange {
            peer: peer.map(|peer| peer.to_string()),
            tls,
            code,
            answer,
            body_sha256: sha256_hex(&post.body),
            took: started.elapsed(),
            verdict: verdict.unwrap_or(Verdict::RETRY),
            ours: false,
        };
        (exchange, body)
    }

    async fn run(&self, post: &Post<'_>, attempt: &mut Attempt) {
        let url = match self.policy.check(post.url) {
            Ok(url) => url,
            Err(error) => return attempt.failed(Verdict::Permanent, error.to_string()),
        };
        let vetted = match self.resolver.vetted(&url, &self.policy, self.limits.dns).await {
            Ok(vetted) => vetted,
            Err(error) => return attempt.failed(Verdict::RETRY, error.to_string()),
        };
        let mut response = match self.exchange(post, url, &vetted).await {
            Ok(response) => response,
            Err(reason) => return attempt.failed(Verdict::RETRY, reason),
        };
        attempt.answered(&response, post.now);
        // Only vetted addresses are dialled, so this never fires unless that ever breaks.
        if attempt.peer.is_none_or(|peer| !vetted.contains(&peer.ip())) {
            let reason = "the connection led to an address that was not vetted".to_owned();
            return attempt.failed(Verdict::RETRY, reason);
        }
        // Read to the end within the cap, or the connection cannot be used again. The status
        // has decided already: a receiver that breaks off now does not change the verdict.
        while attempt.body.len() < self.limits.answer {
            match response.chunk().await {
                Ok(Some(chunk)) => attempt.body.extend_from_slice(&chunk),
                Ok(None) | Err(_) => break,
            }
        }
    }

    async fn exchange(&self, post: &Post<'_>, url: Url, vetted: &[IpAddr]) -> Result<Response, String> {
        let client = self.clients.of(&url, vetted).map_err(told)?;
        let mut request = client.post(url).header(CONTENT_TYPE, "application/json");
        for (name, value) in &post.headers {
            request = request.header(*name, value);
        }
        request.body(post.body.clone()).send().await.map_err(told)
    }
}

/// What is known of an attempt so far; kept outside of the future that a time-out cancels.
#[derive(Default)]
struct Attempt {
    peer: Option<SocketAddr>,
    tls: Option<String>,
    code: Option<u16>,
    verdict: Option<Verdict>,
    reason: Option<String>,
    body: Vec<u8>,
}

impl Attempt {
    fn failed(&mut self, verdict: Verdict, reason: String) {
        self.verdict = Some(verdict);
        self.reason = Some(reason);
    }

    fn ran_out(&mut self, whole: Duration) {
        let reason = match self.code {
            None => format!("no answer within {whole:?}"),
            Some(_) => format!("the answer was cut off after {whole:?}"),
        };
        self.reason.get_or_insert(reason);
    }

    fn answered(&mut self, response: &Response, now: Timestamp) {
        let status = response.status();
        self.peer = response.remote_addr();
        self.code = Some(status.as_u16());
        self.tls = response.extensions().get::<reqwest::tls::TlsInfo>().map(|info| {
            let version = info.version().map_or_else(|| "TLS".to_owned(), |one| format!("{one:?}"));
            tls::describe(&version, info.peer_certificate())
        });
        self.verdict = Some(match status {
            _ if status.is_success() => Verdict::Accepted,
            StatusCode::GONE => Verdict::Gone,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let asked = response.headers().get(RETRY_AFTER).and_then(|one| one.to_str().ok());
                let retry_after = asked.and_then(|asked| schedule::retry_after(asked, now));
                Verdict::Temporary { retry_after }
            }
            // Everything else may be mended by the receiver's people within the fortnight.
            _ => Verdict::RETRY,
        });
        if status.is_redirection() {
            self.reason = Some(
                "the receiver answered with a redirect, which is never followed; \
                 save the final URL as the webhook"
                    .to_owned(),
            );
        }
    }
}

/// The whole chain of an error, without the URL: the owner sees "invalid peer certificate:
/// Expired", not "error sending request".
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !told.ends_with(&inner_text) {
            told.push_str(": ");
            told.push_str(&inner_text);
        }
        source = inner.source();
    }
    told
}
