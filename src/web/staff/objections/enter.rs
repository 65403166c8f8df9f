//! Entering an objection that came by letter, by mail or on the phone.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::actions;
use crate::actions::objections::{Entered, enter};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::client::ContactState;
use crate::domain::client_notice::ClientNotice;
use crate::domain::deadline::end_of;
use crate::domain::id::Id;
use crate::domain::objection::Words;
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;
use crate::web::staff::clients::sheet::{Gather, Sheet, status_of, word};
use crate::web::staff::console::{Desk, see};
use crate::web::staff::field::{Choice, Group, Maker, choice};

/// The notices a Client was told, and its people.
fn choices(conn: &mut Conn, client: Id) -> Result<(Vec<Choice>, Vec<Choice>), db::Error> {
    let mut notices = Vec::new();
    for one in db::client_notice::of_client(conn, client)? {
        if let Some(notice) = db::notice::get(conn, one.notice_id)? {
            let what = crate::domain::notice::headline(&notice.clients.items);
            notices.push(choice(one.id.to_string(), format!("{}: {what}", notice.number)));
        }
    }
    let mut people = vec![choice("", "Nobody: I answer myself")];
    let contacts = db::contact::of_client(conn, client)?;
    let open = contacts.iter().filter(|contact| contact.state != ContactState::Ended);
    people.extend(open.map(|contact| choice(contact.id.to_string(), contact.email.to_string())));
    Ok((notices, people))
}

async fn sheet(desk: &Desk, id: Id, fields: &Fields, errors: &[FieldError]) -> Result<Sheet, Error> {
    let read = move |conn: &mut Conn| Ok::<_, db::Error>((db::client::get(conn, id)?, choices(conn, id)?));
    let (client, (notices, people)) = desk.state.db.read(read).await?;
    let client = client.ok_or_else(|| Error::not_found("There is no such Client."))?;
    let m = Maker { fields, errors };
    let back = format!("/staff/clients/{id}");
    let notice = if notices.is_empty() { "This Client was told of nothing yet." } else { "" };
    Ok(Sheet {
        heading: format!("Enter an objection of {}", client.name),
        lead: "Whether it is in time is seen from the day it was received, in the Client’s own time zone."
            .to_owned(),
        notice: notice.to_owned(),
        action: format!("{back}/objections/new"),
        back,
        groups: vec![Group::shown(
            "The objection",
            vec![
                m.select("client_notice_id", "To which notice", "", notices),
                m.date("received_on", "Received on", "Empty means now."),
                m.text("received_by", "How it came", "By letter, by mail, on the phone."),
                m.text("person", "Who objects", "Their name."),
                m.select(
                    "contact_id",
                    "Answers go to",
                    "A contact of the Client is mailed a receipt and each answer.",
                    people,
                ),
                m.area("grounds", "Why", "Their grounds, as they wrote them."),
                m.area("wish", "What they wish", "Optional."),
            ],
            Vec::new(),
        )],
        button: "Enter it",
        ..Sheet::default()
    })
}

/// `GET /staff/clients/{id}/objections/new`
pub async fn new(desk: Desk, staff: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    staff.require(Permission::Write)?;
    sheet(&desk, *id, &Fields::default(), &[]).await?.show(&desk, &staff, StatusCode::OK, &[]).await
}

/// `POST /staff/clients/{id}/objections/new`
pub async fn add(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let Posted { staff, fields } = form;
    staff.require(Permission::Write)?;
    let done = match draft(&desk, *id, &fields).await? {
        Ok(entered) => enter(&desk.state, &staff.by, entered).await,
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    match done {
        Ok(made) => Ok(see(&format!("/staff/objections/{}", made.id), "objection-entered")),
        Err(actions::Error::Invalid(mut errors)) => {
            for error in &mut errors {
                // The page asks for the day.
                if error.field == "received_at" {
                    error.field = "received_on".to_owned();
                }
            }
            sheet(&desk, *id, &fields, &errors).await?.show(&desk, &staff, status_of(&errors), &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn draft(desk: &Desk, client: Id, fields: &Fields) -> Result<Result<Entered, Vec<FieldError>>, Error> {
    let mut gather = Gather::default();
    let chosen: Option<Id> = gather.keep(word(fields, "client_notice_id"));
    let contact_id = gather.keep(word(fields, "contact_id"));
    let day = gather.keep(fields.day("received_on"));
    let one = match chosen {
        Some(id) => desk.state.db.read(move |conn| db::client_notice::get(conn, id)).await?,
        None => None,
    };
    let Some(one) = one.filter(|one| one.client_id == client) else {
        gather.0.push(FieldError::new("client_notice_id", "Choose the notice they object to."));
        return Ok(Err(gather.0));
    };
    let text = |name| fields.get(name).to_owned();
    Ok(gather.done(Entered {
        client_notice_id: one.id,
        received_at: moment(&one, day, desk.state.clock.now()),
        received_by: text("received_by"),
        contact_id,
        words: Words { person: text("person"), grounds: text("grounds"), wish: text("wish") },
    }))
}

/// The last minute of a day in the Client's zone, which its window ends with too; not after now.
fn moment(one: &ClientNotice, day: Option<Date>, now: Timestamp) -> Timestamp {
    let Some(day) = day else { return now };
    let end = end_of(day, &one.rules.day_count().zone);
    let begin = end.saturating_add(SignedDuration::from_hours(-24)).unwrap_or(end);
    let last = end.saturating_add(SignedDuration::from_mins(-1)).unwrap_or(end);
    // Today is not over; a day to come stays one, to be told so.
    if begin <= now { last.min(now) } else { last }
}
