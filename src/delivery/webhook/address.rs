//! The address guard (requirement R8): which IP addresses a webhook may never reach, and which
//! URLs may be saved as a webhook at all. Sending to whatever a stranger types would turn this
//! server into a door to its own network, so the answer is "no" for everything the IANA
//! registries call special, checked when the URL is saved *and* each time a message is sent.
//!
//! The rule is stricter than "not globally reachable": no webhook receiver lives in any
//! special-purpose block, so all of them are refused, and IPv6 addresses are taken only from
//! `2000::/3`, the one block from which unicast addresses are handed out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::Webhooks;
use url::{Host, Url};

/// The longest URL that is accepted, in bytes (requirement R5).
pub const URL_MAX: usize = 2048;

/// Blocks of the IANA IPv4 Special-Purpose Address Registry and the multicast space.
const V4_BLOCKS: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, "\"this network\" (RFC 791)"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private (RFC 1918)"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "shared by carriers (RFC 6598)"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback (RFC 1122)"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link-local (RFC 3927)"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private (RFC 1918)"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "for protocol assignments (RFC 6890)"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "for documentation (RFC 5737)"),
    (Ipv4Addr::new(192, 31, 196, 0), 24, "an AS112 sink (RFC 7535)"),
    (Ipv4Addr::new(192, 52, 193, 0), 24, "a multicast tunnel (RFC 7450)"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a 6to4 relay (RFC 7526)"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private (RFC 1918)"),
    (Ipv4Addr::new(192, 175, 48, 0), 24, "an AS112 sink (RFC 7534)"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "for benchmarking (RFC 2544)"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "for documentation (RFC 5737)"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "for documentation (RFC 5737)"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast (RFC 1112)"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved (RFC 1112)"),
];

/// Blocks of the IANA IPv6 Special-Purpose Address Registry and of the IPv6 address space
/// registry. The more special come first, because the first match names the reason.
const V6_BLOCKS: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "unspecified (RFC 4291)"),
    (Ipv6Addr::LOCALHOST, 128, "loopback (RFC 4291)"),
    (v6(0, 0, 0, 0, 0, 0xffff), 96, "an IPv4-mapped address (RFC 4291)"),
    (v6(0, 0, 0, 0, 0xffff, 0), 96, "an IPv4-translated address (RFC 2765)"),
    (Ipv6Addr::UNSPECIFIED, 96, "an IPv4-compatible address (RFC 4291)"),
    (v6(0x64, 0xff9b, 1, 0, 0, 0), 48, "for local NAT64 (RFC 8215)"),
    (v6(0x100, 0, 0, 0, 0, 0), 64, "discard-only (RFC 6666)"),
    (v6(0x100, 0, 0, 1, 0, 0), 64, "a dummy prefix (RFC 9780)"),
    (v6(0x2001, 0, 0, 0, 0, 0), 32, "a Teredo tunnel (RFC 4380)"),
    (v6(0x2001, 2, 0, 0, 0, 0), 48, "for benchmarking (RFC 5180)"),
    (v6(0x2001, 0, 0, 0, 0, 0), 23, "for protocol assignments (RFC 2928)"),
    (v6(0x2001, 0xdb8, 0, 0, 0, 0), 32, "for documentation (RFC 3849)"),
    (v6(0x2002, 0, 0, 0, 0, 0), 16, "a 6to4 tunnel (RFC 3056)"),
    (v6(0x2620, 0x4f, 0x8000, 0, 0, 0), 48, "an AS112 sink (RFC 7534)"),
    (v6(0x3fff, 0, 0, 0, 0, 0), 20, "for documentation (RFC 9637)"),
    (v6(0x5f00, 0, 0, 0, 0, 0), 16, "a segment identifier (RFC 9602)"),
    (v6(0xfc00, 0, 0, 0, 0, 0), 7, "private (RFC 4193)"),
    (v6(0xfe80, 0, 0, 0, 0, 0), 10, "link-local (RFC 4291)"),
    (v6(0xfec0, 0, 0, 0, 0, 0), 10, "site-local (RFC 3879)"),
    (v6(0xff00, 0, 0, 0, 0, 0), 8, "multicast (RFC 4291)"),
];

const GLOBAL_UNICAST: (Ipv6Addr, u32) = (v6(0x2000, 0, 0, 0, 0, 0), 3);
const NAT64: (Ipv6Addr, u32) = (v6(0x64, 0xff9b, 0, 0, 0, 0), 96);

const fn v6(a: u16, b: u16, c: u16, d: u16, e: u16, f: u16) -> Ipv6Addr {
    Ipv6Addr::new(a, b, c, d, e, f, 0, 0)
}

/// Why an address is special-use, in words that end the sentence "… is"; `None` when it is an
/// ordinary public address. NAT64 (`64:ff9b::/96`) is judged by the IPv4 address inside it.
pub fn special_use(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    V4_BLOCKS
        .iter()
        .find(|(base, length, _)| (address.to_bits() ^ base.to_bits()) >> (32 - length) == 0)
        .map(|(_, _, reason)| *reason)
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    if within(address, NAT64) {
        let [.., a, b, c, d] = address.octets();
        return special_v4(Ipv4Addr::new(a, b, c, d));
    }
    V6_BLOCKS
        .iter()
        .find(|(base, length, _)| within(address, (*base, *length)))
        .map(|(_, _, reason)| *reason)
        .or_else(|| (!within(address, GLOBAL_UNICAST)).then_some("not handed out (RFC 4291)"))
}

fn within(address: Ipv6Addr, (base, length): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ base.to_bits()) >> (128 - length) == 0
}

/// What an administrator allows beyond HTTPS on port 443.
#[derive(Debug, Clone, Default)]
pub struct UrlPolicy {
    /// Loopback addresses, over HTTP or HTTPS and on any port: for tests and the demo only.
    pub allow_loopback: bool,
    /// Nothing but those: the demo promises that nothing leaves the machine.
    pub only_loopback: bool,
    /// Ports besides 443 on which HTTPS is allowed.
    pub extra_ports: Vec<u16>,
}

/// Why a URL cannot be a webhook, in words that tell the person who typed it what to mend.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum UrlError {
    /// Longer than [`URL_MAX`].
    #[error("the webhook URL is {0} bytes long; at most {URL_MAX} are allowed")]
    TooLong(usize),
    /// Not a URL.
    #[error("the webhook URL cannot be read ({0}); write it like https://example.com/hook")]
    Unreadable(String),
    /// Spaces or control characters, which a URL parser would drop silently.
    #[error("the webhook URL holds a space, a line break or another control character; remove it")]
    Whitespace,
    /// Neither HTTPS nor, for loopback, HTTP.
    #[error("the webhook URL starts with {0}:; use https:")]
    Scheme(String),
    /// A user name or a password.
    #[error(
        "the webhook URL holds a user name or password; remove it: every message is signed, \
         and the receiver checks the signature"
    )]
    Credentials,
    /// A port that is not allowed.
    #[error("the webhook URL names port {0}; leave the port out, it is 443")]
    Port(u16),
    /// An address literal that is special-use.
    #[error("the webhook URL leads to {0}, which is {1}; use a public host name")]
    SpecialUse(IpAddr, &'static str),
    /// A host name that never leads to the public internet.
    #[error("the webhook URL names the host {0}, which is not public; use a public host name")]
    LocalName(String),
    /// Beyond this machine, where only this machine is allowed.
    #[error(
        "the webhook URL leads beyond this machine, and here nothing may leave it; use a loopback address such as http://127.0.0.1:9000/hook"
    )]
    BeyondThisMachine,
}

impl UrlPolicy {
    /// What the settings allow.
    #[must_use]
    pub fn of(settings: &Webhooks) -> Self {
        Self {
            allow_loopback: settings.allow_loopback || settings.only_loopback,
            only_loopback: settings.only_loopback,
            extra_ports: Vec::new(),
        }
    }

    /// Checks a URL as a person typed it and returns it in its normal form, without a fragment
    /// (which is never sent). Names are only resolved when a message is sent; this must hold
    /// then, too, so call it on every attempt as well: the policy may have become stricter.
    pub fn check(&self, text: &str) -> Result<Url, UrlError> {
        let text = text.trim();
        if text.len() > URL_MAX {
            return Err(UrlError::TooLong(text.len()));
        }
        if text.chars().any(|one| one.is_control() || one.is_whitespace()) {
            return Err(UrlError::Whitespace);
        }
        let mut url = Url::parse(text).map_err(|error| UrlError::Unreadable(error.to_string()))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(UrlError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        if !self.check_host(&url)? {
            if self.only_loopback {
                return Err(UrlError::BeyondThisMachine);
            }
            if url.scheme() != "https" {
                return Err(UrlError::Scheme(url.scheme().to_owned()));
            }
            let port = url.port().unwrap_or(443);
            if port != 443 && !self.extra_ports.contains(&port) {
                return Err(UrlError::Port(port));
            }
        }
        url.set_fragment(None);
        // Normalising may lengthen a URL: what is stored must fit as well.
        if url.as_str().len() > URL_MAX {
            return Err(UrlError::TooLong(url.as_str().len()));
        }
        Ok(url)
    }

    /// Whether an address may be dialled: an ordinary public one, or loopback where allowed.
    pub fn permits(&self, address: IpAddr) -> Result<(), &'static str> {
        match special_use(address) {
            Some(_) if self.allow_loopback && address.is_loopback() => Ok(()),
            Some(reason) => Err(reason),
            None if self.only_loopback => Err("beyond this machine"),
            None => Ok(()),
        }
    }

    /// Whether the host is an allowed loopback host, for which scheme and port are free.
    fn check_host(&self, url: &Url) -> Result<bool, UrlError> {
        let literal = match url.host() {
            None => return Err(UrlError::Unreadable("it names no host".to_owned())),
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(name)) => {
                let bare = name.strip_suffix('.').unwrap_or(name);
                let local = bare == "localhost" || bare.ends_with(".localhost");
                if local && self.allow_loopback {
                    return Ok(true);
                }
                // A name without a dot, or below these, exists only inside somebody's network.
                let inside = [".local", ".internal", ".home.arpa"];
                if local || !bare.contains('.') || inside.iter().any(|end| bare.ends_with(end)) {
                    return Err(UrlError::LocalName(bare.to_owned()));
                }
                return Ok(false);
            }
        };
        match self.permits(literal) {
            Ok(()) => Ok(literal.is_loopback()),
            Err(reason) => Err(UrlError::SpecialUse(literal, reason)),
        }
    }
}

/// Whether plain HTTP was accepted for this URL, which binds its host to loopback addresses.
pub fn loopback_only(url: &Url) -> bool {
    url.scheme() == "http"
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
