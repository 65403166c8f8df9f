//! Mail over TLS: required means required.

use subprocessors::delivery::outcome::{Exchange, Verdict};
use subprocessors::delivery::tls::client_config;
use tokio_rustls::TlsAcceptor;

use super::certificate::Authority;
use super::relay::{Act, Moment, Offers, Relay, mail, patient, slot};

const TO: &str = "privacy@client.example";

fn usual(_: Moment, _: usize) -> Act {
    Act::Usual
}

fn starttls(acceptor: TlsAcceptor) -> Offers {
    Offers { starttls: Some(acceptor), extensions: "250-AUTH PLAIN LOGIN\r\n", ..Offers::default() }
}

async fn send(relay: &Relay, url: &str, authority: &Authority) -> Exchange {
    let mut slot = slot(url, patient(), client_config([authority.root()]).unwrap());
    let exchange = slot.send(&mail(TO, 1)).await;
    assert_eq!(relay.mails().len(), usize::from(exchange.verdict == Verdict::Accepted));
    exchange
}

#[tokio::test]
async fn starttls_protects_login_and_mail() {
    let authority = Authority::new();
    let relay = Relay::offering(starttls(authority.server("127.0.0.1")), usual).await;
    let url = format!("smtp://me:p%40ss@{}?tls=required", relay.address);
    let exchange = send(&relay, &url, &authority).await;
    assert_eq!(exchange.verdict, Verdict::Accepted, "{}", exchange.answer);
    let tls = exchange.tls.unwrap();
    assert!(tls.starts_with("TLSv1_3; certificate sha256:"), "{tls}");
    let commands = relay.seen.lock().unwrap().commands.clone();
    let verbs: Vec<&str> = commands.iter().map(|one| one.split([' ', ':']).next().unwrap()).collect();
    assert_eq!(verbs, ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"]);
    assert!(relay.heard("AUTH PLAIN AG1lAHBAc3M="));
}

#[tokio::test]
async fn smtps_is_secured_from_the_first_byte() {
    let authority = Authority::new();
    let offers = Offers { implicit: Some(authority.server("127.0.0.1")), ..Offers::default() };
    let relay = Relay::offering(offers, usual).await;
    let exchange = send(&relay, &format!("smtps://{}", relay.address), &authority).await;
    assert_eq!(exchange.verdict, Verdict::Accepted, "{}", exchange.answer);
    assert!(exchange.tls.unwrap().starts_with("TLSv1_3"));
}

#[tokio::test]
async fn a_stripped_starttls_sends_nothing() {
    let relay = Relay::start(usual).await;
    let exchange = send(&relay, &format!("{}?tls=required", relay.url()), &Authority::new()).await;
    assert_eq!((exchange.code, exchange.verdict), (None, Verdict::RETRY));
    assert!(exchange.answer.contains("does not offer STARTTLS"), "{}", exchange.answer);
    assert!(!relay.heard("MAIL") && !relay.heard("AUTH"));
}

#[tokio::test]
async fn a_refused_starttls_sends_nothing() {
    let authority = Authority::new();
    let refuses = |moment, _| match moment {
        Moment::StartTls => Act::Say("454 4.7.0 not now"),
        _ => Act::Usual,
    };
    let relay = Relay::offering(starttls(authority.server("127.0.0.1")), refuses).await;
    let exchange = send(&relay, &format!("{}?tls=required", relay.url()), &authority).await;
    assert_eq!((exchange.code, exchange.verdict), (Some(454), Verdict::RETRY));
    assert!(!relay.heard("MAIL"));
}

#[tokio::test]
async fn a_false_answer_slipped_in_before_tls_is_noticed() {
    let authority = Authority::new();
    for at in [Moment::Greeting, Moment::Ehlo, Moment::StartTls] {
        let slips = move |moment, _| match moment {
            _ if moment != at => Act::Usual,
            Moment::Ehlo => Act::Say("250-relay\r\n250 STARTTLS\r\n220 go ahead"),
            _ => Act::Say("220 go ahead\r\n250 slipped in"),
        };
        let relay = Relay::offering(starttls(authority.server("127.0.0.1")), slips).await;
        let exchange = send(&relay, &format!("{}?tls=required", relay.url()), &authority).await;
        assert_eq!((exchange.code, exchange.verdict), (None, Verdict::RETRY), "{at:?}");
        assert!(exchange.answer.contains("more than the answer"), "{}", exchange.answer);
        assert!(!relay.heard("MAIL"));
    }
}

#[tokio::test]
async fn a_bad_certificate_sends_nothing_and_the_reason_is_shown() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    for (server, why) in [
        (authority.server_valid("127.0.0.1", ("200101000000Z", "210101000000Z")), "expired"),
        (authority.server("127.0.0.2"), "not valid for name"),
        (stranger.server("127.0.0.1"), "UnknownIssuer"),
    ] {
        for implicit in [false, true] {
            let (offers, url) = if implicit {
                (Offers { implicit: Some(server.clone()), ..Offers::default() }, "smtps://")
            } else {
                (starttls(server.clone()), "smtp://")
            };
            let relay = Relay::offering(offers, usual).await;
            let url = format!("{url}{}?tls=required", relay.address);
            let exchange = send(&relay, &url, &authority).await;
            assert_eq!((exchange.code, exchange.verdict), (None, Verdict::RETRY));
            assert!(exchange.answer.contains(why), "{why}: {}", exchange.answer);
            assert!(!relay.heard("MAIL"));
        }
    }
}

#[tokio::test]
async fn a_refused_login_is_temporary_and_shows_no_password() {
    let authority = Authority::new();
    let refuses = |moment, _| match moment {
        Moment::Auth => Act::Say("535 5.7.8 wrong"),
        _ => Act::Usual,
    };
    let relay = Relay::offering(starttls(authority.server("127.0.0.1")), refuses).await;
    let url = format!("smtp://me:hunter2@{}?tls=required", relay.address);
    let exchange = send(&relay, &url, &authority).await;
    assert_eq!((exchange.code, exchange.verdict), (Some(535), Verdict::RETRY));
    assert!(!exchange.answer.contains("hunter2"));
    assert!(!relay.heard("MAIL"));
}
