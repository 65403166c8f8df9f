//! Adding staff, resetting and shutting out, changing roles.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Link, fresh};
use crate::actions::{By, Error};
use crate::db::{self, Conn};
use crate::domain::access::{Permission, Role};
use crate::domain::audit::{Actor, Event};
use crate::domain::email::Email;
use crate::domain::id::Id;
use crate::domain::staff::Staff;
use crate::domain::text::{FieldError, NAME_LIMIT, required_line};
use crate::state::State;

/// Adds a staff member, who chooses a password through the link that is answered.
///
/// # Errors
/// Not allowed; a role beyond one's own rights; a field is wrong; the address is taken.
pub async fn add_staff(
    state: &State,
    by: &By,
    name: &str,
    email: &str,
    role: Role,
) -> Result<(Staff, Link), Error> {
    by.require(Permission::Admin)?;
    let name = required_line("name", "the person's name", name, NAME_LIMIT);
    let email = email.parse::<Email>().map_err(|e| FieldError::new("email", e.to_string()));
    let (name, email) = match (name, email) {
        (Ok(name), Ok(email)) => (name, email),
        (name, email) => {
            return Err(Error::Invalid([name.err(), email.err()].into_iter().flatten().collect()));
        }
    };
    holds(by, role)?;
    let (now, by) = (state.clock.now(), by.clone());
    let new = Staff {
        id: Id::new(now),
        email,
        name,
        role,
        has_password: false,
        created_at: now,
        disabled_at: None,
    };
    state
        .db
        .write(move |conn| {
            if db::staff::by_email(conn, &new.email)?.is_some() {
                return Err(FieldError::new(
                    "email",
                    "Somebody with this address is staff already. Reset their password instead of adding them again.",
                )
                .into());
            }
            db::staff::insert(conn, &new)?;
            let link = link_for(conn, new.id, now)?;
            record(conn, now, &by, "staff.added", new.id, json!({ "role": role }))?;
            Ok((new, link))
        })
        .await
}

/// Makes a new one-time link. The old password and every session end at once; somebody who was
/// shut out may come in again through the link.
///
/// # Errors
/// Not allowed; their role is beyond one's own rights; there is no such person.
pub async fn reset(state: &State, by: &By, id: Id) -> Result<Link, Error> {
    by.require(Permission::Admin)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let member = known(conn, id)?;
            holds(&by, member.role)?;
            db::staff::set_password(conn, id, "")?;
            db::staff::set_disabled(conn, id, None)?;
            db::session::remove_of(conn, id)?;
            let link = link_for(conn, id, now)?;
            record(conn, now, &by, "staff.reset", id, json!({ "was_disabled": !member.is_enabled() }))?;
            Ok(link)
        })
        .await
}

/// Shuts a staff member out: password, links, sessions and tokens end at once. What they did
/// stays theirs.
///
/// # Errors
/// Not allowed; oneself; the last admin; there is no such person.
pub async fn disable(state: &State, by: &By, id: Id) -> Result<Staff, Error> {
    by.require(Permission::Admin)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let member = known(conn, id)?;
            if !member.is_enabled() {
                return Ok(member);
            }
            keep_an_admin(conn, &by, &member)?;
            db::staff::set_disabled(conn, id, Some(now))?;
            db::staff::set_password(conn, id, "")?;
            db::staff::remove_links(conn, id)?;
            db::session::remove_of(conn, id)?;
            db::token::revoke_of(conn, id, now)?;
            record(conn, now, &by, "staff.disabled", id, json!({}))?;
            known(conn, id)
        })
        .await
}

/// Gives another role. Sessions go on with it; tokens never hold more than it.
///
/// # Errors
/// Not allowed; a role beyond one's own rights; oneself; the last admin; there is no such person.
pub async fn change_role(state: &State, by: &By, id: Id, role: Role) -> Result<Staff, Error> {
    by.require(Permission::Admin)?;
    let (now, by) = (state.clock.now(), by.clone());
    state
        .db
        .write(move |conn| {
            let member = known(conn, id)?;
            if member.role == role {
                return Ok(member);
            }
            holds(&by, role)?;
            if role != Role::Admin {
                keep_an_admin(conn, &by, &member)?;
            }
            db::staff::set_role(conn, id, role)?;
            record(conn, now, &by, "staff.role_changed", id, json!({ "was": member.role, "now": role }))?;
            known(conn, id)
        })
        .await
}

fn known(conn: &mut Conn, id: Id) -> Result<Staff, Error> {
    db::staff::get(conn, id)?.ok_or(Error::NotFound("staff member"))
}

/// Nobody gives away what they do not hold: a token with few scopes would otherwise become a
/// person with all of them, through the link it is answered.
fn holds(by: &By, role: Role) -> Result<(), Error> {
    // What a DPO decides no admin holds, and yet admins hire: they name the person, and decide nothing.
    let named = |p: &Permission| *p == Permission::Protect && by.permissions.contains(&Permission::Admin);
    let missing = Permission::ALL.iter().find(|p| role.may(**p) && !by.permissions.contains(p) && !named(p));
    missing.map_or(Ok(()), |missing| {
        Err(Error::Forbidden(format!(
            "The role {role} holds “{missing}”, which your token does not, so it cannot let anybody in with it. Use a token with all of that role's scopes."
        )))
    })
}

/// Nobody locks the house from outside: not oneself, not the last admin. At the command line a
/// new admin can be added at any time.
fn keep_an_admin(conn: &mut Conn, by: &By, member: &Staff) -> Result<(), Error> {
    if by.actor == Actor::Operator {
        return Ok(());
    }
    if by.staff == member.id {
        return Err(Error::Conflict("This is your own account. Ask another admin to change it.".into()));
    }
    let others = db::staff::all(conn)?;
    let is_other_admin =
        |s: &Staff| s.id != member.id && s.role == Role::Admin && s.is_enabled() && s.has_password;
    if member.role == Role::Admin && !others.iter().any(is_other_admin) {
        return Err(Error::Conflict("This is the last admin. Make somebody else an admin first.".into()));
    }
    Ok(())
}

fn link_for(conn: &mut Conn, staff: Id, now: Timestamp) -> Result<Link, Error> {
    let (token, hash) = fresh("")?;
    let expires_at = now.saturating_add(SignedDuration::from_hours(super::LINK_HOURS)).unwrap_or(now);
    db::staff::replace_link(conn, &hash, staff, expires_at)?;
    Ok(Link { staff, token, expires_at })
}

/// Records what was done to a person. Only the id: names and addresses never enter a hash.
fn record(
    conn: &mut Conn,
    now: Timestamp,
    by: &By,
    action: &'static str,
    id: Id,
    detail: serde_json::Value,
) -> Result<(), Error> {
    let event = Event { actor: by.actor, action, subject: id.to_string(), detail };
    Ok(db::audit::append(conn, now, event)?)
}
