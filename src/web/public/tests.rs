//! Every public template with everything filled in, and with names that try to break out.

use jiff::Timestamp;
use jiff::civil::date;
use serde_json::json;

use super::filter::Query;
use super::list_page::{self, Shown};
use super::vendor_page::Event;
use super::{notice_page, vendor_page};
use crate::domain::diff::FieldChange;
use crate::domain::list_document::ListDocument;
use crate::domain::notice::{Notice, NoticeDocument, NoticeEvent, NoticeUpdate};
use crate::web::render::tests::pages;

const HOSTILE: &str = "<script>alert(1)</script>\"'&{{x}}";

fn entry(name: &str, status: &str) -> serde_json::Value {
    json!({
        "id": "0190a5f0-0000-7000-8000-000000000001", "slug": "one",
        "vendor": {"name": name, "legal_name": name, "aliases": [{"name": name, "until": null}], "address": name,
            "seat": "DE", "website": "javascript:alert(1)", "privacy_url": "https://example.com/privacy",
            "parent": name, "affiliate": true},
        "purposes": [{"code": "hosting", "text": name}], "data_categories": [name], "special_categories": [name],
        "data_subjects": [name], "locations": [{"kind": "remote_access", "country": "US", "text": name}],
        "transfers": [{"jurisdiction": "EU", "destination": "US", "mechanism": "dpf"}], "products": [name],
        "optional": true, "feature": name, "group": "optional", "status": status,
        "effective_from": "2026-03-30", "effective_to": null,
        "vetting": {"status": "approved", "reviewed_on": "2026-02-02"}, "replaces": null, "retention": name,
        "safeguards": name,
        "pending": [{"notice": "N-2026-007", "operation": "changed", "effective_from": "2026-04-01",
            "after": {"retention": "one year"}}]
    })
}

fn list() -> ListDocument {
    let long = "x".repeat(10_000);
    serde_json::from_value(json!({
        "$schema": "/schemas/list-1.json", "version": 41, "published_at": "2026-02-12T09:04:00Z",
        "company": {"name": "Acme", "privacy_contact": "privacy@acme.example"}, "notice_period_days": 30,
        "statements": [HOSTILE], "entries": [entry(HOSTILE, "announced"), entry(&long, "active")]
    }))
    .unwrap()
}

fn notice() -> Notice {
    let row = json!({"field": "retention", "label": "Kept for", "was": HOSTILE, "now": "one year"});
    let public: NoticeDocument = serde_json::from_value(json!({
        "number": "N-2026-007", "published_at": "2026-02-12T09:04:00Z", "company": "Acme", "class": "material",
        "title": HOSTILE, "reason": HOSTILE, "effective_from": "2026-03-30", "in_use_since": "2026-01-05",
        "object_by": "2026-03-14", "notice_period_days": 30, "list_version": 41,
        "items": [{"entry_id": null, "slug": "one", "name": HOSTILE, "operation": "changed", "class": "material",
            "products": [HOSTILE], "replaces": null, "before": null, "after": null, "changes": [row], "entry": null}]
    }))
    .unwrap();
    let update = NoticeUpdate {
        public_correction: None,
        clients_correction: None,
        word: "effective".into(),
        event: NoticeEvent::Effective,
        public_reason: String::new(),
        clients_reason: String::new(),
        at: Timestamp::UNIX_EPOCH,
        day: date(2026, 4, 2),
        list_version: 42,
    };
    Notice {
        id: "0190a5f0-0000-7000-8000-000000000002".parse().unwrap(),
        number: "N-2026-007".into(),
        change_id: "0190a5f0-0000-7000-8000-000000000003".parse().unwrap(),
        clients: public.clone(),
        public: Some(public),
        sha256: "0".repeat(64),
        updates: vec![update],
    }
}

fn is_harmless(page: &str) {
    assert!(!page.contains("<script"), "markup got through: {page}");
    assert!(!page.contains("href=\"javascript:"), "a script as an address: {page}");
}

#[test]
fn the_list_shows_whatever_it_holds_as_text() {
    let (pages, list, notice) = (pages(), list(), notice().public.unwrap());
    let query = Query { group: "optional".into(), q: "x".into(), ..Query::default() };
    for query in [Query::default(), query, Query { product: HOSTILE.into(), ..Query::default() }] {
        let announced = std::slice::from_ref(&notice);
        let shown = Shown { list: &list, announced, today: date(2026, 2, 13), asked: None };
        is_harmless(&list_page::render(&pages, shown, &query, Vec::new()).unwrap());
    }
    is_harmless(&list_page::render_empty(&pages, &Query::default(), Vec::new()).unwrap());
}

#[test]
fn vendor_and_notice_show_whatever_they_hold_as_text() {
    let (pages, list, notice) = (pages(), list(), notice());
    let today = date(2026, 3, 20);
    let change =
        FieldChange { field: "retention", label: "Kept for", was: HOSTILE.into(), now: String::new() };
    let event =
        Event { day: today, title: "Change announced", changes: vec![change], version: 41, notice: None };
    let open = [notice.public.clone().unwrap()];
    is_harmless(&vendor_page::render(&pages, "one", "", &list, &open, &[event], today).unwrap());
    let page = notice_page::render(&pages, &notice, today).unwrap().unwrap();
    is_harmless(&page);
    assert!(page.contains("the time to object ended with 14 March 2026"), "{page}");
    is_harmless(&notice_page::render_all(&pages, &[notice], today, None).unwrap());
}
