//! Pausing all sending, going on, and trying one delivery again.

use serde_json::json;

use super::{By, Error};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::delivery::Delivery;
use crate::domain::id::Id;
use crate::state::State;

pub use crate::delivery::engine::PAUSED;

/// Holds everything back that is not under way yet. What is owed stays owed.
///
/// # Errors
/// Not allowed.
pub async fn pause_sending(state: &State, by: &By) -> Result<(), Error> {
    by.require(Permission::Admin)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            if db::setting::get(conn, PAUSED)?.is_some() {
                return Ok(());
            }
            db::setting::put(conn, PAUSED, &json!({ "by": by.staff, "at": now }).to_string())?;
            let event = Event {
                actor: by.actor,
                action: "sending.paused",
                subject: "sending".into(),
                detail: json!({}),
            };
            Ok(db::audit::append(conn, now, event)?)
        })
        .await
}

/// Lets everything go on.
///
/// # Errors
/// Not allowed.
pub async fn resume_sending(state: &State, by: &By) -> Result<(), Error> {
    by.require(Permission::Admin)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            if db::setting::get(conn, PAUSED)?.is_none() {
                return Ok(());
            }
            db::setting::remove(conn, PAUSED)?;
            let event = Event {
                actor: by.actor,
                action: "sending.resumed",
                subject: "sending".into(),
                detail: json!({}),
            };
            Ok::<_, Error>(db::audit::append(conn, now, event)?)
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(())
}

/// Tries a waiting or failed delivery again now, with the same id.
///
/// # Errors
/// Not allowed; there is no such delivery; it was accepted or cancelled, or is under way.
pub async fn resend(state: &State, by: &By, id: Id) -> Result<Delivery, Error> {
    by.require(Permission::Write)?;
    let (now, by) = (state.clock.now(), by.clone());
    let sent = state
        .db
        .write(move |conn| {
            let (delivery, _) = db::outbox::get(conn, id)?.ok_or(Error::NotFound("delivery"))?;
            if db::outbox::is_withdrawn(conn, &delivery)? {
                return Err(Error::Conflict(
                    "Its notice was withdrawn: the announcement is not sent again.".to_owned(),
                ));
            }
            if !db::outbox::resend(conn, id, now)? {
                return Err(Error::Conflict(format!(
                    "This delivery is {}. Only one that waits or has failed can be sent again.",
                    delivery.state
                )));
            }
            let event = Event {
                actor: by.actor,
                action: "delivery.resent",
                subject: id.to_string(),
                detail: json!({ "was": delivery.state }),
            };
            db::audit::append(conn, now, event)?;
            let (delivery, _) = db::outbox::get(conn, id)?.ok_or(Error::NotFound("delivery"))?;
            Ok(delivery)
        })
        .await?;
    state.outbox_bell.notify_one();
    Ok(sent)
}
