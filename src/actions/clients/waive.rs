//! Going live without Clients nobody could reach: named one by one, with a reason, and with what
//! was tried as proof (invariant 2). And, decided by a DPO, without those whose agreement has no
//! clause for an emergency (invariant 6).

use jiff::Timestamp;
use serde_json::json;

use crate::actions::unready::Look;
use crate::actions::{By, Error};
use crate::config::Settings;
use crate::db::{self, Conn};
use crate::domain::access::Permission;
use crate::domain::audit::Event;
use crate::domain::change::ChangeState;
use crate::domain::deadline::day_of;
use crate::domain::id::Id;
use crate::domain::in_the_way::Why;
use crate::domain::text::{FieldError, TEXT_LIMIT, is_legible, paragraph};
use crate::state::State;

/// The most Clients waived at once.
pub const WAIVED_AT_ONCE: usize = 500;

/// A waiver as typed.
#[derive(Debug, Clone, Default)]
pub struct WaiverDraft {
    /// Whom the change waits for no longer.
    pub clients: Vec<Id>,
    /// Why.
    pub reason: String,
}

/// Lets an announced change come into force without waiting for the Clients named: those nobody
/// could reach, and, by a DPO, those whose agreement has no clause for its emergency. All of them or none. Answers how many it waived.
///
/// # Errors
/// Not allowed; no reason or nobody named; the change is not announced; one of them was reached,
/// needs to consent, has objected, or was never tried.
pub async fn waive(state: &State, by: &By, change_id: Id, draft: WaiverDraft) -> Result<usize, Error> {
    by.require(Permission::Approve)?;
    let (now, by, settings) = (state.clock.now(), by.clone(), state.settings.clone());
    let reason = checked(&draft)?;
    let mut clients = draft.clients;
    clients.sort_unstable();
    clients.dedup();
    state.db.write(move |conn| waive_now(conn, &settings, now, &by, change_id, &clients, &reason)).await
}

fn checked(draft: &WaiverDraft) -> Result<String, Error> {
    let mut problems = Vec::new();
    let reason = paragraph("reason", &draft.reason, TEXT_LIMIT).unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    if problems.is_empty() && !is_legible(&reason) {
        let text = "Say why the change need not wait for them, and how else you tried to tell them.";
        problems.push(FieldError::new("reason", text));
    }
    if draft.clients.is_empty() {
        problems.push(FieldError::new("clients", "Name the Clients the change need not wait for."));
    }
    if draft.clients.len() > WAIVED_AT_ONCE {
        let text =
            format!("At most {WAIVED_AT_ONCE} Clients at once. Waive these first, then the next ones.");
        problems.push(FieldError::new("clients", text));
    }
    if problems.is_empty() { Ok(reason) } else { Err(Error::Invalid(problems)) }
}

fn waive_now(
    conn: &mut Conn,
    settings: &Settings,
    now: Timestamp,
    by: &By,
    change_id: Id,
    clients: &[Id],
    reason: &str,
) -> Result<usize, Error> {
    let today = day_of(now, &settings.zone());
    let change = db::change::get(conn, change_id)?.ok_or(Error::NotFound("change"))?;
    let look = Look::begin(conn, &change, today)?.filter(|_| change.state == ChangeState::Announced);
    let Some(look) = look else {
        return Err(Error::Conflict(format!(
            "{} is {}. Only a change that is announced and waits for its Clients can go without them.",
            change.reference(),
            change.state
        )));
    };
    let (mut owed, mut problems) = (Vec::new(), Vec::new());
    for id in clients {
        let client = db::client::get(conn, *id)?.ok_or(Error::NotFound("Client"))?;
        let one = look.of_client(conn, *id)?;
        let gate = one.as_ref().and_then(|one| look.at(one));
        match (one, gate.map(|gate| gate.why)) {
            (Some(_), Some(Why::NoClause(_))) if !by.permissions.contains(&Permission::Protect) => {
                return Err(Error::Forbidden(format!(
                    "The agreement of {} allows no emergency replacement. Going without it is for a DPO to decide.",
                    client.name
                )));
            }
            (Some(one), Some(Why::Unreached | Why::Unread | Why::NoClause(_))) => owed.push((one, client)),
            (_, why) => problems.push(cannot(&client.name, why)),
        }
    }
    let ids: Vec<Id> = owed.iter().map(|(one, _)| one.id).collect();
    let tried = db::attempt::of_client_notices(conn, &ids)?;
    for (one, client) in &owed {
        // Tried in vain, or nothing there to try: a mail that still waits to be sent is neither.
        let unreached = look.at(one).is_some_and(|gate| matches!(gate.why, Why::Unreached | Why::Unread));
        if unreached && !tried.contains_key(&one.id) && db::outbox::is_under_way(conn, one.id)? {
            let text = format!("{}: nothing was tried yet. Wait for the first attempt.", client.name);
            problems.push(FieldError::new("clients", text));
        }
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let mut proof = Vec::new();
    for (one, client) in &owed {
        db::client_notice::waive(conn, one.id, now)?;
        let attempts = tried.get(&one.id).map_or(0, |tried| tried.attempts);
        proof.push(json!({ "client": client.id, "client_notice": one.id, "attempts": attempts }));
    }
    let detail = json!({ "reason": reason, "count": proof.len(), "clients": proof });
    let event = Event { actor: by.actor, action: "change.waived", subject: change.reference(), detail };
    db::audit::append(conn, now, event)?;
    Ok(owed.len())
}

fn cannot(name: &str, why: Option<Why>) -> FieldError {
    let text = match why {
        None => format!("{name}: nothing waits for it."),
        Some(Why::NeedsConsent) => {
            format!("{name} has to consent: silence refuses. Record its consent, or hold it out.")
        }
        Some(Why::NotBefore(_)) => format!(
            "{name} was reached and its notice period runs. Wait for its day, record its consent, or hold it out."
        ),
        Some(Why::Objected) => format!("{name} has objected. Settle the objection first."),
        Some(Why::HeldOut) => format!("{name} is held out already: nothing waits for it."),
        Some(Why::Unreached | Why::Unread | Why::NoClause(_)) => {
            format!("{name} has no notice of this change yet. Wait until it is announced.")
        }
    };
    FieldError::new("clients", text)
}
