//! What an import left for a person, kept beside its change.

use diesel::prelude::*;

use super::schema::import_doubt;
use super::{Conn, Error};
use crate::domain::doubt::Doubt;
use crate::domain::id::Id;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = import_doubt)]
struct Row {
    change_id: String,
    position: i64,
    line: i64,
    field: String,
    value: String,
    why: String,
}

/// Keeps `doubts` with a change that has none yet.
///
/// # Errors
/// The database failed.
pub fn insert(conn: &mut Conn, change_id: Id, doubts: &[Doubt]) -> Result<(), Error> {
    for (position, doubt) in (0..).zip(doubts) {
        let row = Row {
            change_id: change_id.to_string(),
            position,
            line: i64::try_from(doubt.line).unwrap_or(i64::MAX),
            field: doubt.field.clone(),
            value: doubt.value.clone(),
            why: doubt.why.clone(),
        };
        diesel::insert_into(import_doubt::table).values(&row).execute(conn)?;
    }
    Ok(())
}

/// The doubts kept with a change, in the order of the file.
///
/// # Errors
/// The database failed.
pub fn of_change(conn: &mut Conn, change_id: Id) -> Result<Vec<Doubt>, Error> {
    let rows: Vec<Row> = import_doubt::table
        .filter(import_doubt::change_id.eq(change_id.to_string()))
        .order(import_doubt::position.asc())
        .select(Row::as_select())
        .load(conn)?;
    let doubt = |row: Row| Doubt {
        line: u64::try_from(row.line).unwrap_or_default(),
        field: row.field,
        value: row.value,
        why: row.why,
    };
    Ok(rows.into_iter().map(doubt).collect())
}
