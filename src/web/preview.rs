//! The mail that a change would become, before anybody gets it.

use actix_web::web::Data;

use super::error::Error;
use crate::actions;
use crate::db;
use crate::delivery::{Rendered, render_preview};
use crate::domain::deadline::day_of;
use crate::domain::id::Id;
use crate::domain::notice;
use crate::state::State;
use crate::templates::Templates;

/// The mail of a change; a conflict where nobody would get one.
///
/// # Errors
/// There is no such change; nothing in it is public; a template of one's own cannot be filled in.
pub async fn rendered(state: &State, templates: &Data<Templates>, id: Id) -> Result<Rendered, Error> {
    let (now, settings) = (state.clock.now(), state.settings.clone());
    let read = move |conn: &mut db::Conn| {
        let Some(change) = db::change::get(conn, id)? else { return Ok(None) };
        let at = change.held_until.unwrap_or(now.saturating_add(settings.hold(false)).unwrap_or(now));
        let year = day_of(at, &settings.zone()).year();
        let number = notice::number(year, db::notice::next_ordinal(conn, year)?);
        let version = db::list::current_number(conn)? + 1;
        actions::notice_document(conn, &settings, at, &change, &number, version).map(Some)
    };
    let document = state.db.read(read).await?.ok_or(Error::not_found("There is no such change."))?;
    let Some(public) = document.public() else {
        return Err(Error::Conflict(
            "Nothing in this change is public, so courtesy subscribers are told nothing.".into(),
        ));
    };
    render_preview(state, &templates.clone().into_inner(), &public).map_err(Error::internal)
}
