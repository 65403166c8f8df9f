use jiff::civil::date;
use serde_json::{Value, json};

use super::schema_check::schema_problems;
use super::*;
use crate::domain::change::{Class, Operation};
use crate::domain::delivery::DeliveryState;
use crate::domain::list_document::DocumentEntry;
use crate::domain::notice::{FieldWords, NoticeEvent, NoticeUpdate};
use crate::domain::subscription::{Channel, Filter, SubscriptionState};

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn entry(name: &str) -> DocumentEntry {
    serde_json::from_value(json!({
        "id": Id::new(at("2026-01-01T00:00:00Z")),
        "slug": "example",
        "vendor": {
            "name": name, "legal_name": "Example Deutschland GmbH", "aliases": [],
            "address": "Hauptstr. 1\n10115 Berlin", "seat": "DE", "website": null,
            "privacy_url": null, "parent": null, "affiliate": false
        },
        "purposes": [{ "code": "support", "text": "Customer support" }],
        "data_categories": ["Names", "Mail addresses"],
        "special_categories": [],
        "data_subjects": ["End users"],
        "locations": [{ "kind": "storage", "country": "US", "text": "" }],
        "transfers": [{ "jurisdiction": "EU", "destination": "US", "mechanism": "scc" }],
        "products": [], "optional": false, "feature": null, "group": "core",
        "status": "announced", "effective_from": null, "effective_to": null,
        "vetting": { "status": "approved", "reviewed_on": "2026-02-01" },
        "replaces": null, "retention": "30 days", "safeguards": "Encrypted at rest", "pending": []
    }))
    .unwrap()
}

pub(super) fn added(name: &str) -> NoticeItem {
    let entry = entry(name);
    let Value::Object(whole) = serde_json::to_value(&entry).unwrap() else { panic!("an object") };
    NoticeItem {
        entry_id: Some(entry.id),
        slug: Some("example".into()),
        name: name.into(),
        operation: Operation::Added,
        class: Class::Material,
        effective_from: Some(date(2026, 3, 30)),
        products: Vec::new(),
        replaces: None,
        before: None,
        after: Some(whole),
        changes: Vec::new(),
        entry: Some(entry),
        public: true,
        hides_predecessor: false,
        deferred: true,
        nda: false,
        replaces_nda: false,
    }
}

pub(super) fn changed(name: &str) -> NoticeItem {
    let words = |was: &str, now: &str| FieldWords {
        field: "locations".into(),
        label: "Processed in".into(),
        was: was.into(),
        now: now.into(),
    };
    NoticeItem {
        operation: Operation::Changed,
        class: Class::Editorial,
        before: Some(serde_json::Map::new()),
        after: Some(serde_json::Map::new()),
        changes: vec![words("Germany", "Germany; United States"), words("", "x"), words("y", "")],
        ..added(name)
    }
}

pub(super) fn document(items: Vec<NoticeItem>) -> NoticeDocument {
    NoticeDocument {
        number: "N-2026-007".into(),
        published_at: at("2026-02-12T09:00:00Z"),
        company: "Acme".into(),
        class: Class::Material,
        title: "Add Example".into(),
        reason: "Faster answers".into(),
        effective_from: Some(date(2026, 3, 30)),
        in_use_since: None,
        object_by: Some(date(2026, 3, 14)),
        notice_period_days: 30,
        list_version: 7,
        items,
    }
}

pub(super) fn writer() -> Writer {
    let mut settings = crate::config::load(None, []).unwrap().settings;
    settings.company.name = "Acme".into();
    settings.company.time_zone = "Europe/Berlin".into();
    let zone = settings.zone();
    Writer {
        templates: Arc::new(Templates::load(None, |_| {}).unwrap()),
        settings: Arc::new(settings),
        keys: Arc::new(Keys::from_base64(&crate::keys::generate().unwrap()).unwrap()),
        public_url: "https://list.acme.example".into(),
        host: "list.acme.example".into(),
        zone,
    }
}

pub(super) fn reader(channel: Channel) -> Subscription {
    let since = at("2026-01-05T00:00:00Z");
    Subscription {
        id: Id::new(since),
        channel,
        email: "dpo@client.example".parse().unwrap(),
        url: if channel == Channel::Webhook { "https://hooks.example/x".into() } else { String::new() },
        filter: Filter::default(),
        language: "en".into(),
        state: SubscriptionState::Confirmed,
        created_at: since,
        confirmed_at: Some(since),
        consented_at: None,
        ended_at: None,
        sequence: 0,
        contact_id: None,
        revision: 1,
    }
}

pub(super) fn delivery(kind: DeliveryKind, event: &str) -> Delivery {
    let now = at("2026-02-12T09:00:01Z");
    Delivery {
        id: Id::new(now),
        kind,
        notice_id: None,
        list_version: Some(7),
        event: event.into(),
        subscription_id: Id::new(now),
        client_notice_id: None,
        channel: Channel::Email,
        state: DeliveryState::Sending,
        due_at: now,
        attempts: 0,
        sequence: 12,
        created_at: now,
        accepted_at: None,
        last_answer: String::new(),
    }
}

pub(super) fn notice(document: NoticeDocument) -> Content {
    let in_force = NoticeUpdate {
        public_correction: None,
        clients_correction: None,
        word: "effective".into(),
        event: NoticeEvent::Effective,
        public_reason: String::new(),
        clients_reason: String::new(),
        at: at("2026-03-30T07:00:00Z"),
        day: document.effective_from.unwrap_or(date(2026, 3, 30)),
        list_version: 7,
    };
    Content::Notice(Arc::new(Notice {
        id: Id::new(document.published_at),
        number: document.number.clone(),
        change_id: Id::new(document.published_at),
        clients: document.clone(),
        public: Some(document),
        sha256: "ab".repeat(32),
        updates: vec![in_force],
    }))
}

fn told(event: &str, document: NoticeDocument) -> Rendered {
    writer()
        .rendered(&delivery(DeliveryKind::Notice, event), &reader(Channel::Email), &notice(document))
        .unwrap()
}

#[test]
fn a_notice_answers_every_point_in_its_courtesy_form() {
    let mail = told("announced", document(vec![added("Example GmbH")]));
    assert_eq!(mail.subject, "Acme adds Example GmbH as a sub-processor from 30 March 2026 (N-2026-007)");
    for said in [
        "From 30 March 2026 Acme adds Example GmbH as a sub-processor.",
        "A Client can object until Saturday 14 March 2026, 23:59 Europe/Berlin (22:59 UTC) under our standard DPA; your agreement decides.",
        "Who: Example GmbH, Example Deutschland GmbH, Hauptstr. 1, 10115 Berlin, Germany",
        "Does what: Customer support",
        "Data: Names; Mail addresses",
        "Whose data: End users",
        "Where: United States (storage)",
        "Transfer: from EU to United States: Standard contractual clauses",
        "Safeguards: Encrypted at rest",
        "Products: every product",
        "Faster answers",
        "Notice: Thursday 12 February 2026, 10:00 Europe/Berlin",
        "Effective date: Monday 30 March 2026",
        "Details: https://list.acme.example/notices/N-2026-007",
        "The list as of today: https://list.acme.example/?as_of=2026-02-12",
        "subscribed on 5 January 2026 to news of the list: every factual change",
        "Notice N-2026-007, list version 7, SHA-256 abab",
        "Preferences: https://list.acme.example/subscriptions/preferences/",
        "Unsubscribe: https://list.acme.example/subscriptions/unsubscribe/",
    ] {
        assert!(mail.text.contains(said), "{said}\n---\n{}", mail.text);
    }
    assert!(!mail.subject.contains("Object by") && !mail.text.contains("\n\n\n"), "{}", mail.text);
}

#[test]
fn text_and_html_tell_the_same_facts() {
    let mail = told("announced", document(vec![added("Example GmbH"), changed("Old & Sons")]));
    for said in ["Example Deutschland GmbH", "Saturday 14 March 2026, 23:59", "Monday 30 March 2026", "abab"]
    {
        assert!(mail.text.contains(said) && mail.html.contains(said), "{said}");
    }
    let change = "Processed in: was “Germany”, now “Germany; United States”";
    assert!(mail.text.contains(change) && mail.html.contains(change), "{}", mail.text);
    assert!(mail.text.contains("Changed: Old & Sons") && mail.html.contains("Changed: Old &amp; Sons"));
    assert!(mail.html.contains(r#"<html lang="en">"#) && !mail.html.contains("<img"));
}

#[test]
fn html_in_a_field_stays_text() {
    let mail = told("announced", document(vec![added("<script>alert(1)</script>")]));
    assert!(!mail.html.contains("<script>"), "{}", mail.html);
    assert!(mail.text.contains("<script>alert(1)</script>"));
}

#[test]
fn a_line_break_in_a_name_starts_no_header_and_no_line() {
    let writer = writer();
    let content = notice(document(vec![added("Evil\r\nBcc: all@victims.example")]));
    let mail = writer.mail(&delivery(DeliveryKind::Notice, "announced"), &reader(Channel::Email), &content);
    let bytes = String::from_utf8(mail.unwrap().bytes).unwrap();
    assert!(!bytes.contains("\nBcc:"), "{bytes}");
    let text = told("announced", document(vec![added("Evil\nUNSUBSCRIBE HERE")])).text;
    assert!(!text.contains("\nUNSUBSCRIBE"), "{text}");
}

#[test]
fn a_late_disclosure_and_a_follow_up_say_what_they_are() {
    let late = NoticeDocument {
        in_use_since: Some(date(2026, 1, 3)),
        effective_from: Some(date(2026, 1, 3)),
        ..document(vec![added("Example GmbH")])
    };
    let mail = told("announced", late);
    assert_eq!(
        mail.subject,
        "Acme adds Example GmbH as a sub-processor, in use since 3 January 2026 (N-2026-007)"
    );
    assert!(
        mail.text.contains("late disclosure") && mail.text.contains("In use since: Saturday 3 January 2026")
    );

    let mail = told("effective", document(vec![added("Example GmbH")]));
    assert_eq!(mail.subject, "Now in effect: Acme adds Example GmbH as a sub-processor (N-2026-007)");
    assert!(mail.text.contains("In effect since 30 March 2026: "), "{}", mail.text);
    assert!(mail.text.contains("Announced on 12 February 2026."));
}

#[test]
fn a_change_without_a_window_says_so() {
    let quiet = NoticeDocument { object_by: None, ..document(vec![changed("Example GmbH")]) };
    assert!(told("announced", quiet).text.contains("No objection window runs under our standard DPA"));
}

#[test]
fn the_headers_of_the_courtesy_stream_are_there_and_a_repeat_is_the_same_mail() {
    let writer = writer();
    let (delivery, reader) = (delivery(DeliveryKind::Notice, "announced"), reader(Channel::Email));
    let content = notice(document(vec![added("Example GmbH")]));
    let mail = writer.mail(&delivery, &reader, &content).unwrap();
    let bytes = String::from_utf8(mail.bytes.clone()).unwrap();
    for header in [
        format!("Message-ID: <{}@list.acme.example>", delivery.id),
        "List-Id: <sub-processor-updates.list.acme.example>".into(),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click".into(),
        "Auto-Submitted: auto-generated".into(),
    ] {
        assert!(bytes.contains(&header), "{header}\n{bytes}");
    }
    assert!(bytes.contains("List-Unsubscribe: "), "{bytes}");
    assert_eq!(writer.mail(&delivery, &reader, &content).unwrap().bytes, mail.bytes);
}

#[test]
fn every_template_renders_with_its_links() {
    let writer = writer();
    let update = Content::Update(Arc::new(Update {
        list_version: 8,
        published_at: at("2026-02-12T09:00:00Z"),
        items: vec![changed("Example GmbH")],
    }));
    let cases = [
        (DeliveryKind::Update, Channel::Email, &update, "/subscriptions/unsubscribe/"),
        (DeliveryKind::Confirm, Channel::Email, &Content::Kind, "/subscriptions/confirm/"),
        (DeliveryKind::Confirm, Channel::Webhook, &Content::Kind, "https://hooks.example/x"),
        (DeliveryKind::Preferences, Channel::Webhook, &Content::Kind, "/subscriptions/preferences/"),
        (DeliveryKind::Test, Channel::Email, &Content::Kind, "/subscriptions/preferences/"),
    ];
    for (kind, channel, content, link) in cases {
        let mail = writer.rendered(&delivery(kind, ""), &reader(channel), content).unwrap();
        assert!(mail.text.contains(link) && mail.html.contains(link), "{kind}: {}", mail.text);
        assert!(!mail.subject.is_empty() && !mail.text.contains("\n\n\n"), "{kind}: {}", mail.text);
    }
    let confirm =
        writer.rendered(&delivery(DeliveryKind::Confirm, ""), &reader(Channel::Email), &Content::Kind);
    assert!(confirm.unwrap().text.contains("Sunday 15 February 2026, 10:00 Europe/Berlin"));
}

#[test]
fn a_preview_is_the_mail_without_its_evidence() {
    let notice = document(vec![added("Example GmbH")]);
    let happened = Happening::announced(notice.effective_from);
    let preview = writer().preview(&notice, &happened).unwrap();
    assert_eq!(preview.subject, told("announced", document(vec![added("Example GmbH")])).subject);
    assert!(!preview.text.contains("SHA-256"), "{}", preview.text);
}

#[test]
fn every_payload_fits_the_published_schema() {
    let writer = writer();
    let update = Content::Update(Arc::new(Update {
        list_version: 8,
        published_at: at("2026-02-12T09:00:00Z"),
        items: vec![changed("Example GmbH")],
    }));
    let many = notice(document((0..40).map(|i| added(&format!("Vendor {i}"))).collect()));
    let absurd = notice(document((0..400).map(|i| added(&format!("Vendor {i}"))).collect()));
    let cases = [
        (
            DeliveryKind::Notice,
            "announced",
            &notice(document(vec![added("Example GmbH")])),
            "subprocessor.change.announced",
        ),
        (
            DeliveryKind::Notice,
            "effective",
            &notice(document(vec![changed("Example")])),
            "subprocessor.change.effective",
        ),
        (DeliveryKind::Notice, "announced", &many, "subprocessor.change.announced"),
        (DeliveryKind::Notice, "announced", &absurd, "subprocessor.change.announced"),
        (DeliveryKind::Update, "update", &update, "subprocessor.change.updated"),
        (DeliveryKind::Test, "", &Content::Kind, "subscription.test"),
    ];
    for (kind, event, content, name) in cases {
        let body = writer.payload(&delivery(kind, event), content).unwrap();
        assert!(body.len() < payload::LIMIT, "{} bytes", body.len());
        let value: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(value["type"], name);
        assert_eq!(value["data"]["sequence"], 12);
        assert_eq!(schema_problems(&value), Vec::<String>::new());
    }
    let challenge = serde_json::from_slice(&payload::challenge("abc", at("2026-02-12T09:00:00Z"))).unwrap();
    assert_eq!(schema_problems(&challenge), Vec::<String>::new());
    assert!(!schema_problems(&json!({ "type": "x", "timestamp": "y", "data": {} })).is_empty());

    let body: Value =
        serde_json::from_slice(&writer.payload(&delivery(DeliveryKind::Notice, "announced"), &many).unwrap())
            .unwrap();
    assert_eq!(body["data"]["items_truncated"], true);
    assert_eq!(body["data"]["items"].as_array().unwrap().len(), 40);
    assert_eq!(body["data"]["url"], "https://list.acme.example/notices/N-2026-007");
}

#[test]
fn mail_and_webhook_tell_the_same_dates() {
    let content = notice(document(vec![added("Example GmbH")]));
    let body = writer().payload(&delivery(DeliveryKind::Notice, "announced"), &content).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["data"]["effective_date"], "2026-03-30");
    assert_eq!(body["data"]["standard_objection_deadline"]["date"], "2026-03-14");
    assert_eq!(body["data"]["standard_objection_deadline"]["until"], "2026-03-14T22:59:00Z");
    assert_eq!(body["data"]["items"][0]["after"]["vendor"]["name"], "Example GmbH");
    assert_eq!(body["data"]["items"][0]["before"], Value::Null);
}
