//! A small bounded store of HTTP clients, one for each host and set of vetted addresses, so
//! that an endpoint's next message finds its connection still open. Bounded, because a fan-out
//! to many thousand hosts would otherwise keep a socket open for each of them.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use rustls::ClientConfig;
use url::Url;

/// How many clients are kept: as many as webhooks are in flight at most.
const KEPT: usize = 64;
/// At most two requests are in flight to one host, so no more connections are worth keeping.
const IDLE_PER_HOST: usize = 2;
const IDLE: Duration = Duration::from_secs(15);

#[derive(PartialEq, Eq)]
struct Target {
    host: String,
    port: Option<u16>,
    vetted: Vec<IpAddr>,
}

/// The clients, the least recently used first.
pub(super) struct Clients {
    tls: Arc<ClientConfig>,
    connect: Duration,
    kept: Mutex<VecDeque<(Target, Client)>>,
}

impl Clients {
    pub(super) fn new(tls: Arc<ClientConfig>, connect: Duration) -> Clients {
        Clients { tls, connect, kept: Mutex::new(VecDeque::with_capacity(KEPT + 1)) }
    }

    /// The client for this URL, which can dial the vetted addresses and nothing else.
    pub(super) fn of(&self, url: &Url, vetted: &[IpAddr]) -> Result<Client, reqwest::Error> {
        let host = url.host_str().unwrap_or_default().to_owned();
        // A resolver may rotate its answers: that is no reason for another connection.
        let mut sorted = vetted.to_vec();
        sorted.sort_unstable();
        let target = Target { host, port: url.port(), vetted: sorted };

        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|(one, _)| *one == target);
        let client = match found.and_then(|at| kept.remove(at)) {
            Some((_, client)) => client,
            None => self.build(&target.host, vetted)?,
        };
        kept.push_back((target, client.clone()));
        if kept.len() > KEPT {
            kept.pop_front();
        }
        Ok(client)
    }

    /// Dials in the order given, which spreads the load as the name servers meant it.
    fn build(&self, host: &str, vetted: &[IpAddr]) -> Result<Client, reqwest::Error> {
        // Port 0 stands for the URL's own port.
        let addresses: Vec<SocketAddr> = vetted.iter().map(|ip| SocketAddr::new(*ip, 0)).collect();
        Client::builder()
            .user_agent(concat!("subprocessors/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .http1_only()
            .tls_backend_preconfigured(ClientConfig::clone(&self.tls))
            .tls_info(true)
            .connect_timeout(self.connect)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            .dns_resolver(Nowhere)
            .resolve_to_addrs(host, &addresses)
            .build()
    }
}

/// Resolves nothing: a name that is not the vetted host must never be looked up.
struct Nowhere;

impl Resolve for Nowhere {
    fn resolve(&self, _name: Name) -> Resolving {
        Box::pin(async { Err::<Addrs, _>("only vetted addresses are dialled".into()) })
    }
}
