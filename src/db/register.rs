//! Vendors and engagements: what the list says now.

use diesel::prelude::*;

use super::schema::{engagement, vendor};
use super::stored::{day, from_json, parse, parse_maybe, to_json};
use super::{Conn, Error};
use crate::domain::engagement::{Engagement, EngagementStatus};
use crate::domain::entry::{Entry, ListedEntry};
use crate::domain::id::Id;
use crate::domain::vendor::Vendor;
use crate::domain::vetting::VettingStatus;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = vendor)]
struct VendorRow {
    id: String,
    slug: String,
    name: String,
    facts: String,
    contact: String,
    revision: i64,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = engagement, treat_none_as_null = true)]
struct EngagementRow {
    id: String,
    vendor_id: String,
    facts: String,
    status: String,
    effective_from: Option<String>,
    effective_to: Option<String>,
    vetting: String,
    review_by: Option<String>,
    revision: i64,
}

impl VendorRow {
    fn new(v: &Vendor) -> Result<Self, Error> {
        Ok(Self {
            id: v.id.to_string(),
            slug: v.slug.clone(),
            name: v.facts.name.clone(),
            facts: to_json(&v.facts)?,
            contact: v.contact.clone(),
            revision: v.revision,
        })
    }

    fn vendor(self) -> Result<Vendor, Error> {
        Ok(Vendor {
            id: parse(&self.id)?,
            slug: self.slug,
            facts: from_json(&self.facts)?,
            contact: self.contact,
            revision: self.revision,
        })
    }
}

impl EngagementRow {
    fn new(e: &Engagement) -> Result<Self, Error> {
        Ok(Self {
            id: e.id.to_string(),
            vendor_id: e.vendor_id.to_string(),
            facts: to_json(&e.facts)?,
            status: e.status.to_string(),
            effective_from: day(e.effective_from),
            effective_to: day(e.effective_to),
            vetting: e.facts.vetting.status.to_string(),
            review_by: day(e.facts.vetting.review_by),
            revision: e.revision,
        })
    }

    fn engagement(self) -> Result<Engagement, Error> {
        Ok(Engagement {
            id: parse(&self.id)?,
            vendor_id: parse(&self.vendor_id)?,
            facts: from_json(&self.facts)?,
            status: parse(&self.status)?,
            effective_from: parse_maybe(self.effective_from.as_deref())?,
            effective_to: parse_maybe(self.effective_to.as_deref())?,
            revision: self.revision,
        })
    }
}

/// Every vendor, by name.
///
/// # Errors
/// The database failed.
pub fn vendors(conn: &mut Conn) -> Result<Vec<Vendor>, Error> {
    let rows: Vec<VendorRow> = vendor::table
        .order((vendor::name.asc(), vendor::id.asc()))
        .select(VendorRow::as_select())
        .load(conn)?;
    rows.into_iter().map(VendorRow::vendor).collect()
}

/// One vendor.
///
/// # Errors
/// The database failed.
pub fn vendor(conn: &mut Conn, id: Id) -> Result<Option<Vendor>, Error> {
    let row: Option<VendorRow> =
        vendor::table.find(id.to_string()).select(VendorRow::as_select()).first(conn).optional()?;
    row.map(VendorRow::vendor).transpose()
}

/// Every slug that is taken.
///
/// # Errors
/// The database failed.
pub fn slugs(conn: &mut Conn) -> Result<Vec<String>, Error> {
    Ok(vendor::table.select(vendor::slug).load(conn)?)
}

/// One engagement.
///
/// # Errors
/// The database failed.
pub fn engagement(conn: &mut Conn, id: Id) -> Result<Option<Engagement>, Error> {
    let row: Option<EngagementRow> =
        engagement::table.find(id.to_string()).select(EngagementRow::as_select()).first(conn).optional()?;
    row.map(EngagementRow::engagement).transpose()
}

/// One line as it stands now, whatever its status.
///
/// # Errors
/// The database failed.
pub fn entry(conn: &mut Conn, id: Id) -> Result<Option<ListedEntry>, Error> {
    let row: Option<(EngagementRow, VendorRow)> = engagement::table
        .inner_join(vendor::table)
        .filter(engagement::id.eq(id.to_string()))
        .select((EngagementRow::as_select(), VendorRow::as_select()))
        .first(conn)
        .optional()?;
    row.map(|(e, v)| listed(e, v)).transpose()
}

/// Every line, retired ones among them, by vendor name.
///
/// # Errors
/// The database failed.
pub fn entries(conn: &mut Conn) -> Result<Vec<ListedEntry>, Error> {
    let rows: Vec<(EngagementRow, VendorRow)> = engagement::table
        .inner_join(vendor::table)
        .order((vendor::name.asc(), engagement::id.asc()))
        .select((EngagementRow::as_select(), VendorRow::as_select()))
        .load(conn)?;
    rows.into_iter().map(|(e, v)| listed(e, v)).collect()
}

/// The lines that stand on the list.
///
/// # Errors
/// The database failed.
pub fn listed_entries(conn: &mut Conn) -> Result<Vec<ListedEntry>, Error> {
    Ok(entries(conn)?.into_iter().filter(|l| l.status.is_listed()).collect())
}

fn listed(e: EngagementRow, v: VendorRow) -> Result<ListedEntry, Error> {
    let (e, v) = (e.engagement()?, v.vendor()?);
    Ok(ListedEntry {
        status: e.status,
        effective_to: e.effective_to,
        revision: e.revision,
        vendor_revision: v.revision,
        entry: Entry {
            id: e.id,
            vendor_id: v.id,
            slug: v.slug,
            vendor: v.facts,
            engagement: e.facts,
            effective_from: e.effective_from,
        },
    })
}

/// Stores a vendor, new or known. The caller has set its revision.
///
/// # Errors
/// The database failed, or the slug is taken by another.
pub fn save_vendor(conn: &mut Conn, vendor: &Vendor) -> Result<(), Error> {
    let row = VendorRow::new(vendor)?;
    let changed = diesel::update(vendor::table.find(&row.id)).set(&row).execute(conn)?;
    if changed == 0 {
        diesel::insert_into(vendor::table).values(&row).execute(conn)?;
    }
    Ok(())
}

/// Stores an engagement, new or known. The caller has set its revision.
///
/// # Errors
/// The database failed.
pub fn save_engagement(conn: &mut Conn, engagement: &Engagement) -> Result<(), Error> {
    let row = EngagementRow::new(engagement)?;
    let changed = diesel::update(engagement::table.find(&row.id)).set(&row).execute(conn)?;
    if changed == 0 {
        diesel::insert_into(engagement::table).values(&row).execute(conn)?;
    }
    Ok(())
}

/// Every line of one vendor, retired ones among them.
///
/// # Errors
/// The database failed.
pub fn lines_of(conn: &mut Conn, vendor_id: Id) -> Result<Vec<ListedEntry>, Error> {
    let rows: Vec<(EngagementRow, VendorRow)> = engagement::table
        .inner_join(vendor::table)
        .filter(engagement::vendor_id.eq(vendor_id.to_string()))
        .order(engagement::id.asc())
        .select((EngagementRow::as_select(), VendorRow::as_select()))
        .load(conn)?;
    rows.into_iter().map(|(e, v)| listed(e, v)).collect()
}

/// Lines on the list whose approval has run out before `today` and whose status does not say so
/// yet.
///
/// # Errors
/// The database failed.
pub fn reviews_passed(conn: &mut Conn, today: jiff::civil::Date) -> Result<Vec<Engagement>, Error> {
    let words = |all: &[EngagementStatus]| {
        all.iter().filter(|s| s.is_listed()).map(|s| s.as_str()).collect::<Vec<_>>()
    };
    let approvals = VettingStatus::ALL.iter().filter(|s| s.is_approval()).map(|s| s.as_str());
    let rows: Vec<EngagementRow> = engagement::table
        .filter(engagement::review_by.lt(today.to_string()))
        .filter(engagement::vetting.eq_any(approvals.collect::<Vec<_>>()))
        .filter(engagement::status.eq_any(words(EngagementStatus::ALL)))
        .select(EngagementRow::as_select())
        .load(conn)?;
    rows.into_iter().map(EngagementRow::engagement).collect()
}
