//! What people do to a change from its page.

use actix_web::HttpResponse;
use actix_web::web::Path;

use super::change::refused;
use super::console::{Desk, see};
use super::stale;
use crate::actions::{self, Details};
use crate::domain::access::Permission;
use crate::domain::change::{Change, ChangeState};
use crate::domain::id::Id;
use crate::domain::text::FieldError;
use crate::web::auth::Posted;
use crate::web::error::Error;
use crate::web::form::Fields;

async fn answer(
    desk: &Desk,
    form: &Posted,
    id: Id,
    result: Result<Change, actions::Error>,
    done: &str,
) -> Result<HttpResponse, Error> {
    match result {
        Ok(_) => Ok(see(&format!("/staff/changes/{id}"), done)),
        Err(error) => refused(desk, &form.staff, id, &form.fields, error).await,
    }
}

fn details(fields: &Fields) -> Result<Details, Vec<FieldError>> {
    let (effective_on, in_use_since) = (fields.day("effective_on"), fields.day("in_use_since"));
    match (effective_on, in_use_since) {
        (Ok(effective_on), Ok(in_use_since)) => Ok(Details {
            title: fields.get("title").to_owned(),
            reason: fields.get("reason").to_owned(),
            effective_on,
            in_use_since,
        }),
        (on, since) => Err([on.err(), since.err()].into_iter().flatten().collect()),
    }
}

/// `POST /staff/changes`: begins one.
pub async fn start(desk: Desk, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Write)?;
    let details = Details { title: form.fields.get("title").to_owned(), ..Details::default() };
    match actions::start_change(&desk.state, &form.staff.by, details).await {
        Ok(change) => Ok(see(&format!("/staff/changes/{}", change.id), "started")),
        Err(actions::Error::Invalid(errors)) => super::changes::refused(&desk, &form, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /staff/changes/{id}/details`
pub async fn set_details(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Write)?;
    let revision = form.fields.number("revision")?;
    let result = match details(&form.fields) {
        Ok(details) => actions::set_details(&desk.state, &form.staff.by, *id, revision, details).await,
        Err(errors) => Err(actions::Error::Invalid(errors)),
    };
    if let Err(actions::Error::Stale(theirs)) = &result {
        let stored = super::change::details_of(theirs);
        let row = |label, name: &str| (label, stored.get(name).to_owned(), form.fields.get(name).to_owned());
        let rows = vec![
            row("Title", "title"),
            row("Reason", "reason"),
            row("Effective date", "effective_on"),
            row("In use since", "in_use_since"),
        ];
        let action = format!("/staff/changes/{id}/details");
        return stale::change(&desk, &form.staff, &form.fields, action, theirs, rows).await;
    }
    answer(&desk, &form, *id, result, "saved").await
}

/// `POST /staff/changes/{id}/submit`
pub async fn submit(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Write)?;
    let revision = form.fields.number("revision")?;
    let result = actions::submit(&desk.state, &form.staff.by, *id, revision).await;
    answer(&desk, &form, *id, result, "submitted").await
}

/// `POST /staff/changes/{id}/approve`
pub async fn approve(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Approve)?;
    let revision = form.fields.number("revision")?;
    let typed = form.fields.get("typed").trim().parse().ok();
    let comment = form.fields.get("comment").to_owned();
    let result = actions::approve(&desk.state, &form.staff.by, *id, revision, typed, comment).await;
    let done = match &result {
        Ok(change) if change.state == ChangeState::Announced => "announced",
        Ok(change) if change.state == ChangeState::Submitted => "part-approved",
        Ok(change) if change.state != ChangeState::Held => "published",
        _ => "approved",
    };
    answer(&desk, &form, *id, result, done).await
}

/// `POST /staff/changes/{id}/return`
pub async fn return_to_author(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Approve)?;
    let revision = form.fields.number("revision")?;
    let comment = form.fields.get("comment").to_owned();
    let result = actions::return_to_author(&desk.state, &form.staff.by, *id, revision, comment).await;
    answer(&desk, &form, *id, result, "returned").await
}

/// `POST /staff/changes/{id}/cancel`
pub async fn cancel(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Write)?;
    let revision = form.fields.number("revision")?;
    let result = actions::cancel(&desk.state, &form.staff.by, *id, revision).await;
    answer(&desk, &form, *id, result, "cancelled").await
}

/// Problems under the names the fields have on this page, which holds several forms.
fn named(mut error: actions::Error, names: &[(&str, &str)]) -> actions::Error {
    if let actions::Error::Invalid(problems) = &mut error {
        for problem in problems {
            if let Some((_, here)) = names.iter().find(|(field, _)| problem.field == *field) {
                problem.field = (*here).to_owned();
            }
        }
    }
    error
}

/// `POST /staff/changes/{id}/withdraw`
pub async fn withdraw(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Approve)?;
    let revision = form.fields.number("revision")?;
    let reason = form.fields.get("withdraw_reason").to_owned();
    let result = actions::withdraw(&desk.state, &form.staff.by, *id, revision, reason).await;
    let result = result.map_err(|error| named(error, &[("reason", "withdraw_reason")]));
    answer(&desk, &form, *id, result, "withdrawn").await
}

/// `POST /staff/changes/{id}/correct`
pub async fn correct(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Write)?;
    let reason = form.fields.get("correct_reason").to_owned();
    match actions::correct(&desk.state, &form.staff.by, *id, reason).await {
        Ok(draft) => Ok(see(&format!("/staff/changes/{}", draft.id), "correcting")),
        Err(error) => {
            let error = named(error, &[("reason", "correct_reason")]);
            refused(&desk, &form.staff, *id, &form.fields, error).await
        }
    }
}

/// `POST /staff/changes/{id}/again`
pub async fn draft_again(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Write)?;
    match actions::draft_again(&desk.state, &form.staff.by, *id).await {
        Ok(draft) => Ok(see(&format!("/staff/changes/{}", draft.id), "started")),
        Err(error) => refused(&desk, &form.staff, *id, &form.fields, error).await,
    }
}

/// `POST /staff/changes/{id}/postpone`
pub async fn postpone(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Approve)?;
    let revision = form.fields.number("revision")?;
    let reason = form.fields.get("later_reason").to_owned();
    let result = match form.fields.day("later_on") {
        Ok(day) => actions::postpone(&desk.state, &form.staff.by, *id, revision, day, reason).await,
        Err(error) => Err(error.into()),
    };
    let names = [("reason", "later_reason"), ("effective_on", "later_on")];
    let result = result.map_err(|error| named(error, &names));
    answer(&desk, &form, *id, result, "postponed").await
}

/// `POST /staff/changes/{id}/items/{item}/class`
pub async fn set_class(desk: Desk, path: Path<(Id, Id)>, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Write)?;
    let (id, item) = *path;
    let revision = form.fields.number("revision")?;
    let reason = form.fields.get("class_reason").to_owned();
    let result = match form.fields.get("class").parse() {
        Ok(class) => actions::set_class(&desk.state, &form.staff.by, id, revision, item, class, reason).await,
        Err(_) => Err(FieldError::new("class", "Choose one of the classes.").into()),
    };
    answer(&desk, &form, id, result, "classified").await
}

/// `POST /staff/changes/{id}/items/{item}/undo`
pub async fn undo(desk: Desk, path: Path<(Id, Id)>, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Write)?;
    let (id, item) = *path;
    let revision = form.fields.number("revision")?;
    let result = actions::undo_item(&desk.state, &form.staff.by, id, revision, item).await;
    answer(&desk, &form, id, result, "undone").await
}

/// `POST /staff/changes/{id}/items/{item}/settle`
pub async fn settle(desk: Desk, path: Path<(Id, Id)>, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Write)?;
    let (id, item) = *path;
    let revision = form.fields.number("revision")?;
    let result = actions::settle_doubt(&desk.state, &form.staff.by, id, revision, item).await;
    answer(&desk, &form, id, result, "settled").await
}
