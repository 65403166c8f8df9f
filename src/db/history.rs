//! What happened to one vendor's lines in published versions, for its page and for search by
//! an old name.

use std::collections::BTreeMap;

use diesel::prelude::*;
use jiff::Timestamp;

use super::change::ItemRow;
use super::schema::{change_item, engagement, list_version, notice, vendor};
use super::stored::{parse, time};
use super::{Conn, Error};
use crate::domain::change::Item;
use crate::domain::list_document::Cause;

/// An item of a change, as a list version published it.
#[derive(Debug)]
pub struct Published {
    /// The item.
    pub item: Item,
    /// The list version.
    pub version: i64,
    /// When it was published.
    pub at: Timestamp,
    /// Why it was published: a change with a notice is in two versions.
    pub cause: Cause,
    /// The number of the change's notice, if it had one.
    pub notice: Option<String>,
}

/// Everything published about the vendor at `slug`, newest first, hidden items among it.
///
/// # Errors
/// The database failed.
pub fn of_vendor(conn: &mut Conn, slug: &str) -> Result<Vec<Published>, Error> {
    let Some(vendor_id) =
        vendor::table.filter(vendor::slug.eq(slug)).select(vendor::id).first::<String>(conn).optional()?
    else {
        return Ok(Vec::new());
    };
    let entries: Vec<String> =
        engagement::table.filter(engagement::vendor_id.eq(vendor_id)).select(engagement::id).load(conn)?;
    let items: Vec<ItemRow> = change_item::table
        .filter(change_item::entry_id.eq_any(entries))
        .select(ItemRow::as_select())
        .load(conn)?;
    let changes: Vec<String> = items.iter().map(|row| row.change_id.clone()).collect();
    let versions: Vec<(Option<String>, i64, i64, String)> = list_version::table
        .filter(list_version::change_id.eq_any(changes.iter().map(Some)))
        .select((
            list_version::change_id,
            list_version::number,
            list_version::published_at,
            list_version::cause,
        ))
        .load(conn)?;
    let notices: BTreeMap<String, String> = notice::table
        .filter(notice::change_id.eq_any(&changes))
        .select((notice::change_id, notice::number))
        .load::<(String, String)>(conn)?
        .into_iter()
        .collect();
    let mut published = Vec::new();
    for row in items {
        let notice = notices.get(&row.change_id);
        let of_change = versions.iter().filter(|v| v.0.as_ref() == Some(&row.change_id)).cloned();
        let of_change: Vec<_> = of_change.collect();
        let item = row.item()?;
        for (_, version, at, cause) in of_change {
            published.push(Published {
                item: item.clone(),
                version,
                at: time(at)?,
                cause: parse(&cause)?,
                notice: notice.cloned(),
            });
        }
    }
    published.sort_by_key(|p| std::cmp::Reverse(p.version));
    Ok(published)
}
