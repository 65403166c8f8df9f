//! Lists in pages: `limit` and `after` in the query, the next page in `Link` (RFC 8288).

use actix_web::HttpResponse;
use actix_web::http::header::LINK;
use serde::{Deserialize, Serialize};

use crate::web::Error;

/// The query of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    /// Where the page before ended.
    pub after: Option<String>,
    /// How many, 1 to 200; 50 if not said.
    pub limit: Option<i64>,
    /// A state to list only.
    pub state: Option<String>,
    /// A notice to list only.
    pub notice: Option<String>,
}

impl Paging {
    /// How many to answer.
    pub fn limit(&self) -> Result<i64, Error> {
        match self.limit {
            None => Ok(50),
            Some(n @ 1..=200) => Ok(n),
            Some(_) => Err(Error::Malformed("limit must be 1 to 200.".into())),
        }
    }

    /// `after`, as a number or id.
    pub fn after<T: std::str::FromStr>(&self) -> Result<Option<T>, Error> {
        let read = |text: &String| {
            text.parse().map_err(|_| Error::Malformed("after is not from a Link of ours.".into()))
        };
        self.after.as_ref().map(read).transpose()
    }
}

/// Answers one page; `next` is where it ends, if it may not be the last.
pub(super) fn answer<T: Serialize>(path: &str, limit: i64, rows: &[T], next: Option<String>) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    let full = i64::try_from(rows.len()).is_ok_and(|n| n == limit);
    if let Some(next) = next.filter(|_| full) {
        let separator = if path.contains('?') { '&' } else { '?' };
        answer.insert_header((
            LINK,
            format!("</api/v1{path}{separator}limit={limit}&after={next}>; rel=\"next\""),
        ));
    }
    answer.json(serde_json::json!({ "data": rows }))
}
