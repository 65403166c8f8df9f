//! The part of a form that says what to hear of.

use serde::Serialize;

use crate::actions::subscribe::FilterWish;
use crate::domain::subscription::{Filter, Level};
use crate::domain::text::FieldError;
use crate::web::form::Fields;

/// A box or a button of a group.
#[derive(Debug, Serialize)]
pub(super) struct Choice {
    id: String,
    value: String,
    label: String,
    hint: &'static str,
    checked: bool,
}

/// The groups as the template shows them.
#[derive(Debug, Serialize)]
pub(super) struct FilterForm {
    products: Vec<Choice>,
    levels: Vec<Choice>,
    products_problem: Option<String>,
    level_problem: Option<String>,
}

impl FilterForm {
    /// With what was typed or stored; a product that left the list stays in the form.
    pub(super) fn new(offered: &[String], wish: &FilterWish, problems: &[FieldError]) -> Self {
        let mut names = offered.to_vec();
        names.extend(wish.products.iter().filter(|p| !offered.contains(p)).take(50).cloned());
        let product = |(n, name): (usize, &String)| Choice {
            id: format!("product-{n}"),
            value: name.clone(),
            label: name.clone(),
            hint: if offered.contains(name) { "" } else { "Not on the list now." },
            checked: wish.products.contains(name),
        };
        let chosen = wish.level.parse().unwrap_or(Level::Factual);
        let level = |level: &Level| Choice {
            id: format!("level-{level}"),
            value: level.to_string(),
            label: label(*level).to_owned(),
            hint: hint(*level),
            checked: *level == chosen,
        };
        Self {
            products: names.iter().enumerate().map(product).collect(),
            levels: Level::ALL.iter().map(level).collect(),
            products_problem: problem_of("products", problems),
            level_problem: problem_of("level", problems),
        }
    }
}

/// The problem of one field, if it has one.
pub(super) fn problem_of(field: &str, problems: &[FieldError]) -> Option<String> {
    problems.iter().find(|p| p.field == field).map(|p| p.problem.clone())
}

/// What a form says of the filter.
pub(super) fn wish(fields: &Fields) -> FilterWish {
    let products = fields.all("products").filter(|p| !p.trim().is_empty());
    FilterWish { products: products.map(str::to_owned).collect(), level: fields.get("level").to_owned() }
}

/// A stored filter as a form would send it.
pub(super) fn stored(filter: &Filter) -> FilterWish {
    FilterWish { products: filter.products.clone(), level: filter.level.to_string() }
}

/// A filter in a few words, to be read after “You will hear of”.
pub(super) fn in_words(filter: &Filter) -> String {
    let changes = match filter.level {
        Level::Material => "material changes only",
        Level::Factual => "all changes of fact",
        Level::Everything => "every change, corrections of wording too",
    };
    match filter.products.as_slice() {
        [] => format!("{changes}, for all products"),
        products => format!("{changes}, for {}", products.join(", ")),
    }
}

fn label(level: Level) -> &'static str {
    match level {
        Level::Material => "Material changes only",
        Level::Factual => "All changes of fact",
        Level::Everything => "Everything",
    }
}

fn hint(level: Level) -> &'static str {
    match level {
        Level::Material => "A new sub-processor, purpose, kind of data or place: what you may object to.",
        Level::Factual => "Also what needs no objection: a removal, a stronger safeguard, a new owner.",
        Level::Everything => "Also corrections of names, links and wording.",
    }
}
