//! Requests that programs may send twice: the first use of a key does the work, later ones get
//! its answer.

use super::Error;
use crate::db::idempotency::{self, Claim, Kept};
use crate::domain::text::FieldError;
use crate::state::State;

/// Takes `key` of a token for a request, or gives the answer kept for it.
///
/// # Errors
/// The key is unusable, belongs to another request, or its first use has no answer yet.
pub async fn take_key(
    state: &State,
    token_id: &str,
    key: &str,
    digest: String,
) -> Result<Option<Kept>, Error> {
    let wrong = |problem: &str| Err(FieldError::new("Idempotency-Key", problem).into());
    if key.is_empty() || key.len() > 200 {
        return wrong("Must be 1 to 200 visible characters, best a UUID.");
    }
    let (now, token, key) = (state.clock.now(), token_id.to_owned(), key.to_owned());
    let claim = move |conn: &mut crate::db::Conn| idempotency::claim(conn, &token, &key, &digest, now);
    match state.db.write(claim).await? {
        Claim::Fresh => Ok(None),
        Claim::Repeated(kept) => Ok(Some(kept)),
        Claim::Different => wrong("Was used for another request. Choose a new key for each thing you do."),
        Claim::Unfinished => Err(Error::Conflict(
            "A request with this Idempotency-Key is under way, or was cut off. Look whether it took effect before you choose a new key."
                .into(),
        )),
    }
}

/// Keeps the answer of a key's first use.
///
/// # Errors
/// The database failed.
pub async fn keep_answer(state: &State, token_id: String, key: String, kept: Kept) -> Result<(), Error> {
    state.db.write(move |conn| Ok(idempotency::keep(conn, &token_id, &key, &kept)?)).await
}

/// Frees a key whose first use did nothing.
///
/// # Errors
/// The database failed.
pub async fn free_key(state: &State, token_id: String, key: String) -> Result<(), Error> {
    state.db.write(move |conn| Ok(idempotency::forget(conn, &token_id, &key)?)).await
}
