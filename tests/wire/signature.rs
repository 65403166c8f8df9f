use jiff::Timestamp;
use subprocessors::delivery::webhook::signature::{Secret, headers};

fn official(secret: &Secret, headers: &[(&'static str, String)], body: &[u8]) -> bool {
    let map: reqwest::header::HeaderMap =
        headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    standardwebhooks::Webhook::new(&secret.reveal()).unwrap().verify(body, &map).is_ok()
}

#[test]
fn the_official_library_accepts_ours_with_the_old_and_with_the_new_secret() {
    let (old, new) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    let body = "{\"type\":\"subscription.test\",\"name\":\"Müller\"}".as_bytes();
    let headers = headers("dlv_1", Timestamp::now(), body, &[new.clone(), old.clone()]);
    assert!(official(&old, &headers, body));
    assert!(official(&new, &headers, body));
    assert!(!official(&Secret::generate().unwrap(), &headers, body));
    assert!(!official(&new, &headers, b"{}"));
}
