//! Editing a line within a change. The form works without scripts: rows are added by sending
//! it, and what was typed stays until it is stored.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use serde::{Deserialize, Serialize};

use super::console::{Desk, Problem, Tab, problem, problems, see};
use super::entry_values::{facts_of, fields_of};
use super::entry_view::{countries, groups, regions};
use super::field::{Choice, Group, Maker, choice};
use super::into::{Into, into_choices};
use super::stale;
use crate::actions::{self, Details, Draft};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::change::{Change, Item};
use crate::domain::engagement::EngagementFacts;
use crate::domain::id::Id;
use crate::domain::text::{FieldError, NAME_LIMIT};
use crate::domain::tidy::tidy;
use crate::domain::vendor::VendorFacts;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;

#[derive(Serialize)]
struct FormPage {
    heading: String,
    problems: Vec<Problem>,
    groups: Vec<Group>,
    hidden: Vec<(&'static str, String)>,
    into: Vec<Choice>,
    vendor: Option<String>,
    countries: Vec<&'static str>,
    places: Vec<&'static str>,
    back: String,
}

/// Where the form was asked for.
#[derive(Deserialize, Default)]
pub struct Asked {
    /// The change to edit in.
    change: Option<Id>,
    /// For a new line of a company that is on the list already.
    vendor: Option<Id>,
    /// `recorded`: with the vetting as the last result on record has it.
    vetting: Option<String>,
}

/// Everything the form needs beside what was typed.
struct Setting {
    others: Vec<Choice>,
    into: Vec<Choice>,
    vendor: Option<VendorFacts>,
}

/// `GET /staff/entries/new`
pub async fn new_form(desk: Desk, staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let mut fields = fields_of(&VendorFacts::default(), &EngagementFacts::default());
    fields.set("vendor_id", asked.vendor.map_or_else(String::new, |id| id.to_string()));
    show(&desk, &staff, StatusCode::OK, fields, &[], asked.change).await
}

/// `GET /staff/entries/{id}/edit`
pub async fn edit_form(
    desk: Desk,
    staff: Staff,
    id: Path<Id>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    let (id, change) = (*id, asked.change);
    let found = desk.state.db.read(move |conn| {
        let change = change.map(|id| db::change::get(conn, id)).transpose()?.flatten();
        Ok::<_, db::Error>((db::register::entry(conn, id)?, change, db::record::vettings(conn, &[id])?))
    });
    let (listed, change, vettings) = found.await?;
    let held = change.as_ref().and_then(|c| item_of(c, id)).and_then(Item::entry);
    let entry =
        held.or(listed.as_ref().map(|l| &l.entry)).ok_or(Error::not_found("There is no such entry."))?;
    let mut fields = fields_of(&entry.vendor, &entry.engagement);
    fields.set("entry_id", id.to_string());
    if asked.vetting.as_deref() == Some("recorded")
        && let Some(last) = vettings.first().map(|v| &v.facts)
    {
        fields.set("vetting.status", last.result.status().to_string());
        fields.set("vetting.reviewed_on", last.decided_on.to_string());
        fields.set("vetting.review_by", last.valid_until.to_string());
    }
    if let (Some(change), Some(_)) = (&change, held) {
        fields.set("seen", change.id.to_string());
    }
    show(&desk, &staff, StatusCode::OK, fields, &[], asked.change).await
}

fn item_of(change: &Change, entry: Id) -> Option<&Item> {
    change.items.iter().find(|item| item.entry_id == Some(entry))
}

async fn setting(desk: &Desk, staff: &Staff, fields: &Fields, change: Option<Id>) -> Result<Setting, Error> {
    let (me, own) = (staff.by.staff, fields.get("entry_id").parse::<Id>().ok());
    let vendor = fields.get("vendor_id").parse::<Id>().ok();
    let read = move |conn: &mut db::Conn| {
        let others = db::register::listed_entries(conn)?;
        let others = others.iter().filter(|l| Some(l.entry.id) != own).map(|l| {
            let purpose = l.entry.engagement.purposes.first().map_or("", |p| p.text.as_str());
            choice(l.entry.id.to_string(), format!("{} – {purpose}", l.entry.vendor.name))
        });
        let others = others.collect();
        let vendor = vendor.map(|id| db::register::vendor(conn, id)).transpose()?.flatten();
        Ok::<_, db::Error>(Setting {
            others,
            into: into_choices(conn, me, change)?,
            vendor: vendor.map(|v| v.facts),
        })
    };
    Ok(desk.state.db.read(read).await?)
}

async fn show(
    desk: &Desk,
    staff: &Staff,
    status: StatusCode,
    fields: Fields,
    errors: &[FieldError],
    change: Option<Id>,
) -> Result<HttpResponse, Error> {
    let setting = setting(desk, staff, &fields, change).await?;
    let into = match fields.has("into") {
        true => setting
            .into
            .into_iter()
            .map(|c| Choice { selected: c.value == fields.get("into"), ..c })
            .collect(),
        false => setting.into,
    };
    let entry = fields.get("entry_id").to_owned();
    let name = setting.vendor.as_ref().map_or(fields.get("vendor.name"), |v| v.name.as_str());
    let heading = match (entry.is_empty(), name) {
        (true, "") => "Add a sub-processor".to_owned(),
        (true, name) => format!("Add an engagement of {name}"),
        (false, name) => format!("Edit {name}"),
    };
    let heading =
        if setting.vendor.is_none() && entry.is_empty() { "Add a sub-processor".to_owned() } else { heading };
    let hidden = ["entry_id", "vendor_id", "seen"].map(|name| (name, fields.get(name).to_owned())).to_vec();
    let mut places = regions();
    places.extend(countries());
    let body = FormPage {
        problems: problems(errors),
        groups: groups(Maker { fields: &fields, errors }, &setting.others, setting.vendor.is_some()),
        hidden,
        into,
        vendor: setting.vendor.map(|v| v.name),
        countries: countries(),
        places,
        back: if entry.is_empty() { "/staff/register".to_owned() } else { format!("/staff/entries/{entry}") },
        heading: heading.chars().take(NAME_LIMIT).collect(),
    };
    let title = body.heading.clone();
    desk.page_with(status, staff, Tab::Register, &title, "staff/entry_form", body).await
}

/// `POST /staff/entries`: stores the line in a change, or shows the form again.
pub async fn save(desk: Desk, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let into: Into = fields.get("into").parse()?;
    if fields.has("more") {
        return show(&desk, &staff, StatusCode::OK, fields, &[], into.change()).await;
    }
    let draft = match draft(&desk, &staff, &fields).await? {
        Ok(draft) => draft,
        Err(errors) => {
            return show(&desk, &staff, StatusCode::UNPROCESSABLE_ENTITY, fields, &errors, into.change())
                .await;
        }
    };
    if let Some(theirs) = unseen(&desk, &fields, into, &draft).await? {
        return stale::entry(&desk, &staff, &fields, &draft, &theirs).await;
    }
    let (change, revision) = match into {
        Into::Existing(id, revision) => (id, revision),
        Into::New => {
            let word = if draft.entry_id.is_some() { "Change" } else { "Add" };
            let title: String = format!("{word} {}", draft.vendor.name).chars().take(NAME_LIMIT).collect();
            let details = Details { title, ..Details::default() };
            let change = actions::start_change(&desk.state, &staff.by, details).await?;
            (change.id, change.revision)
        }
    };
    match actions::put_entry(&desk.state, &staff.by, change, revision, draft.clone()).await {
        Ok(change) => Ok(see(&format!("/staff/changes/{}", change.id), "saved")),
        Err(actions::Error::Stale(theirs)) => stale::entry(&desk, &staff, &fields, &draft, &theirs).await,
        Err(error) => {
            if into == Into::New {
                // Nothing half-done is kept: the change was begun for this line only.
                actions::cancel(&desk.state, &staff.by, change, revision).await?;
            }
            match error {
                actions::Error::Invalid(errors) => {
                    show(&desk, &staff, StatusCode::UNPROCESSABLE_ENTITY, fields, &errors, into.change())
                        .await
                }
                error => Err(error.into()),
            }
        }
    }
}

/// What the fields tell, checked as it will be when it is stored.
async fn draft(desk: &Desk, staff: &Staff, fields: &Fields) -> Result<Result<Draft, Vec<FieldError>>, Error> {
    let (mut vendor, engagement) = match facts_of(fields) {
        Ok(facts) => facts,
        Err(errors) => return Ok(Err(errors)),
    };
    let known = setting(desk, staff, fields, None).await?.vendor;
    if let Some(known) = known {
        vendor = known;
    }
    if engagement.purposes.is_empty() {
        return Ok(Err(vec![FieldError::new(
            "purposes",
            "Say what the sub-processor does, in the first row.",
        )]));
    }
    if let Err(errors) = tidy(vendor.clone(), engagement.clone()) {
        return Ok(Err(errors));
    }
    let id = |name: &str| fields.get(name).parse().ok();
    Ok(Ok(Draft { entry_id: id("entry_id"), vendor_id: id("vendor_id"), vendor, engagement }))
}

/// The change, if it holds an edit of this line that the form did not show: saving would lose
/// it unseen.
async fn unseen(desk: &Desk, fields: &Fields, into: Into, draft: &Draft) -> Result<Option<Change>, Error> {
    let (Into::Existing(id, _), Some(entry)) = (into, draft.entry_id) else { return Ok(None) };
    if fields.get("seen") == id.to_string() {
        return Ok(None);
    }
    let change = desk.state.db.read(move |conn| db::change::get(conn, id)).await?;
    Ok(change.filter(|change| item_of(change, entry).is_some()))
}

/// `POST /staff/entries/{id}/remove`
pub async fn remove(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let id = *id;
    let listed = desk.state.db.read(move |conn| db::register::entry(conn, id)).await?;
    let listed = listed.ok_or(Error::not_found("There is no such entry."))?;
    let into: Into = fields.get("into").parse()?;
    let (change, revision) = match into {
        Into::Existing(id, revision) => (id, revision),
        Into::New => {
            let title: String =
                format!("Remove {}", listed.entry.vendor.name).chars().take(NAME_LIMIT).collect();
            let details = Details { title, ..Details::default() };
            let change = actions::start_change(&desk.state, &staff.by, details).await?;
            (change.id, change.revision)
        }
    };
    match actions::remove_entry(&desk.state, &staff.by, change, revision, id).await {
        Ok(change) => Ok(see(&format!("/staff/changes/{}", change.id), "saved")),
        Err(error) => {
            if into == Into::New {
                actions::cancel(&desk.state, &staff.by, change, revision).await?;
            }
            let text = match &error {
                actions::Error::Stale(change) => {
                    format!(
                        "Somebody saved {} in the meantime. Look at it again, then remove.",
                        change.reference()
                    )
                }
                actions::Error::Conflict(text) => text.clone(),
                _ => return Err(error.into()),
            };
            super::entry::show(&desk, &staff, StatusCode::CONFLICT, id, problem(text)).await
        }
    }
}
