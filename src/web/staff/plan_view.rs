//! The plan on the change's page: one sentence, who hears when, told and not told.

use serde::Serialize;

use crate::domain::diff::long_date;
use crate::domain::owed::Stand;
use crate::domain::planner::{Names, Plan};
use crate::web::site::weekday_date;

/// What the template shows.
#[derive(Debug, Serialize)]
pub struct PlanView {
    sentence: String,
    groups: Vec<GroupRow>,
    agreements: usize,
    told: usize,
    not_told: Vec<Reason>,
    unreachable: Option<List>,
    needs_consent: Option<List>,
    exceptions: Option<List>,
    alternatives: Vec<String>,
    stale: usize,
}

#[derive(Debug, Serialize)]
struct GroupRow {
    who: String,
    clients: usize,
    mails: usize,
    webhooks: usize,
    deadline: String,
    earliest: String,
}

#[derive(Debug, Serialize)]
struct Reason {
    text: &'static str,
    count: usize,
}

#[derive(Debug, Serialize)]
struct List {
    count: usize,
    clients: Vec<Link>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct Link {
    id: String,
    name: String,
}

impl PlanView {
    /// The words of `plan`.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self {
            sentence: plan.sentence(),
            groups: plan.groups.iter().map(group).collect(),
            agreements: plan.agreements,
            told: plan.told,
            not_told: plan
                .not_told
                .iter()
                .map(|(why, count)| Reason { text: why.label(), count: *count })
                .collect(),
            unreachable: list(&plan.unreachable),
            needs_consent: list(&plan.needs_consent),
            exceptions: list(&plan.exceptions),
            alternatives: plan.alternatives(),
            stale: plan.stale,
        }
    }
}

fn group(group: &crate::domain::planner::Group) -> GroupRow {
    let period = if group.period.is_empty() { String::new() } else { format!(", {}", group.period) };
    let earliest = match (group.stand, group.earliest) {
        (Stand::NeedsConsent, _) => "needs consent".to_owned(),
        (Stand::HeldOut, Some(day)) => format!("held out; else {}", long_date(day)),
        (Stand::HeldOut, None) => "held out".to_owned(),
        (_, Some(day)) => long_date(day),
        (_, None) => "at once".to_owned(),
    };
    GroupRow {
        who: format!("{}{period}", group.dpa),
        clients: group.clients,
        mails: group.mails,
        webhooks: group.webhooks,
        deadline: group.object_by.map_or_else(|| "no window".to_owned(), weekday_date),
        earliest,
    }
}

fn list(names: &Names) -> Option<List> {
    (names.count > 0).then(|| List {
        count: names.count,
        clients: names.first.iter().map(|n| Link { id: n.id.to_string(), name: n.name.clone() }).collect(),
        more: names.count.saturating_sub(names.first.len()),
    })
}
