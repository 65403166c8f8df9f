//! What a relay can do to a slot, and that the next mail is judged rightly whatever it did.

use std::time::Duration;

use subprocessors::delivery::email::smtp::Connection;
use subprocessors::delivery::outcome::{Verdict, sha256_hex};

use super::relay::{Act, Moment, Offers, Relay, impatient, mail, patient};

const TO: &str = "privacy@client.example";

/// The mail that comes after trouble is refused by the relay with 554: whoever takes a late
/// answer for it would report something else.
async fn the_next_mail_is_judged_rightly(slot: &mut Connection) {
    let next = slot.send(&mail(TO, 2)).await;
    assert_eq!((next.code, next.verdict), (Some(554), Verdict::Permanent), "{}", next.answer);
}

/// Does this at a moment's first time and refuses every later mail.
fn once(at: Moment, act: Act) -> impl Fn(Moment, usize) -> Act + Send + Sync + 'static {
    let before_mail = matches!(at, Moment::Greeting | Moment::Ehlo);
    move |moment, before| match moment {
        _ if moment == at && before == 0 => act.clone(),
        // The trouble may have come before the first RCPT.
        Moment::Rcpt if before > 0 || before_mail || at == Moment::Mail => Act::Say("554 5.1.1 no"),
        _ => Act::Usual,
    }
}

#[tokio::test]
async fn many_mails_go_over_one_connection_and_arrive_as_they_were_built() {
    let relay = Relay::start(|_, _| Act::Usual).await;
    let mut slot = relay.slot(patient());
    for number in 1..=3 {
        let mail = mail(TO, number);
        let exchange = slot.send(&mail).await;
        assert_eq!((exchange.verdict, exchange.code), (Verdict::Accepted, Some(250)));
        assert_eq!(exchange.answer, "2.0.0 queued");
        assert_eq!(exchange.peer, Some(relay.address.to_string()));
        assert_eq!(exchange.body_sha256, sha256_hex(&mail.bytes));
        let sent = String::from_utf8(mail.bytes).unwrap();
        assert_eq!(relay.mails().last().unwrap().trim_end(), sent.trim_end());
    }
    assert_eq!(relay.connections(), 1);
    slot.close().await;
    assert!(relay.heard("QUIT"));
}

#[tokio::test]
async fn a_temporary_refusal_and_then_acceptance_is_one_mail_with_the_same_id() {
    let relay = Relay::start(|moment, before| match (moment, before) {
        (Moment::Rcpt, 0) => Act::Say("450 4.2.1 mailbox busy"),
        _ => Act::Usual,
    })
    .await;
    let mut slot = relay.slot(patient());
    let first = slot.send(&mail(TO, 1)).await;
    assert_eq!((first.code, first.verdict), (Some(450), Verdict::RETRY));
    assert_eq!(first.answer, "4.2.1 mailbox busy");
    assert_eq!(slot.send(&mail(TO, 1)).await.verdict, Verdict::Accepted);
    let mails = relay.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("Message-ID: <dlv_1@acme.example>"));
}

#[tokio::test]
async fn an_unknown_mailbox_is_permanent_and_does_not_touch_the_next_mail() {
    let relay = Relay::start(|moment, before| match (moment, before) {
        (Moment::Rcpt, 0) => Act::Say("550-5.1.1 no such\r\n550 5.1.1 user here"),
        _ => Act::Usual,
    })
    .await;
    let mut slot = relay.slot(patient());
    let first = slot.send(&mail(TO, 1)).await;
    assert_eq!((first.code, first.verdict), (Some(550), Verdict::Permanent));
    assert!(first.answer.contains("no such") && first.answer.contains("user here"));
    assert_eq!(slot.send(&mail(TO, 2)).await.verdict, Verdict::Accepted);
}

#[tokio::test]
async fn what_a_relay_says_of_us_never_ends_a_delivery() {
    for (at, line) in [
        (Moment::Greeting, "421 try later"),
        (Moment::Greeting, "554 no service here"),
        (Moment::Ehlo, "550 not you"),
        (Moment::Mail, "550 5.7.1 sender not allowed"),
        (Moment::Mail, "530 5.7.0 authenticate first"),
        (Moment::Rcpt, "530 5.7.0 authenticate first"),
        (Moment::Data, "451 4.3.0 later"),
        (Moment::Dot, "452 4.3.1 disk full"),
    ] {
        let script = move |moment, _| if moment == at { Act::Say(line) } else { Act::Usual };
        let relay = Relay::start(script).await;
        let exchange = relay.slot(patient()).send(&mail(TO, 1)).await;
        assert_eq!(exchange.code, line[..3].parse().ok(), "{line}");
        assert_eq!(exchange.verdict, Verdict::RETRY, "{line}");
        assert!(line.ends_with(&exchange.answer), "{line}: {}", exchange.answer);
    }
}

#[tokio::test]
async fn a_policy_against_the_text_is_tried_again() {
    let script = |moment, _| if moment == Moment::Dot { Act::Say("552 5.7.0 spam") } else { Act::Usual };
    let exchange = Relay::start(script).await.slot(patient()).send(&mail(TO, 1)).await;
    assert_eq!((exchange.code, exchange.verdict), (Some(552), Verdict::RETRY), "a policy is no address");
}

#[tokio::test]
async fn only_a_final_250_is_success() {
    for (at, line) in [
        (Moment::Data, "250 ok"),
        (Moment::Rcpt, "354 go on"),
        (Moment::Dot, "251 somewhere else"),
        (Moment::Dot, "354 go on"),
        (Moment::Dot, "220 hello"),
        (Moment::Dot, "hello"),
        (Moment::Dot, "250-without end\r\n251 of another kind"),
    ] {
        let script = move |moment, _| if moment == at { Act::Say(line) } else { Act::Usual };
        let exchange = Relay::start(script).await.slot(impatient()).send(&mail(TO, 1)).await;
        assert_eq!(exchange.verdict, Verdict::RETRY, "{at:?} {line}");
    }
}

#[tokio::test]
async fn silence_at_any_stage_ends_at_that_stage_and_the_next_mail_is_judged_rightly() {
    use Moment::{Data, Dot, Ehlo, Greeting, InData, Mail, Rcpt};
    for at in [Greeting, Ehlo, Mail, Rcpt, Data, InData, Dot] {
        let relay = Relay::start(once(at, Act::Silence)).await;
        let mut slot = relay.slot(impatient());
        let first = slot.send(&mail(TO, 1)).await;
        assert_eq!((first.code, &first.verdict), (None, &Verdict::RETRY), "{at:?}");
        assert!(first.answer.contains("silent at"), "{at:?}: {}", first.answer);
        assert!(first.peer.is_some() && first.took < Duration::from_secs(20));
        the_next_mail_is_judged_rightly(&mut slot).await;
        assert_eq!(relay.connections(), 2, "{at:?}: the connection was used again");
    }
}

#[tokio::test]
async fn a_dropped_connection_at_any_stage_is_temporary_and_the_next_mail_is_judged_rightly() {
    use Moment::{Data, Dot, Ehlo, Greeting, InData, Mail, Rcpt};
    for at in [Greeting, Ehlo, Mail, Rcpt, Data, InData, Dot] {
        let relay = Relay::start(once(at, Act::Drop)).await;
        let mut slot = relay.slot(patient());
        let first = slot.send(&mail(TO, 1)).await;
        assert_eq!((first.code, first.verdict), (None, Verdict::RETRY), "{at:?}: {}", first.answer);
        the_next_mail_is_judged_rightly(&mut slot).await;
    }
}

#[tokio::test]
async fn a_late_answer_to_a_cancelled_mail_is_never_taken_for_the_next_one() {
    let relay = Relay::start(once(Moment::Dot, Act::Silence)).await;
    let mut slot = relay.slot(patient());
    let first = mail(TO, 1);
    let cancelled = tokio::time::timeout(Duration::from_millis(400), slot.send(&first)).await;
    assert!(cancelled.is_err());
    the_next_mail_is_judged_rightly(&mut slot).await;
    assert_eq!(relay.connections(), 2);
}

#[tokio::test]
async fn a_relay_that_closed_a_resting_connection_costs_no_attempt() {
    for act in [Act::Drop, Act::Say("421 4.4.2 you were idle")] {
        let relay = Relay::start(move |moment, before| match (moment, before) {
            (Moment::Rest, 0) => act.clone(),
            (Moment::Mail, 1) if matches!(act, Act::Say(_)) => Act::Drop,
            _ => Act::Usual,
        })
        .await;
        let mut slot = relay.slot(patient());
        assert_eq!(slot.send(&mail(TO, 1)).await.verdict, Verdict::Accepted);
        let second = slot.send(&mail(TO, 2)).await;
        assert_eq!(second.verdict, Verdict::Accepted, "{}", second.answer);
        assert_eq!((relay.connections(), relay.mails().len()), (2, 2));
    }
}

#[tokio::test]
async fn a_relay_that_is_down_is_temporary() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    let tls = subprocessors::delivery::tls::client_config([]).unwrap();
    let exchange = super::relay::slot(&url, patient(), tls).send(&mail(TO, 1)).await;
    assert_eq!((exchange.peer, exchange.code, exchange.verdict), (None, None, Verdict::RETRY));
    assert!(exchange.answer.contains("refused"), "{}", exchange.answer);
}

#[tokio::test]
async fn an_international_domain_travels_as_punycode() {
    let relay = Relay::start(|_, _| Act::Usual).await;
    let exchange = relay.slot(patient()).send(&mail("joerg@bücher.example", 1)).await;
    assert_eq!(exchange.verdict, Verdict::Accepted);
    assert!(relay.heard("RCPT TO:<joerg@xn--bcher-kva.example>"));
}

#[tokio::test]
async fn a_local_part_outside_of_ascii_needs_a_relay_that_knows_it() {
    let plain = Relay::start(|_, _| Act::Usual).await;
    let mut slot = plain.slot(patient());
    let exchange = slot.send(&mail("jörg@client.example", 1)).await;
    assert_eq!(exchange.verdict, Verdict::Permanent);
    assert!(exchange.answer.contains("SMTPUTF8") && !exchange.answer.contains("jörg"));
    assert!(!plain.heard("MAIL"));
    assert_eq!(slot.send(&mail(TO, 2)).await.verdict, Verdict::Accepted);

    let offers = Offers { extensions: "250-SMTPUTF8\r\n", ..Offers::default() };
    let able = Relay::offering(offers, |_, _| Act::Usual).await;
    let exchange = able.slot(patient()).send(&mail("jörg@client.example", 1)).await;
    assert_eq!(exchange.verdict, Verdict::Accepted, "{}", exchange.answer);
    assert!(able.heard("MAIL FROM:<notices@acme.example> SMTPUTF8 BODY=8BITMIME"));
    assert!(able.heard("RCPT TO:<jörg@client.example>"));
}
