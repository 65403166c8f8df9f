//! What deliveries tell, kept for a while: thousands of them tell the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;

use crate::db::{self, Conn};
use crate::delivery::letter;
use crate::delivery::message::{Content, Update};
use crate::domain::deadline::day_of;
use crate::domain::delivery::{Delivery, DeliveryKind};
use crate::domain::id::Id;
use crate::domain::notice::public_items;
use crate::state::State;

/// How many are kept.
const KEPT: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Notice(Id, String, Option<i64>),
    Version(i64),
}

/// The store.
#[derive(Debug, Default)]
pub(super) struct Contents(Mutex<HashMap<Key, Content>>);

impl Contents {
    /// What `delivery` tells. `None` if it is not there.
    pub(super) async fn of(&self, state: &State, delivery: &Delivery) -> Result<Option<Content>, db::Error> {
        let key = match (delivery.kind, delivery.notice_id, delivery.list_version) {
            // A notice is never edited, but its updates come later: each event has its own copy,
            // read once that event is stored.
            (DeliveryKind::Notice, Some(id), _) => {
                Key::Notice(id, delivery.event.clone(), delivery.list_version)
            }
            (DeliveryKind::Update, _, Some(version)) => Key::Version(version),
            (DeliveryKind::Notice | DeliveryKind::Update, ..) => return Ok(None),
            (kind, ..) if letter::is_one(kind) => {
                let (delivery, settings) = (delivery.clone(), state.settings.clone());
                let found = state.db.read(move |conn| letter::load(conn, &delivery, &settings)).await?;
                return Ok(found.map(|letter| Content::Letter(Arc::new(letter))));
            }
            _ => return Ok(Some(Content::Kind)),
        };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let zone = state.settings.zone();
        let wanted = key.clone();
        let found = state.db.read(move |conn| load(conn, wanted, &zone)).await?;
        if let Some(content) = &found {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(key, content.clone());
        }
        Ok(found)
    }
}

fn load(conn: &mut Conn, key: Key, zone: &TimeZone) -> Result<Option<Content>, db::Error> {
    match key {
        Key::Notice(id, ..) => Ok(db::notice::get(conn, id)?.map(|notice| Content::Notice(Arc::new(notice)))),
        Key::Version(number) => {
            let (Some(version), Some(change_id)) =
                (db::list::get(conn, number)?, db::list::change_of(conn, number)?)
            else {
                return Ok(None);
            };
            let Some(change) = db::change::get(conn, change_id)? else { return Ok(None) };
            let published_at = version.published_at;
            let day = day_of(published_at, zone);
            let items = public_items(&change, |_| None).into_iter().map(|item| item.dated(None, day));
            let update = Update { list_version: number, published_at, items: items.collect() };
            Ok(Some(Content::Update(Arc::new(update))))
        }
    }
}
