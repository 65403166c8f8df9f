//! Clients.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::schema::client;
use super::stored::{from_json, parse, put, time, to_json};
use super::{Conn, Error};
use crate::domain::client::Client;
use crate::domain::id::Id;

diesel::define_sql_function! {
    /// Small letters; on SQLite those of ASCII only.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = client, treat_none_as_null = true)]
pub(super) struct Row {
    id: String,
    reference: String,
    name: String,
    facts: String,
    link_epoch: i64,
    created_at: i64,
    checked_at: i64,
    revision: i64,
}

impl Row {
    fn new(client: &Client) -> Result<Self, Error> {
        Ok(Self {
            id: client.id.to_string(),
            reference: client.reference.clone(),
            name: client.name.clone(),
            facts: to_json(&client.facts)?,
            link_epoch: client.link_epoch,
            created_at: client.created_at.as_microsecond(),
            checked_at: client.checked_at.as_microsecond(),
            revision: client.revision,
        })
    }

    pub(super) fn client(self) -> Result<Client, Error> {
        Ok(Client {
            id: parse(&self.id)?,
            reference: self.reference,
            name: self.name,
            facts: from_json(&self.facts)?,
            link_epoch: self.link_epoch,
            created_at: time(self.created_at)?,
            checked_at: time(self.checked_at)?,
            revision: self.revision,
        })
    }
}

/// One.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<Client>, Error> {
    let row = client::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::client).transpose()
}

/// The one with the company's own number `reference`.
///
/// # Errors
/// The database failed.
pub fn by_reference(conn: &mut Conn, reference: &str) -> Result<Option<Client>, Error> {
    let row = client::table
        .filter(client::reference.eq(reference))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Row::client).transpose()
}

/// How many there are.
///
/// # Errors
/// The database failed.
pub fn count(conn: &mut Conn) -> Result<i64, Error> {
    Ok(client::table.count().get_result(conn)?)
}

/// Up to `limit` Clients whose name or reference holds `search` (empty for all), in the order of
/// their ids, after `cursor` (an id; empty to begin).
///
/// # Errors
/// The database failed.
pub fn page(conn: &mut Conn, search: &str, cursor: &str, limit: i64) -> Result<Vec<Client>, Error> {
    let mut query = client::table
        .filter(client::id.gt(cursor.to_owned()))
        .order(client::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if !search.is_empty() {
        let wild: String = search
            .chars()
            .flat_map(|c| ['%', '_', '\\'].contains(&c).then_some('\\').into_iter().chain([c]))
            .collect();
        let like = || lower(format!("%{wild}%"));
        let name = lower(client::name).like(like()).escape('\\');
        query = query.filter(name.or(lower(client::reference).like(like()).escape('\\')));
    }
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(Row::client).collect()
}

/// Those whose ids lie between `first` and `last`, both among them, by their id; `None` for one
/// that cannot be read.
///
/// # Errors
/// The database failed.
pub fn between(conn: &mut Conn, first: &str, last: &str) -> Result<BTreeMap<String, Option<Client>>, Error> {
    let rows: Vec<Row> = client::table
        .filter(client::id.between(first.to_owned(), last.to_owned()))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row.client().ok())).collect())
}

/// Stores a new one, without looking for it first.
///
/// # Errors
/// The database failed, or the reference is taken.
pub fn insert(conn: &mut Conn, client: &Client) -> Result<(), Error> {
    diesel::insert_into(client::table).values(Row::new(client)?).execute(conn)?;
    Ok(())
}

/// Stores one, new or known. The caller has set its revision.
///
/// # Errors
/// The database failed, or the reference is taken.
pub fn save(conn: &mut Conn, client: &Client) -> Result<(), Error> {
    put!(conn, client, Row::new(client)?);
    Ok(())
}

/// Stores one that was `seen` at a revision. False, and nothing stored, if it was saved since.
///
/// # Errors
/// The database failed, or the reference is taken.
pub fn save_seen(conn: &mut Conn, client: &Client, seen: i64) -> Result<bool, Error> {
    let changed = diesel::update(client::table.find(client.id.to_string()))
        .filter(client::revision.eq(seen))
        .set(&Row::new(client)?)
        .execute(conn)?;
    Ok(changed == 1)
}

/// Counts a save of a part of it: whoever has its form open is told.
///
/// # Errors
/// The database failed.
pub fn revise(conn: &mut Conn, id: Id) -> Result<(), Error> {
    diesel::update(client::table.find(id.to_string()))
        .set(client::revision.eq(client::revision + 1))
        .execute(conn)?;
    Ok(())
}
