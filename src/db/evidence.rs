//! What is on record for the lines of a change, for the gate.

use diesel::prelude::*;
use jiff::civil::Date;

use super::client::Row as ClientRow;
use super::schema::{agreement, client};
use super::{Conn, Error, record};
use crate::domain::change::{Change, Item};
use crate::domain::entry::Entry;
use crate::domain::evidence::{Evidence, HealthClient, touches_health};
use crate::domain::gate::{first_day, needs_records};
use crate::domain::id::Id;

/// Everything on record that the gate asks for, if `change` is announced on `today` or comes
/// into force then. Clients are looked at only where a line may touch health data.
///
/// # Errors
/// The database failed.
pub fn of_change(conn: &mut Conn, change: &Change, today: Date) -> Result<Evidence, Error> {
    let lines: Vec<&Entry> =
        change.items.iter().filter(|item| needs_records(change, item)).filter_map(Item::entry).collect();
    if lines.is_empty() {
        return Ok(Evidence::default());
    }
    let vendors: Vec<Id> = lines.iter().map(|line| line.vendor_id).collect();
    let engagements: Vec<Id> = lines.iter().map(|line| line.id).collect();
    let health_clients = match lines.iter().any(|line| touches_health(&line.engagement)) {
        true => health_clients(conn, today, first_day(change, today))?,
        false => Vec::new(),
    };
    Ok(Evidence {
        contracts: record::contracts(conn, &vendors)?,
        vettings: record::vettings(conn, &engagements)?,
        assessments: record::assessments(conn, &engagements)?,
        health_clients,
    })
}

/// Clients with health data whose agreement is in force on any day from `from` to `to`.
fn health_clients(conn: &mut Conn, from: Date, to: Date) -> Result<Vec<HealthClient>, Error> {
    let rows: Vec<ClientRow> = client::table
        .inner_join(agreement::table)
        // As the facts are written; what was found is read again.
        .filter(client::facts.like("%\"health_data\":true%"))
        .filter(agreement::effective_on.le(to.to_string()))
        .filter(agreement::ended_on.is_null().or(agreement::ended_on.ge(from.to_string())))
        .select(ClientRow::as_select())
        .load(conn)?;
    let mut found = Vec::new();
    for row in rows {
        let facts = row.client()?.facts;
        if facts.health_data {
            found.push(HealthClient { products: facts.products, regions: facts.regions });
        }
    }
    Ok(found)
}
