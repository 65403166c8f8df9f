//! Telling everybody who is owed news. What is owed stands in the database ([`crate::db::outbox`]);
//! this layer turns audiences into deliveries, claims them, writes and sends the messages with
//! nothing held meanwhile, and records what the peers said. Delivery is at least once: a repeat
//! carries the same `Message-ID` or `webhook-id`.

mod challenge;
pub mod email;
pub mod engine;
pub mod letter;
pub mod message;
pub mod outcome;
mod redact;
pub mod schedule;
pub mod tls;
mod trial;
pub mod webhook;

use std::sync::Arc;

pub use challenge::{ChallengeError, send_challenge};
pub use engine::{Engine, StartError, start};
pub use message::Rendered;
pub use trial::send_trial;

use crate::domain::notice::{Happening, NoticeDocument};
use crate::state::State;
use crate::templates::Templates;

/// The mail that a notice would become at what happens to it, for the person who approves it. Give it what everybody
/// may read: [`NoticeDocument::public`].
///
/// # Errors
/// A template of one's own cannot be filled in.
pub fn render_preview(
    state: &State,
    templates: &Arc<Templates>,
    notice: &NoticeDocument,
    happened: &Happening,
) -> Result<Rendered, message::WriteError> {
    message::Writer::new(state, templates.clone()).preview(notice, happened)
}
