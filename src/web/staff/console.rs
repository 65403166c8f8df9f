//! The frame around every page of the console, and what its handlers share.

use std::collections::BTreeMap;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::{Data, Query};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::flash::flash;
use crate::actions::PAUSED;
use crate::db;
use crate::domain::access::Permission;
use crate::domain::change::ChangeState;
use crate::domain::deadline::day_of;
use crate::domain::id::Id;
use crate::domain::text::FieldError;
use crate::state::State;
use crate::templates::Templates;
use crate::web::auth::Staff;
use crate::web::error::Error;
use crate::web::render::{Frame, Pages, Section};

/// Which item of the console's navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Tab {
    Home,
    Register,
    Changes,
    Import,
    Clients,
    Objections,
    Deliveries,
    Subscriptions,
    Audit,
    Users,
}

#[derive(Serialize)]
struct Nav {
    href: &'static str,
    label: &'static str,
    current: bool,
    count: Option<usize>,
}

/// What the staff layout asks for.
#[derive(Serialize)]
pub struct Console {
    nav: Vec<Nav>,
    csrf: String,
    user: String,
    paused: bool,
    flash: Option<&'static str>,
    may_write: bool,
    may_approve: bool,
    may_admin: bool,
}

/// A page: the frame, the console unless nobody is logged in, and what the template itself asks
/// for.
#[derive(Serialize)]
struct Page<T> {
    frame: Frame,
    staff: Option<Console>,
    #[serde(flatten)]
    body: T,
}

/// One problem of the summary on top of a page, with a link to its field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The id of the field; `main` for the page as a whole.
    pub anchor: String,
    /// A whole sentence.
    pub text: String,
}

/// The problems of a form for its summary.
#[must_use]
pub fn problems(errors: &[FieldError]) -> Vec<Problem> {
    errors.iter().map(|e| Problem { anchor: anchor(&e.field), text: e.problem.clone() }).collect()
}

/// A problem of the page as a whole.
#[must_use]
pub fn problem(text: impl Into<String>) -> Vec<Problem> {
    vec![Problem { anchor: "main".to_owned(), text: text.into() }]
}

/// The id of a field: dots would be classes in a style sheet.
#[must_use]
pub fn anchor(field: &str) -> String {
    format!("f-{}", field.replace('.', "-"))
}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    done: String,
}

/// What every handler of the console works with.
#[derive(Clone)]
pub struct Desk {
    /// Database, clock, settings.
    pub state: Data<State>,
    /// Templates of pages.
    pub pages: Data<Pages>,
    /// All templates, those of mail among them.
    pub templates: Data<Templates>,
    done: String,
}

impl FromRequest for Desk {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let done = Query::<Asked>::from_query(request.query_string()).map(|q| q.into_inner().done);
        let (state, pages) = (request.app_data::<Data<State>>(), request.app_data::<Data<Pages>>());
        ready(match (state, pages, request.app_data::<Data<Templates>>()) {
            (Some(state), Some(pages), Some(templates)) => Ok(Self {
                state: state.clone(),
                pages: pages.clone(),
                templates: templates.clone(),
                done: done.unwrap_or_default(),
            }),
            _ => Err(Error::internal("the application state is not mounted")),
        })
    }
}

impl Desk {
    /// The calendar day now, in the company's zone.
    #[must_use]
    pub fn today(&self) -> jiff::civil::Date {
        day_of(self.state.clock.now(), &self.state.settings.zone())
    }

    /// A moment for people, short: `12 February 2026, 10:04 UTC`.
    #[must_use]
    pub fn moment(&self, at: jiff::Timestamp) -> String {
        at.to_zoned_datetime(self.pages.site().zone().clone()).strftime("%-d %B %Y, %H:%M %Z").to_string()
    }

    async fn console(&self, staff: &Staff, tab: Tab) -> Result<Console, Error> {
        let read = |conn: &mut db::Conn| {
            let waiting = db::change::in_states(conn, &[ChangeState::Submitted], 100)?;
            let paused = db::setting::get(conn, PAUSED)?.is_some();
            Ok::<_, db::Error>((waiting, paused, db::objection::count_open(conn)?))
        };
        let (waiting, paused, objections) = self.state.db.read(read).await?;
        let solo = self.state.settings.approval.solo;
        let mine = waiting.iter().filter(|c| solo || !c.editors.contains(&staff.by.staff)).count();
        let count = (mine > 0 && staff.may(Permission::Approve)).then_some(mine);
        let objections = usize::try_from(objections).ok().filter(|open| *open > 0);
        let nav = |href, label, this: Tab| Nav { href, label, current: tab == this, count: None };
        let mut items = vec![
            nav("/staff", "Home", Tab::Home),
            nav("/staff/register", "Register", Tab::Register),
            Nav { count, ..nav("/staff/changes", "Changes", Tab::Changes) },
        ];
        if staff.may(Permission::Write) {
            items.push(nav("/staff/import", "Import", Tab::Import));
        }
        items.extend([
            nav("/staff/clients", "Clients", Tab::Clients),
            Nav { count: objections, ..nav("/staff/objections", "Objections", Tab::Objections) },
            nav("/staff/deliveries", "Deliveries", Tab::Deliveries),
            nav("/staff/subscriptions", "Subscriptions", Tab::Subscriptions),
            nav("/staff/audit", "Audit", Tab::Audit),
        ]);
        if staff.may(Permission::Admin) {
            items.push(nav("/staff/users", "Users", Tab::Users));
        }
        Ok(Console {
            nav: items,
            csrf: staff.session.csrf.clone(),
            user: staff.session.staff.name.clone(),
            paused,
            flash: flash(&self.done),
            may_write: staff.may(Permission::Write),
            may_approve: staff.may(Permission::Approve),
            may_admin: staff.may(Permission::Admin),
        })
    }

    /// A page of the console.
    ///
    /// # Errors
    /// The database failed, or the template asks for something the body does not hold.
    pub async fn page(
        &self,
        staff: &Staff,
        tab: Tab,
        title: &str,
        template: &str,
        body: impl Serialize,
    ) -> Result<HttpResponse, Error> {
        self.page_with(StatusCode::OK, staff, tab, title, template, body).await
    }

    /// As [`Desk::page`], with another status.
    ///
    /// # Errors
    /// As [`Desk::page`].
    pub async fn page_with(
        &self,
        status: StatusCode,
        staff: &Staff,
        tab: Tab,
        title: &str,
        template: &str,
        body: impl Serialize,
    ) -> Result<HttpResponse, Error> {
        let console = self.console(staff, tab).await?;
        self.render(status, title, template, Some(console), body)
    }

    /// A page for somebody who is not logged in.
    ///
    /// # Errors
    /// The template asks for something the body does not hold.
    pub fn doorstep(
        &self,
        status: StatusCode,
        title: &str,
        template: &str,
        body: impl Serialize,
    ) -> Result<HttpResponse, Error> {
        self.render(status, title, template, None, body)
    }

    /// The sentence for what was done before, for pages without the console.
    #[must_use]
    pub fn flash(&self) -> Option<&'static str> {
        flash(&self.done)
    }

    fn render(
        &self,
        status: StatusCode,
        title: &str,
        template: &str,
        staff: Option<Console>,
        body: impl Serialize,
    ) -> Result<HttpResponse, Error> {
        let page = Page { frame: self.pages.frame(title, Section::Other, None), staff, body };
        Ok(HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(self.pages.render(template, &page)?))
    }

    /// What colleagues call each staff member.
    ///
    /// # Errors
    /// The database failed.
    pub async fn names(&self) -> Result<Names, Error> {
        let all = self.state.db.read(db::staff::all).await?;
        Ok(Names(all.into_iter().map(|s| (s.id, s.name)).collect()))
    }
}

/// Staff by their ids.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<Id, String>);

impl Names {
    /// The name; the operator at the server has none.
    #[must_use]
    pub fn of(&self, id: Id) -> &str {
        self.0.get(&id).map_or("the operator", String::as_str)
    }
}

/// After a form: another page, which a reload does not send again.
#[must_use]
pub fn see(path: &str, done: &str) -> HttpResponse {
    let mark = if path.contains('?') { '&' } else { '?' };
    HttpResponse::SeeOther()
        .insert_header((LOCATION, format!("{path}{mark}done={done}")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}
