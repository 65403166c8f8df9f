//! What a subscriber sees and chooses behind a signed link, and the form that asks for one.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::filter::{FilterForm, in_words, problem_of, stored, wish};
use super::links::{Link, Opened, answer, expired, frame, no_link, open, path_for};
use super::sign_up::check_mail;
use super::unsubscribe::is_owed;
use crate::actions::Error as ActionError;
use crate::actions::subscribe::{self, FilterWish, products_offered};
use crate::db;
use crate::db::outbox::Wanted;
use crate::domain::delivery::{Attempt, Delivery, DeliveryKind, DeliveryState};
use crate::domain::subscription::{Channel, Subscription, SubscriptionState};
use crate::domain::text::FieldError;
use crate::keys::Purpose;
use crate::state::State;
use crate::web::auth::Knock;
use crate::web::error::Error;
use crate::web::peer;
use crate::web::render::{Frame, Pages, Section};

/// Deliveries shown.
const SHOWN: i64 = 10;
/// Characters of a peer's answer shown.
const ANSWER: usize = 300;

/// What an act just did, told on top of the page.
#[derive(Debug, Default, Serialize)]
pub(super) struct Done {
    /// It worked: one sentence.
    pub(super) good: Option<String>,
    /// It did not: what happened and how to mend it.
    pub(super) bad: Option<String>,
    /// A fresh webhook secret, shown this once.
    pub(super) secret: Option<String>,
}

#[derive(Serialize)]
struct PreferencesPage {
    frame: Frame,
    action: String,
    done: Done,
    problems: Vec<FieldError>,
    open: bool,
    ended: bool,
    webhook: bool,
    consented: bool,
    email: String,
    url: String,
    state: &'static str,
    tone: &'static str,
    wish: String,
    filter: FilterForm,
    unsubscribe: String,
    owed: bool,
    successor: String,
    deliveries: Vec<DeliveryRow>,
}

#[derive(Serialize)]
struct DeliveryRow {
    at: String,
    what: &'static str,
    state: &'static str,
    tone: &'static str,
    attempts: Vec<AttemptRow>,
}

#[derive(Serialize)]
struct AttemptRow {
    at: String,
    code: Option<i32>,
    answer: String,
}

#[derive(Serialize)]
struct RequestPage {
    frame: Frame,
    problems: Vec<FieldError>,
    email: String,
    email_problem: Option<String>,
}

/// `GET /subscriptions/preferences/{token}`
pub async fn page(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Error> {
    match opened(&state, &pages, &token).await? {
        Ok(opened) => show(&state, &pages, &opened.subscription, Done::default()).await,
        Err(dead) => Ok(dead),
    }
}

/// `POST /subscriptions/preferences/{token}`
pub async fn save(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
    Knock(fields): Knock,
) -> Result<HttpResponse, Error> {
    let opened = match opened(&state, &pages, &token).await? {
        Ok(opened) => opened,
        Err(dead) => return Ok(dead),
    };
    let asked = wish(&fields);
    match subscribe::change_preferences(&state, opened.holder, asked.clone()).await {
        Ok(saved) => {
            let good = format!("Saved. You will hear of {}.", in_words(&saved.filter));
            show(&state, &pages, &saved, Done { good: Some(good), ..Done::default() }).await
        }
        Err(ActionError::Invalid(problems)) => {
            render(&state, &pages, &opened.subscription, &asked, Done::default(), problems).await
        }
        Err(ActionError::NotFound(_)) => no_link(&pages),
        Err(error) => Err(error.into()),
    }
}

/// The subscription of a preferences link, or the page that says why there is none.
pub(super) async fn opened(
    state: &State,
    pages: &Pages,
    token: &str,
) -> Result<Result<Box<Opened>, HttpResponse>, Error> {
    Ok(match open(state, Purpose::Preferences, token).await? {
        Link::Open(opened) => Ok(opened),
        Link::Expired => Err(expired(pages, Purpose::Preferences, token)?),
        Link::Dead => Err(no_link(pages)?),
    })
}

/// The page as the subscription stands, with what was just done.
pub(super) async fn show(
    state: &State,
    pages: &Pages,
    s: &Subscription,
    done: Done,
) -> Result<HttpResponse, Error> {
    render(state, pages, s, &stored(&s.filter), done, Vec::new()).await
}

async fn render(
    state: &State,
    pages: &Pages,
    s: &Subscription,
    asked: &FilterWish,
    done: Done,
    problems: Vec<FieldError>,
) -> Result<HttpResponse, Error> {
    let offered = products_offered(state).await?;
    let (word, tone) = standing(s);
    let page = PreferencesPage {
        frame: frame(pages, "Your subscription"),
        action: path_for(state, Purpose::Preferences, s),
        open: !matches!(s.state, SubscriptionState::Ended | SubscriptionState::Pending),
        ended: s.state == SubscriptionState::Ended,
        webhook: s.channel == Channel::Webhook,
        consented: s.consented_at.is_some(),
        email: s.email.to_string(),
        url: s.url.clone(),
        state: word,
        tone,
        wish: in_words(&s.filter),
        filter: FilterForm::new(&offered, asked, &problems),
        unsubscribe: path_for(state, Purpose::Unsubscribe, s),
        owed: is_owed(state, s).await?,
        successor: format!("{}/successor", path_for(state, Purpose::Unsubscribe, s)),
        deliveries: deliveries(state, pages, s).await?,
        done,
        problems,
    };
    let failed = !page.problems.is_empty() || page.done.bad.is_some();
    let status = if failed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    answer(pages, status, "public/preferences", &page)
}

fn standing(s: &Subscription) -> (&'static str, &'static str) {
    match s.state {
        SubscriptionState::Pending => ("Waits for confirmation", "warn"),
        SubscriptionState::Confirmed if s.channel == Channel::Webhook && s.consented_at.is_none() => {
            ("Waits for the challenge", "warn")
        }
        SubscriptionState::Confirmed => ("Active", "ok"),
        SubscriptionState::Bouncing => ("Mail comes back", "bad"),
        SubscriptionState::Suspended => ("Suspended: not reached", "bad"),
        SubscriptionState::Ended => ("Ended", ""),
    }
}

async fn deliveries(state: &State, pages: &Pages, s: &Subscription) -> Result<Vec<DeliveryRow>, Error> {
    let wanted = Wanted { subscription_id: Some(s.id), channel: Some(s.channel), ..Wanted::default() };
    let found = state
        .db
        .read(move |conn| {
            let listed = db::outbox::list(conn, &wanted, SHOWN)?;
            listed
                .into_iter()
                .map(|l| Ok((db::outbox::attempts(conn, l.delivery.id)?, l.delivery)))
                .collect::<Result<Vec<(Vec<Attempt>, Delivery)>, db::Error>>()
        })
        .await?;
    Ok(found.iter().map(|(attempts, delivery)| row(pages, delivery, attempts)).collect())
}

fn row(pages: &Pages, d: &Delivery, attempts: &[Attempt]) -> DeliveryRow {
    let (state, tone) = match d.state {
        DeliveryState::Queued if d.attempts > 0 => ("Will be tried again", "warn"),
        DeliveryState::Queued | DeliveryState::Sending => ("On its way", "info"),
        DeliveryState::Accepted => ("Accepted", "ok"),
        DeliveryState::Acknowledged => ("Acknowledged", "ok"),
        DeliveryState::Failed => ("Failed", "bad"),
        DeliveryState::Cancelled => ("Cancelled", ""),
    };
    let attempt = |a: &Attempt| AttemptRow {
        at: pages.site().moment(a.at),
        code: (a.code > 0).then_some(a.code),
        answer: a.answer.chars().take(ANSWER).collect(),
    };
    DeliveryRow {
        at: pages.site().moment(d.created_at),
        what: match d.kind {
            DeliveryKind::Notice => "Notice",
            DeliveryKind::Update => "Short update",
            DeliveryKind::Confirm => "Request to confirm",
            DeliveryKind::Preferences => "Link to these preferences",
            DeliveryKind::Test => "Test",
            DeliveryKind::ObjectionReceipt => "Receipt of an objection",
            DeliveryKind::ObjectionAnswer => "Answer to an objection",
            DeliveryKind::Desk => "Word to the company",
            DeliveryKind::ClientLink => "Link to your organisation’s page",
            DeliveryKind::Successor => "Question whether to be told",
        },
        state,
        tone,
        attempts: attempts.iter().rev().take(5).map(attempt).collect(),
    }
}

/// `GET /subscribe/preferences`
pub async fn request_page(pages: Data<Pages>) -> Result<HttpResponse, Error> {
    ask(&pages, String::new(), Vec::new())
}

/// `POST /subscribe/preferences`: mails the link to whatever is subscribed with an address.
pub async fn request_link(
    request: HttpRequest,
    state: Data<State>,
    pages: Data<Pages>,
    Knock(fields): Knock,
) -> Result<HttpResponse, Error> {
    let from = peer::address(&request, &state.settings.server.trusted_proxies);
    let email = fields.get("email").to_owned();
    match subscribe::request_preferences_link(&state, &email, from).await {
        Ok(()) => check_mail(&pages, &email, "/subscribe/preferences"),
        Err(ActionError::Invalid(problems)) => ask(&pages, email, problems),
        Err(error) => Err(error.into()),
    }
}

fn ask(pages: &Pages, email: String, problems: Vec<FieldError>) -> Result<HttpResponse, Error> {
    let path = "/subscribe/preferences";
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = RequestPage {
        frame: pages.frame("Change your subscription", Section::Subscribe, Some(path)),
        email,
        email_problem: problem_of("email", &problems),
        problems,
    };
    if status == StatusCode::OK {
        return pages.answer("public/preferences_request", &page);
    }
    answer(pages, status, "public/preferences_request", &page)
}
