//! Mailed links: opened, or answered by one neutral page that tells nothing of what they were.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use crate::actions::subscribe::{Holder, open_link};
use crate::db;
use crate::delivery::message::LINK_LIFE;
use crate::domain::subscription::Subscription;
use crate::keys::{BadLink, Purpose};
use crate::state::State;
use crate::web::error::Error;
pub(super) use crate::web::private::answer;
use crate::web::render::{Frame, Pages, Section};

/// The frame of a page behind a link: without a permanent address.
pub(super) fn frame(pages: &Pages, title: &str) -> Frame {
    pages.frame(title, Section::Subscribe, None)
}

/// The address of a page or form for the holder of a link, without our host.
pub(super) fn path_for(state: &State, purpose: Purpose, subscription: &Subscription) -> String {
    // As long as a mailed link: a page must not make a short key into one for ever.
    let until = state.clock.now().saturating_add(LINK_LIFE).ok();
    format!("{}{}", purpose.path(), state.keys.link(purpose, subscription.id, until))
}

#[derive(Serialize)]
struct DeadLinkPage {
    frame: Frame,
    /// For a link of ours that is too old.
    expired: bool,
    /// Where a click sends a new mail; empty where an address has to be given for that.
    again: String,
}

/// The one page for whatever is not a link of ours, or not any more.
pub(super) fn no_link(pages: &Pages) -> Result<HttpResponse, Error> {
    let page =
        DeadLinkPage { frame: frame(pages, "This link does not work"), expired: false, again: String::new() };
    answer(pages, StatusCode::NOT_FOUND, "public/dead_link", &page)
}

/// The page for a link whose time is over. An opt-in link knows whom to send a new mail to.
pub(super) fn expired(pages: &Pages, purpose: Purpose, token: &str) -> Result<HttpResponse, Error> {
    let again = match purpose {
        Purpose::Confirm => format!("{}{token}/again", purpose.path()),
        _ => String::new(),
    };
    let page = DeadLinkPage { frame: frame(pages, "This link has expired"), expired: true, again };
    answer(pages, StatusCode::GONE, "public/dead_link", &page)
}

/// A link that opened, and what it is about.
pub(super) struct Opened {
    /// Who holds it.
    pub(super) holder: Holder,
    /// As it stands.
    pub(super) subscription: Subscription,
}

/// What became of a link. The subscription of an expired one is shown nowhere.
pub(super) enum Link {
    /// It opens this.
    Open(Box<Opened>),
    /// Ours, but too old.
    Expired,
    /// Anything else, also if what it was about is gone.
    Dead,
}

/// Opens a link and reads what it is about; changes nothing.
pub(super) async fn open(state: &State, purpose: Purpose, token: &str) -> Result<Link, Error> {
    let holder = match open_link(state, purpose, token) {
        Ok(holder) => holder,
        Err(BadLink::Expired(_)) => return Ok(Link::Expired),
        Err(BadLink::Tampered) => return Ok(Link::Dead),
    };
    let id = holder.subscription();
    let found = state.db.read(move |conn| db::subscription::get(conn, id)).await?;
    Ok(found.map_or(Link::Dead, |stored| {
        Link::Open(Box::new(Opened { holder, subscription: stored.subscription }))
    }))
}
