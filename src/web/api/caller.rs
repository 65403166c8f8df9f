//! Who calls: the person a bearer token (RFC 6750) acts for, with the token's rights; and, for
//! an edit, the change as they last saw it.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, IF_MATCH};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder};

use super::{body, view};
use crate::actions::{self, By, staff};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::change::Change;
use crate::domain::id::Id;
use crate::state::State;
use crate::web::Error;

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// The caller of an API route.
pub(super) struct Caller {
    /// They, as actions know them.
    pub by: By,
    /// Database, clock, settings.
    pub state: Data<State>,
}

impl Caller {
    /// Reads from the database, if the token holds the scope `read`.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Conn) -> Result<T, db::Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.by.require(Permission::Read)?;
        Ok(self.state.db.read(look).await?)
    }

    /// Reads what only admins see.
    pub async fn read_as_admin<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Conn) -> Result<T, db::Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.by.require(Permission::Admin)?;
        Ok(self.state.db.read(look).await?)
    }

    /// Answers a change with its `ETag`, for `If-Match`.
    pub async fn tell(&self, mut status: HttpResponseBuilder, change: Change) -> Result<HttpResponse, Error> {
        let (settings, now, tag) =
            (self.state.settings.clone(), self.state.clock.now(), view::etag(change.revision));
        let shown = self.state.db.read(move |conn| view::change(conn, &settings, now, &change)).await?;
        Ok(status.insert_header(tag).json(shown))
    }
}

impl FromRequest for Caller {
    type Error = Error;
    type Future = Extracting<Self>;

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
            Ok(Self { by, state })
        })
    }
}

/// The token of a request, if it sends one.
pub(super) fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A change as the caller last saw it: its id from the path, its revision from `If-Match`.
pub(super) struct Seen {
    pub caller: Caller,
    /// Of the change.
    pub id: Id,
    /// Of the change, as last read.
    pub revision: i64,
}

impl Seen {
    /// Answers the change as it stands after an action, or why it did not happen.
    pub async fn done(&self, result: Result<Change, actions::Error>) -> Result<HttpResponse, Error> {
        self.caller.tell(HttpResponse::Ok(), result.map_err(body::refused)?).await
    }
}

impl FromRequest for Seen {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload);
        let (id, revision) = (body::parse(request.match_info().query("id")), revision(request));
        Box::pin(async move { Ok(Self { caller: caller.await?, id: id?, revision: revision? }) })
    }
}

/// The revision that `If-Match` names (RFC 9110 section 13.1.1), as the `ETag` gave it.
fn revision(request: &HttpRequest) -> Result<i64, Error> {
    let sent = request.headers().get(IF_MATCH).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let number = sent.trim().strip_prefix("\"r").and_then(|rest| rest.strip_suffix('"'));
    number.and_then(|n| n.parse().ok()).ok_or_else(|| {
        Error::Malformed(
            "Send If-Match with the ETag of what you edit as you last read it, like If-Match: \"r4\".".into(),
        )
    })
}
