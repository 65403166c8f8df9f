//! Keys for programs: made, used, taken back.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::fresh;
use crate::actions::{By, Error};
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::{Actor, Event};
use crate::domain::canonical::sha256_hex;
use crate::domain::id::Id;
use crate::domain::staff::{ApiToken, Staff};
use crate::domain::text::{FieldError, NAME_LIMIT, required_line};
use crate::state::State;

/// What a token begins with, so that scanners of leaked secrets can tell it.
const PREFIX: &str = "sp_";

/// A token that has just been made. The secret is shown once.
#[derive(Clone)]
pub struct NewToken {
    /// What is stored.
    pub token: ApiToken,
    /// What the program sends as `Authorization: Bearer …`.
    pub secret: String,
}

/// Never shows the secret: debug output reaches logs.
impl std::fmt::Debug for NewToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewToken({})", self.token.id)
    }
}

/// Makes a token that acts for `staff_id`.
///
/// # Errors
/// Not allowed; no name or scope; a scope beyond that person's role, or beyond what the token
/// holds that asks; an end later than that token's own; no such person.
pub async fn create_token(
    state: &State,
    by: &By,
    name: &str,
    staff_id: Id,
    mut scopes: Vec<Permission>,
    expires_at: Option<Timestamp>,
) -> Result<NewToken, Error> {
    by.require(Permission::Admin)?;
    let now = state.clock.now();
    let name = required_line("name", "what the token is for", name, NAME_LIMIT)?;
    if scopes.is_empty() {
        return Err(FieldError::new("scopes", "Choose at least one scope.").into());
    }
    if expires_at.is_some_and(|end| end <= now) {
        return Err(FieldError::new("expires_on", "Lies in the past. Choose a day to come, or none.").into());
    }
    scopes.sort_unstable();
    scopes.dedup();
    if let Some(beyond) = scopes.iter().find(|scope| !by.permissions.contains(scope)) {
        let problem =
            format!("You do not hold “{beyond}” yourself here, so you cannot give it. Leave it out.");
        return Err(FieldError::new("scopes", problem).into());
    }
    let by = by.clone();
    state
        .db
        .write(move |conn| {
            let member = db::staff::get(conn, staff_id)?
                .ok_or_else(|| FieldError::new("staff", "There is no such staff member."))?;
            if !member.is_enabled() {
                return Err(FieldError::new("staff", "This person is shut out. Choose somebody else.").into());
            }
            if let Some(beyond) = scopes.iter().find(|scope| !member.role.may(**scope)) {
                let problem = format!(
                    "The role {} does not hold “{beyond}”. Leave it out, or choose somebody who holds it.",
                    member.role
                );
                return Err(FieldError::new("scopes", problem).into());
            }
            // Otherwise one admin could write as one person and approve as another.
            let writes = scopes.iter().any(|scope| *scope != Permission::Read);
            if writes && staff_id != by.staff && by.actor != Actor::Operator {
                let problem = "A token for somebody else may only read. They make one that writes or approves themselves, or the operator does with “token create”.";
                return Err(FieldError::new("scopes", problem).into());
            }
            outlasts(conn, &by, expires_at)?;
            let (secret, hash) = fresh(PREFIX)?;
            let token = ApiToken {
                id: Id::new(now),
                name,
                scopes,
                staff_id,
                created_at: now,
                expires_at,
                revoked_at: None,
                used_at: None,
            };
            db::token::insert(conn, &hash, &token)?;
            let detail = json!({ "for": staff_id, "scopes": token.scopes, "expires_at": expires_at });
            let event =
                Event { actor: by.actor, action: "token.created", subject: token.id.to_string(), detail };
            db::audit::append(conn, now, event)?;
            Ok(NewToken { token, secret })
        })
        .await
}

/// A token that ends makes none that goes on after it: otherwise its end would be none.
fn outlasts(conn: &mut Conn, by: &By, expires_at: Option<Timestamp>) -> Result<(), Error> {
    let Actor::Token(id) = by.actor else { return Ok(()) };
    let own_end = db::token::get(conn, id)?.and_then(|own| own.expires_at);
    match own_end {
        Some(end) if expires_at.is_none_or(|asked| asked > end) => Err(FieldError::new(
            "expires_on",
            format!("The token you send ends {end}, and what it makes cannot go on after it. Choose an earlier day."),
        )
        .into()),
        _ => Ok(()),
    }
}

/// Takes a token back; it opens nothing from then on.
///
/// # Errors
/// Not allowed; there is no such token.
pub async fn revoke_token(state: &State, by: &By, id: Id) -> Result<ApiToken, Error> {
    by.require(Permission::Admin)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let token = db::token::get(conn, id)?.ok_or(Error::NotFound("token"))?;
            if token.revoked_at.is_none() {
                db::token::revoke(conn, id, now)?;
                let event = Event {
                    actor: by.actor,
                    action: "token.revoked",
                    subject: id.to_string(),
                    detail: json!({ "for": token.staff_id }),
                };
                db::audit::append(conn, now, event)?;
            }
            db::token::get(conn, id)?.ok_or(Error::NotFound("token"))
        })
        .await
}

/// Who a program acts for, and with which rights: its scopes, cut down to that person's role.
/// `None` for a token that is unknown, taken back, over, or of somebody shut out.
///
/// # Errors
/// The database failed.
pub async fn by_token(state: &State, secret: &str) -> Result<Option<(By, Staff, ApiToken)>, Error> {
    if !secret.starts_with(PREFIX) {
        return Ok(None);
    }
    let (now, hash) = (state.clock.now(), sha256_hex(secret.as_bytes()));
    let found = state
        .db
        .read(move |conn| {
            let Some(token) = db::token::by_hash(conn, &hash)? else { return Ok(None) };
            let member = db::staff::get(conn, token.staff_id)?;
            Ok::<_, Error>(member.map(|member| (member, token)))
        })
        .await?;
    let Some((member, token)) = found.filter(|(m, t)| m.is_enabled() && t.is_valid(now)) else {
        return Ok(None);
    };
    // To the minute is enough, and spares a write with each request.
    let is_stale = token.used_at.is_none_or(|at| now.duration_since(at) >= SignedDuration::from_mins(1));
    if is_stale {
        let id = token.id;
        state.db.write(move |conn| db::token::touch(conn, id, now)).await?;
    }
    let permissions = token.scopes.iter().copied().filter(|p| member.role.may(*p)).collect();
    let by = By { actor: Actor::Token(token.id), staff: member.id, permissions };
    Ok(Some((by, member, token)))
}
