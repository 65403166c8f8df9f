//! One change: what it does, the form that writes it, the second person's decision.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::web::Path;
use serde::Serialize;

use super::change_view::{
    Check, DecisionView, ItemView, Step, approve_label, checks, class_words, decisions, earliest, items,
    length, state_words, steps,
};
use super::console::{Desk, Problem, Tab, problem, problems};
use super::correction_view::CorrectionView;
use super::field::{Field, Maker};
use super::plan_view::PlanView;
use super::voices_view::{ThreePeople, emergency_field, may_add, three_people};
use crate::actions::{self, Guard, Voices};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::audit::Link;
use crate::domain::change::{Approval, Change, ChangeKind, ChangeState, Class};
use crate::domain::delivery::DeliveryState;
use crate::domain::entry::ListedEntry;
use crate::domain::gate::Block;
use crate::domain::id::Id;
use crate::domain::notice::Notice;
use crate::domain::planner::Plan;
use crate::domain::standard::Standard;
use crate::domain::text::FieldError;
use crate::web::auth::Staff;
use crate::web::error::Error;
use crate::web::form::Fields;

/// As everywhere ([`crate::web::headers`]), and frames from this site.
const WITH_FRAMES: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
     frame-src 'self'; frame-ancestors 'none'; base-uri 'none'";

#[derive(Serialize)]
struct Told {
    word: &'static str,
    count: i64,
}

#[derive(Serialize)]
struct Mail {
    subject: String,
    text: String,
    may_test: bool,
}

#[derive(Serialize)]
struct Event {
    at: String,
    text: String,
}

#[derive(Serialize)]
struct ChangePage {
    problems: Vec<Problem>,
    id: Id,
    revision: i64,
    reference: String,
    title: String,
    reason: String,
    author: String,
    state: &'static str,
    steps: Vec<Step>,
    class: &'static str,
    weight: &'static str,
    baseline: bool,
    returned: String,
    plan: Option<PlanView>,
    items: Vec<ItemView>,
    additions: usize,
    earliest: Option<String>,
    effective: Option<String>,
    in_use_since: Option<String>,
    details: Vec<Field>,
    checks: Vec<Check>,
    decisions: Vec<DecisionView>,
    mails: usize,
    webhooks: usize,
    approve_label: String,
    hold: Option<String>,
    solo: bool,
    typed: Option<Field>,
    comment: Option<Field>,
    notice: Option<String>,
    clients_page: Option<&'static str>,
    told: Vec<Told>,
    unread: i64,
    history: Vec<Event>,
    left_out: Vec<String>,
    preview: bool,
    mail: Option<Mail>,
    editable: bool,
    may_submit: bool,
    may_decide: bool,
    own_submitted: bool,
    three: Option<ThreePeople>,
    emergency: String,
    emergency_field: Option<Field>,
    may_cancel: bool,
    /// Whether its items can be drafted anew.
    may_draft_again: bool,
    /// What an approver can still do between the announcement and the effective date.
    afterwards: Option<Afterwards>,
    /// The form that begins a correction.
    correct: Option<Field>,
    correction: Option<CorrectionView>,
}

#[derive(Serialize)]
struct Afterwards {
    postpone: Vec<Field>,
    withdraw: Field,
}

struct Loaded {
    change: Change,
    approvals: Vec<Approval>,
    register: Vec<ListedEntry>,
    guard: Guard,
    closed: Vec<Block>,
    plan: Option<Plan>,
    notice: Option<Notice>,
    counts: Vec<(DeliveryState, i64)>,
    /// Clients whose record could not be read.
    unread: i64,
    events: Vec<Link>,
    standard: Standard,
    voices: Voices,
    correction: Option<CorrectionView>,
}

/// `GET /staff/changes/{id}`
pub async fn page(desk: Desk, staff: Staff, id: Path<Id>) -> Result<HttpResponse, Error> {
    show(&desk, &staff, *id, StatusCode::OK, Vec::new(), None).await
}

/// The page again after a form was refused: with its problems, and what was typed.
///
/// # Errors
/// The error itself, where no page of the change can show it; the database failed.
pub async fn refused(
    desk: &Desk,
    staff: &Staff,
    id: Id,
    fields: &Fields,
    error: actions::Error,
) -> Result<HttpResponse, Error> {
    let (status, errors) = match error {
        actions::Error::Invalid(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        actions::Error::Blocked(blocks) => {
            let told = blocks.into_iter().map(|b| {
                let about = if b.entry.is_empty() { String::new() } else { format!("{}: ", b.entry) };
                FieldError::new("checks", format!("{about}{}", b.reason))
            });
            (StatusCode::CONFLICT, told.collect())
        }
        actions::Error::Conflict(text) => (StatusCode::CONFLICT, vec![FieldError::new("change", text)]),
        actions::Error::Stale(change) => {
            let text = format!(
                "Somebody saved {} in the meantime, so nothing was done. This is how it stands now; look at it again.",
                change.reference()
            );
            (StatusCode::CONFLICT, vec![FieldError::new("change", text)])
        }
        error => return Err(error.into()),
    };
    show(desk, staff, id, status, errors, Some(fields)).await
}

async fn load(desk: &Desk, id: Id) -> Result<Loaded, Error> {
    let (now, settings) = (desk.state.clock.now(), desk.state.settings.clone());
    let read = move |conn: &mut db::Conn| {
        let Some(change) = db::change::get(conn, id)? else { return Ok(None) };
        let notice = db::notice::of_change(conn, id)?;
        let counts = match &notice {
            Some(notice) => db::outbox::counts_of_notice(conn, notice.id)?,
            None => Vec::new(),
        };
        let unread = match &notice {
            Some(notice) => db::unread::count(conn, notice.id)?,
            None => 0,
        };
        let (closed, plan) = match change.state.is_open() {
            true => actions::gate(conn, &settings, &change, actions::announce_at(&settings, &change, now))?,
            false => (Vec::new(), None),
        };
        let guard = match change.state.is_open() {
            true => actions::guard(conn, &change, now, plan.as_ref())?,
            false => Guard::default(),
        };
        let voices = actions::voices(conn, &change)?;
        Ok::<_, actions::Error>(Some(Loaded {
            correction: actions::corrected(conn, &change)?.as_ref().map(CorrectionView::new),
            voices,
            closed,
            plan,
            approvals: db::change::approvals(conn, id)?,
            register: db::register::entries(conn)?,
            standard: actions::standard(conn, &settings)?,
            events: db::audit::about(conn, &change.reference())?,
            guard,
            notice,
            counts,
            unread,
            change,
        }))
    };
    let found = desk.state.db.read(read).await?;
    found.ok_or(Error::not_found("There is no such change."))
}

async fn show(
    desk: &Desk,
    staff: &Staff,
    id: Id,
    status: StatusCode,
    errors: Vec<FieldError>,
    typed: Option<&Fields>,
) -> Result<HttpResponse, Error> {
    let loaded = load(desk, id).await?;
    let names = desk.names().await?;
    let is_told = loaded.change.kind != ChangeKind::Baseline && loaded.change.class() > Class::Editorial;
    // Where nothing in it is public there is no mail to show.
    let mail = match is_told && loaded.change.state.is_open() {
        true => crate::web::preview::rendered(&desk.state, &desk.templates, id).await.ok().map(|m| Mail {
            subject: m.subject,
            text: m.text,
            may_test: staff.may(Permission::Write),
        }),
        false => None,
    };
    let left_out = actions::import_list::doubts(&desk.state, &staff.by, id).await?;
    let (change, settings) = (&loaded.change, &desk.state.settings);
    let own = change.author == staff.by.staff;
    // Whoever wrote any part of it approves none of it.
    let wrote = own || change.editors.contains(&staff.by.staff);
    let solo = wrote && settings.approval.solo;
    let closed = &loaded.closed;
    let by_agreement = loaded.plan.as_ref().map_or((0, 0), |plan| (plan.mails, plan.webhooks));
    let (class, weight) = class_words(change.class());
    let stored = details_of(change);
    let fields = typed.filter(|f| f.has("title")).unwrap_or(&stored);
    let comments = typed.cloned().unwrap_or_default();
    let m = Maker { fields, errors: &errors };
    let decided = Maker { fields: &comments, errors: &errors };
    let in_draft = change.state == ChangeState::Draft;
    let submitted = change.state == ChangeState::Submitted;
    let may_decide =
        submitted && staff.may(Permission::Approve) && (!wrote || solo) && may_add(staff, &loaded.voices);
    let baseline = change.kind == ChangeKind::Baseline;
    let body = ChangePage {
        problems: summary(&errors),
        id,
        revision: change.revision,
        reference: change.reference(),
        title: change.title.clone(),
        reason: change.reason.clone(),
        author: names.of(change.author).to_owned(),
        state: state_words(change.state),
        steps: steps(desk, change, &names, solo || loaded.approvals.last().is_some_and(|a| a.solo)),
        class,
        weight,
        baseline,
        returned: change.returned.clone(),
        plan: loaded.plan.as_ref().map(PlanView::new),
        items: items(change, &loaded.register),
        additions: change.additions(),
        // A correction keeps the day announced.
        earliest: earliest(desk, change, &loaded.standard, solo)
            .filter(|_| change.state.is_open() && change.corrects.is_none()),
        effective: change.effective_on.map(crate::web::site::weekday_date),
        in_use_since: change.in_use_since.map(crate::web::site::weekday_date),
        details: vec![
            m.text("title", "Title", "In a few words, like “Add Example GmbH”."),
            m.area("reason", "Reason", "Why; it goes into the notice."),
            m.date(
                "effective_on",
                "Effective date",
                "The day from which it is in use, at 00:00 in the company's time zone.",
            ),
            m.date(
                "in_use_since",
                "Or a late disclosure: in use since",
                "A past day; the notice says so. Leave the effective date empty then.",
            ),
        ],
        checks: if change.state.is_open() { checks(change, closed) } else { Vec::new() },
        decisions: decisions(desk, &loaded.approvals, change, &names),
        mails: loaded.guard.mails.saturating_sub(by_agreement.0),
        webhooks: loaded.guard.webhooks.saturating_sub(by_agreement.1),
        approve_label: approve_label(desk, change, &loaded.guard, solo),
        hold: Some(length(actions::hold(settings, change, solo))).filter(|hold| hold != "none"),
        solo,
        typed: loaded
            .guard
            .typed
            .as_ref()
            .filter(|_| may_decide)
            .map(|(_, why)| decided.text("typed", "The count", why)),
        comment: may_decide
            .then(|| decided.area("comment", "Comment", "Kept with the decision. Needed to return it.")),
        notice: loaded.notice.as_ref().map(|n| n.number.clone()),
        clients_page: match change.state {
            ChangeState::Announced => Some("Clients in the way, and what to do about each"),
            ChangeState::Effective => Some("Clients it is withheld from"),
            _ => None,
        },
        unread: loaded.unread,
        told: loaded.counts.iter().map(|(s, n)| Told { word: s.as_str(), count: *n }).collect(),
        history: loaded.events.iter().map(|e| event(desk, e, &names)).collect(),
        left_out: left_out.iter().map(ToString::to_string).collect(),
        preview: mail.is_some(),
        mail,
        editable: change.state.is_open() && staff.may(Permission::Write),
        may_submit: in_draft && staff.may(Permission::Write),
        may_decide,
        three: three_people(change, &loaded.voices),
        emergency: change.emergency.clone(),
        emergency_field: emergency_field(staff, change, &comments, &m),
        own_submitted: submitted && wrote && !solo && staff.may(Permission::Approve),
        may_cancel: change.state.is_open()
            && staff.may(if own { Permission::Write } else { Permission::Approve }),
        may_draft_again: matches!(change.state, ChangeState::Withdrawn | ChangeState::Cancelled)
            && change.kind == ChangeKind::Regular
            && staff.may(Permission::Write),
        correct: (change.state == ChangeState::Announced && staff.may(Permission::Write))
            .then(|| decided.area("correct_reason", "What was wrong", "Everybody who was told reads it.")),
        correction: loaded.correction,
        afterwards: (change.state == ChangeState::Announced && staff.may(Permission::Approve)).then(|| {
            let why = "Everybody who was told reads it.";
            Afterwards {
                postpone: vec![
                    decided.date("later_on", "New effective date", ""),
                    decided.area("later_reason", "Why it is later", why),
                ],
                withdraw: decided.area("withdraw_reason", "Why it is withdrawn", why),
            }
        }),
    };
    let title = format!("{} {}", change.reference(), change.title);
    let mut answer = desk.page_with(status, staff, Tab::Changes, &title, "staff/change", body).await?;
    // The only page with frames: its own rendering of the mail.
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(WITH_FRAMES));
    Ok(answer)
}

/// Problems with their fields; those of the change as a whole lead to the top or the checks.
fn summary(errors: &[FieldError]) -> Vec<Problem> {
    let place = |e: &FieldError| match e.field.as_str() {
        "change" => problem(e.problem.clone()),
        _ => problems(std::slice::from_ref(e)),
    };
    errors.iter().flat_map(place).collect()
}

/// The details as form fields.
#[must_use]
pub fn details_of(change: &Change) -> Fields {
    let day = |d: Option<jiff::civil::Date>| d.map_or_else(String::new, |d| d.to_string());
    Fields::from(vec![
        ("title".to_owned(), change.title.clone()),
        ("reason".to_owned(), change.reason.clone()),
        ("effective_on".to_owned(), day(change.effective_on)),
        ("in_use_since".to_owned(), day(change.in_use_since)),
    ])
}

fn event(desk: &Desk, link: &Link, names: &super::console::Names) -> Event {
    use crate::domain::audit::Actor;
    let who = match link.actor {
        Actor::Staff(id) => names.of(id).to_owned(),
        Actor::Token(_) => "an API token".to_owned(),
        Actor::Subscriber(_) => "a subscriber".to_owned(),
        Actor::Contact(_) => "a Client’s contact".to_owned(),
        Actor::Operator => "the operator".to_owned(),
        Actor::System => "the program".to_owned(),
    };
    let what = link.action.rsplit('.').next().unwrap_or(&link.action).replace('_', " ");
    Event { at: desk.moment(link.at), text: format!("{what} by {who}") }
}
