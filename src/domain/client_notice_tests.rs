use super::*;
use crate::domain::terms::{Silence, Terms};
use jiff::civil::date;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn rules(authorisation: Authorisation, start: StartEvent) -> Rules {
    let terms = Terms::simple(authorisation, 30, 14, Silence::Refuses);
    Rules {
        objection_start: start,
        ..Rules::snapshot(
            "Standard",
            &terms,
            Some((Period::calendar(30), start)),
            &DayCount::plain(zone("Europe/Berlin")),
            &zone("Europe/Berlin"),
        )
    }
}

fn notice(rules: Rules, told: &[Told]) -> ClientNotice {
    let clocks = rules.clocks(at("2026-03-01T09:00:00Z"), told);
    let id = Id::new(Timestamp::UNIX_EPOCH);
    ClientNotice {
        id,
        notice_id: id,
        client_id: id,
        agreement_id: id,
        rules,
        state: ClientNoticeState::Planned,
        issued_at: at("2026-03-01T09:00:00Z"),
        clocks,
        acknowledged_at: None,
        consented_at: None,
        waived_at: None,
    }
}

fn accepted(when: &str) -> Told {
    Told { sent_at: Some(at(when)), accepted_at: Some(at(when)), ..Told::default() }
}

fn bounced(when: &str) -> Told {
    Told { sent_at: Some(at(when)), bounced: true, ..Told::default() }
}

#[test]
fn a_hard_bounce_and_a_second_contact_on_the_sixth_run_from_the_sixth() {
    for start in [StartEvent::Sent, StartEvent::Accepted] {
        let told = [bounced("2026-03-01T09:00:00Z"), accepted("2026-03-06T09:00:00Z")];
        let one = notice(rules(Authorisation::General, start), &told);
        assert_eq!(one.clocks.notice_start, Some(at("2026-03-06T09:00:00Z")));
        assert_eq!(one.clocks.earliest_effective, Some(date(2026, 4, 6)), "not 1 April");
        assert_eq!(one.gate(date(2026, 4, 1), false, false), Gate::From(date(2026, 4, 6)));
        assert_eq!(one.gate(date(2026, 4, 6), false, false), Gate::Open);
    }
}

#[test]
fn of_several_rules_the_last_to_end_counts_whichever_was_longest_at_first() {
    let long = (Period::calendar(30), StartEvent::Sent);
    for (short, days) in [(29, 0), (29, 1), (29, 2), (25, 4), (25, 9), (1, 40)] {
        let further = vec![(Period::calendar(short), StartEvent::Accepted)];
        let sent = at("2026-03-01T09:00:00Z");
        let taken = sent + jiff::SignedDuration::from_hours(24 * days);
        let told = [Told { sent_at: Some(sent), accepted_at: Some(taken), ..Told::default() }];
        let alone = |(period, start)| Rules {
            notice: Some(period),
            notice_start: start,
            ..rules(Authorisation::General, start)
        };
        let both = alone(long).with_further(further.clone());
        let ends = [long, further[0]].map(|rule| alone(rule).clocks(sent, &told).notice_until);
        let until = both.clocks(sent, &told).notice_until;
        assert_eq!(until, ends.into_iter().max().flatten(), "{short} days, taken after {days}");
        // Nothing is over as long as one of them has not begun.
        let sent_only = [Told { sent_at: Some(sent), ..Told::default() }];
        assert_eq!(both.clocks(sent, &sent_only).earliest_effective, None);
    }
}

#[test]
fn a_bounce_after_acceptance_stops_the_clock() {
    let told = [Told { bounced: true, ..accepted("2026-03-01T09:00:00Z") }];
    let one = notice(rules(Authorisation::General, StartEvent::Accepted), &told);
    assert_eq!(one.clocks, Clocks::default());
    assert_eq!(one.gate(date(2027, 1, 1), false, false), Gate::Unreached);
    assert_eq!(one.standing(&told, at("2026-03-02T00:00:00Z"), false, false), ClientNoticeState::Suspended);
}

#[test]
fn deemed_receipt_runs_in_spite_of_a_bounce() {
    let told = [bounced("2026-03-01T09:00:00Z")];
    let deemed = Rules { deems_receipt: true, ..rules(Authorisation::General, StartEvent::Accepted) };
    assert_eq!(notice(deemed, &told).clocks.earliest_effective, Some(date(2026, 4, 1)));
}

#[test]
fn a_clock_that_starts_on_reading_waits_for_a_person() {
    let told = [accepted("2026-03-01T09:00:00Z")];
    let one = notice(rules(Authorisation::General, StartEvent::Read), &told);
    assert_eq!(one.clocks.notice_start, None);
    let read = [Told { read_at: Some(at("2026-03-04T09:00:00Z")), ..told[0] }];
    let one = notice(rules(Authorisation::General, StartEvent::Read), &read);
    assert_eq!(one.clocks.earliest_effective, Some(date(2026, 4, 4)));
}

#[test]
fn a_client_under_specific_authorisation_that_does_not_answer_is_never_active() {
    let told = [accepted("2026-03-01T09:00:00Z")];
    let mut one = notice(rules(Authorisation::Specific, StartEvent::Accepted), &told);
    assert_eq!(one.gate(date(2099, 1, 1), false, false), Gate::NeedsConsent);
    one.consented_at = Some(at("2026-03-10T09:00:00Z"));
    assert_eq!(one.gate(date(2026, 3, 11), false, false), Gate::Open, "its early consent");
}

#[test]
fn an_open_objection_blocks_only_where_the_agreement_says_so() {
    let told = [accepted("2026-03-01T09:00:00Z")];
    let mut one = notice(rules(Authorisation::General, StartEvent::Accepted), &told);
    assert_eq!(one.gate(date(2026, 6, 1), true, false), Gate::Open, "a remedy only");
    one.rules.effect = ObjectionEffect::Blocks;
    assert_eq!(one.gate(date(2099, 1, 1), true, false), Gate::Objected, "no deadline clears it");
    assert_eq!(one.gate(date(2026, 6, 1), false, false), Gate::Open);
}

#[test]
fn an_emergency_opens_the_gate_only_where_the_agreement_allows_it() {
    let mut one = notice(rules(Authorisation::General, StartEvent::Accepted), &[]);
    assert_eq!(one.gate(date(2026, 3, 1), false, true), Gate::Unreached);
    one.rules.emergency_allowed = true;
    assert_eq!(one.gate(date(2026, 3, 1), false, true), Gate::Open);
}

#[test]
fn it_passes_through_its_states() {
    use ClientNoticeState as S;
    let told = [accepted("2026-03-01T09:00:00Z")];
    let one = notice(rules(Authorisation::General, StartEvent::Accepted), &told);
    let before = notice(rules(Authorisation::General, StartEvent::Accepted), &[]);
    assert_eq!(before.standing(&[], at("2026-03-01T09:00:00Z"), false, false), S::Planned);
    assert_eq!(one.standing(&told, at("2026-03-10T00:00:00Z"), false, false), S::Running);
    assert_eq!(one.standing(&told, at("2026-03-16T00:00:00Z"), false, false), S::WindowClosed);
    assert_eq!(one.standing(&told, at("2026-04-02T00:00:00Z"), true, true), S::WindowClosed);
    assert_eq!(one.standing(&told, at("2026-04-02T00:00:00Z"), true, false), S::Settled);
}

#[test]
fn who_is_held_out_or_can_be_until_it_consents_delays_nobody() {
    use crate::domain::in_the_way::{Setting, Why};
    let firm = Setting { withholdable: false, emergency: false };
    let loose = Setting { withholdable: true, emergency: false };
    let day = date(2026, 3, 15);
    let closed = |setting: Setting, one: &ClientNotice, held_out| {
        setting.of_notice(one, day, false, held_out).map(|gate| (gate.why, gate.delays))
    };
    let unreached = notice(rules(Authorisation::General, StartEvent::Accepted), &[]);
    assert_eq!(closed(firm, &unreached, false), Some((Why::Unreached, true)));
    assert_eq!(closed(loose, &unreached, true), Some((Why::HeldOut, false)));
    let unread = notice(rules(Authorisation::General, StartEvent::Read), &[]);
    assert_eq!(closed(firm, &unread, false), Some((Why::Unread, true)), "it may have arrived");
    let bounced = ClientNotice { state: ClientNoticeState::Suspended, ..unread };
    assert_eq!(closed(firm, &bounced, false), Some((Why::Unreached, true)));
    let mut specific = unreached.clone();
    specific.rules.authorisation = Authorisation::Specific;
    assert_eq!(closed(firm, &specific, false), Some((Why::NeedsConsent, true)));
    assert_eq!(closed(loose, &specific, false), Some((Why::NeedsConsent, false)));
    let waived = ClientNotice { waived_at: Some(at("2026-03-10T09:00:00Z")), ..unreached };
    assert_eq!(closed(firm, &waived, false), None);
    let waived = ClientNotice { waived_at: Some(at("2026-03-10T09:00:00Z")), ..specific };
    assert_eq!(closed(firm, &waived, false), Some((Why::NeedsConsent, true)), "silence refuses all the same");
}
