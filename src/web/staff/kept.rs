//! What somebody typed before their session ended. The login page carries it on in hidden
//! fields, so nothing is stored; afterwards it is shown, and goes where it was meant to go only
//! when that person presses the button, with the token of the new session.
//!
//! A forged form must never get this far: only what the browser says to come from our own pages
//! is carried ([`crate::web::auth::surely_from_here`]).

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;

use super::console::{Desk, Tab};
use super::login::LoginPage;
use crate::web::auth::Staff;
use crate::web::error::Error;
use crate::web::form::Fields;

/// The most that is carried, in bytes as a form sends them; the login reads 64 KB.
const MOST: usize = 48 * 1024;
/// The most fields that are carried.
const FIELDS: usize = 1_000;
const TO: &str = "kept-to";
const NAME: &str = "kept.";

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Pair {
    name: String,
    value: String,
}

/// The fields of a form, and where it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    to: String,
    fields: Vec<Pair>,
}

#[derive(Serialize)]
struct AgainPage<'a> {
    kept: &'a Kept,
    shown: Vec<Pair>,
    csrf: &'a str,
}

impl Kept {
    /// What may be carried of a form sent to `to`; `None` if it is none of the console's, or is
    /// too large.
    fn new<'a>(to: &str, typed: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_".contains(&b);
        let door = ["/staff/log", "/staff/welcome/"].iter().any(|door| to.starts_with(door));
        if !to.starts_with("/staff/") || door || to.contains("//") || !to.bytes().all(plain) {
            return None;
        }
        let secret = |name: &str| {
            let name = name.to_lowercase();
            name == "csrf" || name.contains("password") || name.contains("secret") || name.starts_with("kept")
        };
        let fields: Vec<Pair> = typed
            .filter(|(name, _)| !secret(name))
            .map(|(name, value)| Pair { name: name.to_owned(), value: value.to_owned() })
            .collect();
        let mut size = url::form_urlencoded::Serializer::new(String::new());
        for field in &fields {
            size.append_pair(&format!("{NAME}{}", field.name), &field.value);
        }
        let fits = fields.len() <= FIELDS && size.finish().len() <= MOST;
        fits.then(|| Self { to: to.to_owned(), fields })
    }

    /// What the login form carries.
    #[must_use]
    pub fn carried(form: &Fields) -> Option<Self> {
        let pairs = form.pairs().iter();
        Self::new(
            form.get(TO),
            pairs.filter_map(|(name, value)| Some((name.strip_prefix(NAME)?, value.as_str()))),
        )
    }

    fn of(request: &HttpRequest, form: &Fields) -> Option<Self> {
        Self::new(request.path(), form.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// What a person typed, under names a person can read.
    fn shown(&self) -> Vec<Pair> {
        let typed = self.fields.iter().filter(|f| {
            let ours = ["revision", "change", "into", "id", "more"].contains(&f.name.as_str());
            !ours && !f.value.trim().is_empty()
        });
        let words = |name: &str| {
            let parts = name.split('.').map(|part| match part.parse::<usize>() {
                Ok(row) => (row + 1).to_string(),
                Err(_) => part.replace('_', " "),
            });
            parts.collect::<Vec<_>>().join(" ")
        };
        typed.map(|f| Pair { name: words(&f.name), value: f.value.clone() }).collect()
    }
}

/// The answer to a form of ours without a session: the login, with what was typed. `None` is
/// what could not be read.
///
/// # Errors
/// The page cannot be made.
pub fn ask_to_log_in(request: &HttpRequest, typed: Option<&Fields>) -> Result<actix_web::Error, Error> {
    let desk = Desk::from_request(request, &mut Payload::None).into_inner()?;
    let kept = typed.and_then(|typed| Kept::of(request, typed));
    let is_door = request.path() == "/staff/logout";
    let body = LoginPage {
        problems: Vec::new(),
        flash: None,
        email: "",
        next: "/staff",
        kept: kept.as_ref(),
        lost: kept.is_none() && !is_door,
    };
    let answer = desk.doorstep(StatusCode::FORBIDDEN, "Log in", "staff/login", body)?;
    Ok(InternalError::from_response("not logged in", answer).into())
}

/// The answer to a form of ours from an earlier session; `None` if it is too large for that.
///
/// # Errors
/// The database failed; the page cannot be made.
pub async fn show_again(
    request: &HttpRequest,
    staff: &Staff,
    typed: &Fields,
) -> Result<Option<actix_web::Error>, Error> {
    let desk = Desk::from_request(request, &mut Payload::None).into_inner()?;
    let Some(kept) = Kept::of(request, typed) else { return Ok(None) };
    let answer = again(&desk, staff, StatusCode::FORBIDDEN, &kept).await?;
    Ok(Some(InternalError::from_response("an earlier session", answer).into()))
}

/// What was typed, with a button that sends it again.
///
/// # Errors
/// The database failed; the page cannot be made.
pub async fn again(
    desk: &Desk,
    staff: &Staff,
    status: StatusCode,
    kept: &Kept,
) -> Result<HttpResponse, Error> {
    let body = AgainPage { kept, shown: kept.shown(), csrf: &staff.session.csrf };
    desk.page_with(status, staff, Tab::Home, "Here is what you typed", "staff/again", body).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(to: &str, name: &str, value: &str) -> Option<Kept> {
        Kept::new(to, [(name, value)].into_iter())
    }

    #[test]
    fn only_forms_of_the_console_are_carried_and_only_so_much() {
        for bad in [
            "https://evil.example",
            "//evil.example",
            "/staff//x",
            "/staff/login",
            "/staff/logout",
            "/staff/welcome/x",
            "/",
            "",
        ] {
            assert_eq!(kept(bad, "title", "x"), None, "{bad}");
        }
        assert!(kept("/staff/changes", "title", &"x".repeat(40_000)).is_some());
        assert_eq!(kept("/staff/changes", "title", &"x".repeat(50_000)), None);
        assert_eq!(
            kept("/staff/changes", "title", &"ü".repeat(9_000)),
            None,
            "as it is sent: six bytes each"
        );
    }

    #[test]
    fn no_secret_is_carried() {
        for name in ["csrf", "password", "new_password", "client_secret", "kept.title"] {
            assert_eq!(kept("/staff/users", name, "x").unwrap().fields, [], "{name}");
        }
    }
}
