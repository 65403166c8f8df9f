//! Staff and tokens: who may come in, and with which programs.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Serialize;

use super::console::{Desk, Problem, Tab, problem, problems, see};
use super::field::{Choice, Field, Maker, choice};
use crate::actions::{self, staff as people};
use crate::db;
use crate::domain::access::{Permission, Role};
use crate::domain::deadline::end_of;
use crate::domain::diff::long_date;
use crate::domain::id::Id;
use crate::domain::text::FieldError;
use crate::web::auth::{Posted, Staff};
use crate::web::error::Error;
use crate::web::form::Fields;

#[derive(Serialize)]
struct Member {
    id: Id,
    name: String,
    email: String,
    role: String,
    roles: Vec<Choice>,
    state: &'static str,
    weight: &'static str,
    enabled: bool,
    own: bool,
}

#[derive(Serialize)]
struct Token {
    id: Id,
    name: String,
    staff: String,
    scopes: String,
    ends: String,
    used: String,
    valid: bool,
}

/// A secret that this page shows once.
#[derive(Serialize)]
struct Once {
    what: String,
    value: String,
}

#[derive(Serialize)]
struct UsersPage {
    problems: Vec<Problem>,
    once: Option<Once>,
    members: Vec<Member>,
    tokens: Vec<Token>,
    add: Vec<Field>,
    make: Vec<Field>,
    scopes: Vec<Choice>,
    scope_error: Option<String>,
}

/// `GET /staff/users`
pub async fn page(desk: Desk, staff: Staff) -> Result<HttpResponse, Error> {
    staff.require(Permission::Admin)?;
    show(&desk, &staff, StatusCode::OK, &Fields::default(), &[], Vec::new(), None).await
}

fn roles(current: Option<Role>) -> Vec<Choice> {
    let words = |role: Role| match role {
        Role::Viewer => "viewer: reads",
        Role::Editor => "editor: writes changes",
        Role::Approver => "approver: approves others' changes",
        Role::Dpo => "dpo: approves, and decides where it takes three people",
        Role::Admin => "admin: manages staff and sending",
    };
    let one =
        |role: &Role| Choice { selected: current == Some(*role), ..choice(role.as_str(), words(*role)) };
    Role::ALL.iter().map(one).collect()
}

async fn show(
    desk: &Desk,
    staff: &Staff,
    status: StatusCode,
    fields: &Fields,
    errors: &[FieldError],
    more: Vec<Problem>,
    once: Option<Once>,
) -> Result<HttpResponse, Error> {
    let read = |conn: &mut db::Conn| Ok::<_, db::Error>((db::staff::all(conn)?, db::token::all(conn)?));
    let (everybody, tokens) = desk.state.db.read(read).await?;
    let (now, site) = (desk.state.clock.now(), desk.pages.site());
    let m = Maker { fields, errors };
    let able = everybody.iter().filter(|s| s.is_enabled());
    let owners = able.map(|s| choice(s.id.to_string(), format!("{} ({})", s.name, s.role))).collect();
    let ticked: Vec<&str> = fields.all("scopes").collect();
    let name_of = |id: Id| everybody.iter().find(|s| s.id == id).map_or_else(String::new, |s| s.name.clone());
    let mut all_problems = problems(errors);
    all_problems.extend(more);
    let body = UsersPage {
        problems: all_problems,
        once,
        tokens: tokens
            .into_iter()
            .map(|t| Token {
                id: t.id,
                staff: name_of(t.staff_id),
                scopes: t.scopes.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", "),
                ends: match (t.revoked_at, t.expires_at) {
                    (Some(at), _) => format!("revoked {}", long_date(site.day(at))),
                    (None, Some(at)) => format!("ends {}", desk.moment(at)),
                    (None, None) => "no end".to_owned(),
                },
                used: t.used_at.map_or_else(|| "never".to_owned(), |at| desk.moment(at)),
                valid: t.is_valid(now),
                name: t.name,
            })
            .collect(),
        add: vec![
            m.text("name", "Name", ""),
            m.text("email", "Email address", "They log in with it."),
            m.select("role", "Role", "", roles(None)),
        ],
        make: vec![
            m.text("token_name", "What the token is for", ""),
            m.select("staff", "Acts for", "It never holds more than this person's role.", owners),
            m.date("expires_on", "Last day", "Empty means no end."),
        ],
        scopes: Permission::ALL
            .iter()
            .map(|p| Choice { selected: ticked.contains(&p.as_str()), ..choice(p.as_str(), p.as_str()) })
            .collect(),
        scope_error: errors.iter().find(|e| e.field == "scopes").map(|e| e.problem.clone()),
        members: everybody
            .iter()
            .map(|s| {
                let (state, weight) = match (s.is_enabled(), s.has_password) {
                    (false, _) => ("Shut out", "bad"),
                    (true, false) => ("Has not chosen a password", "info"),
                    (true, true) => ("Active", "ok"),
                };
                Member {
                    id: s.id,
                    name: s.name.clone(),
                    email: s.email.to_string(),
                    role: s.role.to_string(),
                    roles: roles(Some(s.role)),
                    state,
                    weight,
                    enabled: s.is_enabled(),
                    own: s.id == staff.by.staff,
                }
            })
            .collect(),
    };
    desk.page_with(status, staff, Tab::Users, "Users and tokens", "staff/users", body).await
}

async fn refused(desk: &Desk, form: &Posted, error: actions::Error) -> Result<HttpResponse, Error> {
    match error {
        actions::Error::Invalid(errors) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show(desk, &form.staff, status, &form.fields, &errors, Vec::new(), None).await
        }
        actions::Error::Conflict(text) => {
            let fields = Fields::default();
            show(desk, &form.staff, StatusCode::CONFLICT, &fields, &[], problem(text), None).await
        }
        error => Err(error.into()),
    }
}

async fn with_link(
    desk: &Desk,
    form: &Posted,
    name: &str,
    link: &people::Link,
) -> Result<HttpResponse, Error> {
    let until = desk.moment(link.expires_at);
    let once = Once {
        what: format!("Give {name} this link. It opens once, until {until}, and is shown only now."),
        value: desk.pages.site().link(&link.path()),
    };
    show(desk, &form.staff, StatusCode::OK, &Fields::default(), &[], Vec::new(), Some(once)).await
}

/// `POST /staff/users`
pub async fn add(desk: Desk, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Admin)?;
    let f = &form.fields;
    let Ok(role) = f.get("role").parse::<Role>() else {
        return refused(&desk, &form, FieldError::new("role", "Choose one of the roles.").into()).await;
    };
    match people::add_staff(&desk.state, &form.staff.by, f.get("name"), f.get("email"), role).await {
        Ok((member, link)) => with_link(&desk, &form, &member.name, &link).await,
        Err(error) => refused(&desk, &form, error).await,
    }
}

/// `POST /staff/users/{id}/reset`
pub async fn reset(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    match people::reset(&desk.state, &form.staff.by, *id).await {
        Ok(link) if *id == form.staff.by.staff => {
            // The own session ended with it: nothing but the link leads back in.
            Ok(see(&link.path(), "reset"))
        }
        Ok(link) => with_link(&desk, &form, desk.names().await?.of(*id), &link).await,
        Err(error) => refused(&desk, &form, error).await,
    }
}

/// `POST /staff/users/{id}/disable`
pub async fn disable(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    match people::disable(&desk.state, &form.staff.by, *id).await {
        Ok(_) => Ok(see("/staff/users", "disabled")),
        Err(error) => refused(&desk, &form, error).await,
    }
}

/// `POST /staff/users/{id}/role`
pub async fn change_role(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    let Ok(role) = form.fields.get("role").parse::<Role>() else {
        return Err(Error::Malformed("There is no such role. Open the page again.".into()));
    };
    match people::change_role(&desk.state, &form.staff.by, *id, role).await {
        Ok(_) => Ok(see("/staff/users", "role")),
        Err(error) => refused(&desk, &form, error).await,
    }
}

/// `POST /staff/tokens`
pub async fn make_token(desk: Desk, form: Posted) -> Result<HttpResponse, Error> {
    form.staff.require(Permission::Admin)?;
    let f = &form.fields;
    let expires_on = match f.day("expires_on") {
        Ok(day) => day.map(|day| end_of(day, desk.pages.site().zone())),
        Err(error) => return refused(&desk, &form, error.into()).await,
    };
    let Ok(owner) = f.get("staff").parse::<Id>() else {
        return refused(&desk, &form, FieldError::new("staff", "Choose whom it acts for.").into()).await;
    };
    let scopes = f.all("scopes").filter_map(|s| s.parse().ok()).collect();
    let by = &form.staff.by;
    let made = people::create_token(&desk.state, by, f.get("token_name"), owner, scopes, expires_on).await;
    match made {
        Ok(new) => {
            let once = Once {
                what: format!("The token “{}”. Keep it safe; it is shown only now.", new.token.name),
                value: new.secret,
            };
            let none = Fields::default();
            show(&desk, &form.staff, StatusCode::OK, &none, &[], Vec::new(), Some(once)).await
        }
        Err(actions::Error::Invalid(mut errors)) => {
            for error in errors.iter_mut().filter(|e| e.field == "name") {
                error.field = "token_name".to_owned();
            }
            refused(&desk, &form, actions::Error::Invalid(errors)).await
        }
        Err(error) => refused(&desk, &form, error).await,
    }
}

/// `POST /staff/tokens/{id}/revoke`
pub async fn revoke_token(desk: Desk, id: Path<Id>, form: Posted) -> Result<HttpResponse, Error> {
    match people::revoke_token(&desk.state, &form.staff.by, *id).await {
        Ok(_) => Ok(see("/staff/users", "revoked")),
        Err(error) => refused(&desk, &form, error).await,
    }
}
