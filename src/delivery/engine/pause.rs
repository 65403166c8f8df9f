//! The one switch that pauses all sending (requirement R27): what is claimed ends, nothing new
//! is claimed.

use crate::db::{self, Conn};

/// The setting that, while it is there, pauses all sending. Its value tells who and when:
/// `{"by": …, "at": …}`.
pub const PAUSED: &str = "sending.paused";

/// Whether sending is paused.
///
/// # Errors
/// The database failed.
pub fn is_paused(conn: &mut Conn) -> Result<bool, db::Error> {
    Ok(db::setting::get(conn, PAUSED)?.is_some())
}
