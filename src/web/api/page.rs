//! Lists in pages: `limit` and `after` in the query, the next page in `Link` (RFC 8288).

use std::fmt::Display;
use std::str::FromStr;

use actix_web::http::header::LINK;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::web::Error;

/// The query of a list.
pub(super) struct Paging {
    path: String,
    /// How many to answer: 1 to 200; 50 if not said.
    pub limit: i64,
    after: Option<String>,
    filters: Vec<(String, String)>,
}

impl Paging {
    /// Reads the query of a list that can be narrowed by `known` filters and by nothing else: a
    /// misspelt filter would otherwise answer more than was asked for.
    pub fn of(request: &HttpRequest, known: &[&str]) -> Result<Self, Error> {
        let path = request.path().to_owned();
        let mut paging = Self { path, limit: 50, after: None, filters: Vec::new() };
        for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned() {
            match name.as_str() {
                "after" => paging.after = Some(value),
                "limit" => {
                    paging.limit =
                        value.parse().ok().filter(|n| (1..=200).contains(n)).ok_or_else(|| {
                            Error::Malformed("limit must be a whole number, 1 to 200.".into())
                        })?;
                }
                filter if known.contains(&filter) => paging.filters.push((name, value)),
                _ => {
                    let mut all = vec!["limit", "after"];
                    all.extend(known);
                    return Err(Error::Malformed(format!(
                        "“{name}” is nothing this list can be asked for. It takes {}.",
                        all.join(", ")
                    )));
                }
            }
        }
        Ok(paging)
    }

    /// `after`, as a number or id.
    pub fn after<T: FromStr>(&self) -> Result<Option<T>, Error> {
        let read = |text: &String| {
            text.parse().map_err(|_| Error::Malformed("after is not from a Link of ours.".into()))
        };
        self.after.as_ref().map(read).transpose()
    }

    /// What a filter says, if it was sent.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.filters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// What a filter says, if it was sent, as one of the words it takes.
    pub fn word<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Error> {
        let read = |text: &str| text.parse().map_err(|e: T::Err| Error::Malformed(format!("{name}: {e}")));
        self.text(name).map(read).transpose()
    }

    /// Answers one page; `last` is where it ends, if it may not be the last.
    pub fn answer<T: Serialize>(&self, rows: &[T], last: Option<String>) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        let is_full = i64::try_from(rows.len()).is_ok_and(|n| n == self.limit);
        if let Some(last) = last.filter(|_| is_full) {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(&self.filters).append_pair("limit", &self.limit.to_string());
            let query = query.append_pair("after", &last).finish();
            answer.insert_header((LINK, format!("<{}?{query}>; rel=\"next\"", self.path)));
        }
        answer.json(serde_json::json!({ "data": rows }))
    }

    /// Answers one page of what was read whole, in the order of `key`; `after` is the key of the
    /// last row before.
    pub fn answer_from<T, V: Serialize>(
        &self,
        mut rows: Vec<T>,
        key: impl Fn(&T) -> crate::domain::id::Id,
        show: impl Fn(&T) -> V,
    ) -> Result<HttpResponse, Error> {
        let after = self.after()?;
        rows.retain(|row| after.is_none_or(|after| key(row) > after));
        rows.sort_by_key(&key);
        rows.truncate(usize::try_from(self.limit).unwrap_or(0));
        let shown: Vec<V> = rows.iter().map(show).collect();
        Ok(self.answer(&shown, rows.last().map(|row| key(row).to_string())))
    }
}
