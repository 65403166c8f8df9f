//! The audit trail, newest first.

use actix_web::HttpResponse;
use actix_web::web::Query;
use serde::{Deserialize, Serialize};

use super::console::{Desk, Tab};
use crate::db;
use crate::domain::audit::{Actor, reveal};
use crate::web::auth::Staff;
use crate::web::error::Error;

const PAGE: i64 = 100;

#[derive(Serialize)]
struct Line {
    seq: i64,
    at: String,
    who: String,
    action: String,
    subject: String,
    detail: String,
    /// More than stands in a line; folded away.
    long: bool,
    hash: String,
}

#[derive(Serialize)]
struct AuditPage {
    lines: Vec<Line>,
    older: Option<String>,
    newer: bool,
}

/// Where the page begins.
#[derive(Deserialize, Default)]
pub struct Asked {
    before: Option<i64>,
}

/// `GET /staff/audit`
pub async fn page(desk: Desk, staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, Error> {
    let before = asked.before;
    let read = move |conn: &mut db::Conn| {
        let found = db::audit::newest(conn, before, PAGE)?;
        let ends = found.last().zip(found.first()).map(|((first, _), (last, _))| (first.seq, last.seq));
        let texts = ends.map(|(first, last)| db::audit::texts(conn, first, last)).transpose()?;
        Ok::<_, db::Error>((found, texts.unwrap_or_default()))
    };
    let (found, texts) = desk.state.db.read(read).await?;
    let names = desk.names().await?;
    let older = found.last().map(|(link, _)| link.seq).filter(|seq| *seq > 1);
    let lines = found.into_iter().map(|(link, hash)| {
        let typed = texts.get(&link.seq).map_or(&[] as &[_], Vec::as_slice);
        let detail = Some(reveal(&link.detail, typed).to_string()).filter(|d| d != "{}").unwrap_or_default();
        (link, hash, detail)
    });
    let lines = lines.map(|(link, hash, detail)| Line {
        seq: link.seq,
        at: desk.moment(link.at),
        who: match link.actor {
            Actor::Staff(id) => names.of(id).to_owned(),
            Actor::Token(id) => format!("API token {id}"),
            Actor::Subscriber(_) => "a subscriber".to_owned(),
            Actor::Contact(_) => "a Client’s contact".to_owned(),
            Actor::Operator => "the operator".to_owned(),
            Actor::System => "the program".to_owned(),
        },
        action: link.action,
        subject: link.subject,
        long: detail.len() > 100,
        detail,
        hash: hash.chars().take(12).collect(),
    });
    let body = AuditPage {
        lines: lines.collect(),
        older: older.map(|seq| format!("/staff/audit?before={seq}")),
        newer: before.is_some(),
    };
    desk.page(&staff, Tab::Audit, "Audit", "staff/audit", body).await
}
