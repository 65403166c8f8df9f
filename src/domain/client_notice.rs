//! What one Client is owed for one notice: the rules as they stood, the clocks, the deadlines.
//!
//! Nothing here is counted up: every look computes the clocks anew from what happened to the
//! deliveries, so that a bounce that comes late, a second contact that takes over and a replay
//! all lead to the same answer.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::id::Id;
use super::period::{DayCount, Period, StartEvent, earliest_effective_date};
use super::terms::{Authorisation, ObjectionEffect, Silence, Terms, Told as TermsTold};

crate::words! {
    /// Where it stands.
    ClientNoticeState {
        /// Owed; nothing was sent yet.
        Planned = "planned",
        /// Sent; the clock has not started.
        Issued = "issued",
        /// A clock runs.
        Running = "running",
        /// The objection window is over.
        WindowClosed = "window_closed",
        /// Nothing is open any more.
        Settled = "settled",
        /// Nobody was reached.
        Suspended = "suspended",
        /// The notice was withdrawn.
        Withdrawn = "withdrawn",
    }
}

/// The rules as they stood when the notice was issued. A later DPA changes no running clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Name of the DPA version.
    pub dpa: String,
    /// The clause, for the notice; empty if none.
    pub clause: String,
    /// General or specific.
    pub authorisation: Authorisation,
    /// Who is told.
    pub told: TermsTold,
    /// Length of the notice; `None` where the change starts no clock.
    pub notice: Option<Period>,
    /// What starts it.
    pub notice_start: StartEvent,
    /// The other rules that touch the notice. Counted from the announcement they end earlier; from
    /// their own starts one of them may end later, and the Client is owed each of them.
    #[serde(default)]
    pub further: Vec<(Period, StartEvent)>,
    /// Length of the objection window; `None` where no window opens.
    pub objection: Option<Period>,
    /// What starts it.
    pub objection_start: StartEvent,
    /// What an objection does.
    pub effect: ObjectionEffect,
    /// What silence means.
    pub silence: Silence,
    /// Whether receipt is deemed even after a bounce.
    pub deems_receipt: bool,
    /// Whether the agreement allows the emergency this notice announces.
    pub emergency_allowed: bool,
    /// IANA name of the zone the days are counted in.
    pub time_zone: String,
    /// IANA name of the company's zone, at whose midnight an effective date begins.
    pub company_zone: String,
    /// Days that are no working days.
    pub holidays: Vec<Date>,
    /// Reg. 1182/71 Art. 3(4).
    pub moves_to_working_day: bool,
}

impl Rules {
    /// Copies what `terms` say for a notice under `longest`; `None` for a change without a clock.
    #[must_use]
    pub fn snapshot(
        dpa: &str,
        terms: &Terms,
        longest: Option<(Period, StartEvent)>,
        count: &DayCount,
        company: &TimeZone,
    ) -> Self {
        let (notice, notice_start) = match longest {
            Some((period, start)) => (Some(period), start),
            None => (None, StartEvent::Accepted),
        };
        Self {
            dpa: dpa.to_owned(),
            clause: terms.clause.clone(),
            authorisation: terms.authorisation,
            told: terms.told,
            notice,
            notice_start,
            further: Vec::new(),
            objection: longest.map(|_| terms.objection.period),
            objection_start: terms.objection.start,
            effect: terms.objection.effect,
            silence: terms.silence,
            deems_receipt: terms.deems_receipt,
            emergency_allowed: terms.emergency_allowed,
            time_zone: count.zone.iana_name().unwrap_or("UTC").to_owned(),
            company_zone: company.iana_name().unwrap_or("UTC").to_owned(),
            holidays: count.holidays.iter().copied().collect(),
            moves_to_working_day: count.moves_to_working_day,
        }
    }

    /// With the other rules that touch the notice.
    #[must_use]
    pub fn with_further(self, further: Vec<(Period, StartEvent)>) -> Self {
        Self { further, ..self }
    }

    /// How the days are counted.
    #[must_use]
    pub fn day_count(&self) -> DayCount {
        DayCount {
            zone: TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC),
            holidays: self.holidays.iter().copied().collect(),
            moves_to_working_day: self.moves_to_working_day,
        }
    }

    /// Both deadlines, given what happened.
    #[must_use]
    pub fn clocks(&self, published_at: Timestamp, told: &[Told]) -> Clocks {
        let company = TimeZone::get(&self.company_zone).unwrap_or(TimeZone::UTC);
        let started = |event| start(event, published_at, told, self.deems_receipt);
        let count = self.day_count();
        // The notice is over when the last of its periods is; one that has not started leaves it open.
        let rules = self.notice.map(|period| (period, self.notice_start)).into_iter();
        let periods: Option<Vec<(Timestamp, Timestamp)>> = rules
            .chain(self.further.iter().copied())
            .map(|(period, event)| started(event).map(|at| (count.end(at, period), at)))
            .collect();
        let last = periods.and_then(|periods| periods.into_iter().max());
        let objection_start = self.objection.and_then(|_| started(self.objection_start));
        let (notice_until, notice_start) = last.unzip();
        Clocks {
            notice_start,
            notice_until,
            objection_start,
            objection_until: self.objection.zip(objection_start).map(|(period, at)| count.end(at, period)),
            earliest_effective: notice_until.map(|end| earliest_effective_date(end, &company)),
        }
    }
}

/// What happened to one delivery of the announcement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// The first attempt.
    pub sent_at: Option<Timestamp>,
    /// The receiving system took it.
    pub accepted_at: Option<Timestamp>,
    /// A person acknowledged it.
    pub read_at: Option<Timestamp>,
    /// The address refused for good, at once or by a bounce afterwards.
    pub bounced: bool,
}

/// Which moment starts a clock of `event`; `None` while nothing did (invariant 7). A bounced
/// delivery starts nothing, unless the agreement deems receipt.
#[must_use]
pub fn start(
    event: StartEvent,
    published_at: Timestamp,
    told: &[Told],
    deems_receipt: bool,
) -> Option<Timestamp> {
    let valid = || told.iter().filter(|one| deems_receipt || !one.bounced || one.read_at.is_some());
    match event {
        StartEvent::Published => Some(published_at),
        StartEvent::Sent => valid().filter_map(|one| one.sent_at).min(),
        StartEvent::Accepted if deems_receipt => {
            valid().filter_map(|one| one.accepted_at.or(one.sent_at.filter(|_| one.bounced))).min()
        }
        StartEvent::Accepted => valid().filter_map(|one| one.accepted_at.or(one.read_at)).min(),
        StartEvent::Read => told.iter().filter_map(|one| one.read_at).min(),
    }
}

/// The clocks of one ClientNotice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clocks {
    /// The notice clock started.
    pub notice_start: Option<Timestamp>,
    /// It ends, exclusive.
    pub notice_until: Option<Timestamp>,
    /// The objection clock started.
    pub objection_start: Option<Timestamp>,
    /// The window ends, exclusive.
    pub objection_until: Option<Timestamp>,
    /// First day the change may be active for this Client.
    pub earliest_effective: Option<Date>,
}

/// A ClientNotice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientNotice {
    /// Identity.
    pub id: Id,
    /// Which notice.
    pub notice_id: Id,
    /// Whose.
    pub client_id: Id,
    /// Under which agreement.
    pub agreement_id: Id,
    /// The rules as they stood.
    pub rules: Rules,
    /// State.
    pub state: ClientNoticeState,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The clocks as last computed.
    pub clocks: Clocks,
    /// When somebody acknowledged it.
    pub acknowledged_at: Option<Timestamp>,
    /// When its written consent was recorded.
    pub consented_at: Option<Timestamp>,
    /// When a person waived reaching it, with a reason kept in the audit trail.
    pub waived_at: Option<Timestamp>,
}

/// What a ClientNotice says of going live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// The change may be active for this Client.
    Open,
    /// Not before this day.
    From(Date),
    /// The clock has not started: nobody was reached yet.
    Unreached,
    /// Specific authorisation: its consent is missing, and silence refuses (invariant 8).
    NeedsConsent,
    /// An open admitted objection blocks (invariant 9).
    Objected,
    /// The notice was withdrawn.
    Withdrawn,
}

impl ClientNotice {
    /// Whether the change may be active for this Client on `day` (invariants 1, 2, 8, 9).
    /// `blocked` says that an admitted objection is open, `emergency` that the change is one.
    #[must_use]
    pub fn gate(&self, day: Date, blocked: bool, emergency: bool) -> Gate {
        if self.state == ClientNoticeState::Withdrawn {
            return Gate::Withdrawn;
        }
        if blocked && self.rules.effect == ObjectionEffect::Blocks {
            return Gate::Objected;
        }
        if self.consented_at.is_some() {
            return Gate::Open;
        }
        if self.rules.notice.is_none() || (emergency && self.rules.emergency_allowed) {
            return Gate::Open;
        }
        if self.rules.authorisation == Authorisation::Specific {
            return Gate::NeedsConsent;
        }
        if self.waived_at.is_some() {
            return Gate::Open;
        }
        match self.clocks.earliest_effective {
            None => Gate::Unreached,
            Some(first) if first <= day => Gate::Open,
            Some(first) => Gate::From(first),
        }
    }

    /// Where it stands at `now`, given what happened. `open_objection` keeps it from settling.
    #[must_use]
    pub fn standing(
        &self,
        told: &[Told],
        now: Timestamp,
        in_effect: bool,
        open_objection: bool,
    ) -> ClientNoticeState {
        use ClientNoticeState as S;
        if self.state == S::Withdrawn {
            return S::Withdrawn;
        }
        let over = |until: Option<Timestamp>| until.is_none_or(|end| end <= now);
        let reached =
            told.iter().any(|one| one.accepted_at.is_some() && !one.bounced || one.read_at.is_some());
        let waits_for_nothing = self.rules.notice.is_none() && self.rules.objection.is_none();
        if waits_for_nothing {
            return if in_effect && reached {
                S::Settled
            } else if reached {
                S::WindowClosed
            } else if told.iter().any(|t| t.sent_at.is_some()) {
                S::Issued
            } else {
                S::Planned
            };
        }
        if self.clocks.notice_start.is_none() && self.clocks.objection_start.is_none() {
            let all_bounced = !told.is_empty() && told.iter().all(|one| one.bounced);
            if all_bounced && self.waived_at.is_none() {
                return S::Suspended;
            }
            return if told.iter().any(|one| one.sent_at.is_some()) { S::Issued } else { S::Planned };
        }
        let missing = self.rules.objection.is_some() && self.clocks.objection_until.is_none();
        if missing || !over(self.clocks.objection_until) {
            return S::Running;
        }
        if in_effect && !open_objection { S::Settled } else { S::WindowClosed }
    }
}

#[cfg(test)]
#[path = "client_notice_tests.rs"]
mod tests;
