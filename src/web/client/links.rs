//! Links of a Client: opened, or answered by one neutral page that tells nothing of what they
//! were.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use crate::actions::portal::{self, Told, Visitor};
use crate::keys::BadLink;
use crate::state::State;
use crate::web::error::Error;
pub(super) use crate::web::private::answer;
use crate::web::render::{Frame, Pages, Section};

/// What a link opened, or the page that says that it does not.
pub(super) type Opened<T> = Result<T, HttpResponse>;

#[derive(Serialize)]
struct DeadLinkPage {
    frame: Frame,
    expired: bool,
}

/// The frame of a page behind a link: without a permanent address.
pub(super) fn frame(pages: &Pages, title: &str) -> Frame {
    pages.frame(title, Section::Other, None)
}

/// The one page for whatever does not open anything.
pub(super) fn dead(pages: &Pages, why: BadLink) -> Result<HttpResponse, Error> {
    let expired = matches!(why, BadLink::Expired(_));
    let (title, status) = match expired {
        true => ("This link has expired", StatusCode::GONE),
        false => ("This link does not work", StatusCode::NOT_FOUND),
    };
    answer(pages, status, "client/dead_link", &DeadLinkPage { frame: frame(pages, title), expired })
}

/// Opens a link.
pub(super) async fn open(state: &State, pages: &Pages, token: &str) -> Result<Opened<Visitor>, Error> {
    match portal::open(state, token).await? {
        Ok(visitor) => Ok(Ok(visitor)),
        Err(why) => Ok(Err(dead(pages, why)?)),
    }
}

/// Opens a link to one notice.
pub(super) async fn open_notice(
    state: &State,
    pages: &Pages,
    token: &str,
    number: &str,
) -> Result<Opened<(Visitor, Told)>, Error> {
    let visitor = match open(state, pages, token).await? {
        Ok(visitor) => visitor,
        Err(dead) => return Ok(Err(dead)),
    };
    let (reader, number) = (visitor.clone(), number.to_owned());
    match state.db.read(move |conn| reader.told(conn, &number)).await? {
        Some(told) => Ok(Ok((visitor, told))),
        None => Ok(Err(dead(pages, BadLink::Tampered)?)),
    }
}
