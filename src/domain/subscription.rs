//! Who asked to be told, through which channel, of what.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::change::Class;
use super::email::Email;
use super::id::Id;
use super::notice::NoticeItem;

crate::words! {
    /// How a subscriber is told.
    Channel {
        /// Mail.
        Email = "email",
        /// A signed POST.
        Webhook = "webhook",
    }
}

crate::words! {
    /// Which changes a subscriber asked for.
    Level {
        /// Only material ones.
        Material = "material",
        /// Material and informational ones: the default.
        Factual = "factual",
        /// Editorial ones too.
        Everything = "everything",
    }
}

impl Level {
    /// Whether a change of `class` passes.
    #[must_use]
    pub fn admits(self, class: Class) -> bool {
        match self {
            Level::Material => class == Class::Material,
            Level::Factual => class >= Class::Informational,
            Level::Everything => true,
        }
    }
}

crate::words! {
    /// Where a subscription stands.
    SubscriptionState {
        /// Waits for the mailed link to be confirmed.
        Pending = "pending",
        /// Told of changes.
        Confirmed = "confirmed",
        /// Mail bounces.
        Bouncing = "bouncing",
        /// Not reached for days; everything is kept for it.
        Suspended = "suspended",
        /// Over.
        Ended = "ended",
    }
}

/// What a subscriber wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Products; empty means all.
    pub products: Vec<String>,
    /// Classes of change.
    pub level: Level,
}

impl Default for Filter {
    fn default() -> Self {
        Self { products: Vec::new(), level: Level::Factual }
    }
}

impl Filter {
    /// Whether an item passes: its class is admitted and it concerns one of the products. An
    /// item for every product concerns everybody.
    #[must_use]
    pub fn admits(&self, item: &NoticeItem) -> bool {
        let concerned = self.products.is_empty()
            || item.products.is_empty()
            || item.products.iter().any(|product| self.products.contains(product));
        concerned && self.level.admits(item.class)
    }
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Identity.
    pub id: Id,
    /// How.
    pub channel: Channel,
    /// Mail address: the subscriber's, or for a webhook its contact's.
    pub email: Email,
    /// The webhook's address; empty for mail.
    pub url: String,
    /// What of.
    pub filter: Filter,
    /// Language of mails, e.g. `en`.
    pub language: String,
    /// State.
    pub state: SubscriptionState,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the mailed link was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When the webhook answered the signed challenge; until then it is told nothing.
    pub consented_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Number of the last message to this webhook.
    pub sequence: i64,
    /// The Client's contact whose notices this row carries, and nothing else; `None` for
    /// whoever subscribed.
    pub contact_id: Option<Id>,
    /// Counts saves, for lost-update checks.
    pub revision: i64,
}

impl Subscription {
    /// Host and port of the webhook, `example.com:443`: receivers of one machine behind different
    /// ports are different ones. Empty for mail.
    #[must_use]
    pub fn host(&self) -> String {
        Url::parse(&self.url)
            .ok()
            .and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?)))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_admits_its_classes_and_heavier_ones() {
        assert!(Level::Factual.admits(Class::Informational) && !Level::Factual.admits(Class::Editorial));
        assert!(Level::Material.admits(Class::Material) && !Level::Material.admits(Class::Informational));
        assert!(Level::Everything.admits(Class::Editorial));
    }
}
