//! Which promises about the whole list came with a file, so that one which a later file no longer
//! makes is asked about, and one written here by hand is not.
//!
//! Kept with the change that brings them: a file counts once its change is announced or
//! published. A draft that is given up leaves the promises of the file before it.

use serde::{Deserialize, Serialize};

use super::super::Error;
use crate::db::{self, Conn};
use crate::domain::change::ChangeState;
use crate::domain::id::Id;

/// Before a product's name.
const KEY: &str = "import.statements.";

#[derive(Serialize, Deserialize)]
struct Brought {
    change: Id,
    statements: Vec<String>,
}

fn key(product: Option<&str>) -> String {
    format!("{KEY}{}", product.unwrap_or_default())
}

fn load(conn: &mut Conn, key: &str) -> Result<Vec<Brought>, Error> {
    match db::setting::get(conn, key)? {
        Some(text) => Ok(serde_json::from_str(&text).map_err(|e| db::Error::Corrupt(format!("{key}: {e}")))?),
        None => Ok(Vec::new()),
    }
}

/// The promises of the last file about `product` that was announced or published.
///
/// # Errors
/// The database failed.
pub(super) fn brought(conn: &mut Conn, product: Option<&str>) -> Result<Vec<String>, Error> {
    let all = load(conn, &key(product))?;
    Ok(last_told(conn, &all)?.and_then(|at| all.into_iter().nth(at)).map_or_else(Vec::new, |b| b.statements))
}

/// Keeps the promises that the file behind a new draft makes.
///
/// # Errors
/// The database failed.
pub(super) fn remember(
    conn: &mut Conn,
    product: Option<&str>,
    change: Id,
    statements: &[String],
) -> Result<(), Error> {
    let key = key(product);
    let mut all = load(conn, &key)?;
    // Nothing asks for those before it again.
    let from = last_told(conn, &all)?.unwrap_or_default();
    all.drain(..from);
    all.push(Brought { change, statements: statements.to_vec() });
    let text = serde_json::to_string(&all).map_err(|e| db::Error::Corrupt(e.to_string()))?;
    Ok(db::setting::put(conn, &key, &text)?)
}

fn last_told(conn: &mut Conn, all: &[Brought]) -> Result<Option<usize>, Error> {
    for (at, one) in all.iter().enumerate().rev() {
        let told = db::change::get(conn, one.change)?.is_some_and(|c| is_told(c.state));
        if told {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn is_told(state: ChangeState) -> bool {
    !state.is_open() && state != ChangeState::Cancelled
}
