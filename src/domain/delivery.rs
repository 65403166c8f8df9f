//! One message owed to one receiver: its states and what an attempt tells.

use jiff::Timestamp;

use super::id::Id;
use super::subscription::Channel;

crate::words! {
    /// What a delivery carries.
    DeliveryKind {
        /// A notice, or a follow-up of one.
        Notice = "notice",
        /// A short update about an editorial change, for those who chose everything.
        Update = "update",
        /// The opt-in mail with its link.
        Confirm = "confirm",
        /// A mail with a link to the preferences.
        Preferences = "preferences",
        /// A harmless test the receiver asked for.
        Test = "test",
        /// The receipt of an objection, to whoever objected.
        ObjectionReceipt = "objection_receipt",
        /// What was decided on an objection, to whoever objected.
        ObjectionAnswer = "objection_answer",
        /// Word to the company's own privacy contact that a Client did something.
        Desk = "desk",
        /// A fresh link to a Client's own page, to its contact.
        ClientLink = "client_link",
        /// Asks somebody named as a Client's contact whether they want to be.
        Successor = "successor",
    }
}

crate::words! {
    /// Where a delivery stands.
    DeliveryState {
        /// Waits for its time.
        Queued = "queued",
        /// Claimed by a worker.
        Sending = "sending",
        /// The receiving system took it. Not proof of reading.
        Accepted = "accepted",
        /// A person acknowledged what it told. Only after the receiving system took it.
        Acknowledged = "acknowledged",
        /// Every attempt was used or the peer refused for good; a person is alarmed.
        Failed = "failed",
        /// Not owed any more: the subscription ended.
        Cancelled = "cancelled",
    }
}

/// A delivery as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Identity; `Message-ID` and `webhook-id` are made from it and never change.
    pub id: Id,
    /// What it carries.
    pub kind: DeliveryKind,
    /// The notice, for `notice`.
    pub notice_id: Option<Id>,
    /// The list version, for `update`.
    pub list_version: Option<i64>,
    /// Which message about the notice: announced, effective. Of a letter: what it is about and
    /// the id, `objection:…`.
    pub event: String,
    /// To whom.
    pub subscription_id: Id,
    /// What it is owed under an agreement; `None` for a courtesy.
    pub client_notice_id: Option<Id>,
    /// How.
    pub channel: Channel,
    /// State.
    pub state: DeliveryState,
    /// When the next attempt is due.
    pub due_at: Timestamp,
    /// Attempts made.
    pub attempts: i32,
    /// Number within the endpoint's messages; 0 for mail.
    pub sequence: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the receiving system took it.
    pub accepted_at: Option<Timestamp>,
    /// What the peer last said.
    pub last_answer: String,
}

impl Delivery {
    /// Whether it goes to somebody else than its receiver: to the company's own privacy contact,
    /// or to whom the receiver named.
    #[must_use]
    pub fn is_for_another(&self) -> bool {
        matches!(self.kind, DeliveryKind::Desk | DeliveryKind::Successor)
    }

    /// Whether it tells news of the list: it is owed until it arrives.
    #[must_use]
    pub fn is_news(&self) -> bool {
        matches!(self.kind, DeliveryKind::Notice | DeliveryKind::Update)
    }
}

/// The verdict on an attempt that failed on our side and says nothing of the receiver: the message
/// could not be written, or the relay was out of reach or refused us.
pub const OWN_FAULT: &str = "own_fault";

/// One attempt, kept for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// 1 for the first.
    pub number: i32,
    /// When it ended.
    pub at: Timestamp,
    /// Milliseconds it took.
    pub took_ms: i64,
    /// The address dialled; empty if none was.
    pub peer: String,
    /// TLS version, empty for none.
    pub tls: String,
    /// HTTP status or SMTP code; 0 if the peer gave none.
    pub code: i32,
    /// The first 4 KiB of the peer's answer, control characters escaped.
    pub answer: String,
    /// accepted, temporary, permanent, gone, or [`OWN_FAULT`].
    pub verdict: String,
    /// SHA-256 of the bytes sent.
    pub body_sha256: String,
}
