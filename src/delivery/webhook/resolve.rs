//! Finds the addresses behind a webhook's host, once for each attempt, and vets them: if any of
//! them is special-use the whole name is refused, because a name with one public and one private
//! answer is how an attacker gets past a check of "the" address. What comes out is all that
//! the sender may dial, so that a second answer with TTL 0 changes nothing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use url::{Host, Url};

use super::address::{UrlPolicy, loopback_only};

/// Why no address may be dialled.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum ResolveError {
    /// The resolver itself could not be set up.
    #[error("the system's name resolver cannot be used: {0}")]
    Setup(String),
    /// The URL names no host.
    #[error("the webhook URL names no host")]
    NoHost,
    /// No answer in time.
    #[error("the name {0} was not resolved within {1:?}")]
    Slow(String, Duration),
    /// The name does not exist, or the name servers failed.
    #[error("the name {0} cannot be resolved: {1}")]
    Unknown(String, String),
    /// One of the addresses is special-use. It is not told which: that would map a private
    /// network for whoever typed the URL.
    #[error("{0} leads to an address which is {1}; webhooks go to public addresses only")]
    SpecialUse(String, &'static str),
    /// Plain HTTP is for loopback only.
    #[error("{0} is not this machine; use https")]
    NotLoopback(String),
}

/// Where addresses come from.
pub enum Resolver {
    /// `/etc/hosts` and the name servers of `/etc/resolv.conf`.
    System(Box<TokioResolver>),
    /// Answers known beforehand, for tests: host name to addresses.
    Fixed(HashMap<String, Vec<IpAddr>>),
}

impl Resolver {
    /// Reads the system's configuration; must be called inside the runtime. A machine without
    /// `/etc/resolv.conf` still resolves what `/etc/hosts` holds.
    pub fn system(timeout: Duration) -> Result<Resolver, ResolveError> {
        let mut builder = TokioResolver::builder_tokio().unwrap_or_else(|_| {
            let none = ResolverConfig::from_parts(None, Vec::new(), Vec::new());
            TokioResolver::builder_with_config(none, TokioRuntimeProvider::default())
        });
        let options = builder.options_mut();
        options.timeout = timeout;
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.use_hosts_file = ResolveHosts::Always;
        let resolver = builder.build().map_err(|error| ResolveError::Setup(error.to_string()))?;
        Ok(Resolver::System(Box::new(resolver)))
    }

    /// Answers known beforehand; every other name is unknown.
    pub fn fixed<'a>(answers: impl IntoIterator<Item = (&'a str, Vec<IpAddr>)>) -> Resolver {
        Resolver::Fixed(answers.into_iter().map(|(name, ips)| (name.to_owned(), ips)).collect())
    }

    /// The addresses of the URL's host, each one vetted; never empty. `timeout` bounds the
    /// whole lookup, repeats included.
    pub async fn vetted(
        &self,
        url: &Url,
        policy: &UrlPolicy,
        timeout: Duration,
    ) -> Result<Vec<IpAddr>, ResolveError> {
        let (name, addresses) = match url.host() {
            None => return Err(ResolveError::NoHost),
            Some(Host::Ipv4(address)) => (address.to_string(), vec![IpAddr::V4(address)]),
            Some(Host::Ipv6(address)) => (address.to_string(), vec![IpAddr::V6(address)]),
            Some(Host::Domain(name)) => {
                let looked_up = tokio::time::timeout(timeout, self.lookup(name)).await;
                let addresses = looked_up
                    .map_err(|_| ResolveError::Slow(name.to_owned(), timeout))?
                    .map_err(|reason| ResolveError::Unknown(name.to_owned(), reason))?;
                (name.to_owned(), addresses)
            }
        };
        if addresses.is_empty() {
            return Err(ResolveError::Unknown(name, "it has no address".to_owned()));
        }
        for address in &addresses {
            if let Err(reason) = policy.permits(*address) {
                return Err(ResolveError::SpecialUse(name, reason));
            }
            if loopback_only(url) && !address.is_loopback() {
                return Err(ResolveError::NotLoopback(name));
            }
        }
        Ok(addresses)
    }

    async fn lookup(&self, name: &str) -> Result<Vec<IpAddr>, String> {
        match self {
            Resolver::Fixed(answers) => answers.get(name).cloned().ok_or_else(|| "no such name".to_owned()),
            Resolver::System(resolver) => {
                // The final dot keeps the search list of resolv.conf out of it.
                let absolute = format!("{}.", name.trim_end_matches('.'));
                let answer = resolver.lookup_ip(absolute).await.map_err(|error| error.to_string())?;
                Ok(answer.iter().collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn vet(url: &str, answers: &[&str], policy: &UrlPolicy) -> Result<Vec<IpAddr>, ResolveError> {
        let ips = answers.iter().map(|ip| ip.parse().unwrap()).collect();
        let resolver = Resolver::fixed([("example.com", ips)]);
        resolver.vetted(&url.parse().unwrap(), policy, SECOND).await
    }

    #[tokio::test]
    async fn public_answers_are_all_returned() {
        let both = ["8.8.8.8", "2606:4700::1111"];
        let found = vet("https://example.com/", &both, &UrlPolicy::default()).await;
        assert_eq!(found.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn one_private_answer_among_public_ones_refuses_the_name() {
        for private in ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::ffff:8.8.8.8", "64:ff9b::10.0.0.1"] {
            let found = vet("https://example.com/", &["8.8.8.8", private], &UrlPolicy::default()).await;
            let error = found.unwrap_err();
            assert!(matches!(error, ResolveError::SpecialUse(..)), "{error}");
            assert!(!error.to_string().contains(private), "{error} tells the address");
        }
    }

    #[tokio::test]
    async fn a_name_without_addresses_or_without_an_entry_is_named() {
        let none = vet("https://example.com/", &[], &UrlPolicy::default()).await;
        assert!(matches!(none, Err(ResolveError::Unknown(..))));
        let other = vet("https://example.org/", &["8.8.8.8"], &UrlPolicy::default()).await;
        assert!(matches!(other, Err(ResolveError::Unknown(..))));
    }

    #[tokio::test]
    async fn plain_http_never_leaves_this_machine() {
        let policy = UrlPolicy { allow_loopback: true, ..UrlPolicy::default() };
        assert!(vet("http://example.com:81/", &["127.0.0.1"], &policy).await.is_ok());
        let outside = vet("http://example.com:81/", &["8.8.8.8"], &policy).await;
        assert!(matches!(outside, Err(ResolveError::NotLoopback(_))));
    }

    #[tokio::test]
    async fn literals_need_no_lookup_and_are_vetted_as_well() {
        assert!(vet("https://8.8.8.8/", &[], &UrlPolicy::default()).await.is_ok());
        assert!(vet("https://[64:ff9b::7f00:1]/", &[], &UrlPolicy::default()).await.is_err());
    }

    #[tokio::test]
    async fn the_system_resolver_knows_localhost_and_refuses_it_by_default() {
        let resolver = Resolver::system(SECOND).unwrap();
        let url = "https://localhost/".parse().unwrap();
        let allowed = UrlPolicy { allow_loopback: true, ..UrlPolicy::default() };
        let found = resolver.vetted(&url, &allowed, SECOND).await.unwrap();
        assert!(found.iter().all(IpAddr::is_loopback));
        let refused = resolver.vetted(&url, &UrlPolicy::default(), SECOND).await;
        assert!(matches!(refused, Err(ResolveError::SpecialUse(..))));
    }
}
