//! Choosing a password, logging in and out, and who a session belongs to.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{fresh, password};
use crate::actions::Error;
use crate::db::session::Session;
use crate::db::{self, Conn};
use crate::domain::audit::{Actor, Event};
use crate::domain::canonical::sha256_hex;
use crate::domain::email::Email;
use crate::domain::staff::{PASSWORD_MAX, Staff, check_password};
use crate::domain::text::FieldError;
use crate::state::State;

/// A session ends this many hours after logging in, whatever happens.
const ABSOLUTE_HOURS: i64 = 12;
/// … and this many hours after its last use.
const IDLE_HOURS: i64 = 2;

/// A session that has just begun. The token is shown once, to the browser.
#[derive(Clone)]
pub struct NewSession {
    /// What the cookie holds.
    pub token: String,
    /// Who logged in.
    pub staff: Staff,
}

/// Never shows the token: debug output reaches logs.
impl std::fmt::Debug for NewSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewSession({})", self.staff.id)
    }
}

/// Whose one-time link this is, if it still opens.
///
/// # Errors
/// The database failed.
pub async fn of_link(state: &State, token: &str) -> Result<Option<Staff>, Error> {
    let (now, hash) = (state.clock.now(), sha256_hex(token.as_bytes()));
    Ok(state.db.read(move |conn| db::staff::of_link(conn, &hash, now)).await?)
}

/// Sets the password through a one-time link, which is used up then.
///
/// # Errors
/// The link does not open; the password is too weak.
pub async fn set_password_by_link(state: &State, token: &str, password: String) -> Result<Staff, Error> {
    let (now, hash) = (state.clock.now(), sha256_hex(token.as_bytes()));
    let member = of_link(state, token).await?.ok_or_else(used_up)?;
    check_password(&password, &member.name, &member.email)?;
    let stored = password::hash(password).await?;
    state
        .db
        .write(move |conn| {
            // Again: two people may have posted the same link.
            let member = db::staff::of_link(conn, &hash, now)?.ok_or_else(used_up)?;
            db::staff::use_link(conn, &hash, now)?;
            db::staff::set_password(conn, member.id, &stored)?;
            db::session::remove_of(conn, member.id)?;
            record(conn, now, "staff.password_set", &member)?;
            Ok(member)
        })
        .await
}

fn used_up() -> Error {
    Error::Conflict("This link was used, has expired, or is not complete. Ask an admin for a new one.".into())
}

fn refused() -> Error {
    FieldError::new(
        "email",
        "Address and password do not fit together. Check both, or ask an admin for a new link.",
    )
    .into()
}

/// Logs in. A session always gets a new token, so none can be planted beforehand.
///
/// # Errors
/// Unknown address, wrong password, no password yet, or shut out: all the same words, after
/// the same time.
pub async fn log_in(state: &State, email: &str, password: String) -> Result<NewSession, Error> {
    let found = match email.parse::<Email>() {
        Ok(email) => state.db.read(move |conn| db::staff::by_email(conn, &email)).await?,
        Err(_) => None,
    };
    let found = found.filter(|(member, _)| member.is_enabled());
    // A longer one cannot be anybody's, and hashing takes the whole of it.
    let typed = if password.len() > PASSWORD_MAX { String::new() } else { password };
    let fits = password::verify(typed, found.as_ref().map(|(_, hash)| hash.clone())).await?;
    let (member, verified) = found.filter(|_| fits).ok_or_else(refused)?;
    let ((token, token_hash), (csrf, _)) = (fresh("")?, fresh("")?);
    let now = state.clock.now();
    state
        .db
        .write(move |conn| {
            // Again: the password may have been reset while this one was being checked.
            let still = db::staff::by_email(conn, &member.email)?;
            let (staff, _) =
                still.filter(|(s, hash)| s.is_enabled() && *hash == verified).ok_or_else(refused)?;
            db::session::remove_ended(conn, now)?;
            let expires_at = hours_after(now, ABSOLUTE_HOURS);
            let session = Session { token_hash, staff, csrf, seen_at: now, expires_at };
            db::session::insert(conn, &session)?;
            record(conn, now, "staff.logged_in", &session.staff)?;
            Ok(NewSession { token, staff: session.staff })
        })
        .await
}

/// Ends a session.
///
/// # Errors
/// The database failed.
pub async fn log_out(state: &State, session: &Session) -> Result<(), Error> {
    let (now, session) = (state.clock.now(), session.clone());
    state
        .db
        .write(move |conn| {
            db::session::remove(conn, &session.token_hash)?;
            record(conn, now, "staff.logged_out", &session.staff)
        })
        .await
}

/// The session behind a cookie's token, if it has not ended and its owner may come in.
///
/// # Errors
/// The database failed.
pub async fn session(state: &State, token: &str) -> Result<Option<Session>, Error> {
    let (now, hash) = (state.clock.now(), sha256_hex(token.as_bytes()));
    let wanted = hash.clone();
    let found = state.db.read(move |conn| db::session::get(conn, &wanted)).await?;
    let is_open =
        |s: &Session| now < s.expires_at && now < hours_after(s.seen_at, IDLE_HOURS) && s.staff.is_enabled();
    let Some(session) = found.filter(is_open) else { return Ok(None) };
    // To the minute is enough, and spares a write with each page.
    if now.duration_since(session.seen_at) >= SignedDuration::from_mins(1) {
        state.db.write(move |conn| db::session::touch(conn, &hash, now)).await?;
    }
    Ok(Some(session))
}

fn hours_after(at: Timestamp, hours: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX)
}

fn record(conn: &mut Conn, now: Timestamp, action: &'static str, member: &Staff) -> Result<(), Error> {
    let event =
        Event { actor: Actor::Staff(member.id), action, subject: member.id.to_string(), detail: json!({}) };
    Ok(db::audit::append(conn, now, event)?)
}
