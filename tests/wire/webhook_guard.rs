//! Where a webhook may lead: nowhere but to the vetted addresses, whatever the receiver, the
//! name servers or the environment say.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use subprocessors::delivery::outcome::{Exchange, Verdict};
use subprocessors::delivery::tls::client_config;
use subprocessors::delivery::webhook::address::UrlPolicy;
use subprocessors::delivery::webhook::resolve::Resolver;
use subprocessors::delivery::webhook::sender::Sender;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::certificate::Authority;
use super::http::{Receiver, answer, limits, loopback, post, read_request, sender};

const PATIENT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_redirect_is_never_followed_and_the_owner_is_told() {
    let canary = Receiver::saying(answer("200 OK", "", "")).await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let location = format!("location: {}\r\n", canary.url());
        let receiver = Receiver::saying(answer(status, &location, "")).await;
        let exchange = sender(PATIENT).send(&post(&receiver.url())).await;
        assert_eq!(exchange.verdict, Verdict::RETRY);
        assert_eq!(exchange.code, Some(status[..3].parse().unwrap()));
        assert!(exchange.answer.contains("never followed"), "{}", exchange.answer);
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn special_use_literals_are_refused_at_each_send_without_dialling() {
    let canary = Receiver::saying(answer("200 OK", "", "")).await;
    let port = canary.address.port();
    let policy = UrlPolicy { extra_ports: vec![port], ..UrlPolicy::default() };
    let sender = Sender::new(Resolver::fixed([]), policy, limits(PATIENT), client_config([]).unwrap());
    for host in ["127.0.0.1", "127.1", "0x7f000001", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"] {
        let exchange = sender.send(&post(&format!("https://{host}:{port}/"))).await;
        assert_eq!((exchange.verdict, exchange.peer), (Verdict::Permanent, None), "{host}");
        assert!(exchange.answer.contains("use a public host name"), "{}", exchange.answer);
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_name_with_a_public_and_a_private_answer_is_refused_without_dialling() {
    let canary = Receiver::saying(answer("200 OK", "", "")).await;
    let port = canary.address.port();
    let answers = vec!["8.8.8.8".parse().unwrap(), "127.0.0.1".parse().unwrap()];
    let policy = UrlPolicy { extra_ports: vec![port], ..UrlPolicy::default() };
    let resolver = Resolver::fixed([("hook.example.com", answers)]);
    let sender = Sender::new(resolver, policy, limits(PATIENT), client_config([]).unwrap());
    let exchange = sender.send(&post(&format!("https://hook.example.com:{port}/"))).await;
    assert_eq!((exchange.verdict, exchange.peer), (Verdict::RETRY, None));
    assert!(exchange.answer.contains("loopback"), "{}", exchange.answer);
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn only_the_vetted_address_is_dialled_whatever_the_name_means_to_the_system() {
    // To the system `app.localhost` is this machine; the vetted answer is an address of it on
    // which nobody listens, so a second look-up would reach the canary.
    let canary = Receiver::saying(answer("200 OK", "", "")).await;
    let resolver = Resolver::fixed([("app.localhost", vec!["127.0.0.2".parse().unwrap()])]);
    let sender = Sender::new(resolver, loopback(), limits(PATIENT), client_config([]).unwrap());
    let url = format!("http://app.localhost:{}/", canary.address.port());
    let exchange = sender.send(&post(&url)).await;
    assert_eq!(exchange.verdict, Verdict::RETRY);
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_proxy_in_the_environment_is_ignored() {
    const TARGET: &str = "SUBPROCESSORS_TEST_PROXY_TARGET";
    if let Ok(url) = std::env::var(TARGET) {
        assert_eq!(sender(PATIENT).send(&post(&url)).await.verdict, Verdict::Accepted);
        return;
    }
    let canary = Receiver::saying(answer("500 Proxy", "", "")).await;
    let receiver = Receiver::saying(answer("200 OK", "", "")).await;
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "wire::webhook_guard::a_proxy_in_the_environment_is_ignored"]);
    child.env(TARGET, receiver.url());
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, format!("http://{}", canary.address));
    }
    for name in ["NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
        child.env_remove(name);
    }
    let output = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
    assert_eq!((receiver.connections(), canary.connections()), (1, 0));
}

/// Sends to `https://hook.example.com`, which is a TLS server of this test; gives the requests
/// the server could read as well.
async fn over_tls(
    trusted: &Authority,
    server: tokio_rustls::TlsAcceptor,
) -> (Exchange, Receiver, Arc<std::sync::atomic::AtomicUsize>) {
    let requests = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let receiver = Receiver::start(move |stream: TcpStream| {
        let (server, counted) = (server.clone(), Arc::clone(&counted));
        async move {
            let Ok(mut stream) = server.accept(stream).await else { return };
            while read_request(&mut stream).await.is_some() {
                counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                stream.write_all(answer("200 OK", "", "").as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let port = receiver.address.port();
    let resolver = Resolver::fixed([("hook.example.com", vec!["127.0.0.1".parse().unwrap()])]);
    let policy = UrlPolicy { extra_ports: vec![port], ..loopback() };
    let tls = client_config([trusted.root()]).unwrap();
    let sender = Sender::new(resolver, policy, limits(PATIENT), tls);
    let exchange = sender.send(&post(&format!("https://hook.example.com:{port}/"))).await;
    (exchange, receiver, requests)
}

#[tokio::test]
async fn a_valid_certificate_is_accepted_and_recorded() {
    let authority = Authority::new();
    let (exchange, receiver, _) = over_tls(&authority, authority.server("hook.example.com")).await;
    assert_eq!(exchange.verdict, Verdict::Accepted, "{}", exchange.answer);
    assert_eq!(exchange.peer, Some(receiver.address.to_string()));
    let tls = exchange.tls.unwrap();
    assert!(tls.contains("1.3") || tls.contains("1_3"), "{tls}");
    assert_eq!(tls.split_once("certificate sha256:").unwrap().1.len(), 64);
}

#[tokio::test]
async fn a_bad_certificate_sends_nothing_and_the_owner_reads_why() {
    let authority = Authority::new();
    let stranger = Authority::new();
    for (server, why) in [
        (authority.server_valid("hook.example.com", ("200101000000Z", "210101000000Z")), "expired"),
        (authority.server("other.example.com"), "not valid for name"),
        (stranger.server("hook.example.com"), "UnknownIssuer"),
    ] {
        let (exchange, _, requests) = over_tls(&authority, server).await;
        assert_eq!((exchange.verdict, exchange.code), (Verdict::RETRY, None));
        assert!(exchange.answer.contains(why), "{why}: {}", exchange.answer);
        assert_eq!(requests.load(std::sync::atomic::Ordering::SeqCst), 0);
    }
}
