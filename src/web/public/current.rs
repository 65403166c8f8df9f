//! The current list version, held in memory and rendered once per version and day, so that
//! reading the page touches no database.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix_web::web::Data;
use jiff::civil::Date;

use super::filter::Query;
use super::list_page::{self, Shown};
use crate::db;
use crate::domain::list_document::{ListDocument, ListVersion};
use crate::domain::notice::NoticeDocument;
use crate::state::State;
use crate::web::encoded::Encoded;
use crate::web::error::Error;
use crate::web::render::Pages;

/// How often the version number is looked at: other processes publish too.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A version, ready to be sent.
#[derive(Debug)]
pub struct Snapshot {
    /// Its number; 0 before the first.
    pub number: i64,
    /// The day it was rendered for, in the company's zone: deadlines read differently once over.
    pub day: Date,
    /// The list; `None` before the first version.
    pub list: Option<ListDocument>,
    /// Public notices whose change is not in force yet.
    pub announced: Vec<NoticeDocument>,
    /// `/` without a filter.
    pub page: Encoded,
    /// `/list.json` without a filter: the stored bytes.
    pub json: Option<Encoded>,
}

/// Keeps the current version.
pub struct Current {
    state: State,
    pages: Data<Pages>,
    held: RwLock<Option<Arc<Snapshot>>>,
}

impl Current {
    /// Holds nothing yet; the first request or [`Current::watch`] loads it.
    #[must_use]
    pub fn new(state: State, pages: Data<Pages>) -> Self {
        Self { state, pages, held: RwLock::new(None) }
    }

    /// The version held, loaded now if there is none yet.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn get(&self) -> Result<Arc<Snapshot>, Error> {
        match self.held() {
            Some(snapshot) => Ok(snapshot),
            None => self.look().await,
        }
    }

    fn held(&self) -> Option<Arc<Snapshot>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks whether a newer version was published, or a new day began, and renders it then.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn look(&self) -> Result<Arc<Snapshot>, Error> {
        let day = self.pages.site().day(self.state.clock.now());
        let held = self.held();
        let known = held.as_ref().filter(|s| s.day == day).map(|s| s.number);
        let read = self.state.db.read(move |conn| {
            let number = db::list::current_number(conn)?;
            if Some(number) == known {
                return Ok::<_, db::Error>(None);
            }
            let version = db::list::get(conn, number)?;
            let mut announced = Vec::new();
            for change in db::change::announced(conn)? {
                announced.extend(db::notice::of_change(conn, change.id)?.and_then(|n| n.latest()));
            }
            Ok(Some((version, announced)))
        });
        let (version, announced) = match (read.await?, held) {
            (None, Some(held)) => return Ok(held),
            (None, None) => (None, Vec::new()),
            (Some(found), _) => found,
        };
        let pages = self.pages.clone();
        let made = tokio::task::spawn_blocking(move || make(&pages, version, announced, day));
        let made = Arc::new(made.await.map_err(Error::internal)??);
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(made.clone());
        let better = made.clone();
        tokio::task::spawn_blocking(move || {
            better.page.improve();
            if let Some(json) = &better.json {
                json.improve();
            }
        });
        Ok(made)
    }

    /// Looks each second, and at once when this process publishes; never returns. Stopping is
    /// dropping it: it holds nothing that needs an end.
    pub async fn watch(&self) {
        loop {
            tokio::select! {
                () = self.state.list_bell.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if let Err(error) = self.look().await {
                tracing::warn!(cause = %error.cause().unwrap_or_default(), "the current list version could not be read");
            }
        }
    }
}

fn make(
    pages: &Pages,
    version: Option<ListVersion>,
    announced: Vec<NoticeDocument>,
    day: Date,
) -> Result<Snapshot, Error> {
    let query = Query::default();
    let Some(version) = version else {
        let page = Encoded::page(list_page::render_empty(pages, &query, Vec::new())?).prepared();
        return Ok(Snapshot { number: 0, day, list: None, announced, page, json: None });
    };
    let list: ListDocument = serde_json::from_str(&version.public.text).map_err(Error::internal)?;
    let shown = Shown { list: &list, announced: &announced, today: day, asked: None };
    let page = Encoded::page(list_page::render(pages, shown, &query, Vec::new())?).prepared();
    let json = Encoded::json(version.public.text.into_bytes()).prepared();
    Ok(Snapshot { number: version.number, day, list: Some(list), announced, page, json: Some(json) })
}
