//! The days that a message names: each item's own, and the real one of a follow-up.

use jiff::civil::date;
use serde_json::Value;

use super::tests::{added, at, changed, delivery, document, notice, reader, writer};
use super::*;
use crate::domain::notice::{NoticeEvent, NoticeUpdate};
use crate::domain::subscription::Channel;

/// A mixed change, put off from 30 March to 4 April and published then with version 9.
fn put_off() -> Content {
    let at_once = NoticeItem { effective_from: Some(date(2026, 2, 12)), ..changed("Old Ltd") };
    let Content::Notice(announced) = notice(document(vec![added("Example GmbH"), at_once])) else {
        panic!("a notice")
    };
    let update = NoticeUpdate {
        public_correction: None,
        clients_correction: None,
        word: "effective".into(),
        event: NoticeEvent::Effective,
        public_reason: String::new(),
        clients_reason: String::new(),
        at: at("2026-04-04T07:00:00Z"),
        day: date(2026, 4, 4),
        list_version: 9,
    };
    Content::Notice(Arc::new(Notice { updates: vec![update], ..Arc::unwrap_or_clone(announced) }))
}

fn told(event: &str) -> (Rendered, Value) {
    let version = if event == "effective" { 9 } else { 7 };
    let delivery = Delivery { list_version: Some(version), ..delivery(DeliveryKind::Notice, event) };
    let mail = writer().rendered(&delivery, &reader(Channel::Email), &put_off()).unwrap();
    let hook = serde_json::from_slice(&writer().payload(&delivery, &put_off()).unwrap()).unwrap();
    (mail, hook)
}

#[test]
fn an_announcement_says_what_was_planned_and_what_is_so_at_once_however_late_it_is_sent() {
    let (mail, hook) = told("announced");
    assert_eq!(mail.subject, "Acme adds Example GmbH as a sub-processor from 30 March 2026 (N-2026-007)");
    for said in [
        "already from 12 February 2026 it changes how it uses Old Ltd.",
        "Added: Example GmbH\n  In force from 30 March 2026\n",
        "Changed: Old Ltd\n  In force since 12 February 2026\n",
        "Effective date: Monday 30 March 2026",
        "list version 7,",
    ] {
        assert!(mail.text.contains(said), "{said}\n---\n{}", mail.text);
    }
    assert!(mail.html.contains("In force since 12 February 2026") && !mail.text.contains("4 April"));
    assert_eq!(
        (&hook["data"]["effective_date"], &hook["data"]["list_version"]),
        (&"2026-03-30".into(), &7.into())
    );
    assert_eq!(hook["data"]["items"][1]["effective_date"], "2026-02-12");
}

#[test]
fn a_follow_up_says_the_real_day_and_its_own_list_version() {
    let (mail, hook) = told("effective");
    for said in [
        "In effect since 4 April 2026: Acme adds Example GmbH as a sub-processor. Announced on 12 February 2026.",
        "Effective date: Saturday 4 April 2026",
        "Announced for: Monday 30 March 2026",
        "list version 9,",
    ] {
        assert!(mail.text.contains(said), "{said}\n---\n{}", mail.text);
    }
    assert_eq!(
        (&hook["data"]["effective_date"], &hook["data"]["list_version"]),
        (&"2026-04-04".into(), &9.into())
    );
    assert_eq!(hook["data"]["items"][0]["effective_date"], "2026-04-04");
    assert_eq!(hook["data"]["items"][1]["effective_date"], "2026-02-12", "a correction is not moved");
}
