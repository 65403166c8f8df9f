use super::*;

const DAY: u64 = 24 * HOUR;

fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn tried(channel: Channel, attempts: u32) -> Tried {
    Tried { channel, attempts, first_attempt: start(), last_lawful: None, retry_after: None }
}

/// All moments of attempts, as durations from the first, when every one of them fails.
fn walk(channel: Channel, last_lawful: Option<Timestamp>, jitter: f64) -> Vec<(Duration, bool)> {
    let mut now = start();
    let mut moments = vec![(Duration::ZERO, false)];
    for attempts in 1..1000 {
        let so_far = Tried { last_lawful, ..tried(channel, attempts) };
        match next(&so_far, jitter, now) {
            Next::At { at, late } => {
                now = at;
                moments.push((until(start(), at), late));
            }
            Next::GiveUp => return moments,
        }
    }
    panic!("never gave up");
}

fn gaps(moments: &[(Duration, bool)]) -> Vec<u64> {
    moments.windows(2).map(|pair| (pair[1].0 - pair[0].0).as_secs()).collect()
}

#[test]
fn every_slot_of_the_webhook_schedule_is_the_one_promised() {
    let mut expected = vec![5, 5 * MINUTE, 30 * MINUTE];
    expected.extend([2, 5, 10, 14, 20, 24].map(|hours| hours * HOUR));
    expected.extend([24 * HOUR; 11]);
    let moments = walk(Channel::Webhook, None, 0.0);
    assert_eq!(gaps(&moments), expected);
    assert_eq!(moments.len(), 21);
    assert_eq!(moments.last().unwrap().0.as_secs() / DAY, 14);
}

#[test]
fn every_slot_of_the_mail_schedule_is_the_one_promised() {
    let mut expected = vec![5 * MINUTE, 15 * MINUTE, 60 * MINUTE];
    expected.extend([4 * HOUR; 30]);
    let moments = walk(Channel::Mail, None, 0.0);
    assert_eq!(gaps(&moments), expected);
    assert_eq!(moments.len(), 34);
    assert_eq!(moments.last().unwrap().0, secs(5 * DAY + 80 * MINUTE));
}

#[test]
fn jitter_only_adds_a_tenth_at_most_and_never_more_than_a_quarter_of_an_hour() {
    let plain = gaps(&walk(Channel::Webhook, None, 0.0));
    let full = gaps(&walk(Channel::Webhook, None, 1.0));
    for (plain, full) in plain.iter().zip(&full) {
        assert!(full >= plain);
        assert!(*full <= plain + (plain / 10).clamp(1, 15 * MINUTE), "{plain} became {full}");
    }
    assert_eq!(full[1], 330);
    assert_eq!(full[8], 24 * HOUR + 15 * MINUTE);
    for nonsense in [-3.0, 7.0, f64::NAN] {
        let Next::At { at, .. } = next(&tried(Channel::Mail, 1), nonsense, start()) else {
            panic!("gave up");
        };
        let gap = until(start(), at);
        assert!(gap >= secs(5 * MINUTE) && gap <= secs(330), "{nonsense} gave {gap:?}");
    }
}

#[test]
fn gaps_shrink_to_two_hours_when_72_hours_or_less_are_left() {
    for (left, expected) in [(73 * HOUR, 14 * HOUR), (72 * HOUR, 2 * HOUR), (HOUR, 2 * HOUR)] {
        let so_far = Tried { last_lawful: Some(later(start(), secs(left))), ..tried(Channel::Webhook, 7) };
        let late = expected > left;
        let at = later(start(), secs(expected));
        assert_eq!(next(&so_far, 0.0, start()), Next::At { at, late });
        if left <= 72 * HOUR {
            assert_eq!(next(&so_far, 1.0, start()), Next::At { at, late });
        }
    }
}

#[test]
fn short_gaps_stay_short_while_it_presses() {
    let so_far = Tried { last_lawful: Some(later(start(), secs(HOUR))), ..tried(Channel::Mail, 1) };
    let at = later(start(), secs(5 * MINUTE));
    assert_eq!(next(&so_far, 0.0, start()), Next::At { at, late: false });
}

#[test]
fn a_close_deadline_never_uses_the_attempts_up_before_the_days() {
    for channel in [Channel::Webhook, Channel::Mail] {
        let moments = walk(channel, Some(later(start(), secs(60 * HOUR))), 0.5);
        assert!(moments.last().unwrap().0 >= channel.span());
        assert!(moments.iter().any(|(_, late)| *late));
        assert!(moments.iter().all(|(at, late)| *late == (*at > secs(60 * HOUR))));
    }
}

#[test]
fn nothing_is_given_up_while_a_lawful_moment_lies_ahead() {
    let moments = walk(Channel::Mail, Some(later(start(), secs(30 * DAY))), 0.0);
    assert!(moments.last().unwrap().0 >= secs(30 * DAY));
}

#[test]
fn past_the_deadline_it_goes_on_and_every_further_attempt_is_late() {
    let so_far = Tried { last_lawful: Some(start()), ..tried(Channel::Webhook, 3) };
    let now = later(start(), secs(HOUR));
    let at = later(now, secs(30 * MINUTE));
    assert_eq!(next(&so_far, 0.0, now), Next::At { at, late: true });
}

#[test]
fn a_waiting_time_is_obeyed_up_to_a_day_or_half_the_time_left() {
    for (asked, left, expected) in [
        (120, None, 5 * MINUTE),
        (1200, None, 1200),
        (u64::MAX, None, DAY),
        (10 * 365 * DAY, Some(10 * DAY), DAY),
        (DAY, Some(20 * HOUR), 10 * HOUR),
        (DAY, Some(0), 2 * HOUR),
    ] {
        let so_far = Tried {
            retry_after: Some(secs(asked)),
            last_lawful: left.map(|left| later(start(), secs(left))),
            ..tried(Channel::Webhook, 2)
        };
        let Next::At { at, .. } = next(&so_far, 0.0, start()) else { panic!("gave up") };
        assert_eq!(until(start(), at), secs(expected), "asked {asked}, left {left:?}");
    }
}

#[test]
fn retry_after_is_read_in_both_forms_and_rubbish_means_nothing() {
    let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
    assert_eq!(retry_after("120", now), Some(secs(120)));
    assert_eq!(retry_after(" 0 ", now), Some(secs(0)));
    assert_eq!(retry_after("315360000", now), Some(secs(315_360_000)));
    assert_eq!(retry_after("99999999999999999999999", now), Some(secs(u64::MAX)));
    assert_eq!(retry_after("Mon, 02 Mar 2026 10:00:00 GMT", now), Some(secs(HOUR)));
    assert_eq!(retry_after("Sun, 01 Mar 2026 10:00:00 GMT", now), Some(secs(0)));
    assert_eq!(retry_after("Sun, 02 Mar 2036 10:00:00 GMT", now).unwrap().as_secs() / DAY, 3653);
    for rubbish in ["-5", "", "soon", "1.5", "1e3", "+7", "0x10", "Mon, 99 Mar 2026 10:00:00 GMT"] {
        assert_eq!(retry_after(rubbish, now), None, "{rubbish:?}");
    }
}
