//! Who calls: the person a bearer token (RFC 6750) acts for, with the token's rights.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use crate::actions::{By, staff};
use crate::domain::access::Permission;
use crate::state::State;
use crate::web::Error;

/// The caller of an API route.
pub(super) struct Caller(pub By);

impl Caller {
    /// Goes on only if the token holds the scope `read`.
    pub fn may_read(&self) -> Result<(), Error> {
        Ok(self.0.require(Permission::Read)?)
    }
}

impl FromRequest for Caller {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let secret = bearer(request).map(str::to_owned);
        let state = request.app_data::<Data<State>>().cloned();
        Box::pin(async move {
            let state = state.ok_or_else(|| Error::internal("no state"))?;
            let secret = secret.ok_or_else(|| {
                Error::SignIn("Send a token: Authorization: Bearer sp_… An admin makes one in the console or with `token create`.".into())
            })?;
            let found = staff::by_token(&state, &secret).await?;
            let (by, _, _) = found.ok_or_else(|| {
                Error::SignIn("This token is unknown, expired or revoked. Ask an admin for a new one.".into())
            })?;
            Ok(Self(by))
        })
    }
}

/// The token of a request, if it sends one.
pub(super) fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
