//! What the API says of things: the same words as the published list.

use actix_web::http::header::{ETAG, HeaderName};
use serde_json::{Value, json};

use crate::actions;
use crate::config::Settings;
use crate::db::{self, Conn};
use crate::domain::change::{Change, ChangeState, Edit, Item};
use crate::domain::delivery::{Attempt, Delivery};
use crate::domain::diff::differences;
use crate::domain::entry::ListedEntry;
use crate::domain::subscription::Subscription;

/// A change with its items, what stands in its way and who would be told.
pub(super) fn change(
    conn: &mut Conn,
    settings: &Settings,
    now: jiff::Timestamp,
    change: &Change,
) -> Result<Value, actions::Error> {
    let mut view = head(change);
    let at = actions::announce_at(settings, change, now);
    let promise = actions::standard(conn, settings)?.promise(change, at);
    let more = json!({
        "class": change.class(),
        "items": change.items.iter().map(item).collect::<Vec<_>>(),
        "notice": db::notice::of_change(conn, change.id)?.map(|n| n.number),
        "approvals": db::change::approvals(conn, change.id)?.iter().map(|a| json!({
            "by": a.by, "at": a.at, "decision": a.decision, "solo": a.solo, "dpo": a.dpo, "comment": a.comment,
        })).collect::<Vec<_>>(),
        "earliest_effective": promise.map(|promise| promise.earliest),
    });
    merge(&mut view, more);
    if matches!(change.state, ChangeState::Draft | ChangeState::Submitted) {
        let (blocks, plan) =
            actions::gate(conn, settings, change, actions::announce_at(settings, change, now))?;
        let guard = actions::guard(conn, change, now, plan.as_ref())?;
        let voices = actions::voices(conn, change)?;
        let told = json!({
            "blocks": blocks,
            "plan": plan,
            "three_people": { "grounds": voices.grounds, "missing": voices.missing },
            "audience": { "mails": guard.mails, "webhooks": guard.webhooks },
            "type_count": guard.typed.map(|(count, _)| count),
        });
        merge(&mut view, told);
    }
    Ok(view)
}

/// A change without its items.
pub(super) fn head(c: &Change) -> Value {
    json!({
        "id": c.id,
        "number": c.reference(),
        "title": c.title,
        "reason": c.reason,
        "kind": c.kind,
        "state": c.state,
        "author": c.author,
        "effective_on": c.effective_on,
        "in_use_since": c.in_use_since,
        "emergency": c.emergency,
        "corrects": c.corrects,
        "base_version": c.base_version,
        "created_at": c.created_at,
        "submitted_at": c.submitted_at,
        "held_until": c.held_until,
        "announced_at": c.announced_at,
        "returned": c.returned,
        "revision": c.revision,
    })
}

/// One edit of a change.
pub(super) fn item(item: &Item) -> Value {
    let mut view = json!({
        "id": item.id,
        "entry_id": item.entry_id,
        "operation": item.operation,
        "class": item.class,
        "ruled": item.ruled,
        "class_reason": item.class_reason,
        "grounds": item.grounds,
        "doubt": item.doubt,
    });
    let sides = match &item.edit {
        Edit::Entry { before, after } => json!({
            "before": before,
            "after": after,
            "changes": differences(before.as_deref(), after.as_deref()),
        }),
        Edit::Statements { before, after } => json!({ "before": before, "after": after, "changes": [] }),
    };
    merge(&mut view, sides);
    view
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

/// The `ETag` of a revision, for `If-Match`.
pub(super) fn etag(revision: i64) -> (HeaderName, String) {
    (ETAG, format!("\"r{revision}\""))
}

/// A line of the register.
pub(super) fn engagement(listed: &ListedEntry) -> Value {
    json!({
        "id": listed.entry.id,
        "vendor_id": listed.entry.vendor_id,
        "slug": listed.entry.slug,
        "vendor": listed.entry.vendor,
        "engagement": listed.entry.engagement,
        "status": listed.status,
        "effective_from": listed.entry.effective_from,
        "effective_to": listed.effective_to,
        "revision": listed.revision,
    })
}

/// A subscription; the address is personal data and for people who may read it.
pub(super) fn subscription(s: &Subscription) -> Value {
    json!({
        "id": s.id,
        "channel": s.channel,
        "email": s.email,
        "url": if s.url.is_empty() { Value::Null } else { json!(s.url) },
        "filter": s.filter,
        "language": s.language,
        "state": s.state,
        "created_at": s.created_at,
        "confirmed_at": s.confirmed_at,
        "consented_at": s.consented_at,
        "ended_at": s.ended_at,
        "sequence": s.sequence,
    })
}

/// A delivery.
pub(super) fn delivery(d: &Delivery) -> Value {
    json!({
        "id": d.id,
        "kind": d.kind,
        "notice_id": d.notice_id,
        "list_version": d.list_version,
        "event": d.event,
        "subscription_id": d.subscription_id,
        "channel": d.channel,
        "state": d.state,
        "due_at": d.due_at,
        "attempts": d.attempts,
        "sequence": d.sequence,
        "created_at": d.created_at,
        "accepted_at": d.accepted_at,
        "last_answer": d.last_answer,
    })
}

/// One attempt of a delivery.
pub(super) fn attempt(a: &Attempt) -> Value {
    json!({
        "number": a.number,
        "at": a.at,
        "took_ms": a.took_ms,
        "peer": a.peer,
        "tls": a.tls,
        "code": a.code,
        "answer": a.answer,
        "verdict": a.verdict,
        "body_sha256": a.body_sha256,
    })
}
