//! What a receiver can do to a sender, and what the sender makes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use subprocessors::delivery::outcome::{Exchange, Verdict, sha256_hex};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::http::{BODY, Receiver, answer, header, post, read_request, sender};

const PATIENT: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(500);

async fn send_to(receiver: &Receiver) -> Exchange {
    sender(PATIENT).send(&post(&receiver.url())).await
}

fn waits(seconds: u64) -> Verdict {
    Verdict::Temporary { retry_after: Some(Duration::from_secs(seconds)) }
}

#[tokio::test]
async fn a_message_arrives_as_it_was_signed_and_its_acceptance_is_recorded() {
    let (seen, mut requests) = mpsc::unbounded_channel();
    let receiver = Receiver::start(move |mut stream| {
        let seen = seen.clone();
        async move {
            while let Some(request) = read_request(&mut stream).await {
                seen.send(request).unwrap();
                stream.write_all(answer("204 No Content", "", "").as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let exchange = send_to(&receiver).await;
    let (head, body) = requests.recv().await.unwrap();
    assert!(head.starts_with("POST /hook HTTP/1.1\r\n"), "{head}");
    assert_eq!(header(&head, "content-type"), Some("application/json"));
    assert_eq!(header(&head, "webhook-id"), Some("dlv_1"));
    assert_eq!(header(&head, "user-agent"), Some(concat!("subprocessors/", env!("CARGO_PKG_VERSION"))));
    for absent in ["accept-encoding", "referer", "cookie", "authorization", "transfer-encoding"] {
        assert_eq!(header(&head, absent), None, "{absent}");
    }
    assert_eq!(body, BODY);
    assert_eq!(exchange.verdict, Verdict::Accepted);
    assert_eq!(exchange.code, Some(204));
    assert_eq!(exchange.peer, Some(receiver.address.to_string()));
    assert_eq!(exchange.tls, None);
    assert_eq!(exchange.body_sha256, sha256_hex(BODY));
}

#[tokio::test]
async fn the_next_message_to_the_same_endpoint_finds_its_connection_open() {
    let receiver = Receiver::saying(answer("200 OK", "", "thanks")).await;
    let sender = sender(PATIENT);
    for _ in 0..5 {
        assert_eq!(sender.send(&post(&receiver.url())).await.answer, "thanks");
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_cut_off_and_the_next_message_is_judged_rightly() {
    let calls = Arc::new(AtomicUsize::new(0));
    let receiver = Receiver::start(move |mut stream| {
        let first = calls.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            while read_request(&mut stream).await.is_some() {
                if !first {
                    let late = answer("500 Internal Server Error", "", "no");
                    stream.write_all(late.as_bytes()).await.unwrap();
                }
            }
        }
    })
    .await;
    let sender = sender(SHORT);
    let hung = sender.send(&post(&receiver.url())).await;
    assert_eq!((hung.verdict, hung.code), (Verdict::RETRY, None));
    assert!(hung.answer.starts_with("no answer within"), "{}", hung.answer);
    assert!(hung.took >= SHORT && hung.took < PATIENT);
    let next = sender.send(&post(&receiver.url())).await;
    assert_eq!((next.verdict, next.code), (Verdict::RETRY, Some(500)));
}

#[tokio::test]
async fn a_receiver_that_drips_is_cut_off_and_others_do_not_wait_for_it() {
    let dripping = Receiver::start(|mut stream: TcpStream| async move {
        read_request(&mut stream).await;
        for byte in answer("200 OK", "", "slow").into_bytes() {
            if stream.write_all(&[byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    let good = Receiver::saying(answer("200 OK", "", "")).await;
    let sender = sender(SHORT);
    let (drip_url, good_url) = (dripping.url(), good.url());
    let (drip, good) = (post(&drip_url), post(&good_url));
    let (dripped, fine) = tokio::join!(sender.send(&drip), sender.send(&good));
    assert_eq!((dripped.verdict, dripped.code), (Verdict::RETRY, None));
    assert_eq!(fine.verdict, Verdict::Accepted);
    assert!(fine.took < dripped.took);
}

#[tokio::test]
async fn once_the_status_says_accepted_a_dripping_or_broken_body_changes_nothing() {
    for breaks in [false, true] {
        let receiver = Receiver::start(move |mut stream: TcpStream| async move {
            read_request(&mut stream).await;
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\npart";
            stream.write_all(head.as_bytes()).await.unwrap();
            if breaks {
                return;
            }
            while stream.write_all(b".").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        let started = Instant::now();
        let exchange = sender(SHORT).send(&post(&receiver.url())).await;
        assert_eq!((exchange.verdict, exchange.code), (Verdict::Accepted, Some(200)));
        assert!(exchange.answer.contains("part"), "{}", exchange.answer);
        assert!(started.elapsed() < PATIENT);
    }
}

#[tokio::test]
async fn of_an_endless_answer_only_the_cap_is_read_and_less_is_kept() {
    let written = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&written);
    let (ended, mut end) = mpsc::unbounded_channel();
    let receiver = Receiver::start(move |mut stream: TcpStream| {
        let (counted, ended) = (Arc::clone(&counted), ended.clone());
        async move {
            read_request(&mut stream).await;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 10u64 << 30);
            stream.write_all(head.as_bytes()).await.unwrap();
            let piece = vec![b'x'; 64 * 1024];
            while stream.write_all(&piece).await.is_ok() {
                counted.fetch_add(piece.len(), Ordering::SeqCst);
            }
            ended.send(()).unwrap();
        }
    })
    .await;
    let (exchange, body) = sender(PATIENT).send_and_read(&post(&receiver.url())).await;
    assert_eq!(exchange.verdict, Verdict::Accepted);
    assert_eq!(body.len(), 16 * 1024);
    assert_eq!(exchange.answer.len(), 4096);
    // The connection is dropped, so the receiver's next write fails: what it got rid of lies in
    // the kernel's buffers.
    end.recv().await.unwrap();
    assert!(written.load(Ordering::SeqCst) < 64 << 20);
}

#[tokio::test]
async fn a_compressed_answer_is_not_decoded() {
    let zipped =
        [&b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n"[..], &[0x1f, 0x8b, 8, 0]]
            .concat();
    let exchange = send_to(&Receiver::saying(zipped).await).await;
    assert_eq!(exchange.answer, "\\u{1f}\\x8b\\u{8}\\u{0}");
}

#[tokio::test]
async fn a_reset_in_the_middle_of_a_request_is_tried_again_later() {
    let receiver = Receiver::start(|stream: TcpStream| async move {
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        stream.readable().await.unwrap();
    })
    .await;
    let exchange = send_to(&receiver).await;
    assert_eq!((exchange.verdict, exchange.code), (Verdict::RETRY, None));
    assert!(!exchange.answer.is_empty() && !exchange.answer.contains("/hook"), "{}", exchange.answer);
}

#[tokio::test]
async fn nobody_listening_is_tried_again_later() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let exchange = sender(PATIENT).send(&post(&url)).await;
    assert_eq!((exchange.verdict, exchange.code), (Verdict::RETRY, None));
    assert!(exchange.answer.contains("refused"), "{}", exchange.answer);
}

#[tokio::test]
async fn each_status_has_its_meaning() {
    for (status, headers, expected) in [
        ("200 OK", "", Verdict::Accepted),
        ("202 Accepted", "", Verdict::Accepted),
        ("400 Bad Request", "", Verdict::RETRY),
        ("404 Not Found", "", Verdict::RETRY),
        ("410 Gone", "", Verdict::Gone),
        ("429 Too Many Requests", "", Verdict::RETRY),
        ("429 Too Many Requests", "retry-after: 120\r\n", waits(120)),
        ("503 Service Unavailable", "retry-after: Mon, 02 Mar 2026 10:00:00 GMT\r\n", waits(3600)),
        ("503 Service Unavailable", "retry-after: 315360000\r\n", waits(315_360_000)),
        ("503 Service Unavailable", "retry-after: -5\r\n", Verdict::RETRY),
        ("500 Internal Server Error", "retry-after: 120\r\n", Verdict::RETRY),
    ] {
        let receiver = Receiver::saying(answer(status, headers, "why")).await;
        let exchange = send_to(&receiver).await;
        assert_eq!(exchange.verdict, expected, "{status} {headers}");
        assert_eq!(exchange.code, Some(status[..3].parse().unwrap()));
        assert_eq!(exchange.answer, "why");
    }
}

#[tokio::test]
async fn line_breaks_and_bad_utf8_in_an_answer_are_stored_escaped() {
    let raw = b"HTTP/1.1 500 Oops\r\ncontent-length: 7\r\n\r\na\r\n\xffb\0c".to_vec();
    let exchange = send_to(&Receiver::saying(raw).await).await;
    assert_eq!(exchange.answer, "a\\r\\n\\xffb\\u{0}c");
}

#[tokio::test]
async fn the_answer_to_a_challenge_is_given_as_it_came() {
    let body = r#"{"challenge": "a\nb"}"#;
    let receiver = Receiver::saying(answer("200 OK", "", body)).await;
    let (_, read) = sender(PATIENT).send_and_read(&post(&receiver.url())).await;
    assert_eq!(read, body.as_bytes());
}
