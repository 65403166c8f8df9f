//! What needs you, and the first steps of a new installation.

use actix_web::HttpResponse;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;

use super::console::{Desk, Tab};
use crate::config::Settings;
use crate::db::{self, Conn};
use crate::domain::access::{Permission, Role};
use crate::domain::change::{Change, ChangeKind, ChangeState};
use crate::domain::delivery::DeliveryState;
use crate::domain::diff::long_date;
use crate::domain::entry::ListedEntry;
use crate::domain::subscription::{Channel, SubscriptionState};
use crate::domain::vetting::VettingStatus;
use crate::web::auth::Staff;
use crate::web::error::Error;

/// A re-review this many days ahead is told.
const REVIEW_AHEAD: i32 = 30;

#[derive(Serialize)]
struct Need {
    count: i64,
    text: String,
    href: String,
    /// Class of the badge: warn or bad.
    weight: &'static str,
}

#[derive(Serialize)]
struct Step {
    done: bool,
    text: &'static str,
    hint: &'static str,
    href: Option<&'static str>,
}

#[derive(Serialize)]
struct Line {
    href: String,
    reference: String,
    title: String,
    note: String,
}

#[derive(Serialize)]
struct HomePage {
    needs: Vec<Need>,
    changes: Vec<Line>,
    reviews: Vec<Line>,
    steps: Vec<Step>,
    version: i64,
}

struct Facts {
    open: Vec<Change>,
    failed: i64,
    entries: Vec<ListedEntry>,
    version: i64,
    mail_accepted: bool,
    objections: i64,
    second_person: bool,
    subscribed: bool,
}

fn facts(conn: &mut Conn) -> Result<Facts, db::Error> {
    let states = [ChangeState::Draft, ChangeState::Submitted, ChangeState::Held, ChangeState::Announced];
    let counts = db::outbox::counts(conn)?;
    let accepted = db::outbox::Wanted {
        state: Some(DeliveryState::Accepted),
        channel: Some(Channel::Email),
        ..Default::default()
    };
    let people = db::staff::all(conn)?;
    let able =
        |least: Role| people.iter().filter(|s| s.is_enabled() && s.has_password && s.role >= least).count();
    Ok(Facts {
        open: db::change::in_states(conn, &states, 200)?,
        failed: counts.iter().find(|(s, _)| *s == DeliveryState::Failed).map_or(0, |(_, n)| *n),
        objections: db::objection::count_open(conn)?,
        entries: db::register::listed_entries(conn)?,
        version: db::list::current_number(conn)?,
        mail_accepted: !db::outbox::list(conn, &accepted, 1)?.is_empty(),
        second_person: able(Role::Approver) >= 1 && able(Role::Editor) >= 2,
        subscribed: db::subscription::page(conn, "", 50)?
            .iter()
            .any(|s| s.state == SubscriptionState::Confirmed),
    })
}

/// `GET /staff`
pub async fn home(desk: Desk, staff: Staff) -> Result<HttpResponse, Error> {
    let facts = desk.state.db.read(facts).await?;
    let (today, settings) = (desk.today(), desk.state.settings.clone());
    let body = HomePage {
        needs: needs(&facts, &staff, &settings, today),
        changes: changes(&desk, &facts),
        reviews: reviews(&facts, today),
        steps: steps(&facts, &staff, &settings),
        version: facts.version,
    };
    desk.page(&staff, Tab::Home, "Home", "staff/home", body).await
}

fn needs(facts: &Facts, staff: &Staff, settings: &Settings, today: Date) -> Vec<Need> {
    let count = |test: &dyn Fn(&Change) -> bool| facts.open.iter().filter(|c| test(c)).count();
    let need = |count: usize, one: &str, many: &str, href: &str, weight| {
        let text = if count == 1 { one } else { many }.to_owned();
        Need { count: i64::try_from(count).unwrap_or(i64::MAX), text, href: href.to_owned(), weight }
    };
    let me = staff.by.staff;
    let approvable = |c: &Change| {
        c.state == ChangeState::Submitted && (settings.approval.solo || !c.editors.contains(&me))
    };
    let mut needs = Vec::new();
    if staff.may(Permission::Approve) {
        needs.push(need(
            count(&approvable),
            "change waits for your approval",
            "changes wait for your approval",
            "/staff/changes?state=submitted",
            "warn",
        ));
    }
    needs.push(need(
        count(&|c| c.state == ChangeState::Draft && c.author == me && !c.returned.is_empty()),
        "draft of yours was returned",
        "drafts of yours were returned",
        "/staff/changes?state=draft",
        "warn",
    ));
    needs.push(need(
        count(&|c| c.state == ChangeState::Draft && c.author == me && c.returned.is_empty()),
        "draft of yours is not submitted yet",
        "drafts of yours are not submitted yet",
        "/staff/changes?state=draft",
        "info",
    ));
    let failed = usize::try_from(facts.failed).unwrap_or_default();
    needs.push(need(failed, "delivery failed", "deliveries failed", "/staff/deliveries?state=failed", "bad"));
    let objections = usize::try_from(facts.objections).unwrap_or_default();
    needs.push(need(objections, "objection to answer", "objections to answer", "/staff/objections", "bad"));
    let overdue = facts.entries.iter().filter(|e| is_overdue(e, today)).count();
    needs.push(need(
        overdue,
        "re-review is overdue",
        "re-reviews are overdue",
        "/staff/register?vetting=overdue",
        "bad",
    ));
    needs.retain(|need| need.count > 0);
    needs
}

fn is_overdue(listed: &ListedEntry, today: Date) -> bool {
    let vetting = &listed.entry.engagement.vetting;
    vetting.status == VettingStatus::Overdue
        || (vetting.status.is_approval() && vetting.review_by.is_some_and(|last| last < today))
}

fn changes(desk: &Desk, facts: &Facts) -> Vec<Line> {
    let under_way =
        facts.open.iter().filter(|c| matches!(c.state, ChangeState::Held | ChangeState::Announced));
    under_way
        .map(|c| Line {
            href: format!("/staff/changes/{}", c.id),
            reference: c.reference(),
            title: c.title.clone(),
            note: match (c.state, c.held_until, c.effective_on) {
                (ChangeState::Held, Some(until), _) => {
                    format!("held until {}; can be cancelled until then", desk.moment(until))
                }
                (_, _, Some(day)) => format!("announced, in use from {}", long_date(day)),
                _ => "announced".to_owned(),
            },
        })
        .collect()
}

fn reviews(facts: &Facts, today: Date) -> Vec<Line> {
    let ahead = today.saturating_add(REVIEW_AHEAD.days());
    let due = |e: &&ListedEntry| {
        let vetting = &e.entry.engagement.vetting;
        is_overdue(e, today)
            || (vetting.status.is_approval() && vetting.review_by.is_some_and(|d| d <= ahead))
    };
    let mut due: Vec<&ListedEntry> = facts.entries.iter().filter(due).collect();
    due.sort_by_key(|e| e.entry.engagement.vetting.review_by);
    due.iter()
        .map(|e| Line {
            href: format!("/staff/entries/{}", e.entry.id),
            reference: String::new(),
            title: e.entry.vendor.name.clone(),
            note: match e.entry.engagement.vetting.review_by {
                Some(day) if day < today => format!("overdue since {}", long_date(day)),
                Some(day) => format!("due by {}", long_date(day)),
                None => "overdue".to_owned(),
            },
        })
        .collect()
}

/// The first hour, until everything in it is done.
fn steps(facts: &Facts, staff: &Staff, settings: &Settings) -> Vec<Step> {
    let published = facts.version > 0;
    let baseline = facts.open.iter().any(|c| c.kind == ChangeKind::Baseline);
    let has_admin = staff.may(Permission::Admin);
    let steps = vec![
        Step {
            done: settings.company.name != "Your company",
            text: "Name the company and its privacy contact",
            hint: "company.name and company.privacy_contact in the configuration",
            href: None,
        },
        Step {
            done: facts.mail_accepted,
            text: "See a mail leave",
            hint: "mail.smtp_url in the configuration, then subscribe with an address of your own",
            href: Some("/subscribe"),
        },
        Step {
            done: facts.second_person,
            text: "Invite a second person who approves",
            hint: "the author of a change never approves it",
            href: has_admin.then_some("/staff/users"),
        },
        Step {
            done: published || baseline,
            text: "Bring in the list you publish today",
            hint: "a CSV file; doubtful rows wait for you",
            href: staff.may(Permission::Write).then_some("/staff/import"),
        },
        Step {
            done: published,
            text: "Publish it as version 1",
            hint: "a second person approves it; 0 mails are sent",
            href: baseline.then_some("/staff/changes"),
        },
        Step {
            done: facts.subscribed,
            text: "Subscribe yourself",
            hint: "see what your readers will see",
            href: Some("/subscribe"),
        },
    ];
    if steps.iter().all(|step| step.done) { Vec::new() } else { steps }
}
