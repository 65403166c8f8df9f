//! What an agreement promises: a rule table for notices, a rule for objections, what silence
//! means. A notice period is a table, not a number: it hangs on the kind of change, the class of
//! data and the kind of vendor. Terms are copied into each ClientNotice, so that a later DPA
//! moves no running clock.

use serde::{Deserialize, Serialize};

use super::case::{Case, DataClass, RuleChange, VendorKind};
use super::period::{Counting, Period, StartEvent};
use super::text::{FieldError, NAME_LIMIT, TEXT_LIMIT, line, paragraph};

crate::words! {
    /// How a Client authorises sub-processors (GDPR Art. 28(2)).
    Authorisation {
        /// In general, with notice and the opportunity to object.
        General = "general",
        /// One by one: silence refuses.
        Specific = "specific",
    }
}

crate::words! {
    /// Who is told under a DPA.
    Told {
        /// Every contact that is to be notified.
        AllContacts = "all_contacts",
        /// Only those who subscribed: subscribing is the channel.
        Subscribed = "subscribed",
    }
}

crate::words! {
    /// What an objection does.
    ObjectionEffect {
        /// An open admitted one blocks activation for that Client.
        Blocks = "blocks",
        /// Go-live proceeds; the Client has a remedy.
        RemedyOnly = "remedy_only",
    }
}

crate::words! {
    /// What the agreement says of a Client who does not answer.
    Silence {
        /// It counts as acceptance.
        Accepts = "accepts",
        /// It counts as refusal.
        Refuses = "refuses",
        /// The agreement does not say.
        Unstated = "unstated",
    }
}

/// One row of the table. An empty list means every kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NoticeRule {
    /// Kinds of change.
    #[serde(default)]
    pub changes: Vec<RuleChange>,
    /// Classes of data.
    #[serde(default)]
    pub data: Vec<DataClass>,
    /// Kinds of vendor.
    #[serde(default)]
    pub vendors: Vec<VendorKind>,
    /// How long.
    pub period: Period,
    /// From when.
    pub start: StartEvent,
}

impl NoticeRule {
    /// Whether the row speaks of `case`.
    #[must_use]
    pub fn covers(&self, case: Case) -> bool {
        let any = |empty: bool, found: bool| empty || found;
        any(self.changes.is_empty(), self.changes.contains(&case.change))
            && any(self.data.is_empty(), self.data.contains(&case.data))
            && any(self.vendors.is_empty(), self.vendors.contains(&case.vendor))
    }
}

/// The rule for objections.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ObjectionRule {
    /// How long the window is open.
    pub period: Period,
    /// From when.
    pub start: StartEvent,
    /// The form asked for, in words; empty if any will do.
    #[serde(default)]
    pub form: String,
    /// The grounds admitted, in words; empty if any will do.
    #[serde(default)]
    pub grounds: String,
    /// What it does.
    pub effect: ObjectionEffect,
    /// Days the processor has to offer a remedy once an objection is admitted.
    #[serde(default = "remedy_days")]
    pub remedy_days: u16,
}

fn remedy_days() -> u16 {
    30
}

/// Everything a DPA version promises about sub-processors, overrides applied.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Terms {
    /// General or specific.
    pub authorisation: Authorisation,
    /// Who is told.
    pub told: Told,
    /// The table; the first row that covers a case rules it.
    pub rules: Vec<NoticeRule>,
    /// Objections.
    pub objection: ObjectionRule,
    /// What silence means.
    pub silence: Silence,
    /// What a Client may do if an objection is not met, in words.
    #[serde(default)]
    pub remedies: String,
    /// Whether a sub-processor may be replaced at once in an emergency.
    #[serde(default)]
    pub emergency_allowed: bool,
    /// Whether a notice sent to the address agreed counts as received, even if it bounced.
    #[serde(default)]
    pub deems_receipt: bool,
    /// Whether a period that ends on a day off moves to the next working day
    /// (Reg. 1182/71 Art. 3(4)).
    #[serde(default)]
    pub moves_to_working_day: bool,
    /// The clause a notice names, e.g. `section 5.2`; empty if none.
    #[serde(default)]
    pub clause: String,
}

impl Terms {
    /// The four questions a new DPA asks, and one catch-all rule. Clocks start on acceptance.
    #[must_use]
    pub fn simple(authorisation: Authorisation, days: u16, objection_days: u16, silence: Silence) -> Self {
        Self {
            authorisation,
            told: Told::AllContacts,
            rules: vec![NoticeRule {
                changes: Vec::new(),
                data: Vec::new(),
                vendors: Vec::new(),
                period: Period::calendar(days),
                start: StartEvent::Accepted,
            }],
            objection: ObjectionRule {
                period: Period::calendar(objection_days),
                start: StartEvent::Accepted,
                form: String::new(),
                grounds: String::new(),
                effect: ObjectionEffect::RemedyOnly,
                remedy_days: remedy_days(),
            },
            silence,
            remedies: String::new(),
            emergency_allowed: false,
            deems_receipt: false,
            moves_to_working_day: false,
            clause: String::new(),
        }
    }

    /// The rule for `case`; `None` only for a table with gaps, which is never stored.
    #[must_use]
    pub fn rule(&self, case: Case) -> Option<&NoticeRule> {
        self.rules.iter().find(|rule| rule.covers(case))
    }

    /// The cases no row covers.
    #[must_use]
    pub fn gaps(&self) -> Vec<Case> {
        Case::all().filter(|case| self.rule(*case).is_none()).collect()
    }

    /// Whether one row rules every case.
    #[must_use]
    pub fn is_simple(&self) -> bool {
        self.rules.len() == 1
    }

    /// The shortest period of the table, for a line in a list.
    #[must_use]
    pub fn shortest(&self) -> Option<Period> {
        self.rules.iter().map(|rule| rule.period).min_by_key(|period| (period.days, period.counting))
    }

    /// The terms as typed, made fit to be stored.
    ///
    /// # Errors
    /// Every field that is wrong; a table with gaps names the cases it says nothing about.
    pub fn tidy(mut self) -> Result<Self, Vec<FieldError>> {
        let mut problems = Vec::new();
        let mut keep = |result: Result<String, FieldError>| {
            result.unwrap_or_else(|problem| {
                problems.push(problem);
                String::new()
            })
        };
        self.objection.form = keep(line("objection.form", &self.objection.form, NAME_LIMIT));
        self.objection.grounds = keep(paragraph("objection.grounds", &self.objection.grounds, TEXT_LIMIT));
        self.remedies = keep(paragraph("remedies", &self.remedies, TEXT_LIMIT));
        self.clause = keep(line("clause", &self.clause, NAME_LIMIT));
        for (place, rule) in self.rules.iter().enumerate() {
            let field = format!("rules.{}.days", place + 1);
            problems.extend(days(&field, rule.period));
        }
        problems.extend(days("objection.days", self.objection.period));
        if self.objection.remedy_days > 1095 {
            problems.push(FieldError::new("objection.remedy_days", "Name at most 1095 days."));
        }
        if self.rules.is_empty() || self.rules.len() > 50 {
            problems.push(FieldError::new("rules", "Name between 1 and 50 rules."));
        }
        if let Some(gap) = self.gaps().first().filter(|_| !self.rules.is_empty()) {
            problems.push(FieldError::new(
                "rules",
                format!("No rule says how long the notice is for {}. Add one, or make the last rule one for everything else.", gap.words()),
            ));
        }
        if self.authorisation == Authorisation::Specific && self.silence == Silence::Accepts {
            problems.push(FieldError::new(
                "silence",
                "Under specific authorisation silence refuses (GDPR Art. 28(2)). Choose “refuses”.",
            ));
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }
}

fn days(field: &str, period: Period) -> Option<FieldError> {
    let most = if period.counting == Counting::Business { 780 } else { 1095 };
    (period.days > most).then(|| FieldError::new(field, format!("Name at most {most} days.")))
}

/// What one Client negotiated differently. `None` leaves what the DPA version says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Overrides {
    /// One period for every change.
    pub period: Option<Period>,
    /// What starts the notice clock.
    pub start: Option<StartEvent>,
    /// The objection window.
    pub objection_period: Option<Period>,
    /// What an objection does.
    pub objection_effect: Option<ObjectionEffect>,
    /// General or specific.
    pub authorisation: Option<Authorisation>,
    /// What silence means.
    pub silence: Option<Silence>,
    /// Emergency replacement.
    pub emergency_allowed: Option<bool>,
    /// Reg. 1182/71 Art. 3(4).
    pub moves_to_working_day: Option<bool>,
    /// The clause a notice names.
    pub clause: Option<String>,
}

impl Overrides {
    /// Whether nothing is overridden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `terms` as this Client agreed them.
    #[must_use]
    pub fn apply(&self, terms: &Terms) -> Terms {
        let mut own = terms.clone();
        for rule in &mut own.rules {
            rule.period = self.period.unwrap_or(rule.period);
            rule.start = self.start.unwrap_or(rule.start);
        }
        own.objection.period = self.objection_period.unwrap_or(own.objection.period);
        own.objection.effect = self.objection_effect.unwrap_or(own.objection.effect);
        own.authorisation = self.authorisation.unwrap_or(own.authorisation);
        own.silence = self.silence.unwrap_or(own.silence);
        own.emergency_allowed = self.emergency_allowed.unwrap_or(own.emergency_allowed);
        own.moves_to_working_day = self.moves_to_working_day.unwrap_or(own.moves_to_working_day);
        if let Some(clause) = &self.clause {
            own.clause.clone_from(clause);
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_with_a_gap_is_refused_and_the_missing_case_is_named() {
        let mut terms = Terms::simple(Authorisation::General, 30, 30, Silence::Accepts);
        assert!(terms.clone().tidy().is_ok());
        terms.rules[0].vendors = vec![VendorKind::ThirdParty];
        let problems = terms.tidy().unwrap_err();
        assert_eq!(problems[0].field, "rules");
        assert!(problems[0].problem.contains("a company of the group"), "{problems:?}");
    }

    #[test]
    fn the_first_row_that_covers_a_case_rules_it() {
        let mut terms = Terms::simple(Authorisation::General, 30, 30, Silence::Accepts);
        let special = NoticeRule {
            data: vec![DataClass::Special],
            period: Period::calendar(90),
            ..terms.rules[0].clone()
        };
        terms.rules.insert(0, special);
        let case =
            Case { change: RuleChange::Addition, data: DataClass::Special, vendor: VendorKind::ThirdParty };
        assert_eq!(terms.rule(case).unwrap().period.days, 90);
        assert_eq!(terms.rule(Case { data: DataClass::Ordinary, ..case }).unwrap().period.days, 30);
    }

    #[test]
    fn specific_authorisation_never_takes_silence_for_consent() {
        let terms = Terms::simple(Authorisation::Specific, 30, 30, Silence::Accepts);
        assert_eq!(terms.tidy().unwrap_err()[0].field, "silence");
    }

    #[test]
    fn overrides_change_what_they_name_and_nothing_else() {
        let terms = Terms::simple(Authorisation::General, 30, 14, Silence::Accepts);
        let own = Overrides { period: Some(Period::calendar(60)), ..Overrides::default() }.apply(&terms);
        assert_eq!(own.rules[0].period.days, 60);
        assert_eq!(Terms { rules: terms.rules.clone(), ..own }, terms);
        assert_eq!(Overrides::default().apply(&terms), terms);
    }
}
