//! Changes, their items and the decisions on them.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{approval, change, change_item};
use super::stored::{day, from_json, parse, parse_maybe, time, time_maybe, to_json};
use super::{Conn, Error};
use crate::domain::change::{Approval, Change, ChangeState, Item};
use crate::domain::id::Id;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = change, treat_none_as_null = true)]
struct ChangeRow {
    id: String,
    number: i64,
    title: String,
    reason: String,
    kind: String,
    state: String,
    author: String,
    editors: String,
    effective_on: Option<String>,
    in_use_since: Option<String>,
    emergency: String,
    corrects: Option<String>,
    base_version: i64,
    created_at: i64,
    submitted_at: Option<i64>,
    held_until: Option<i64>,
    announced_at: Option<i64>,
    returned: String,
    revision: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = change_item)]
pub(super) struct ItemRow {
    id: String,
    pub(super) change_id: String,
    position: i32,
    entry_id: Option<String>,
    operation: String,
    edit: String,
    ruled: String,
    class: String,
    class_reason: String,
    grounds: String,
    base_revision: i64,
    base_vendor_revision: i64,
    doubt: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = approval)]
struct ApprovalRow {
    id: String,
    change_id: String,
    staff_id: String,
    at: i64,
    decision: String,
    solo: bool,
    dpo: bool,
    comment: String,
    revision: i64,
    audience: i64,
    typed: Option<i64>,
}

impl ChangeRow {
    fn new(c: &Change) -> Result<Self, Error> {
        Ok(Self {
            id: c.id.to_string(),
            number: c.number,
            title: c.title.clone(),
            reason: c.reason.clone(),
            kind: c.kind.to_string(),
            state: c.state.to_string(),
            author: c.author.to_string(),
            editors: to_json(&c.editors)?,
            effective_on: day(c.effective_on),
            in_use_since: day(c.in_use_since),
            emergency: c.emergency.clone(),
            corrects: c.corrects.map(|id| id.to_string()),
            base_version: c.base_version,
            created_at: c.created_at.as_microsecond(),
            submitted_at: c.submitted_at.map(Timestamp::as_microsecond),
            held_until: c.held_until.map(Timestamp::as_microsecond),
            announced_at: c.announced_at.map(Timestamp::as_microsecond),
            returned: c.returned.clone(),
            revision: c.revision,
        })
    }

    fn change(self, items: Vec<Item>) -> Result<Change, Error> {
        Ok(Change {
            id: parse(&self.id)?,
            number: self.number,
            title: self.title,
            reason: self.reason,
            kind: parse(&self.kind)?,
            state: parse(&self.state)?,
            author: parse(&self.author)?,
            editors: from_json(&self.editors)?,
            effective_on: parse_maybe(self.effective_on.as_deref())?,
            in_use_since: parse_maybe(self.in_use_since.as_deref())?,
            emergency: self.emergency,
            corrects: parse_maybe(self.corrects.as_deref())?,
            base_version: self.base_version,
            created_at: time(self.created_at)?,
            submitted_at: time_maybe(self.submitted_at)?,
            held_until: time_maybe(self.held_until)?,
            announced_at: time_maybe(self.announced_at)?,
            returned: self.returned,
            revision: self.revision,
            items,
        })
    }
}

impl ItemRow {
    fn new(change_id: Id, position: i32, item: &Item) -> Result<Self, Error> {
        Ok(Self {
            id: item.id.to_string(),
            change_id: change_id.to_string(),
            position,
            entry_id: item.entry_id.map(|id| id.to_string()),
            operation: item.operation.to_string(),
            edit: to_json(&item.edit)?,
            ruled: item.ruled.to_string(),
            class: item.class.to_string(),
            class_reason: item.class_reason.clone(),
            grounds: to_json(&item.grounds)?,
            base_revision: item.base_revision,
            base_vendor_revision: item.base_vendor_revision,
            doubt: item.doubt.clone(),
        })
    }

    pub(super) fn item(self) -> Result<Item, Error> {
        Ok(Item {
            id: parse(&self.id)?,
            entry_id: parse_maybe(self.entry_id.as_deref())?,
            operation: parse(&self.operation)?,
            edit: from_json(&self.edit)?,
            ruled: parse(&self.ruled)?,
            class: parse(&self.class)?,
            class_reason: self.class_reason,
            grounds: from_json(&self.grounds)?,
            base_revision: self.base_revision,
            base_vendor_revision: self.base_vendor_revision,
            doubt: self.doubt,
        })
    }
}

/// One change with its items.
///
/// # Errors
/// The database failed.
pub fn get(conn: &mut Conn, id: Id) -> Result<Option<Change>, Error> {
    let row: Option<ChangeRow> =
        change::table.find(id.to_string()).select(ChangeRow::as_select()).first(conn).optional()?;
    row.map(|row| with_items(conn, row)).transpose()
}

fn with_items(conn: &mut Conn, row: ChangeRow) -> Result<Change, Error> {
    let items: Vec<ItemRow> = change_item::table
        .filter(change_item::change_id.eq(&row.id))
        .order(change_item::position.asc())
        .select(ItemRow::as_select())
        .load(conn)?;
    row.change(items.into_iter().map(ItemRow::item).collect::<Result<_, _>>()?)
}

/// The number of the open change that corrects `id`, if there is one.
///
/// # Errors
/// The database failed.
pub fn open_correction(conn: &mut Conn, id: Id) -> Result<Option<i64>, Error> {
    let open = [ChangeState::Draft, ChangeState::Submitted, ChangeState::Held].map(ChangeState::as_str);
    Ok(change::table
        .filter(change::corrects.eq(id.to_string()))
        .filter(change::state.eq_any(open))
        .select(change::number)
        .first(conn)
        .optional()?)
}

/// Changes in any of `states`, newest first, without their items.
///
/// # Errors
/// The database failed.
pub fn in_states(conn: &mut Conn, states: &[ChangeState], limit: i64) -> Result<Vec<Change>, Error> {
    let words: Vec<&str> = states.iter().map(|s| s.as_str()).collect();
    let rows: Vec<ChangeRow> = change::table
        .filter(change::state.eq_any(words))
        .order(change::number.desc())
        .limit(limit)
        .select(ChangeRow::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| row.change(Vec::new())).collect()
}

/// One page of changes in any of `states`, newest first, older than the number `before`; without
/// their items.
///
/// # Errors
/// The database failed.
pub fn page(
    conn: &mut Conn,
    states: &[ChangeState],
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Change>, Error> {
    let words: Vec<&str> = states.iter().map(|s| s.as_str()).collect();
    let rows: Vec<ChangeRow> = change::table
        .filter(change::state.eq_any(words))
        .filter(change::number.lt(before.unwrap_or(i64::MAX)))
        .order(change::number.desc())
        .limit(limit)
        .select(ChangeRow::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| row.change(Vec::new())).collect()
}

/// Held changes whose hold has ended at `now`, oldest first.
///
/// # Errors
/// The database failed.
pub fn hold_ended(conn: &mut Conn, now: Timestamp) -> Result<Vec<Id>, Error> {
    let ids: Vec<String> = change::table
        .filter(change::state.eq(ChangeState::Held.as_str()))
        .filter(change::held_until.le(now.as_microsecond()))
        .order(change::number.asc())
        .select(change::id)
        .load(conn)?;
    ids.iter().map(|id| parse(id)).collect()
}

/// Announced changes whose effective date is `today` or earlier, oldest first.
///
/// # Errors
/// The database failed.
pub fn due_to_take_effect(conn: &mut Conn, today: jiff::civil::Date) -> Result<Vec<Id>, Error> {
    let ids: Vec<String> = change::table
        .filter(change::state.eq(ChangeState::Announced.as_str()))
        .filter(change::effective_on.le(today.to_string()))
        .order((change::effective_on.asc(), change::number.asc()))
        .select(change::id)
        .load(conn)?;
    ids.iter().map(|id| parse(id)).collect()
}

/// Announced changes that are not in effect yet, with their items.
///
/// # Errors
/// The database failed.
pub fn announced(conn: &mut Conn) -> Result<Vec<Change>, Error> {
    let rows: Vec<ChangeRow> = change::table
        .filter(change::state.eq(ChangeState::Announced.as_str()))
        .order(change::number.asc())
        .select(ChangeRow::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| with_items(conn, row)).collect()
}

/// The number the next change gets.
///
/// # Errors
/// The database failed.
pub fn next_number(conn: &mut Conn) -> Result<i64, Error> {
    let last: Option<i64> = change::table.select(diesel::dsl::max(change::number)).first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

/// Stores a change and, in place of the old, its items.
///
/// # Errors
/// The database failed.
pub fn save(conn: &mut Conn, stored: &Change) -> Result<(), Error> {
    save_head(conn, stored)?;
    let id = stored.id.to_string();
    diesel::delete(change_item::table.filter(change_item::change_id.eq(&id))).execute(conn)?;
    for (position, item) in (0..).zip(&stored.items) {
        let row = ItemRow::new(stored.id, position, item)?;
        diesel::insert_into(change_item::table).values(&row).execute(conn)?;
    }
    Ok(())
}

/// Stores a change and leaves its items as they are.
///
/// # Errors
/// The database failed.
pub fn save_head(conn: &mut Conn, stored: &Change) -> Result<(), Error> {
    let row = ChangeRow::new(stored)?;
    let changed = diesel::update(change::table.find(&row.id)).set(&row).execute(conn)?;
    if changed == 0 {
        diesel::insert_into(change::table).values(&row).execute(conn)?;
    }
    Ok(())
}

/// Records a decision.
///
/// # Errors
/// The database failed.
pub fn add_approval(conn: &mut Conn, change_id: Id, id: Id, a: &Approval) -> Result<(), Error> {
    let row = ApprovalRow {
        id: id.to_string(),
        change_id: change_id.to_string(),
        staff_id: a.by.to_string(),
        at: a.at.as_microsecond(),
        decision: a.decision.to_string(),
        solo: a.solo,
        dpo: a.dpo,
        comment: a.comment.clone(),
        revision: a.revision,
        audience: i64::try_from(a.audience).unwrap_or(i64::MAX),
        typed: a.typed.map(|n| i64::try_from(n).unwrap_or(i64::MAX)),
    };
    diesel::insert_into(approval::table).values(&row).execute(conn)?;
    Ok(())
}

/// Every decision on a change, oldest first, voided ones among them.
///
/// # Errors
/// The database failed.
pub fn approvals(conn: &mut Conn, change_id: Id) -> Result<Vec<Approval>, Error> {
    let rows: Vec<ApprovalRow> = approval::table
        .filter(approval::change_id.eq(change_id.to_string()))
        .order(approval::at.asc())
        .select(ApprovalRow::as_select())
        .load(conn)?;
    rows.into_iter()
        .map(|row| {
            Ok(Approval {
                by: parse(&row.staff_id)?,
                at: time(row.at)?,
                decision: parse(&row.decision)?,
                solo: row.solo,
                dpo: row.dpo,
                comment: row.comment,
                revision: row.revision,
                audience: usize::try_from(row.audience).unwrap_or_default(),
                typed: row.typed.map(|n| usize::try_from(n).unwrap_or_default()),
            })
        })
        .collect()
}
