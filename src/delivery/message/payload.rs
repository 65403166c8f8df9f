//! What a webhook carries: `{"type", "timestamp", "data"}`, the same bytes at each repeat. The
//! JSON Schema is `schemas/webhook-1.json`.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::dates::last_instant;
use super::owed::ClientLinks;
use super::{Owed, Update};
use crate::domain::notice::{Happening, Notice, NoticeDocument, NoticeEvent, NoticeItem};

/// A payload stays below this many bytes.
pub const LIMIT: usize = 20_000;

/// What the endpoint is told beside the facts.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Where links begin.
    pub public_url: &'a str,
    /// Number within the endpoint's messages.
    pub sequence: i64,
    /// When the message was made.
    pub at: Timestamp,
}

/// The payload about a notice.
#[must_use]
pub fn notice(
    notice: &Notice,
    told: &NoticeDocument,
    happened: &Happening,
    frame: Frame<'_>,
    zone: &TimeZone,
) -> Vec<u8> {
    let deadline = told.object_by.map(|day| {
        json!({
            "date": day,
            "until": last_instant(day, zone),
            "note": "under our standard DPA; your agreement decides",
        })
    });
    about(notice, told, happened, frame, &[("standard_objection_deadline", deadline)])
}

/// The payload about a notice owed under an agreement, with the receiver's own deadline.
#[must_use]
pub fn owed(
    notice: &Notice,
    told: &NoticeDocument,
    happened: &Happening,
    frame: Frame<'_>,
    owed: &Owed,
    links: &ClientLinks,
) -> Vec<u8> {
    let deadline = owed.object_by().map(|(day, zone)| {
        json!({
            "date": day,
            "until": last_instant(day, &zone),
            "time_zone": zone.iana_name(),
            "agreement": owed.client_notice.rules.dpa,
        })
    });
    let own = [
        ("standard_objection_deadline", None),
        ("objection_deadline", deadline),
        ("links", Some(json!(links))),
    ];
    about(notice, told, happened, frame, &own)
}

fn about(
    notice: &Notice,
    told: &NoticeDocument,
    happened: &Happening,
    frame: Frame<'_>,
    own: &[(&str, Option<Value>)],
) -> Vec<u8> {
    // What everybody may not read has no page.
    let url = match notice.public {
        Some(_) => format!("{}/notices/{}", frame.public_url, told.number),
        None => format!("{}/", frame.public_url),
    };
    let mut data = json!({
        "notice": told.number,
        "url": url,
        "sequence": frame.sequence,
        "list_version": told.list_version,
        "class": told.class,
        "published_at": told.published_at,
        "effective_date": told.effective_from,
        "in_use_since": told.in_use_since,
        "reason": told.reason,
        "sha256": notice.sha256,
    });
    if let Value::Object(members) = &mut data {
        if matches!(happened.event, NoticeEvent::Updated | NoticeEvent::Withdrawn) {
            let mut update = json!({ "reason": happened.reason, "was_effective_date": happened.planned });
            if let (Value::Object(update), false) = (&mut update, happened.corrected.is_empty()) {
                let corrected = happened.corrected.iter();
                let corrected = corrected.map(|item| {
                    json!({ "entry_id": item.entry_id, "name": item.name, "class": item.class, "before": item.before, "after": item.after })
                });
                update.insert("corrected".to_owned(), corrected.collect());
            }
            members.insert("update".to_owned(), update);
        }
        for (name, value) in own {
            members.insert((*name).to_owned(), value.clone().unwrap_or(Value::Null));
        }
    }
    let kind = format!("subprocessor.change.{}", happened.event);
    with_items(&kind, frame.at, data, &told.items)
}

/// The short update about an editorial change.
#[must_use]
pub fn update(update: &Update, frame: Frame<'_>) -> Vec<u8> {
    let data = json!({
        "notice": null,
        "url": format!("{}/", frame.public_url),
        "sequence": frame.sequence,
        "list_version": update.list_version,
        "class": "editorial",
        "published_at": update.published_at,
    });
    with_items("subprocessor.change.updated", frame.at, data, &update.items)
}

/// The harmless test.
#[must_use]
pub fn test(frame: Frame<'_>) -> Vec<u8> {
    let data = json!({
        "sequence": frame.sequence,
        "url": format!("{}/", frame.public_url),
        "message": "This is a test. Nothing on the list has changed.",
    });
    envelope("subscription.test", frame.at, &data)
}

/// The challenge an endpoint answers with `{"challenge": …}` before it is told anything.
#[must_use]
pub fn challenge(challenge: &str, at: Timestamp) -> Vec<u8> {
    envelope("subscription.challenge", at, &json!({ "challenge": challenge }))
}

fn with_items(kind: &str, at: Timestamp, mut data: Value, items: &[NoticeItem]) -> Vec<u8> {
    let full = |item: &NoticeItem| {
        json!({
            "entry_id": item.entry_id,
            "name": item.name,
            "operation": item.operation,
            "class": item.class,
            "effective_date": item.effective_from,
            "before": item.before,
            "after": item.after,
        })
    };
    let short = |item: &NoticeItem| {
        json!({
            "entry_id": item.entry_id,
            "name": item.name,
            "operation": item.operation,
            "class": item.class,
            "effective_date": item.effective_from,
        })
    };
    let versions: [Vec<Value>; 3] =
        [items.iter().map(full).collect(), items.iter().map(short).collect(), Vec::new()];
    let mut body = Vec::new();
    for (cut, items) in versions.into_iter().enumerate() {
        if let Value::Object(members) = &mut data {
            members.insert("items".to_owned(), Value::Array(items));
            if cut > 0 {
                members.insert("items_truncated".to_owned(), Value::Bool(true));
            }
        }
        body = envelope(kind, at, &data);
        if body.len() < LIMIT {
            break;
        }
    }
    body
}

fn envelope(kind: &str, at: Timestamp, data: &Value) -> Vec<u8> {
    json!({ "type": kind, "timestamp": at, "data": data }).to_string().into_bytes()
}
