//! What subscribers do: ask to be told, confirm, choose, end; for webhooks also agree at the
//! endpoint itself. Nobody logs in: whoever holds a mailed link may do what it is for.
//!
//! No answer tells whether an address is known here: asking for a subscription or for a link
//! always looks the same, and the mail says the rest to whoever reads that mailbox.

mod confirm;
mod consent;
mod end;
mod owed;
mod preferences;
mod sign_up;
mod wish;

use serde_json::{Value, json};

pub use confirm::{Confirmation, confirm, send_confirmation_again};
pub use consent::{Endpoint, Refusal, consent_webhook, renew_secret, request_test};
pub use end::{contacts_behind, end_by_staff, purge_unconfirmed, unsubscribe};
pub use preferences::{change_preferences, request_preferences_link};
pub(in crate::actions) use sign_up::ask_for_client;
pub use sign_up::{subscribe_email, subscribe_webhook};
pub use wish::{EmailWish, FilterWish, WebhookWish, products_offered};

use super::Error;
use crate::db::{self, Conn};
use crate::domain::id::Id;
use crate::domain::subscription::Subscription;
use crate::domain::text::FieldError;
use crate::keys::{BadLink, Purpose};
use crate::state::State;

/// Somebody who holds a mailed link of ours. Only [`open_link`] makes one.
#[derive(Debug, Clone, Copy)]
pub struct Holder(Id);

impl Holder {
    /// The subscription the link is about.
    #[must_use]
    pub fn subscription(&self) -> Id {
        self.0
    }
}

/// Opens a link for one purpose. Whether the subscription still exists is another question.
///
/// # Errors
/// The link is not ours, is for something else, or is too old.
pub fn open_link(state: &State, purpose: Purpose, token: &str) -> Result<Holder, BadLink> {
    state.keys.open_link(purpose, token, state.clock.now()).map(Holder)
}

/// The address of an endpoint in its normal form.
///
/// # Errors
/// The field `url`, with how to mend it.
pub(in crate::actions) fn checked_endpoint(state: &State, url: &str) -> Result<String, FieldError> {
    wish::endpoint(&state.settings, url)
}

fn load(conn: &mut Conn, id: Id) -> Result<db::subscription::Stored, Error> {
    db::subscription::get(conn, id)?.ok_or(Error::NotFound("subscription"))
}

/// What the audit trail tells of a subscription: no address, nobody's and no endpoint's.
fn facts(s: &Subscription) -> Value {
    json!({ "channel": s.channel, "level": s.filter.level, "products": s.filter.products })
}
