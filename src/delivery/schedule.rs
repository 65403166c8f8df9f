//! When to try again (requirements R1, R2 and R3 of delivery): pure functions of what has
//! happened so far. The caller passes the time and the jitter in, so that a fortnight of
//! attempts is tested in a millisecond.

use std::time::Duration;

use jiff::Timestamp;

const SECOND: u64 = 1;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// With this much or less left to the last lawful moment, attempts come closer together.
const PRESSING: Duration = Duration::from_secs(72 * HOUR);
/// The longest gap while it presses.
const PRESSING_GAP: Duration = Duration::from_secs(2 * HOUR);
/// The longest waiting time a peer may ask for.
const RETRY_AFTER_CAP: Duration = Duration::from_secs(24 * HOUR);
/// Jitter adds a tenth of the gap, but never more than this.
const JITTER_CAP: Duration = Duration::from_secs(15 * MINUTE);

/// Which schedule applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// R1: 21 attempts over 14 days.
    Webhook,
    /// R2: 34 attempts; three within the first 80 minutes, then every four hours for five days.
    Mail,
}

impl Channel {
    /// The gap before attempt `attempt + 1`, given that `attempt` attempts were made; zero
    /// before the first.
    pub fn gap(self, attempt: u32) -> Duration {
        let seconds = match (self, attempt) {
            (_, 0) => 0,
            (Channel::Webhook, 1) => 5 * SECOND,
            (Channel::Webhook, 2) => 5 * MINUTE,
            (Channel::Webhook, 3) => 30 * MINUTE,
            (Channel::Webhook, 4) => 2 * HOUR,
            (Channel::Webhook, 5) => 5 * HOUR,
            (Channel::Webhook, 6) => 10 * HOUR,
            (Channel::Webhook, 7) => 14 * HOUR,
            (Channel::Webhook, 8) => 20 * HOUR,
            (Channel::Webhook, _) => 24 * HOUR,
            (Channel::Mail, 1) => 5 * MINUTE,
            (Channel::Mail, 2) => 15 * MINUTE,
            (Channel::Mail, 3) => HOUR,
            (Channel::Mail, _) => 4 * HOUR,
        };
        Duration::from_secs(seconds)
    }

    /// How many attempts the schedule has.
    pub fn attempts(self) -> u32 {
        match self {
            Channel::Webhook => 21,
            Channel::Mail => 34,
        }
    }

    /// The time from the first attempt to the last when no gap is lengthened or shortened.
    pub fn span(self) -> Duration {
        (0..self.attempts()).map(|attempt| self.gap(attempt)).sum()
    }
}

/// What has happened to a delivery so far, after a temporary failure.
#[derive(Debug, Clone, Copy)]
pub struct Tried {
    /// Which schedule applies.
    pub channel: Channel,
    /// Attempts made, the one that has just failed included.
    pub attempts: u32,
    /// When the first of them was made.
    pub first_attempt: Timestamp,
    /// The last moment at which notice would still be in time, if the law or a contract sets one.
    pub last_lawful: Option<Timestamp>,
    /// How long the peer asked us to wait, as it said it.
    pub retry_after: Option<Duration>,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Try again.
    At {
        /// When.
        at: Timestamp,
        /// That moment lies past the last lawful one: mark the delivery late and raise an alarm.
        late: bool,
    },
    /// The schedule is used up: the delivery has failed, and an alarm must say so.
    GiveUp,
}

/// Sets the next attempt after a temporary failure at `now`. `jitter` is a fraction from 0 to 1.
///
/// A delivery is given up only when the schedule's attempts *and* its days are used up and no
/// lawful moment still lies ahead: the closer gaps of R3 must not use up the attempts early.
pub fn next(tried: &Tried, jitter: f64, now: Timestamp) -> Next {
    let left = tried.last_lawful.map(|moment| until(now, moment));
    let used_up =
        tried.attempts >= tried.channel.attempts() && until(tried.first_attempt, now) >= tried.channel.span();
    if used_up && left.is_none_or(|left| left.is_zero()) {
        return Next::GiveUp;
    }

    let regular = tried.channel.gap(tried.attempts);
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.0 };
    let added = regular.mul_f64(0.1 * jitter).min(JITTER_CAP);
    let mut gap = regular + added;
    if left.is_some_and(|left| left <= PRESSING) {
        gap = gap.min(PRESSING_GAP);
    }
    if let Some(asked) = tried.retry_after {
        gap = gap.max(asked.min(retry_after_cap(left)));
    }

    let at = later(now, gap);
    let late = tried.last_lawful.is_some_and(|moment| at > moment);
    Next::At { at, late }
}

/// The longest we obey a peer: 24 hours, or half the time left. Once that time has run out a
/// notice is late already, and half of nothing would hammer a peer that begs for rest.
fn retry_after_cap(left: Option<Duration>) -> Duration {
    match left {
        None => RETRY_AFTER_CAP,
        Some(left) if left.is_zero() => PRESSING_GAP,
        Some(left) => RETRY_AFTER_CAP.min(left / 2),
    }
}

/// Reads a `Retry-After` header (RFC 9110 section 10.2.3): seconds or an HTTP date, of which a
/// past one means zero. Anything else, negative numbers included, means nothing: `None`.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?;
    Some(until(now, date.timestamp()))
}

fn until(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or(Duration::ZERO)
}

fn later(now: Timestamp, gap: Duration) -> Timestamp {
    now.checked_add(gap).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
