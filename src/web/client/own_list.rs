//! A Client's own list: the version in use, as far as it concerns its products, and what is
//! withheld from it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Serialize;

use crate::db::{self, Conn};
use crate::domain::client::Client;
use crate::domain::diff::long_date;
use crate::domain::engagement::Visibility;
use crate::domain::id::Id;
use crate::domain::list_document::{DocumentEntry, ListDocument};

/// A line of the list.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    name: String,
    slug: Option<String>,
    purposes: String,
    places: String,
    state: String,
    tone: &'static str,
}

/// Stands for a name that must not be told.
const UNNAMED: &str = "A sub-processor under a non-disclosure agreement";

/// The lines, in the order of the list. Names may be under NDA, countries never (ISO/IEC 27701
/// B.8.5.7).
pub(super) fn lines(conn: &mut Conn, client: &Client, today: Date) -> Result<Vec<Line>, db::Error> {
    let number = db::list::current_number(conn)?;
    let Some(full) = db::list::full(conn, number)? else { return Ok(Vec::new()) };
    let list: ListDocument =
        serde_json::from_str(&full.text).map_err(|e| db::Error::Corrupt(e.to_string()))?;
    let held: BTreeSet<Id> = db::hold_out::of_client(conn, client.id)?
        .into_iter()
        .filter(|held| held.holds_on(today))
        .map(|held| held.engagement_id)
        .collect();
    let concerned = list.entries.iter().filter(|entry| concerns(&entry.products, &client.facts.products));
    Ok(concerned.map(|entry| line(entry, held.contains(&entry.id))).collect())
}

/// Unknown products count as every product.
fn concerns(of_entry: &[String], products: &[String]) -> bool {
    of_entry.is_empty()
        || products.is_empty()
        || of_entry.iter().any(|one| products.iter().any(|mine| mine.eq_ignore_ascii_case(one)))
}

fn line(entry: &DocumentEntry, is_held: bool) -> Line {
    let is_nda = entry.visibility == Some(Visibility::Nda);
    let from = entry.effective_from.map(long_date).unwrap_or_else(|| "a day to be named".to_owned());
    let (state, tone) = match (is_held, entry.status.as_str()) {
        (true, _) => ("Held out: not used for you".to_owned(), "info"),
        (_, "announced") => (format!("Announced, from {from}"), "warn"),
        (_, "retired") => ("Not used any more".to_owned(), ""),
        (_, "retiring") => ("In force, ends soon".to_owned(), "warn"),
        _ => ("In force".to_owned(), "ok"),
    };
    Line {
        name: if is_nda { UNNAMED.to_owned() } else { entry.vendor.name.clone() },
        slug: entry.visibility.is_none().then(|| entry.slug.clone()),
        purposes: if is_nda {
            String::new()
        } else {
            entry.purposes.iter().map(|purpose| purpose.text.as_str()).collect::<Vec<_>>().join("; ")
        },
        places: entry.locations.iter().map(|place| place.name()).collect::<Vec<_>>().join("; "),
        state,
        tone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_products_are_every_product() {
        let (chat, mail) = (["Chat".to_owned()], ["mail".to_owned()]);
        assert!(concerns(&[], &chat) && concerns(&chat, &[]));
        assert!(concerns(&["Mail".to_owned()], &mail) && !concerns(&mail, &chat));
    }
}
