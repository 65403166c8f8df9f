//! Who acknowledged what.

use diesel::prelude::*;

use super::schema::acknowledgement;
use super::stored::{parse, time};
use super::{Conn, Error};
use crate::domain::acknowledgement::Acknowledgement;
use crate::domain::id::Id;

/// Adds one.
///
/// # Errors
/// The database failed.
pub fn insert(conn: &mut Conn, one: &Acknowledgement) -> Result<(), Error> {
    diesel::insert_into(acknowledgement::table)
        .values((
            acknowledgement::id.eq(one.id.to_string()),
            acknowledgement::client_notice_id.eq(one.client_notice_id.to_string()),
            acknowledgement::contact_id.eq(one.contact_id.to_string()),
            acknowledgement::person.eq(&one.person),
            acknowledgement::at.eq(one.at.as_microsecond()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Those of one ClientNotice, oldest first.
///
/// # Errors
/// The database failed.
pub fn of_client_notice(conn: &mut Conn, client_notice_id: Id) -> Result<Vec<Acknowledgement>, Error> {
    type Row = (String, String, String, i64);
    let rows: Vec<Row> = acknowledgement::table
        .filter(acknowledgement::client_notice_id.eq(client_notice_id.to_string()))
        .order(acknowledgement::id.asc())
        .select((
            acknowledgement::id,
            acknowledgement::contact_id,
            acknowledgement::person,
            acknowledgement::at,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, contact_id, person, at)| {
            let (id, contact_id) = (parse(&id)?, parse(&contact_id)?);
            Ok(Acknowledgement { id, client_notice_id, contact_id, person, at: time(at)? })
        })
        .collect()
}
