//! Audiences waiting to be turned into deliveries. The row commits with the announcement; the
//! engine then works it off chunk by chunk, cursor and deliveries together.

use diesel::prelude::*;
use jiff::{SignedDuration, Timestamp};

use super::schema::{expansion, notice_update};
use super::stored::{parse, parse_maybe, time};
use super::{Conn, Error};
use crate::domain::id::Id;
use crate::domain::notice::NoticeEvent;

/// An audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// Identity.
    pub id: Id,
    /// The notice told; `None` for the short update about an editorial change.
    pub notice_id: Option<Id>,
    /// The list version published with it.
    pub list_version: i64,
    /// Which message: a [`crate::domain::notice::NoticeEvent`] word, or `update`.
    pub event: String,
    /// The change told of.
    pub change_id: Id,
    /// Who was owed news at this moment.
    pub audience_at: Timestamp,
    /// How far it is; empty at the beginning.
    pub cursor: String,
    /// Deliveries created so far.
    pub created: i64,
}

/// Begins the cursor once every Client is done; what follows is the last subscription's id.
pub(super) const SUBSCRIBERS: &str = "s:";

impl Expansion {
    /// Whether every Client owed it has its ClientNotice.
    #[must_use]
    pub fn is_past_clients(&self) -> bool {
        self.cursor.starts_with(SUBSCRIBERS)
    }
}

/// Stores an audience to be worked off.
///
/// # Errors
/// The database failed.
pub fn insert(conn: &mut Conn, e: &Expansion) -> Result<(), Error> {
    diesel::insert_into(expansion::table)
        .values((
            expansion::id.eq(e.id.to_string()),
            expansion::notice_id.eq(e.notice_id.map(|id| id.to_string())),
            expansion::list_version.eq(e.list_version),
            expansion::event.eq(&e.event),
            expansion::change_id.eq(e.change_id.to_string()),
            expansion::audience_at.eq(e.audience_at.as_microsecond()),
            expansion::cursor.eq(&e.cursor),
            expansion::created.eq(e.created),
            expansion::finished_at.eq(None::<i64>),
            expansion::tried_at.eq(0),
        ))
        .execute(conn)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = expansion)]
struct Row {
    id: String,
    notice_id: Option<String>,
    list_version: i64,
    event: String,
    change_id: String,
    audience_at: i64,
    cursor: String,
    created: i64,
}

impl Row {
    fn expansion(self) -> Result<Expansion, Error> {
        Ok(Expansion {
            id: parse(&self.id)?,
            notice_id: parse_maybe(self.notice_id.as_deref())?,
            list_version: self.list_version,
            event: self.event,
            change_id: parse(&self.change_id)?,
            audience_at: time(self.audience_at)?,
            cursor: self.cursor,
            created: self.created,
        })
    }
}

/// How long an audience that could not be worked off rests.
const REST: SignedDuration = SignedDuration::from_secs(60);

/// The oldest audience not worked off yet; one that failed comes after the others, and not before
/// it has rested.
///
/// # Errors
/// The database failed.
pub fn next_open(conn: &mut Conn, now: Timestamp) -> Result<Option<Expansion>, Error> {
    let rested = now.saturating_sub(REST).unwrap_or(Timestamp::MIN).as_microsecond();
    let row: Option<Row> = expansion::table
        .filter(expansion::finished_at.is_null())
        // A failure in the future was noted before the clock was set back.
        .filter(expansion::tried_at.le(rested).or(expansion::tried_at.gt(now.as_microsecond())))
        .order((expansion::tried_at.asc(), expansion::id.asc()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Row::expansion).transpose()
}

/// Notes that an audience could not be worked off, so that it keeps no other waiting.
///
/// # Errors
/// The database failed.
pub fn stumbled(conn: &mut Conn, id: Id, now: Timestamp) -> Result<(), Error> {
    diesel::update(expansion::table.find(id.to_string()))
        .set(expansion::tried_at.eq(now.as_microsecond()))
        .execute(conn)?;
    Ok(())
}

/// The audience of one message about a notice.
///
/// # Errors
/// The database failed.
pub fn of_notice(conn: &mut Conn, notice_id: Id, event: &str) -> Result<Option<Expansion>, Error> {
    let row: Option<Row> = expansion::table
        .filter(expansion::notice_id.eq(notice_id.to_string()))
        .filter(expansion::event.eq(event))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Row::expansion).transpose()
}

/// The audience of the announcement, for whoever is told only now: where the effective date was
/// moved meanwhile, with the list version that says so, so that the message tells the new day.
///
/// # Errors
/// The database failed.
pub fn of_announcement(conn: &mut Conn, notice_id: Id) -> Result<Option<Expansion>, Error> {
    let Some(announced) = of_notice(conn, notice_id, NoticeEvent::Announced.as_str())? else {
        return Ok(None);
    };
    let moved: Option<i64> = notice_update::table
        .filter(notice_update::notice_id.eq(notice_id.to_string()))
        .filter(notice_update::event.like(format!("{}%", NoticeEvent::Updated)))
        .select(diesel::dsl::max(notice_update::list_version))
        .first(conn)?;
    Ok(Some(Expansion { list_version: moved.unwrap_or(announced.list_version), ..announced }))
}

/// Moves the cursor, and closes the audience when `finished_at` says so.
///
/// # Errors
/// The database failed.
pub fn advance(
    conn: &mut Conn,
    id: Id,
    cursor: &str,
    created: i64,
    finished_at: Option<Timestamp>,
) -> Result<(), Error> {
    diesel::update(expansion::table.find(id.to_string()))
        .set((
            expansion::cursor.eq(cursor),
            expansion::created.eq(created),
            expansion::finished_at.eq(finished_at.map(Timestamp::as_microsecond)),
            expansion::tried_at.eq(0),
        ))
        .execute(conn)?;
    Ok(())
}

/// How many the last announcement was made to; 0 before the first. One whose deliveries are
/// still being made has no count yet.
///
/// # Errors
/// The database failed.
pub fn last_audience(conn: &mut Conn) -> Result<usize, Error> {
    let created: Option<i64> = expansion::table
        .filter(expansion::notice_id.is_not_null())
        .filter(expansion::finished_at.is_not_null())
        .order(expansion::id.desc())
        .select(expansion::created)
        .first(conn)
        .optional()?;
    Ok(created.and_then(|n| usize::try_from(n).ok()).unwrap_or(0))
}
