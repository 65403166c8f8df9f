//! Who must be told of a change, by when, and the first lawful go-live day.
//!
//! A plan is folded up Client by Client in any order and keeps only sums, deadline groups and
//! the first few names of each list, so that 100,000 Clients cost no more memory than ten.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::Date;
use serde::Serialize;

use super::case::Concern;
use super::change::Class;
use super::client::Client;
use super::diff::long_date;
use super::id::Id;
use super::owed::{NotTold, Party, Question, Stand, owed};

/// How many names a list of a plan holds; the count goes on.
pub const NAMES: usize = 50;
/// After so long without a look, Client data is called old.
const STALE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Clients of one DPA version with one date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// DPA version.
    pub dpa: String,
    /// Notice period, in words; empty if no clock runs.
    pub period: String,
    /// What follows for them.
    pub stand: Stand,
    /// Last day of their objection window.
    pub object_by: Option<Date>,
    /// First day the change may be active for them.
    pub earliest: Option<Date>,
    /// How many.
    pub clients: usize,
    /// Their mails.
    pub mails: usize,
    /// Their webhooks.
    pub webhooks: usize,
}

/// A Client's name in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Identity.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Its date, where one matters.
    pub earliest: Option<Date>,
}

/// The first names of a list, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    /// How many.
    pub count: usize,
    /// The first of them.
    pub first: Vec<Named>,
}

impl Names {
    fn add(&mut self, client: &Client, earliest: Option<Date>) {
        self.count += 1;
        if self.first.len() < NAMES {
            self.first.push(Named { id: client.id, name: client.name.clone(), earliest });
        }
    }

    /// `Example AG, Acme Ltd and 7 more`.
    #[must_use]
    pub fn words(&self) -> String {
        let shown: Vec<&str> = self.first.iter().take(3).map(|named| named.name.as_str()).collect();
        match self.count.saturating_sub(shown.len()) {
            0 => shown.join(", "),
            more => format!("{} and {more} more", shown.join(", ")),
        }
    }
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Agreements in force: told and not told add up to it.
    pub agreements: usize,
    /// Clients that will be told.
    pub told: usize,
    /// Their mails.
    pub mails: usize,
    /// Their webhooks.
    pub webhooks: usize,
    /// Deadline groups, the slowest last.
    pub groups: Vec<Group>,
    /// Not told, and why.
    pub not_told: Vec<(NotTold, usize)>,
    /// Owed the notice without a working channel.
    pub unreachable: Names,
    /// The first lawful go-live day; `None` if nothing has to be waited for.
    pub earliest: Option<Date>,
    /// Who sets it.
    pub setters: Names,
    /// Whose date is after the effective date wished.
    pub too_early: Names,
    /// Whose consent is missing.
    pub needs_consent: Names,
    /// Whose agreement does not allow this emergency.
    pub exceptions: Names,
    /// Whose data nobody looked at for 30 days.
    pub stale: usize,
    /// Whether single Clients can be held out.
    pub withholdable: bool,
}

/// Folds parties into a plan.
#[derive(Debug)]
pub struct Planner {
    question: Question,
    plan: Plan,
    groups: BTreeMap<Key, Group>,
    not_told: BTreeMap<NotTold, usize>,
}

type Key = (Option<Date>, Stand, String, String, Option<Date>);

impl Planner {
    /// Begins a plan.
    #[must_use]
    pub fn new(question: Question) -> Self {
        let material: Vec<&Concern> =
            question.concerns.iter().filter(|concern| concern.class == Class::Material).collect();
        let withholdable = !material.is_empty() && material.iter().all(|concern| concern.withholdable);
        let plan = Plan { withholdable, ..Plan::default() };
        Self { question, plan, groups: BTreeMap::new(), not_told: BTreeMap::new() }
    }

    /// Counts Clients with an agreement in force of whom nothing can be said, because what is
    /// stored of them cannot be read.
    pub fn add_unreadable(&mut self, count: usize) {
        if count > 0 {
            self.plan.agreements += count;
            *self.not_told.entry(NotTold::Unreadable).or_default() += count;
        }
    }

    /// Adds one Client with an agreement in force.
    pub fn add(&mut self, party: &Party<'_>) {
        let plan = &mut self.plan;
        plan.agreements += 1;
        let terming = match owed(&self.question, party) {
            Ok(terming) => terming,
            Err(why) => {
                *self.not_told.entry(why).or_default() += 1;
                return;
            }
        };
        match terming.stand {
            // An emergency is told at once: whose agreement has no clause for it is for legal to
            // decide, and keeps it from coming into force, not from being announced.
            _ if terming.exception => {}
            Stand::NeedsConsent => plan.needs_consent.add(party.client, None),
            Stand::Waits => wait(plan, party.client, terming.earliest, self.question.effective_on),
            Stand::Free | Stand::HeldOut => {}
        }
        if terming.exception {
            plan.exceptions.add(party.client, terming.earliest);
        }
        // Whom nobody can tell is owed it all the same, and delays it as everybody else.
        if party.mails + party.webhooks == 0 {
            *self.not_told.entry(NotTold::NoChannel).or_default() += 1;
            plan.unreachable.add(party.client, terming.earliest);
            return;
        }
        plan.told += 1;
        plan.mails += party.mails;
        plan.webhooks += party.webhooks;
        let old = party
            .client
            .checked_at
            .saturating_add(STALE)
            .is_ok_and(|until| until < self.question.announce_at);
        plan.stale += usize::from(old);
        let period = terming.notice.map(|(period, _)| period.words()).unwrap_or_default();
        let key = (terming.earliest, terming.stand, party.dpa.to_owned(), period.clone(), terming.object_by);
        let group = self.groups.entry(key).or_insert_with(|| Group {
            dpa: party.dpa.to_owned(),
            period,
            stand: terming.stand,
            object_by: terming.object_by,
            earliest: terming.earliest,
            clients: 0,
            mails: 0,
            webhooks: 0,
        });
        group.clients += 1;
        group.mails += party.mails;
        group.webhooks += party.webhooks;
    }

    /// The plan.
    #[must_use]
    pub fn finish(mut self) -> Plan {
        self.plan.groups = self.groups.into_values().collect();
        self.plan.not_told = self.not_told.into_iter().collect();
        self.plan
    }
}

/// The latest date rules (invariant 2).
fn wait(plan: &mut Plan, client: &Client, earliest: Option<Date>, wished: Option<Date>) {
    if earliest > plan.earliest {
        plan.earliest = earliest;
        plan.setters = Names::default();
    }
    if earliest.is_some() && earliest == plan.earliest {
        plan.setters.add(client, earliest);
    }
    if let (Some(first), Some(wished)) = (earliest, wished)
        && first > wished
    {
        plan.too_early.add(client, earliest);
    }
}

impl Plan {
    /// The one sentence on top.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Some(day) = self.earliest else {
            return match self.needs_consent.count {
                0 if self.exceptions.count > 0 => {
                    "Told at once; it may be in use once legal has decided on the Clients named here."
                        .to_owned()
                }
                0 => "No agreement has to be waited for: it may go live once it is announced.".to_owned(),
                n => format!("{n} {} consent first.", plural(n, "Client must", "Clients must")),
            };
        };
        let n = self.setters.count;
        format!(
            "Earliest go-live {}; {} {} it: {}.",
            long_date(day),
            if n == 1 { "this Client".to_owned() } else { format!("these {n} Clients") },
            plural(n, "sets", "set"),
            self.setters.words()
        )
    }

    /// What can be done if the day wished is too early, each a whole sentence.
    #[must_use]
    pub fn alternatives(&self) -> Vec<String> {
        let mut ways = Vec::new();
        if self.too_early.count > 0 {
            ways.extend(self.earliest.map(|day| format!("Go live on {} or later.", long_date(day))));
            if self.withholdable {
                ways.push(format!("Hold out {} until its date.", self.too_early.words()));
            }
        }
        if self.needs_consent.count > 0 {
            let names = self.needs_consent.words();
            ways.push(if self.withholdable {
                format!("{names}: held out until consent is recorded.")
            } else {
                format!(
                    "{names}: say in the entry how it can be withheld from a single Client; they are then held out until they consent."
                )
            });
        }
        ways
    }

    /// Why the change cannot go live on the day wished; empty if it can.
    #[must_use]
    pub fn blocks(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.too_early.count > 0 {
            reasons.push(format!(
                "The effective date is too early for {}. {}",
                self.too_early.words(),
                self.alternatives().join(" ")
            ));
        }
        if self.needs_consent.count > 0 && !self.withholdable {
            reasons.push(format!(
                "{} authorised specifically, and silence refuses. Say in the entry, under “More about the engagement”, how it can be withheld from a single Client; they are then held out until they consent.",
                self.needs_consent.words()
            ));
        }
        reasons
    }
}

fn plural<'a>(n: usize, one: &'a str, many: &'a str) -> &'a str {
    if n == 1 { one } else { many }
}

#[cfg(test)]
#[path = "planner_tests.rs"]
mod tests;
