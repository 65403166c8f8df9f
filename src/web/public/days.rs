//! Questions about a day: what was in force on it (`on`), and what had been published by its end
//! (`as_of`). Both together: in force on the one, as known by the other.

use jiff::civil::Date;
use serde::Serialize;

use super::filter::Query;
use crate::db;
use crate::domain::deadline::end_of;
use crate::domain::diff::long_date;
use crate::domain::in_force::{InForce, Known, in_force as answer};
use crate::domain::list_document::ListVersion;
use crate::domain::text::FieldError;
use crate::state::State;
use crate::web::error::Error;
use crate::web::render::Pages;

/// The days a query asks about.
#[derive(Debug, Default)]
pub struct Asked {
    /// In force on this day.
    pub on: Option<Date>,
    /// As published by the end of this day; never after today.
    pub as_of: Option<Date>,
    /// Today, in the company's zone.
    pub today: Date,
    /// What is wrong with the days.
    pub problems: Vec<FieldError>,
    /// Whether a day is none at all.
    pub is_malformed: bool,
}

impl Asked {
    /// Reads the days of `query`.
    #[must_use]
    pub fn read(query: &Query, today: Date) -> Self {
        let mut asked = Self { today, ..Self::default() };
        let mut taken = |day: Result<Option<Date>, FieldError>| {
            day.unwrap_or_else(|problem| {
                asked.problems.push(problem);
                None
            })
        };
        (asked.on, asked.as_of) = (taken(query.on_day()), taken(query.as_of_day()));
        asked.is_malformed = !asked.problems.is_empty();
        if asked.as_of.is_some_and(|day| day > today) {
            asked.as_of = None;
            let said = "This day is still to come; this is what is published today.";
            asked.problems.push(FieldError::new("as_of", said));
        }
        if asked.is_malformed {
            (asked.on, asked.as_of) = (None, None);
        }
        asked
    }
}

/// What a query asks for, found.
pub enum Found {
    /// The current version.
    Current,
    /// An earlier one.
    Past(Box<ListVersion>),
    /// What was in force on a day.
    OnDay(Box<InForce>),
    /// Nothing had been published by that day.
    Nothing,
}

/// Finds what is asked for.
///
/// # Errors
/// The database cannot be read.
pub async fn find(state: &State, pages: &Pages, asked: &Asked) -> Result<Found, Error> {
    let zone = pages.site().zone();
    let published_until = asked.as_of.map(|day| end_of(day, zone));
    let Some(day) = asked.on else {
        let Some(end) = published_until else { return Ok(Found::Current) };
        let version = state.db.read(move |conn| db::list::published_before(conn, end)).await?;
        return Ok(version.map_or(Found::Nothing, |v| Found::Past(Box::new(v))));
    };
    let end = end_of(day, zone);
    let read = state.db.read(move |conn| {
        let last = match published_until {
            Some(end) => db::list::published_before(conn, end)?.map_or(0, |v| v.number),
            None => db::list::current_number(conn)?,
        };
        let number = db::list::in_force_number(conn, last, day, end)?;
        let base = if last == 0 { None } else { db::list::get(conn, number.unwrap_or(1))? };
        let Some(base) = base else { return Ok::<_, db::Error>(None) };
        let told_late = db::notice::late_disclosures(conn, base.number, last)?;
        Ok(Some((base, number.is_none(), told_late)))
    });
    let Some((base, before_first, told_late)) = read.await? else { return Ok(Found::Nothing) };
    let base = serde_json::from_str(&base.public.text).map_err(Error::internal)?;
    let known_by = asked.as_of.unwrap_or(asked.today);
    Ok(Found::OnDay(Box::new(answer(Known { base, before_first, told_late }, day, known_by))))
}

/// Which question a page answers.
#[derive(Debug, Clone, Serialize)]
pub struct Question {
    text: String,
    more: String,
    links: Vec<Link>,
}

#[derive(Debug, Clone, Serialize)]
struct Link {
    href: String,
    text: String,
}

/// The list as published by the end of a day.
#[must_use]
pub fn published(day: Option<Date>, query: &Query) -> Question {
    let day = day.map(long_date).unwrap_or_default();
    Question {
        text: format!("The list as published by the end of {day}."),
        more: "It may have changed since.".to_owned(),
        links: vec![
            link(
                Query { on: query.as_of.clone(), as_of: String::new(), ..query.clone() },
                "See what was in force on that day",
            ),
            today(),
        ],
    }
}

/// The list as in force on a day. `now` is today.
#[must_use]
pub fn in_force(found: &InForce, now: Date, query: &Query) -> Question {
    let (on, by) = (found.list.in_force_on.unwrap_or(now), found.list.known_by.unwrap_or(now));
    let (day, known) = (long_date(on), long_date(by));
    let text = match (on > by, by == now) {
        (false, true) => format!("The list as in force on {day}, by all that is known today."),
        (false, false) => {
            format!("The list as in force on {day}, by what had been published by the end of {known}.")
        }
        (true, true) => format!("What is announced to be in force on {day}, by what is published today."),
        (true, false) => format!("What had been announced by the end of {known} to be in force on {day}."),
    };
    let mut more = Vec::new();
    if on > by {
        more.push("Until then it may still change.".to_owned());
    }
    match found.undated {
        0 => {}
        1 => more.push(
            "One entry is left out: the first version of the list does not say since when it is used."
                .to_owned(),
        ),
        n => more.push(format!(
            "{n} entries are left out: the first version of the list does not say since when they are used."
        )),
    }
    let mut links = Vec::new();
    if on <= now {
        let published = Query { on: String::new(), as_of: on.to_string(), ..query.clone() };
        links.push(link(published, "See the list as published by the end of that day"));
    }
    links.push(today());
    Question { text, more: more.join(" "), links }
}

fn link(query: Query, text: &str) -> Link {
    Link { href: format!("/{}", query.query_string()), text: text.to_owned() }
}

fn today() -> Link {
    Link { href: "/".to_owned(), text: "See the list of today".to_owned() }
}
