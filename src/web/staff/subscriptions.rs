//! Who asked to be told.

use actix_web::HttpResponse;
use actix_web::web::Query;
use serde::{Deserialize, Serialize};

use super::console::{Desk, Tab};
use crate::db;
use crate::domain::diff::long_date;
use crate::domain::id::Id;
use crate::domain::subscription::{Channel, Level, SubscriptionState};
use crate::web::auth::Staff;
use crate::web::error::Error;

const PAGE: i64 = 100;

#[derive(Serialize)]
struct Line {
    to: String,
    contact: Option<String>,
    channel: &'static str,
    level: &'static str,
    products: String,
    state: &'static str,
    weight: &'static str,
    since: String,
}

#[derive(Serialize)]
struct SubscriptionsPage {
    lines: Vec<Line>,
    older: Option<String>,
}

/// Where the page begins.
#[derive(Deserialize, Default)]
pub struct Asked {
    before: Option<Id>,
}

/// `GET /staff/subscriptions`
pub async fn page(desk: Desk, staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, Error> {
    let before = asked.before.map(|id| id.to_string()).unwrap_or_default();
    let found = desk.state.db.read(move |conn| db::subscription::page(conn, &before, PAGE)).await?;
    let is_full = i64::try_from(found.len()).is_ok_and(|n| n == PAGE);
    let last = found.last().filter(|_| is_full).map(|s| format!("/staff/subscriptions?before={}", s.id));
    let site = desk.pages.site();
    let lines = found.into_iter().map(|s| {
        let (state, weight) = match s.state {
            SubscriptionState::Pending => ("Waits for confirmation", "info"),
            SubscriptionState::Confirmed if s.channel == Channel::Webhook && s.consented_at.is_none() => {
                ("Waits for the endpoint", "info")
            }
            SubscriptionState::Confirmed => ("Told of changes", "ok"),
            SubscriptionState::Bouncing => ("Mail bounces", "bad"),
            SubscriptionState::Suspended => ("Not reached", "bad"),
            SubscriptionState::Ended => ("Ended", ""),
        };
        let is_webhook = s.channel == Channel::Webhook;
        Line {
            contact: is_webhook.then(|| s.email.to_string()),
            to: if is_webhook { s.url.clone() } else { s.email.to_string() },
            channel: if is_webhook { "Webhook" } else { "Mail" },
            level: match s.filter.level {
                Level::Material => "material only",
                Level::Factual => "all factual",
                Level::Everything => "everything",
            },
            products: if s.filter.products.is_empty() {
                "all".to_owned()
            } else {
                s.filter.products.join("; ")
            },
            state,
            weight,
            since: long_date(site.day(s.created_at)),
        }
    });
    let body = SubscriptionsPage { lines: lines.collect(), older: last };
    desk.page(&staff, Tab::Subscriptions, "Subscriptions", "staff/subscriptions", body).await
}
