//! Form fields as templates show them: what was typed, and beside it what is wrong with it.

use serde::Serialize;

use super::console::anchor;
use crate::domain::text::FieldError;
use crate::web::form::Fields;

/// One choice of a select.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is the current one.
    pub selected: bool,
}

/// A choice that is not the current one.
pub fn choice(value: impl Into<String>, label: impl Into<String>) -> Choice {
    Choice { value: value.into(), label: label.into(), selected: false }
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    id: String,
    name: String,
    label: String,
    hint: String,
    error: Option<String>,
    /// `text`, `area`, `date`, `select` or `check`.
    kind: &'static str,
    value: String,
    choices: Vec<Choice>,
    /// Id of the datalist that helps to type.
    list: Option<&'static str>,
}

/// Rows of the same fields, as many as needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rows {
    id: String,
    name: &'static str,
    legend: &'static str,
    hint: &'static str,
    error: Option<String>,
    rows: Vec<Row>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Row {
    /// 1 for the first.
    number: usize,
    fields: Vec<Field>,
}

/// Fields that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    legend: &'static str,
    fields: Vec<Field>,
    rows: Vec<Rows>,
    /// Whether it is folded away until somebody needs it.
    folded: bool,
    /// Folded, and open because something in it needs attention.
    open: bool,
}

impl Group {
    /// Always shown.
    #[must_use]
    pub fn shown(legend: &'static str, fields: Vec<Field>, rows: Vec<Rows>) -> Self {
        Self { legend, fields, rows, folded: false, open: true }
    }

    /// Folded away unless something in it is wrong or a row was just asked for.
    #[must_use]
    pub fn folded(legend: &'static str, fields: Vec<Field>, rows: Vec<Rows>, more: &str) -> Self {
        let wrong = |fields: &[Field]| fields.iter().any(|f| f.error.is_some());
        let open = wrong(&fields)
            || rows
                .iter()
                .any(|r| r.error.is_some() || r.name == more || r.rows.iter().any(|row| wrong(&row.fields)));
        Self { legend, fields, rows, folded: true, open }
    }
}

/// Makes fields from what was typed and what was wrong.
#[derive(Debug, Clone, Copy)]
pub struct Maker<'a> {
    /// What was typed.
    pub fields: &'a Fields,
    /// What is wrong.
    pub errors: &'a [FieldError],
}

impl Maker<'_> {
    fn error(&self, name: &str) -> Option<String> {
        self.errors.iter().find(|e| e.field == name).map(|e| e.problem.clone())
    }

    fn make(&self, kind: &'static str, name: &str, label: &str, hint: &str) -> Field {
        Field {
            id: anchor(name),
            name: name.to_owned(),
            label: label.to_owned(),
            hint: hint.to_owned(),
            error: self.error(name),
            kind,
            value: self.fields.get(name).to_owned(),
            choices: Vec::new(),
            list: None,
        }
    }

    /// One line.
    #[must_use]
    pub fn text(&self, name: &str, label: &str, hint: &str) -> Field {
        self.make("text", name, label, hint)
    }

    /// Several lines.
    #[must_use]
    pub fn area(&self, name: &str, label: &str, hint: &str) -> Field {
        self.make("area", name, label, hint)
    }

    /// A day.
    #[must_use]
    pub fn date(&self, name: &str, label: &str, hint: &str) -> Field {
        self.make("date", name, label, hint)
    }

    /// One line, helped by a list of known values.
    #[must_use]
    pub fn listed(&self, name: &str, label: &str, hint: &str, list: &'static str) -> Field {
        Field { list: Some(list), ..self.make("text", name, label, hint) }
    }

    /// One of several.
    #[must_use]
    pub fn select(&self, name: &str, label: &str, hint: &str, choices: Vec<Choice>) -> Field {
        let field = self.make("select", name, label, hint);
        let choices = choices.into_iter().map(|c| Choice { selected: c.value == field.value, ..c }).collect();
        Field { choices, ..field }
    }

    /// Yes or no.
    #[must_use]
    pub fn check(&self, name: &str, label: &str, hint: &str) -> Field {
        self.make("check", name, label, hint)
    }

    /// Rows: those that were sent, blank ones to go on with, and more when asked for.
    #[must_use]
    pub fn rows(
        &self,
        name: &'static str,
        legend: &'static str,
        hint: &'static str,
        row: impl Fn(&Self, &dyn Fn(&str) -> String) -> Vec<Field>,
    ) -> Rows {
        let extra = if self.fields.get("more") == name { 3 } else { 1 };
        let filled = |n: &usize| {
            let prefix = format!("{name}.{n}.");
            // A select always sends something.
            let said = |k: &str| !k.ends_with(".kind") && !k.ends_with(".code");
            let typed = |(k, v): &(String, String)| k.starts_with(&prefix) && !v.is_empty() && said(k);
            self.fields.pairs().iter().any(typed)
        };
        let last = (0..self.fields.rows(name)).filter(filled).max().map_or(0, |n| n + 1);
        let rows = (0..last + extra)
            .map(|n| Row { number: n + 1, fields: row(self, &|part| format!("{name}.{n}.{part}")) })
            .collect();
        Rows { id: anchor(name), name, legend, hint, error: self.error(name), rows }
    }
}
