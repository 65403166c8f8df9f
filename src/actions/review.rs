//! Vetting approvals that ran out: the public page says so the day after, through a list
//! version without a notice (invariant 15).

use serde_json::json;

use super::apply::today;
use super::{Error, publish};
use crate::db;
use crate::domain::audit::{Actor, Event};
use crate::domain::id::Id;
use crate::domain::list_document::Cause;
use crate::domain::vetting::VettingStatus;
use crate::state::State;

/// Marks every listed entry whose review date has passed as overdue and publishes once. Answers
/// the entries marked.
///
/// # Errors
/// The database failed; nothing is marked then.
pub async fn mark_overdue_reviews(state: &State) -> Result<Vec<Id>, Error> {
    let (now, settings) = (state.clock.now(), state.settings.clone());
    let today = today(now, &settings);
    let passed =
        state.db.read(move |conn| Ok::<_, Error>(db::register::reviews_passed(conn, today)?)).await?;
    if passed.is_empty() {
        return Ok(Vec::new());
    }
    let marked = state
        .db
        .write(move |conn| {
            let passed = db::register::reviews_passed(conn, today)?;
            let mut marked = Vec::new();
            for mut engagement in passed {
                let was = engagement.facts.vetting.status;
                engagement.facts.vetting.status = VettingStatus::Overdue;
                // Not counted as an edit: a draft written meanwhile keeps its base, and bringing
                // it into force keeps this status.
                db::register::save_engagement(conn, &engagement)?;
                let event = Event {
                    actor: Actor::System,
                    action: "vetting.overdue",
                    subject: engagement.id.to_string(),
                    detail: json!({ "was": was, "review_by": engagement.facts.vetting.review_by }),
                };
                db::audit::append(conn, now, event)?;
                marked.push(engagement.id);
            }
            if !marked.is_empty() && db::list::current_number(conn)? > 0 {
                publish::version(conn, now, &settings, Cause::Vetting, None)?;
            }
            Ok::<_, Error>(marked)
        })
        .await?;
    state.list_bell.notify_one();
    Ok(marked)
}
