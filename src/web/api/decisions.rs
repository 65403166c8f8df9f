//! Submitting, approving, returning, cancelling; withdrawing and moving to a later day.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use jiff::civil::Date;
use serde::Deserialize;

use super::body::{Json, parse, refused};
use super::caller::{Caller, Seen};
use crate::actions;
use crate::templates::Templates;
use crate::web::Error;

/// A decision may come without a body.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionBody {
    #[serde(default)]
    comment: String,
    type_count: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmergencyBody {
    reason: String,
}

pub(super) async fn set_emergency(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, said) = (&seen, sent.read::<EmergencyBody>()?);
    seen.done(actions::set_emergency(&caller.state, &caller.by, *id, *revision, said.reason).await).await
}

pub(super) async fn submit(seen: Seen) -> Result<HttpResponse, Error> {
    let Seen { caller, id, revision } = &seen;
    seen.done(actions::submit(&caller.state, &caller.by, *id, *revision).await).await
}

pub(super) async fn approve(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, said) = (&seen, sent.read_or_default::<DecisionBody>()?);
    let (state, by) = (&caller.state, &caller.by);
    seen.done(actions::approve(state, by, *id, *revision, said.type_count, said.comment).await).await
}

pub(super) async fn send_back(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, said) = (&seen, sent.read_or_default::<DecisionBody>()?);
    seen.done(actions::return_to_author(&caller.state, &caller.by, *id, *revision, said.comment).await).await
}

pub(super) async fn cancel(seen: Seen) -> Result<HttpResponse, Error> {
    let Seen { caller, id, revision } = &seen;
    seen.done(actions::cancel(&caller.state, &caller.by, *id, *revision).await).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithdrawBody {
    #[serde(default)]
    reason: String,
}

pub(super) async fn withdraw(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, said) = (&seen, sent.read::<WithdrawBody>()?);
    seen.done(actions::withdraw(&caller.state, &caller.by, *id, *revision, said.reason).await).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostponeBody {
    effective_on: Option<Date>,
    #[serde(default)]
    reason: String,
}

pub(super) async fn postpone(seen: Seen, sent: Json) -> Result<HttpResponse, Error> {
    let (Seen { caller, id, revision }, said) = (&seen, sent.read::<PostponeBody>()?);
    let (state, by) = (&caller.state, &caller.by);
    seen.done(actions::postpone(state, by, *id, *revision, said.effective_on, said.reason).await).await
}

pub(super) async fn test_mail(
    caller: Caller,
    templates: Data<Templates>,
    path: Path<String>,
) -> Result<HttpResponse, Error> {
    let sent =
        actions::send_test_mail(&caller.state, &templates.into_inner(), &caller.by, parse(&path)?).await;
    caller.tell(HttpResponse::Ok(), sent.map_err(refused)?).await
}
