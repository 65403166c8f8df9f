//! What is withheld from a Client because it has not consented: the hold-outs nobody wrote.

use jiff::civil::Date;

use crate::actions::Error;
use crate::actions::unready::Look;
use crate::db::{self, Conn};
use crate::domain::change::{Change, Class};
use crate::domain::client_notice::ClientNoticeState;
use crate::domain::id::Id;
use crate::domain::in_the_way::Why;
use crate::domain::terms::Authorisation;

/// A change a Client is held out of until it consents.
#[derive(Debug, Clone)]
pub struct Withheld {
    /// The change.
    pub change: Change,
    /// Its engagements: what the Client's list leaves out, or shows as it was before.
    pub engagements: Vec<Id>,
}

/// The announced changes, in force for others or not yet, that `client_id` is held out of until
/// it consents, newest first.
///
/// # Errors
/// The database failed.
pub fn withheld(conn: &mut Conn, client_id: Id, today: Date) -> Result<Vec<Withheld>, Error> {
    let mut found = Vec::new();
    for one in db::client_notice::of_client(conn, client_id)? {
        if one.rules.authorisation != Authorisation::Specific
            || one.consented_at.is_some()
            || one.state == ClientNoticeState::Withdrawn
        {
            continue;
        }
        let Some(notice) = db::notice::get(conn, one.notice_id)? else { continue };
        let Some(change) = db::change::get(conn, notice.change_id)? else { continue };
        let Some(look) = Look::begin(conn, &change, today)? else { continue };
        let waits = look.at(&one).is_some_and(|gate| gate.why == Why::NeedsConsent && !gate.delays);
        if waits {
            let material = change.items.iter().filter(|item| item.class == Class::Material);
            let engagements = material.filter_map(|item| item.entry_id).collect();
            found.push(Withheld { change, engagements });
        }
    }
    Ok(found)
}
