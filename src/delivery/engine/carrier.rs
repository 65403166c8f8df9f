//! What a lane needs to send a message, and nothing more.

use std::time::Duration;

use crate::db::outbox::{Claim, Outcome};
use crate::delivery::email::file::Folder;
use crate::delivery::email::smtp::Connection;

/// A way out; each message under way has one for itself.
pub(super) enum Way {
    /// Webhooks need none.
    Post,
    /// A connection to the relay.
    Relay(Box<Connection>),
    /// A folder.
    Folder(Folder),
}

impl Way {
    /// Takes leave of the relay.
    pub(super) async fn close(&mut self) {
        if let Way::Relay(connection) = self {
            connection.close().await;
        }
    }
}

/// How sending ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// With something to record.
    Tried(Box<Outcome>),
    /// It did not begin: all sending is paused, or the lease has too little time left.
    Untouched,
}

/// Sends messages.
pub(super) trait Carrier: Send + Sync + 'static {
    /// Makes one attempt.
    fn carry(&self, claim: Claim, way: &mut Way) -> impl Future<Output = Ended> + Send;

    /// The outcome of an attempt that broke off by a fault of this program.
    fn broke_off(&self, claim: &Claim, took: Duration) -> Outcome;
}
