//! Asking to be told. The subscription and the mail with its opt-in link commit together, so
//! neither exists without the other.

use std::net::IpAddr;

use jiff::Timestamp;

use super::wish::{address, endpoint, together};
use super::{EmailWish, WebhookWish, facts, owed};
use crate::actions::Error;
use crate::db::subscription::Stored;
use crate::db::{self, Conn};
use crate::domain::audit::{Actor, Event};
use crate::domain::email::Email;
use crate::domain::id::Id;
use crate::domain::subscription::{Channel, Filter, Subscription, SubscriptionState};
use crate::domain::text::FieldError;
use crate::state::State;

/// The language of mails until there are more.
const LANGUAGE: &str = "en";

/// What is being asked for, checked but for the filter.
#[derive(Debug, Clone)]
struct Request {
    channel: Channel,
    email: Email,
    url: String,
}

/// Asks for news by mail: a pending subscription and the opt-in mail; for an address that is
/// subscribed already, a mail with the link to its preferences. The answer is the same in
/// every case, also beyond the limits, where nothing is sent.
///
/// # Errors
/// Fields to mend; the database failed.
pub async fn subscribe_email(state: &State, wish: EmailWish, from: Option<IpAddr>) -> Result<(), Error> {
    let request = address(&wish.email)
        .map(|email| Request { channel: Channel::Email, email, url: String::new() })
        .map_err(|problem| vec![problem]);
    ask(state, request, wish.filter, from).await
}

/// Asks for news by webhook: the opt-in mail goes to the contact. As [`subscribe_email`].
///
/// # Errors
/// Fields to mend; the database failed.
pub async fn subscribe_webhook(state: &State, wish: WebhookWish, from: Option<IpAddr>) -> Result<(), Error> {
    let request = match (endpoint(&state.settings, &wish.url), address(&wish.email)) {
        (Ok(url), Ok(email)) => Ok(Request { channel: Channel::Webhook, email, url }),
        (url, email) => Err([url.err(), email.err()].into_iter().flatten().collect()),
    };
    ask(state, request, wish.filter, from).await
}

async fn ask(
    state: &State,
    request: Result<Request, Vec<FieldError>>,
    filter: super::FilterWish,
    from: Option<IpAddr>,
) -> Result<(), Error> {
    let now = state.clock.now();
    let checked = state.db.read(move |conn| together(request, filter.checked(conn, &[]))).await;
    let (request, filter) = checked?;
    // After the check of the fields: a typing mistake costs nobody a try.
    if !state.limits.take_mail(&request.email, from) {
        return Ok(());
    }
    state.db.write(move |conn| take_up(conn, request, filter, now)).await?;
    state.outbox_bell.notify_one();
    Ok(())
}

fn take_up(conn: &mut Conn, request: Request, filter: Filter, now: Timestamp) -> Result<(), Error> {
    let open = db::subscription::open_of(conn, &request.email, request.channel)?;
    let subscription = match open.into_iter().find(|s| s.subscription.url == request.url) {
        Some(known) if known.subscription.state == SubscriptionState::Pending => renewed(known, filter, now),
        Some(known) => {
            // What a stranger typed must not change what is confirmed.
            return owed::mail_link(conn, &known.subscription, now);
        }
        None => fresh(request, filter, now),
    };
    db::subscription::save(conn, &subscription)?;
    let s = &subscription.subscription;
    let event = Event {
        actor: Actor::Subscriber(s.id),
        action: "subscription.requested",
        subject: s.id.to_string(),
        detail: facts(s),
    };
    db::audit::append(conn, now, event)?;
    owed::mail_link(conn, s, now)
}

/// A webhook that staff enter as a Client's contact. Its mailbox and its endpoint must agree as
/// anybody's; one that did so before is taken as it is, and nothing is mailed.
pub(in crate::actions) fn ask_for_client(
    conn: &mut Conn,
    actor: Actor,
    email: &Email,
    url: &str,
    now: Timestamp,
) -> Result<Subscription, Error> {
    let open = db::subscription::open_of(conn, email, Channel::Webhook)?;
    let subscription = match open.into_iter().find(|s| s.subscription.url == url) {
        Some(known) if known.subscription.state == SubscriptionState::Pending => {
            let filter = known.subscription.filter.clone();
            renewed(known, filter, now)
        }
        Some(known) => return Ok(known.subscription),
        None => {
            let request = Request { channel: Channel::Webhook, email: email.clone(), url: url.to_owned() };
            fresh(request, Filter::default(), now)
        }
    };
    db::subscription::save(conn, &subscription)?;
    let s = subscription.subscription;
    let (subject, detail) = (s.id.to_string(), facts(&s));
    db::audit::append(conn, now, Event { actor, action: "subscription.requested", subject, detail })?;
    owed::mail_link(conn, &s, now)?;
    Ok(s)
}

/// Asked for again before it was confirmed: the latest wish counts, and its time begins anew.
fn renewed(mut known: Stored, filter: Filter, now: Timestamp) -> Stored {
    known.subscription.filter = filter;
    known.subscription.created_at = now;
    known.subscription.revision += 1;
    known
}

fn fresh(request: Request, filter: Filter, now: Timestamp) -> Stored {
    let Request { channel, email, url } = request;
    let subscription = Subscription {
        id: Id::new(now),
        channel,
        email,
        url,
        filter,
        language: LANGUAGE.to_owned(),
        state: SubscriptionState::Pending,
        created_at: now,
        confirmed_at: None,
        consented_at: None,
        ended_at: None,
        sequence: 0,
        contact_id: None,
        revision: 1,
    };
    Stored { subscription, secret: String::new() }
}
