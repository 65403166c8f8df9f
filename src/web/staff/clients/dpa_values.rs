//! A DPA version's terms as fields of a form, and back. The last row of the table is the one for
//! everything else; it is asked for as “notice period”, the rows before it as exceptions.

use std::str::FromStr;

use super::dpas::simple;
use super::sheet::{Gather, number, word};
use crate::actions::clients::DpaDraft;
use crate::domain::agreement::DpaVersion;
use crate::domain::period::{Counting, Period, StartEvent};
use crate::domain::terms::{NoticeRule, ObjectionEffect, ObjectionRule, Terms, Told};
use crate::domain::text::FieldError;
use crate::web::form::Fields;

/// Whether a row speaks of every case.
fn is_catch_all(rule: &NoticeRule) -> bool {
    rule.changes.is_empty() && rule.data.is_empty() && rule.vendors.is_empty()
}

/// Words joined by commas: the value of a choice that stands for several.
pub(super) fn joined<T: ToString>(words: &[T]) -> String {
    words.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// The blank choice stands for what is usual.
fn unless_usual<T: PartialEq + ToString>(value: T, usual: T) -> String {
    if value == usual { String::new() } else { value.to_string() }
}

/// What the form shows for `dpa`.
pub(super) fn fields_of(dpa: &DpaVersion) -> Fields {
    let terms = &dpa.terms;
    let yes = |flag: bool| if flag { "yes".to_owned() } else { String::new() };
    let (rows, rest) = match terms.rules.split_last() {
        Some((last, rows)) if is_catch_all(last) => (rows, Some(last)),
        _ => (terms.rules.as_slice(), None),
    };
    let objection = &terms.objection;
    let mut fields = Fields::default();
    let mut set = |name: &str, value: String| fields.set(name, value);
    set("name", dpa.name.clone());
    set("authorisation", terms.authorisation.to_string());
    set("days", rest.map(|rule| rule.period.days.to_string()).unwrap_or_default());
    set(
        "counting",
        rest.map(|rule| unless_usual(rule.period.counting, Counting::Calendar)).unwrap_or_default(),
    );
    set("start", rest.map(|rule| unless_usual(rule.start, StartEvent::Accepted)).unwrap_or_default());
    set("objection.days", objection.period.days.to_string());
    set("objection.counting", unless_usual(objection.period.counting, Counting::Calendar));
    set("objection.start", unless_usual(objection.start, StartEvent::Accepted));
    set("objection.form", objection.form.clone());
    set("objection.grounds", objection.grounds.clone());
    set("objection.effect", objection.effect.to_string());
    set("objection.remedy_days", objection.remedy_days.to_string());
    set("silence", terms.silence.to_string());
    set("told", terms.told.to_string());
    set("remedies", terms.remedies.clone());
    set("clause", terms.clause.clone());
    set("emergency_allowed", yes(terms.emergency_allowed));
    set("deems_receipt", yes(terms.deems_receipt));
    set("moves_to_working_day", yes(terms.moves_to_working_day));
    set("standard", yes(dpa.standard));
    set("ended_on", dpa.ended_on.map(|day| day.to_string()).unwrap_or_default());
    set("revision", dpa.revision.to_string());
    for (n, rule) in rows.iter().enumerate() {
        set(&format!("rules.{n}.changes"), joined(&rule.changes));
        set(&format!("rules.{n}.data"), joined(&rule.data));
        set(&format!("rules.{n}.vendors"), joined(&rule.vendors));
        set(&format!("rules.{n}.days"), rule.period.days.to_string());
        set(&format!("rules.{n}.counting"), unless_usual(rule.period.counting, Counting::Calendar));
        set(&format!("rules.{n}.start"), unless_usual(rule.start, StartEvent::Accepted));
    }
    fields
}

/// The words of a choice that stands for several.
fn several<T: FromStr>(fields: &Fields, name: &str) -> Result<Vec<T>, FieldError> {
    let text = fields.get(name).trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let read = |word: &str| word.parse().map_err(|_| FieldError::new(name, "Choose one of those shown."));
    text.split(',').map(read).collect()
}

fn rows(fields: &Fields, gather: &mut Gather) -> Vec<NoticeRule> {
    let mut rules = Vec::new();
    for n in 0..fields.rows("rules") {
        let at = |part: &str| format!("rules.{n}.{part}");
        let Some(days) = gather.keep(number(fields, &at("days"))) else {
            let named = ["changes", "data", "vendors"].iter().any(|part| !fields.get(&at(part)).is_empty());
            if named && fields.get(&at("days")).trim().is_empty() {
                gather.0.push(FieldError::new(at("days"), "Enter how many days, like 90, or clear the row."));
            }
            continue;
        };
        let counting = gather.keep(word(fields, &at("counting"))).unwrap_or(Counting::Calendar);
        rules.push(NoticeRule {
            changes: gather.keep(several(fields, &at("changes"))),
            data: gather.keep(several(fields, &at("data"))),
            vendors: gather.keep(several(fields, &at("vendors"))),
            period: Period { days, counting },
            start: gather.keep(word(fields, &at("start"))).unwrap_or(StartEvent::Accepted),
        });
    }
    rules
}

/// What was typed.
///
/// # Errors
/// Fields that cannot be read.
pub(super) fn draft(fields: &Fields) -> Result<DpaDraft, Vec<FieldError>> {
    let mut gather = Gather::default();
    let (authorisation, days, objection_days, silence) = simple(fields, &mut gather);
    let mut rules = rows(fields, &mut gather);
    let counting = gather.keep(word(fields, "counting")).unwrap_or(Counting::Calendar);
    let start = gather.keep(word(fields, "start")).unwrap_or(StartEvent::Accepted);
    if let Some(days) = days {
        rules.push(NoticeRule {
            changes: Vec::new(),
            data: Vec::new(),
            vendors: Vec::new(),
            period: Period { days, counting },
            start,
        });
    } else if rules.is_empty() && gather.0.is_empty() {
        gather.0.push(FieldError::new("days", "Enter how many days, like 30."));
    }
    let objection = ObjectionRule {
        period: Period {
            days: objection_days,
            counting: gather.keep(word(fields, "objection.counting")).unwrap_or(Counting::Calendar),
        },
        start: gather.keep(word(fields, "objection.start")).unwrap_or(StartEvent::Accepted),
        form: fields.get("objection.form").to_owned(),
        grounds: fields.get("objection.grounds").to_owned(),
        effect: gather.keep(word(fields, "objection.effect")).unwrap_or(ObjectionEffect::RemedyOnly),
        remedy_days: gather.keep(number(fields, "objection.remedy_days")).unwrap_or(30),
    };
    let yes = |name: &str| fields.get(name) == "yes";
    let terms = Terms {
        authorisation,
        told: gather.keep(word(fields, "told")).unwrap_or(Told::AllContacts),
        rules,
        objection,
        silence,
        remedies: fields.get("remedies").to_owned(),
        emergency_allowed: yes("emergency_allowed"),
        deems_receipt: yes("deems_receipt"),
        moves_to_working_day: yes("moves_to_working_day"),
        clause: fields.get("clause").to_owned(),
    };
    let ended_on = gather.keep(fields.day("ended_on"));
    let name = fields.get("name").to_owned();
    gather.done(DpaDraft { name, terms, standard: yes("standard"), ended_on, amends: yes("amends") })
}

/// The form's name for a field of the terms: their rows count from 1 and end with the one for
/// everything else, the form's count from 0.
pub(super) fn placed(error: FieldError, fields: &Fields) -> FieldError {
    let filled: Vec<usize> = (0..fields.rows("rules"))
        .filter(|n| !fields.get(&format!("rules.{n}.days")).trim().is_empty())
        .collect();
    let field = match error.field.strip_prefix("rules.").and_then(|rest| rest.split_once('.')) {
        Some((number, part)) => {
            match number.parse::<usize>().ok().and_then(|n| filled.get(n.checked_sub(1)?)) {
                Some(row) => format!("rules.{row}.{part}"),
                None => part.to_owned(),
            }
        }
        None => error.field,
    };
    FieldError { field, problem: error.problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::{DataClass, RuleChange};
    use crate::domain::id::Id;
    use crate::domain::terms::{Authorisation, Silence};
    use jiff::Timestamp;

    fn dpa(terms: Terms) -> DpaVersion {
        DpaVersion {
            id: Id::new(Timestamp::UNIX_EPOCH),
            name: "DPA".into(),
            terms,
            standard: true,
            created_at: Timestamp::UNIX_EPOCH,
            ended_on: None,
            revision: 3,
        }
    }

    #[test]
    fn what_the_form_shows_comes_back_as_it_was() {
        let mut terms = Terms::simple(Authorisation::General, 30, 14, Silence::Unstated);
        let special = NoticeRule {
            changes: vec![RuleChange::Addition, RuleChange::Replacement],
            data: vec![DataClass::Special],
            period: Period { days: 90, counting: Counting::Business },
            start: StartEvent::Sent,
            ..terms.rules[0].clone()
        };
        terms.rules.insert(0, special.clone());
        terms.objection.effect = ObjectionEffect::Blocks;
        terms.clause = "section 5.2".into();
        terms.deems_receipt = true;
        assert_eq!(draft(&fields_of(&dpa(terms.clone()))).unwrap().terms, terms);
        let no_rest = Terms { rules: vec![special], ..terms };
        assert_eq!(
            draft(&fields_of(&dpa(no_rest.clone()))).unwrap().terms,
            no_rest,
            "kept, so that its gaps are told"
        );
    }

    #[test]
    fn a_problem_is_shown_at_the_row_it_is_about() {
        let mut fields = Fields::default();
        fields.set("rules.0.days", "");
        fields.set("rules.1.days", "9000");
        let at = |field: &str| placed(FieldError::new(field, "x"), &fields).field;
        assert_eq!(at("rules.1.days"), "rules.1.days", "the blank row is none");
        assert_eq!(
            (at("rules.2.days"), at("rules"), at("silence")),
            ("days".into(), "rules".into(), "silence".into())
        );
    }
}
