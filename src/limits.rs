//! How often strangers may make this installation send something. Kept in memory, per process:
//! the limits protect mailboxes and receivers from being flooded, they are no record.

use std::fmt::Debug;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Clock;
use crate::domain::email::Email;
use crate::domain::id::Id;

/// Mails that may be asked for to one mailbox in an hour.
pub const MAILS_TO_ADDRESS: u32 = 3;
/// Mails that may be asked for from one network address in an hour.
pub const MAILS_FROM_ADDRESS: u32 = 20;
/// Challenges and tests that one subscription may ask for in an hour.
pub const CALLS_TO_ENDPOINT: u32 = 10;

/// Test mails that a staff member may send to themselves in an hour.
pub const TESTS_TO_STAFF: u32 = 10;

/// Entries kept before those that matter no longer are thrown away.
const CROWDED: usize = 10_000;

/// The program's clock for the limiter, so that limits move with it.
#[derive(Debug, Clone)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let micros = self.0.now().as_microsecond();
        Duration::from_micros(u64::try_from(micros).unwrap_or_default())
    }
}

/// So many an hour for each key; unused ones come back evenly over the hour.
pub struct Hourly<K: Hash + Eq + Clone>(
    RateLimiter<K, HashMapStateStore<K>, Ticks, NoOpMiddleware<Duration>>,
);

impl<K: Hash + Eq + Clone> Debug for Hourly<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hourly").finish_non_exhaustive()
    }
}

impl<K: Hash + Eq + Clone> Hourly<K> {
    /// At most `count` (at least 1) an hour.
    #[must_use]
    pub fn new(count: u32, clock: Clock) -> Self {
        let quota = Quota::per_hour(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        Self(RateLimiter::hashmap_with_clock(quota, Ticks(clock)))
    }

    /// Takes one, if one is left.
    pub fn take(&self, key: &K) -> bool {
        if self.0.len() > CROWDED {
            self.0.retain_recent();
        }
        self.0.check_key(key).is_ok()
    }
}

/// The limits of what strangers and subscribers may ask for.
#[derive(Debug)]
pub struct Limits {
    to: Hourly<String>,
    from: Hourly<IpAddr>,
    endpoint: Hourly<Id>,
    tests: Hourly<Id>,
}

impl Limits {
    /// Nothing used yet.
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        Self {
            to: Hourly::new(MAILS_TO_ADDRESS, clock.clone()),
            from: Hourly::new(MAILS_FROM_ADDRESS, clock.clone()),
            endpoint: Hourly::new(CALLS_TO_ENDPOINT, clock.clone()),
            tests: Hourly::new(TESTS_TO_STAFF, clock.clone()),
        }
    }

    /// Takes one mail to `to`, asked for from `from` (unknown for the API).
    pub fn take_mail(&self, to: &Email, from: Option<IpAddr>) -> bool {
        from.is_none_or(|from| self.from.take(&network(from))) && self.to.take(&mailbox(to))
    }

    /// Takes one call to the endpoint of a subscription.
    pub fn take_call(&self, subscription: Id) -> bool {
        self.endpoint.take(&subscription)
    }

    /// Takes one test mail of a staff member to themselves.
    pub fn take_test(&self, staff: Id) -> bool {
        self.tests.take(&staff)
    }
}

/// Tags do not make another mailbox: `a+1@…` and `a+2@…` are read by the same person.
fn mailbox(email: &Email) -> String {
    let local = email.local().to_lowercase();
    let name = local.split('+').next().filter(|name| !name.is_empty()).unwrap_or(&local);
    format!("{name}@{}", email.domain())
}

/// One household or host holds a whole /64 of IPv6 (RFC 6177), so that is one key.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits::new(&Clock::system())
    }

    fn email(text: &str) -> Email {
        text.parse().unwrap()
    }

    #[test]
    fn a_mailbox_gets_three_mails_whatever_its_tag() {
        let limits = limits();
        let mut ip = (1..).map(|n| IpAddr::from([192, 0, 2, n]));
        for to in ["a@b.example", "A@b.example", "a+news@b.example"] {
            assert!(limits.take_mail(&email(to), ip.next()));
        }
        assert!(!limits.take_mail(&email("a+more@b.example"), ip.next()));
        assert!(limits.take_mail(&email("b@b.example"), ip.next()));
    }

    #[test]
    fn a_network_asks_for_twenty_mails() {
        let limits = limits();
        for n in 0..20 {
            let from = format!("2001:db8:1:2::{n}").parse().ok();
            assert!(limits.take_mail(&email(&format!("a{n}@b.example")), from));
        }
        let from = |text: &str| text.parse().ok();
        assert!(!limits.take_mail(&email("z@b.example"), from("2001:db8:1:2:3::")));
        assert!(limits.take_mail(&email("z@b.example"), from("2001:db8:1:3::")));
    }

    #[test]
    fn an_endpoint_is_called_ten_times() {
        let (limits, id) = (limits(), Id::new(Clock::system().now()));
        assert!((0..10).all(|_| limits.take_call(id)));
        assert!(!limits.take_call(id));
    }
}
