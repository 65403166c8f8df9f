//! How often one may try to log in: by the address typed, and by the network one comes from.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Keys kept before those at rest are forgotten.
const MANY: usize = 10_000;

/// Attempts at logging in, counted in memory. One per process.
#[derive(Debug)]
pub struct LoginLimits {
    by_address: DefaultKeyedRateLimiter<String>,
    by_network: DefaultKeyedRateLimiter<IpAddr>,
}

impl Default for LoginLimits {
    fn default() -> Self {
        // Ten tries at once and one more each minute; a whole office may share one network.
        Self {
            by_address: RateLimiter::keyed(quota(10, Duration::from_secs(60))),
            by_network: RateLimiter::keyed(quota(30, Duration::from_secs(10))),
        }
    }
}

fn quota(burst: u32, each: Duration) -> Quota {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(each).unwrap_or_else(|| Quota::per_minute(NonZeroU32::MIN)).allow_burst(burst)
}

impl LoginLimits {
    /// Counts one try; whether it may go on.
    #[must_use]
    pub fn admits(&self, address: &str, from: IpAddr) -> bool {
        if self.by_address.len() > MANY {
            self.by_address.retain_recent();
        }
        if self.by_network.len() > MANY {
            self.by_network.retain_recent();
        }
        // What is longer is nobody's address (RFC 5321), and no reason to remember it. A network
        // that was refused uses up nothing of an address.
        let typed = address.trim();
        let key = if typed.len() > 254 { String::new() } else { typed.to_lowercase() };
        self.by_network.check_key(&network_of(from)).is_ok() && self.by_address.check_key(&key).is_ok()
    }
}

/// One subscriber line has a /64 of IPv6 addresses.
fn network_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_try_at_one_address_waits_and_another_address_does_not() {
        let limits = LoginLimits::default();
        let from = |n: u16| IpAddr::from([0x2001, 0xdb8, n, 0, 0, 0, 0, 1]);
        for n in 0..10 {
            assert!(limits.admits("A@b.example", from(n)));
        }
        assert!(!limits.admits(" a@B.example", from(11)));
        assert!(limits.admits("c@b.example", from(11)));
    }

    #[test]
    fn one_network_runs_out_whatever_addresses_it_tries() {
        let limits = LoginLimits::default();
        let admitted = |n: u32| limits.admits(&format!("{n}@b.example"), "192.0.2.1".parse().unwrap());
        assert_eq!((0..40).filter(|n| admitted(*n)).count(), 30);
    }
}
