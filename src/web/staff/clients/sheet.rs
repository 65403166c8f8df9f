//! A form on a page of its own: the same for Clients, contacts, agreements, hold-outs and DPA
//! versions.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use crate::domain::text::FieldError;
use crate::web::auth::Staff;
use crate::web::error::Error;
use crate::web::form::Fields;
use crate::web::staff::console::{Desk, Problem, Tab, problems};
use crate::web::staff::field::{Choice, Group, choice};

/// What such a page shows.
#[derive(Serialize, Default)]
pub struct Sheet {
    /// Where the link on top leads.
    pub back: String,
    /// The page's heading and title.
    pub heading: String,
    /// A sentence below it; empty for none.
    pub lead: String,
    /// What to know before saving; empty for nothing.
    pub notice: String,
    /// Fields.
    pub groups: Vec<Group>,
    /// Fields that are not shown.
    pub hidden: Vec<(&'static str, String)>,
    /// Where it is sent.
    pub action: String,
    /// The words of the button.
    pub button: &'static str,
    /// Values that help to type a time zone.
    pub zones: Vec<String>,
}

#[derive(Serialize)]
struct SheetPage {
    problems: Vec<Problem>,
    #[serde(flatten)]
    sheet: Sheet,
}

impl Sheet {
    /// The page, with what is wrong on top.
    ///
    /// # Errors
    /// The database failed.
    pub async fn show(
        self,
        desk: &Desk,
        staff: &Staff,
        status: StatusCode,
        errors: &[FieldError],
    ) -> Result<HttpResponse, Error> {
        let title = self.heading.clone();
        let body = SheetPage { problems: problems(errors), sheet: self };
        desk.page_with(status, staff, Tab::Clients, &title, "staff/clients/sheet", body).await
    }
}

/// The status of a form: as it came, or refused.
#[must_use]
pub fn status_of(errors: &[FieldError]) -> StatusCode {
    if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// Choices from words.
pub fn words<T: Copy + ToString>(all: &[T], label: impl Fn(T) -> &'static str) -> Vec<Choice> {
    all.iter().map(|word| choice(word.to_string(), label(*word))).collect()
}

/// Choices from words, and before them one that says nothing.
pub fn words_or<T: Copy + ToString>(
    none: &'static str,
    all: &[T],
    label: impl Fn(T) -> &'static str,
) -> Vec<Choice> {
    let mut choices = vec![choice("", none)];
    choices.extend(words(all, label));
    choices
}

/// A whole number; blank is `None`.
///
/// # Errors
/// It is none, or not between 0 and 65535.
pub fn number(fields: &Fields, name: &str) -> Result<Option<u16>, FieldError> {
    let text = fields.get(name).trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| FieldError::new(name, "Enter a whole number, like 30."))
}

/// One of fixed words; blank is `None`.
///
/// # Errors
/// It is another word.
pub fn word<T: std::str::FromStr>(fields: &Fields, name: &str) -> Result<Option<T>, FieldError> {
    let text = fields.get(name).trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| FieldError::new(name, "Choose one of those shown."))
}

/// Gathers problems while reading many fields.
#[derive(Debug, Default)]
pub struct Gather(pub Vec<FieldError>);

impl Gather {
    /// The value, or the default where the field is wrong.
    pub fn keep<T: Default>(&mut self, read: Result<T, FieldError>) -> T {
        read.unwrap_or_else(|problem| {
            self.0.push(problem);
            T::default()
        })
    }

    /// `value`, if nothing was wrong.
    ///
    /// # Errors
    /// All that was wrong.
    pub fn done<T>(self, value: T) -> Result<T, Vec<FieldError>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}
