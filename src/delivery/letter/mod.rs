//! Letters: what one person of a Client, or the company's own privacy contact, is told besides
//! notices. They are written from what is stored when they leave.

mod client;
mod objection;

use crate::config::Settings;
use crate::db::{self, Conn};
use crate::delivery::message::facts::Line;
use crate::domain::delivery::{Delivery, DeliveryKind};
use crate::domain::id::Id;
use crate::keys::Purpose;

/// A letter before it is a mail.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The mailbox, where it is not that of the delivery's receiver.
    pub to: Option<String>,
    /// One line.
    pub subject: String,
    /// The first sentences.
    pub lead: String,
    /// More of them.
    pub paragraphs: Vec<String>,
    /// What it is about.
    pub facts: Vec<Line>,
    /// Words and aim of its one link.
    pub link: Option<(String, Target)>,
}

/// Where a letter's link leads.
#[derive(Debug, Clone)]
pub enum Target {
    /// A page of ours.
    Path(String),
    /// A signed link, good for [`LINK_LIFE`](crate::delivery::message::LINK_LIFE).
    Token {
        /// What it is for.
        purpose: Purpose,
        /// What it is about.
        id: Id,
        /// The generation of the Client's links.
        epoch: i64,
        /// What follows the token.
        tail: String,
    },
}

/// Whether deliveries of `kind` are letters.
#[must_use]
pub fn is_one(kind: DeliveryKind) -> bool {
    use DeliveryKind as K;
    matches!(kind, K::ObjectionReceipt | K::ObjectionAnswer | K::Desk | K::ClientLink | K::Successor)
}

/// The letter of `delivery`; `None` if what it is about is gone.
///
/// # Errors
/// The database failed.
pub fn load(conn: &mut Conn, delivery: &Delivery, settings: &Settings) -> Result<Option<Letter>, db::Error> {
    let Some((what, id)) = delivery.event.split_once(':') else { return Ok(None) };
    let Ok(id) = id.parse::<Id>() else { return Ok(None) };
    match what {
        "objection" => objection::load(conn, delivery.kind, id, settings),
        "client" => client::link(conn, id, settings),
        "successor" => client::successor(conn, delivery.kind, id, settings),
        "dpa" => client::dpa_asked(conn, id, settings),
        "left" => client::left(conn, id, settings),
        _ => Ok(None),
    }
}

/// The company's own mailbox.
fn desk(settings: &Settings) -> Option<String> {
    Some(settings.company.privacy_contact.clone())
}

fn line(label: &str, value: impl Into<String>) -> Line {
    Line { label: label.to_owned(), value: value.into() }
}
