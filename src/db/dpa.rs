//! DPA versions.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::schema::dpa_version;
use super::stored::{day, from_json, parse, parse_maybe, put, time, to_json};
use super::{Conn, Error};
use crate::domain::agreement::DpaVersion;
use crate::domain::id::Id;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = dpa_version, treat_none_as_null = true)]
struct Row {
    id: String,
    name: String,
    terms: String,
    standard: bool,
    created_at: i64,
    ended_on: Option<String>,
    revision: i64,
}

impl Row {
    fn new(dpa: &DpaVersion) -> Result<Self, Error> {
        Ok(Self {
            id: dpa.id.to_string(),
            name: dpa.name.clone(),
            terms: to_json(&dpa.terms)?,
            standard: dpa.standard,
            created_at: dpa.created_at.as_microsecond(),
            ended_on: day(dpa.ended_on),
            revision: dpa.revision,
        })
    }

    fn dpa(self) -> Result<DpaVersion, Error> {
        Ok(DpaVersion {
            id: parse(&self.id)?,
            name: self.name,
            terms: from_json(&self.terms)?,
            standard: self.standard,
            created_at: time(self.created_at)?,
            ended_on: parse_maybe(self.ended_on.as_deref())?,
            revision: self.revision,
        })
    }
}

/// Every DPA version, the standard first, then by name.
///
/// # Errors
/// The database failed.
pub fn all(conn: &mut Conn) -> Result<Vec<DpaVersion>, Error> {
    let rows: Vec<Row> = dpa_version::table
        .order((dpa_version::standard.desc(), dpa_version::name.asc()))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::dpa).collect()
}

/// Every DPA version that can be read, by its id. One that cannot must not keep the others' Clients
/// waiting: it is told of, and so is each Client bound by it.
///
/// # Errors
/// The database failed.
pub fn readable(conn: &mut Conn) -> Result<BTreeMap<Id, DpaVersion>, Error> {
    let rows: Vec<Row> = dpa_version::table.select(Row::as_select()).load(conn)?;
    let mut found = BTreeMap::new();
    for row in rows {
        let id = row.id.clone();
        match row.dpa() {
            Ok(dpa) => {
                found.insert(dpa.id, dpa);
            }
            Err(error) => {
                tracing::error!(alarm = "dpa_unreadable", dpa = %id, %error, "a DPA version cannot be read; see its row");
            }
        }
    }
    Ok(found)
}

/// One.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<DpaVersion>, Error> {
    let row = dpa_version::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::dpa).transpose()
}

/// The one new Clients sign and the public page speaks of.
///
/// # Errors
/// The database failed.
pub fn standard(conn: &mut Conn) -> Result<Option<DpaVersion>, Error> {
    let row = dpa_version::table
        .filter(dpa_version::standard.eq(true))
        .order(dpa_version::id.desc())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Row::dpa).transpose()
}

/// Stores one, new or known. The caller has set its revision. A standard one takes the place of
/// the standard before.
///
/// # Errors
/// The database failed.
pub fn save(conn: &mut Conn, dpa: &DpaVersion) -> Result<(), Error> {
    let row = Row::new(dpa)?;
    if dpa.standard {
        diesel::update(dpa_version::table.filter(dpa_version::id.ne(&row.id)))
            .set(dpa_version::standard.eq(false))
            .execute(conn)?;
    }
    put!(conn, dpa_version, row);
    Ok(())
}
