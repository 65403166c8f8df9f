//! Who is asking: the session cookie, the staff member behind it, and the checks that make a
//! form one of ours. A route takes [`Staff`] to need a login, [`Posted`] to change something.

use std::pin::Pin;

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::header::{CACHE_CONTROL, HOST, HeaderName, LOCATION, ORIGIN};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use subtle::ConstantTimeEq as _;

use super::error::Error;
use super::form::{Fields, STAFF_LIMIT, STRANGER_LIMIT};
use super::render::Pages;
use super::staff::kept;
use crate::actions::{By, staff};
use crate::db::session::Session;
use crate::domain::access::Permission;
use crate::state::State;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, actix_web::Error>>>>;

/// Somebody who has logged in. Everybody else is sent to the login.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Their session.
    pub session: Session,
    /// They, as actions know them.
    pub by: By,
}

impl Staff {
    /// Whether they may do something; a page hides buttons that would refuse.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.by.permissions.contains(&permission)
    }

    /// Goes on only if they may.
    ///
    /// # Errors
    /// [`Error::Forbidden`], naming what is needed.
    pub fn require(&self, permission: Permission) -> Result<(), Error> {
        Ok(self.by.require(permission)?)
    }
}

impl FromRequest for Staff {
    type Error = actix_web::Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match who(&request).await? {
                Some(staff) => Ok(staff),
                None => Err(to_login(&request)),
            }
        })
    }
}

/// A form sent by somebody who has logged in, from one of our own pages.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Who.
    pub staff: Staff,
    /// What.
    pub fields: Fields,
}

impl FromRequest for Posted {
    type Error = actix_web::Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let Some(staff) = who(&request).await? else {
                // Without a session nothing tells our forms from forged ones but the browser.
                if !surely_from_here(&request) {
                    return Err(to_login(&request));
                }
                let typed = Fields::read(&request, &mut payload, STRANGER_LIMIT).await;
                return Err(kept::ask_to_log_in(&request, typed.ok().as_ref())?);
            };
            same_site(&request)?;
            let fields = Fields::read(&request, &mut payload, STAFF_LIMIT).await?;
            let token = fields.get("csrf").as_bytes();
            if !bool::from(token.ct_eq(staff.session.csrf.as_bytes())) {
                // A form of ours, from before another login in the same browser.
                if surely_from_here(&request)
                    && let Some(page) = kept::show_again(&request, &staff, &fields).await?
                {
                    return Err(page);
                }
                return Err(Error::Forbidden(
                    "This form was not made for your session, so nothing was done. Open the page again and send it from there.".into(),
                )
                .into());
            }
            Ok(Self { staff, fields })
        })
    }
}

/// A form of somebody who need not be logged in: login and first password.
#[derive(Debug, Clone)]
pub struct Knock(pub Fields);

impl FromRequest for Knock {
    type Error = actix_web::Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            same_site(&request)?;
            Ok(Self(Fields::read(&request, &mut payload, STRANGER_LIMIT).await?))
        })
    }
}

/// Who holds the request's cookie, if anybody.
///
/// # Errors
/// The database failed.
pub async fn who(request: &HttpRequest) -> Result<Option<Staff>, Error> {
    let missing = || Error::internal("the application state is not mounted");
    let state = request.app_data::<Data<State>>().ok_or_else(missing)?;
    let pages = request.app_data::<Data<Pages>>().ok_or_else(missing)?;
    let Some(cookie) = request.cookie(cookie_name(pages)) else { return Ok(None) };
    let session = staff::session(state, cookie.value()).await?;
    Ok(session.map(|session| Staff { by: By::staff(&session.staff), session }))
}

/// Refuses a form that another site sent: by `Sec-Fetch-Site` and `Origin` where the browser
/// says so (the token in the form is the second lock).
fn same_site(request: &HttpRequest) -> Result<(), Error> {
    let header = |name: HeaderName| request.headers().get(name).and_then(|v| v.to_str().ok());
    let fetched_here = header(SEC_FETCH_SITE).is_none_or(|site| matches!(site, "same-origin" | "none"));
    let from_here = header(ORIGIN).is_none_or(|origin| {
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        // The Host header was checked before: it is one of ours.
        header(HOST).is_some_and(|ours| ours.eq_ignore_ascii_case(host))
            || request.app_data::<Data<Pages>>().is_some_and(|pages| pages.site().answers_to(host))
    });
    if fetched_here && from_here {
        return Ok(());
    }
    Err(Error::Forbidden("This form came from another site, so nothing was done.".into()))
}

/// Whether the browser itself says that the form stood on one of our own pages. Where it says
/// nothing this is false, unlike `same_site`.
#[must_use]
pub fn surely_from_here(request: &HttpRequest) -> bool {
    let says = request.headers().get(SEC_FETCH_SITE).map(|site| site.as_bytes() == b"same-origin");
    says.unwrap_or_else(|| request.headers().contains_key(ORIGIN)) && same_site(request).is_ok()
}

fn to_login(request: &HttpRequest) -> actix_web::Error {
    let next = match (request.method().is_safe(), request.path()) {
        (true, path) if path != "/staff" => {
            let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
            format!("?next={next}")
        }
        _ => String::new(),
    };
    let answer = HttpResponse::SeeOther()
        .insert_header((LOCATION, format!("/staff/login{next}")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish();
    InternalError::from_response("not logged in", answer).into()
}

/// `__Host-` binds the cookie to this host and to TLS (RFC 6265bis section 4.1.3.2); without
/// TLS, which only loopback may be, a browser would not keep it.
fn cookie_name(pages: &Pages) -> &'static str {
    if pages.site().is_https() { "__Host-session" } else { "session" }
}

/// The cookie of a session; an empty token ends it.
#[must_use]
pub fn cookie(pages: &Pages, token: &str) -> Cookie<'static> {
    let mut cookie = Cookie::build(cookie_name(pages), token.to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(pages.site().is_https())
        .finish();
    if token.is_empty() {
        cookie.make_removal();
    }
    cookie
}

fn device_name(pages: &Pages) -> &'static str {
    if pages.site().is_https() { "__Host-device" } else { "device" }
}

/// The mark of a browser in which somebody has logged in before, if it holds one.
#[must_use]
pub fn device(request: &HttpRequest, pages: &Pages) -> Option<String> {
    request.cookie(device_name(pages)).map(|cookie| cookie.value().to_owned())
}

/// The cookie that holds such a mark.
#[must_use]
pub fn device_cookie(pages: &Pages, mark: String) -> Cookie<'static> {
    Cookie::build(device_name(pages), mark)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(pages.site().is_https())
        .max_age(Duration::days(staff::DEVICE_DAYS))
        .finish()
}
