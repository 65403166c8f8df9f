//! The mail that a change would become, before anybody gets it.

use actix_web::web::Data;

use super::error::Error;
use crate::actions;
use crate::delivery::{Rendered, render_preview};
use crate::domain::id::Id;
use crate::state::State;
use crate::templates::Templates;

/// The mail of a change; a conflict where nobody would get one.
///
/// # Errors
/// There is no such change; nothing in it is public; a template of one's own cannot be filled in.
pub async fn rendered(state: &State, templates: &Data<Templates>, id: Id) -> Result<Rendered, Error> {
    let (_, public, happened) = actions::foreseen_notice(state, id).await?;
    render_preview(state, &templates.clone().into_inner(), &public, &happened).map_err(Error::internal)
}
