//! Which network address a request comes from. `X-Forwarded-For` is believed only from the
//! proxies that the settings name.

use std::net::IpAddr;

use actix_web::HttpRequest;

/// The reader's address: the peer's, or where the peer is a trusted proxy, the last address
/// before it that is none. `trusted` are addresses or CIDR blocks (RFC 4632).
#[must_use]
pub fn address(request: &HttpRequest, trusted: &[String]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let forwarded = request.headers().get_all("x-forwarded-for").filter_map(|v| v.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|line| line.split(',')).map(str::trim).collect();
    Some(before_proxies(peer, &hops, trusted))
}

fn before_proxies(peer: IpAddr, hops: &[&str], trusted: &[String]) -> IpAddr {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|block| contains(block, ip));
    let mut seen = peer;
    for hop in hops.iter().rev() {
        if !is_trusted(seen) {
            break;
        }
        // What cannot be read was not written by a proxy of ours.
        let Ok(ip) = hop.parse::<IpAddr>() else { break };
        seen = ip.to_canonical();
    }
    seen
}

fn contains(block: &str, ip: IpAddr) -> bool {
    let (base, length) = match block.split_once('/') {
        Some((base, length)) => (base.trim(), length.trim().parse::<u32>().ok()),
        None => (block.trim(), Some(128)),
    };
    let (Ok(base), Some(length)) = (base.parse::<IpAddr>(), length) else { return false };
    let same = |a: u128, b: u128, width: u32| {
        let shift = width.saturating_sub(length);
        a.checked_shr(shift).unwrap_or(0) == b.checked_shr(shift).unwrap_or(0)
    };
    match (base.to_canonical(), ip) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, hops: &[&str]) -> String {
        let trusted = ["10.0.0.0/8".to_owned(), "::1".to_owned()];
        before_proxies(peer.parse().unwrap(), hops, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_pretend_to_come_from_elsewhere() {
        assert_eq!(from("192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
        assert_eq!(from("10.1.2.3", &["203.0.113.9", "192.0.2.7"]), "192.0.2.7");
    }

    #[test]
    fn the_last_address_before_our_proxies_counts() {
        assert_eq!(from("10.1.2.3", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(from("10.1.2.3", &["203.0.113.9", "10.9.9.9"]), "203.0.113.9");
        assert_eq!(from("::1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(from("10.1.2.3", &["unknown"]), "10.1.2.3");
        assert_eq!(from("10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn blocks_match_by_their_length() {
        assert!(contains("0.0.0.0/0", "192.0.2.1".parse().unwrap()));
        assert!(contains("2001:db8::/32", "2001:db8:1::1".parse().unwrap()));
        assert!(!contains("192.0.2.0/24", "192.0.3.1".parse().unwrap()));
        assert!(!contains("nonsense", "192.0.2.1".parse().unwrap()));
    }
}
