//! Between columns and domain types: times as microseconds, days as ISO text, words, JSON.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;

/// A column's time.
pub(super) fn time(micros: i64) -> Result<Timestamp, Error> {
    Timestamp::from_microsecond(micros).map_err(|e| Error::Corrupt(e.to_string()))
}

/// An optional column's time.
pub(super) fn time_maybe(micros: Option<i64>) -> Result<Option<Timestamp>, Error> {
    micros.map(time).transpose()
}

/// Anything written as its words.
pub(super) fn parse<T: FromStr>(text: &str) -> Result<T, Error>
where
    T::Err: Display,
{
    text.parse().map_err(|e: T::Err| Error::Corrupt(e.to_string()))
}

/// An optional one.
pub(super) fn parse_maybe<T: FromStr>(text: Option<&str>) -> Result<Option<T>, Error>
where
    T::Err: Display,
{
    text.map(parse).transpose()
}

/// A JSON column.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|e| Error::Corrupt(e.to_string()))
}

/// For a JSON column.
pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|e| Error::Corrupt(e.to_string()))
}

/// For a day's column.
pub(super) fn day(date: Option<Date>) -> Option<String> {
    date.map(|d| d.to_string())
}

/// Stores a row under its id, new or known.
macro_rules! put {
    ($conn:expr, $table:ident, $row:expr) => {{
        let row = $row;
        let changed = diesel::update($table::table.find(&row.id)).set(&row).execute($conn)?;
        if changed == 0 {
            diesel::insert_into($table::table).values(&row).execute($conn)?;
        }
    }};
}

pub(super) use put;
