//! Telling unusually many takes typing the count (invariant 17): asked at the approval, and held
//! against what became of the audience when the hold ends.

use super::Error;
use crate::db::{self, Conn};
use crate::domain::change::{Approval, Change, ChangeKind, Class, Decision};
use crate::domain::id::Id;
use crate::domain::notice::{self, NoticeItem};
use crate::domain::planner::Plan;
use crate::domain::subscription::Channel;

/// How many will be told, and whether that takes typing the count.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Guard {
    /// Mails that the announcement will send.
    pub mails: usize,
    /// Webhooks that it will call.
    pub webhooks: usize,
    /// The count to type, if one must be, and why.
    pub typed: Option<(usize, String)>,
}

impl Guard {
    /// Everybody who will be told.
    #[must_use]
    pub fn told(&self) -> usize {
        self.mails + self.webhooks
    }
}

/// Who will be told of `change`, if it were announced now (invariant 17): the Clients of its
/// `plan`, and the courtesy subscribers whose filter admits it.
///
/// # Errors
/// The database failed.
pub fn guard(
    conn: &mut Conn,
    change: &Change,
    now: jiff::Timestamp,
    plan: Option<&Plan>,
) -> Result<Guard, Error> {
    if change.kind == ChangeKind::Baseline {
        return Ok(Guard::default());
    }
    let entries = db::register::entries(conn)?;
    let line_of = |id: Id| entries.iter().find(|l| l.entry.id == id).map(|l| l.entry.clone());
    let items: Vec<NoticeItem> = notice::public_items(change, line_of);
    let (mut mails, mut webhooks) = match (change.corrects, plan) {
        (Some(announced), _) => told_under_agreements(conn, announced)?,
        (None, plan) => plan.map_or((0, 0), |plan| (plan.mails, plan.webhooks)),
    };
    for (channel, filter, count) in db::subscription::audience_by_filter(conn, now)? {
        if items.iter().any(|item| filter.admits(item)) {
            match channel {
                Channel::Email => mails += count,
                Channel::Webhook => webhooks += count,
            }
        }
    }
    let (told, last) = (mails + webhooks, db::expansion::last_audience(conn)?);
    let additions = change.additions();
    let typed = if told > unasked(last) {
        Some((told, format!("{told} receivers, against {last} of the last notice. Type {told} to confirm.")))
    } else if additions > 5 && change.class() > Class::Editorial {
        Some((additions, format!("{additions} additions at once. Type {additions} to confirm.")))
    } else {
        None
    };
    Ok(Guard { mails, webhooks, typed })
}

/// The mails and webhooks that told Clients of the announced change: a correction goes to the same.
fn told_under_agreements(conn: &mut Conn, announced: Id) -> Result<(usize, usize), Error> {
    let Some(notice) = db::notice::of_change(conn, announced)? else { return Ok((0, 0)) };
    let (mut mails, mut webhooks) = (0, 0);
    for (channel, count) in db::outbox::announced_to_clients(conn, notice.id)? {
        match channel {
            Channel::Email => mails += count,
            Channel::Webhook => webhooks += count,
        }
    }
    Ok((mails, webhooks))
}

/// How many may be told without typing the count, after an audience of `last`.
fn unasked(last: usize) -> usize {
    last.saturating_mul(2).max(50)
}

/// Why the audience is no longer the one that was approved; `None` if it is. The hold may have
/// let it grow to where a count is needed that nobody typed, or past twice the count typed.
pub(super) fn outgrown(
    conn: &mut Conn,
    change: &Change,
    now: jiff::Timestamp,
    plan: Option<&Plan>,
) -> Result<Option<String>, Error> {
    let guard = guard(conn, change, now, plan)?;
    let told = guard.told();
    let approvals = db::change::approvals(conn, change.id)?;
    let Some(approved) = approvals.iter().rev().find(|a| a.decision == Decision::Approved) else {
        return Ok(None);
    };
    if told <= unasked(db::expansion::last_audience(conn)?) || confirms(approved, told) {
        return Ok(None);
    }
    Ok(Some(format!(
        "{told} receivers would be told; {} were when it was approved. Submit it again, and let the approver type the count.",
        approved.audience
    )))
}

/// Whether the count typed at the approval was that of the receivers, and still tells how many
/// they are.
fn confirms(approved: &Approval, told: usize) -> bool {
    approved.typed == Some(approved.audience) && told <= unasked(approved.audience)
}
