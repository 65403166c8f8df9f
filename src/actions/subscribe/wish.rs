//! What somebody typed into a form, made into something that can be kept, or into problems
//! that say which field to mend.

use std::collections::BTreeSet;

use crate::actions::Error;
use crate::config::Settings;
use crate::db::{self, Conn};
use crate::delivery::webhook::address::UrlPolicy;
use crate::domain::email::Email;
use crate::domain::list_document::ListDocument;
use crate::domain::subscription::{Filter, Level};
use crate::domain::text::FieldError;
use crate::state::State;

/// What to hear of, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilterWish {
    /// Products by name; none means all.
    pub products: Vec<String>,
    /// A [`Level`] word; empty for the default.
    pub level: String,
}

/// A subscription by mail, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmailWish {
    /// The address.
    pub email: String,
    /// What to hear of.
    pub filter: FilterWish,
}

/// A subscription by webhook, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookWish {
    /// The endpoint.
    pub url: String,
    /// Who is told when the endpoint fails, and who confirms.
    pub email: String,
    /// What to hear of.
    pub filter: FilterWish,
}

/// The products named on the list that everybody may read, in order.
///
/// # Errors
/// The database failed.
pub async fn products_offered(state: &State) -> Result<Vec<String>, Error> {
    state.db.read(offered).await
}

fn offered(conn: &mut Conn) -> Result<Vec<String>, Error> {
    let number = db::list::current_number(conn)?;
    let Some(version) = db::list::get(conn, number)? else { return Ok(Vec::new()) };
    let list: ListDocument =
        serde_json::from_str(&version.public.text).map_err(|e| db::Error::Corrupt(e.to_string()))?;
    let products: BTreeSet<String> = list.entries.into_iter().flat_map(|entry| entry.products).collect();
    Ok(products.into_iter().collect())
}

impl FilterWish {
    /// The filter, if each product is on the list or was `kept` from before.
    pub(super) fn checked(&self, conn: &mut Conn, kept: &[String]) -> Result<Filter, Error> {
        let mut problems = Vec::new();
        let level = self.level(&mut problems);
        let products: BTreeSet<String> = self.products.iter().map(|p| p.trim().to_owned()).collect();
        let mut known = kept.to_vec();
        if products.iter().any(|p| !known.contains(p)) {
            known.extend(offered(conn)?);
        }
        if let Some(unknown) = products.iter().find(|p| !known.contains(p)) {
            let shown: String = unknown.chars().take(60).collect();
            let problem =
                format!("“{shown}” is not a product on the list any more. Choose from those shown here.");
            problems.push(FieldError::new("products", problem));
        }
        if problems.is_empty() {
            Ok(Filter { products: products.into_iter().collect(), level })
        } else {
            Err(Error::Invalid(problems))
        }
    }

    fn level(&self, problems: &mut Vec<FieldError>) -> Level {
        match self.level.trim() {
            "" => Level::Factual,
            word => word.parse().unwrap_or_else(|_| {
                problems.push(FieldError::new("level", "Choose one of the three kinds of change."));
                Level::Factual
            }),
        }
    }
}

/// The address, or what is wrong with the field `email`.
pub(super) fn address(text: &str) -> Result<Email, FieldError> {
    text.parse::<Email>().map_err(|e| FieldError::new("email", e.to_string()))
}

/// The endpoint in its normal form, or what is wrong with the field `url`. Names are resolved
/// and judged again at each attempt to send.
pub(super) fn endpoint(settings: &Settings, text: &str) -> Result<String, FieldError> {
    let policy = UrlPolicy::of(&settings.webhooks);
    if text.trim().is_empty() {
        return Err(FieldError::new("url", "Enter the URL of your endpoint, like https://example.com/hook."));
    }
    match policy.check(text) {
        Ok(url) => Ok(url.to_string()),
        Err(e) => Err(FieldError::new("url", sentence(&e.to_string()))),
    }
}

/// The guard's reasons continue a sentence; a field's problem is one of its own.
fn sentence(reason: &str) -> String {
    let mut chars = reason.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).chain(['.']).collect()
}

/// All problems of one form at once: those of its own fields, then those of the filter.
pub(super) fn together<T>(
    fields: Result<T, Vec<FieldError>>,
    filter: Result<Filter, Error>,
) -> Result<(T, Filter), Error> {
    match (fields, filter) {
        (Ok(value), Ok(filter)) => Ok((value, filter)),
        (Err(mut problems), Err(Error::Invalid(more))) => {
            problems.extend(more);
            Err(Error::Invalid(problems))
        }
        (_, Err(error)) => Err(error),
        (Err(problems), Ok(_)) => Err(Error::Invalid(problems)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_becomes_a_sentence() {
        assert_eq!(sentence("the webhook URL names port 22"), "The webhook URL names port 22.");
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let both = together::<()>(
            Err(vec![FieldError::new("email", "a")]),
            Err(Error::Invalid(vec![FieldError::new("level", "b")])),
        );
        assert!(matches!(both, Err(Error::Invalid(problems)) if problems.len() == 2));
    }
}
