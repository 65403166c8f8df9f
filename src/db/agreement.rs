//! Clients' agreements, and the Clients that are bound by one on a day.

use std::collections::BTreeSet;

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::schema::{agreement, client, client_notice, client_unread};
use super::stored::{day, from_json, parse, parse_maybe, put, time, to_json};
use super::{Conn, Error};
use crate::domain::agreement::Agreement;
use crate::domain::client::Client;
use crate::domain::id::Id;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = agreement, treat_none_as_null = true)]
struct Row {
    id: String,
    client_id: String,
    dpa_id: String,
    signed_on: Option<String>,
    effective_on: String,
    ended_on: Option<String>,
    overrides: String,
    list_version: Option<i64>,
    created_at: i64,
    revision: i64,
}

impl Row {
    fn new(a: &Agreement) -> Result<Self, Error> {
        Ok(Self {
            id: a.id.to_string(),
            client_id: a.client_id.to_string(),
            dpa_id: a.dpa_id.to_string(),
            signed_on: day(a.signed_on),
            effective_on: a.effective_on.to_string(),
            ended_on: day(a.ended_on),
            overrides: to_json(&a.overrides)?,
            list_version: a.list_version,
            created_at: a.created_at.as_microsecond(),
            revision: a.revision,
        })
    }

    fn agreement(self) -> Result<Agreement, Error> {
        Ok(Agreement {
            id: parse(&self.id)?,
            client_id: parse(&self.client_id)?,
            dpa_id: parse(&self.dpa_id)?,
            signed_on: parse_maybe(self.signed_on.as_deref())?,
            effective_on: parse(&self.effective_on)?,
            ended_on: parse_maybe(self.ended_on.as_deref())?,
            overrides: from_json(&self.overrides)?,
            list_version: self.list_version,
            created_at: time(self.created_at)?,
            revision: self.revision,
        })
    }
}

/// One.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<Agreement>, Error> {
    let row = agreement::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::agreement).transpose()
}

/// A Client's agreements, the newest first.
///
/// # Errors
/// The database failed.
pub fn of_client(conn: &mut Conn, client_id: Id) -> Result<Vec<Agreement>, Error> {
    let rows: Vec<Row> = agreement::table
        .filter(agreement::client_id.eq(client_id.to_string()))
        .order((agreement::effective_on.desc(), agreement::id.desc()))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::agreement).collect()
}

/// How many agreements use each DPA version on `today`, by its id.
///
/// # Errors
/// The database failed.
pub fn count_by_dpa(conn: &mut Conn, today: Date) -> Result<Vec<(Id, i64)>, Error> {
    let today = today.to_string();
    let rows: Vec<(String, i64)> = agreement::table
        .filter(agreement::effective_on.le(today.clone()))
        .filter(agreement::ended_on.is_null().or(agreement::ended_on.ge(today)))
        .group_by(agreement::dpa_id)
        .select((agreement::dpa_id, diesel::dsl::count_star()))
        .load(conn)?;
    rows.into_iter().map(|(id, count)| Ok((parse(&id)?, count))).collect()
}

/// How many agreements use the DPA version `dpa` on `today` or later.
///
/// # Errors
/// The database failed.
pub fn count_of_dpa(conn: &mut Conn, dpa: Id, today: Date) -> Result<i64, Error> {
    let count = agreement::table
        .filter(agreement::dpa_id.eq(dpa.to_string()))
        .filter(agreement::ended_on.is_null().or(agreement::ended_on.ge(today.to_string())))
        .count()
        .get_result(conn)?;
    Ok(count)
}

/// How many agreements bind on `today`.
///
/// # Errors
/// The database failed.
pub fn count_in_force(conn: &mut Conn, today: Date) -> Result<i64, Error> {
    Ok(count_by_dpa(conn, today)?.into_iter().map(|(_, count)| count).sum())
}

/// Some Clients with an agreement in force.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Those that can be read.
    pub found: Vec<(Client, Agreement)>,
    /// Ids of those whose record or agreement cannot.
    pub unreadable: Vec<String>,
    /// Where to go on; `None` at the end.
    pub cursor: Option<String>,
}

/// Up to `limit` Clients with an agreement in force on `on`, in the order of their ids, after
/// `cursor` (an id; empty to begin).
///
/// # Errors
/// The database failed.
pub fn bound(conn: &mut Conn, on: Date, cursor: &str, limit: i64) -> Result<Chunk, Error> {
    let on = on.to_string();
    // Two ranges of two indexes: a join with an order and a limit makes PostgreSQL sort the whole
    // register for each chunk as long as its statistics are young.
    let rows: Vec<Row> = agreement::table
        .filter(agreement::client_id.gt(cursor.to_owned()))
        .filter(agreement::effective_on.le(on.clone()))
        .filter(agreement::ended_on.is_null().or(agreement::ended_on.ge(on)))
        .order((agreement::client_id.asc(), agreement::effective_on.asc()))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    with_clients(conn, rows, limit)
}

/// As [`bound`], those only that have no ClientNotice of `notice_id` and may be owed one that was
/// not when it was published, on `day`, at `published_at`: the agreement began or was entered or
/// corrected since, the Client was saved since, or its record could not be read then.
///
/// # Errors
/// The database failed.
pub fn bound_since(
    conn: &mut Conn,
    (notice_id, published_at, day): (Id, Timestamp, Date),
    on: Date,
    cursor: &str,
    limit: i64,
) -> Result<Chunk, Error> {
    let (notice, on, at) = (notice_id.to_string(), on.to_string(), published_at.as_microsecond());
    let told = client_notice::table
        .filter(client_notice::notice_id.eq(notice.clone()))
        .filter(client_notice::client_id.eq(agreement::client_id));
    let saved = client::table.filter(client::id.eq(agreement::client_id)).filter(client::checked_at.gt(at));
    let unread = client_unread::table
        .filter(client_unread::notice_id.eq(notice))
        .filter(client_unread::client_id.eq(agreement::client_id));
    let rows: Vec<Row> = agreement::table
        .filter(agreement::client_id.gt(cursor.to_owned()))
        .filter(agreement::effective_on.le(on.clone()))
        .filter(agreement::ended_on.is_null().or(agreement::ended_on.ge(on)))
        .filter(not(exists(told)))
        .filter(
            agreement::created_at
                .gt(at)
                .or(agreement::effective_on.gt(day.to_string()))
                .or(agreement::revision.gt(1))
                .or(exists(saved))
                .or(exists(unread)),
        )
        .order((agreement::client_id.asc(), agreement::effective_on.asc()))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    with_clients(conn, rows, limit)
}

fn with_clients(conn: &mut Conn, rows: Vec<Row>, limit: i64) -> Result<Chunk, Error> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Chunk::default()) };
    let full = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= limit;
    let mut chunk = Chunk { cursor: full.then(|| last.client_id.clone()), ..Chunk::default() };
    let mut clients = super::client::between(conn, &first.client_id, &last.client_id)?;
    for row in rows {
        // Gone already: another agreement of this Client.
        let Some(client) = clients.remove(&row.client_id) else { continue };
        let id = row.client_id.clone();
        match (client, row.agreement()) {
            (Some(client), Ok(agreement)) => chunk.found.push((client, agreement)),
            _ => chunk.unreadable.push(id),
        }
    }
    Ok(chunk)
}

/// Those of `clients` with an agreement in force on `on`.
///
/// # Errors
/// The database failed.
pub fn bound_among(conn: &mut Conn, clients: &[Id], on: Date) -> Result<BTreeSet<Id>, Error> {
    let ids: Vec<String> = clients.iter().map(Id::to_string).collect();
    let on = on.to_string();
    let found: Vec<String> = agreement::table
        .filter(agreement::client_id.eq_any(ids))
        .filter(agreement::effective_on.le(on.clone()))
        .filter(agreement::ended_on.is_null().or(agreement::ended_on.ge(on)))
        .select(agreement::client_id)
        .load(conn)?;
    found.iter().map(|id| parse(id)).collect()
}

/// Stores a new one, without looking for it first.
///
/// # Errors
/// The database failed.
pub fn insert(conn: &mut Conn, agreement: &Agreement) -> Result<(), Error> {
    diesel::insert_into(agreement::table).values(Row::new(agreement)?).execute(conn)?;
    Ok(())
}

/// Stores one, new or known. The caller has set its revision.
///
/// # Errors
/// The database failed.
pub fn save(conn: &mut Conn, agreement: &Agreement) -> Result<(), Error> {
    put!(conn, agreement, Row::new(agreement)?);
    Ok(())
}
