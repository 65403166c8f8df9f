//! How often one may try to log in: by the address typed, by the network one
//! comes from, and by the browser.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Keys kept before those at rest are forgotten.
const MANY: usize = 10_000;

/// Attempts at logging in, counted in memory. One per process.
///
/// A limit per address alone would let anybody who knows a colleague's address keep that
/// colleague out. So the narrow limit is that of an address as tried from one network; the one
/// over all networks is ten times as wide, enough to make guessing from many networks useless;
/// and a browser in which this person has logged in before is counted by itself, whatever
/// strangers do.
#[derive(Debug)]
pub struct LoginLimits {
    by_pair: DefaultKeyedRateLimiter<(String, IpAddr)>,
    by_network: DefaultKeyedRateLimiter<IpAddr>,
    by_address: DefaultKeyedRateLimiter<String>,
    by_device: DefaultKeyedRateLimiter<String>,
}

impl Default for LoginLimits {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self {
            // Ten tries at once and one more each minute; a whole office may share one network.
            by_pair: RateLimiter::keyed(quota(10, minute)),
            by_network: RateLimiter::keyed(quota(30, Duration::from_secs(10))),
            // 1,540 guesses a day, however many networks they come from.
            by_address: RateLimiter::keyed(quota(100, minute)),
            by_device: RateLimiter::keyed(quota(10, minute)),
        }
    }
}

fn quota(burst: u32, each: Duration) -> Quota {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(each).unwrap_or_else(|| Quota::per_minute(NonZeroU32::MIN)).allow_burst(burst)
}

impl LoginLimits {
    /// Counts one try at `address`; whether it may go on. `device` names the browser if this
    /// person has logged in there before ([`super::known_device`]).
    #[must_use]
    pub fn admits(&self, address: &str, from: IpAddr, device: Option<String>) -> bool {
        if let Some(device) = device {
            return count(&self.by_device, &device);
        }
        // What is longer is nobody's address (RFC 5321), and no reason to remember it.
        let typed = address.trim();
        let key = if typed.len() > 254 { String::new() } else { typed.to_lowercase() };
        let network = network_of(from);
        // The narrow ones first: what they refuse uses up nothing of the wide one.
        count(&self.by_network, &network)
            && count(&self.by_pair, &(key.clone(), network))
            && count(&self.by_address, &key)
    }
}

fn count<K: Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> bool {
    if limiter.len() > MANY {
        limiter.retain_recent();
    }
    limiter.check_key(key).is_ok()
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

    fn network(n: u16) -> IpAddr {
        IpAddr::from([0x2001, 0xdb8, n, 0, 0, 0, 0, 1])
    }

    #[test]
    fn the_eleventh_try_from_one_network_waits_and_others_do_not() {
        let limits = LoginLimits::default();
        for _ in 0..10 {
            assert!(limits.admits("A@b.example", network(1), None));
        }
        assert!(!limits.admits(" a@B.example", network(1), None));
        assert!(limits.admits("a@b.example", network(2), None), "the person, from elsewhere");
        assert!(limits.admits("c@b.example", network(1), None), "a colleague");
    }

    #[test]
    fn many_networks_run_out_together_and_a_known_browser_does_not() {
        let limits = LoginLimits::default();
        let admitted = |n: &u16| limits.admits("a@b.example", network(*n), None);
        assert_eq!((0..200).filter(admitted).count(), 100);
        let mine = || limits.admits("a@b.example", network(1), Some("mine".into()));
        assert_eq!((0..12).filter(|_| mine()).count(), 10, "its own tries are bounded too");
        assert!(limits.admits("a@b.example", network(1), Some("another".into())));
    }

    #[test]
    fn one_network_runs_out_whatever_addresses_it_tries() {
        let limits = LoginLimits::default();
        let admitted = |n: &u32| limits.admits(&format!("{n}@b.example"), network(1), None);
        assert_eq!((0..40).filter(admitted).count(), 30);
    }
}
