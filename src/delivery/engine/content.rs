//! What deliveries tell, kept for a while: thousands of them tell the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::db::{self, Conn};
use crate::delivery::message::{Content, Update};
use crate::domain::delivery::{Delivery, DeliveryKind};
use crate::domain::id::Id;
use crate::domain::notice::public_items;
use crate::state::State;

/// How many are kept.
const KEPT: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Notice(Id),
    Version(i64),
}

/// The store.
#[derive(Debug, Default)]
pub(super) struct Contents(Mutex<HashMap<Key, Content>>);

impl Contents {
    /// What `delivery` tells. `None` if it is not there.
    pub(super) async fn of(&self, state: &State, delivery: &Delivery) -> Result<Option<Content>, db::Error> {
        let key = match (delivery.kind, delivery.notice_id, delivery.list_version) {
            (DeliveryKind::Notice, Some(id), _) => Key::Notice(id),
            (DeliveryKind::Update, _, Some(version)) => Key::Version(version),
            (DeliveryKind::Notice | DeliveryKind::Update, ..) => return Ok(None),
            _ => return Ok(Some(Content::Kind)),
        };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let found = state.db.read(move |conn| load(conn, key)).await?;
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

fn load(conn: &mut Conn, key: Key) -> Result<Option<Content>, db::Error> {
    match key {
        Key::Notice(id) => Ok(db::notice::get(conn, id)?.map(|notice| Content::Notice(Arc::new(notice)))),
        Key::Version(number) => {
            let (Some(version), Some(change_id)) =
                (db::list::get(conn, number)?, db::list::change_of(conn, number)?)
            else {
                return Ok(None);
            };
            let Some(change) = db::change::get(conn, change_id)? else { return Ok(None) };
            let told = public_items(&change, |_| None);
            let published_at = version.published_at;
            Ok(Some(Content::Update(Arc::new(Update { list_version: number, published_at, items: told }))))
        }
    }
}
