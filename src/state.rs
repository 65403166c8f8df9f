//! What every part of the running program shares: the database, the clock, the settings, the
//! keys. Made once in `app`, passed down, never global.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::clock::Clock;
use crate::config::Settings;
use crate::db::Db;
use crate::keys::Keys;
use crate::limits::Limits;
use crate::metrics::Metrics;

/// The shared state; cheap to clone.
#[derive(Clone)]
pub struct State {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// The settings.
    pub settings: Arc<Settings>,
    /// The derived keys.
    pub keys: Arc<Keys>,
    /// How often strangers may make us send something.
    pub limits: Arc<Limits>,
    /// The address links begin with, without a slash at the end.
    pub public_url: Arc<str>,
    /// Rings when there may be something to deliver; the engine also looks by itself.
    pub outbox_bell: Arc<Notify>,
    /// Rings when a list version was published by this process.
    pub list_bell: Arc<Notify>,
    /// Figures of this process.
    pub metrics: Arc<Metrics>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}
