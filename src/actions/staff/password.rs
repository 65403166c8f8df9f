//! Hashing passwords: slow on purpose, so off the calling task and few at a time.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::actions::Error;
use crate::db;

/// Each hash takes 19 MiB: the number at a time bounds what logins may cost.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Verified against when there is no such person, so that the answer takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hashed("nobody's password").unwrap_or_default());

/// Argon2id with 19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet).
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hashed(password: &str) -> Result<String, Error> {
    let hash = argon2().hash_password(password.as_bytes());
    Ok(hash.map_err(|e| db::Error::Corrupt(e.to_string()))?.to_string())
}

/// Hashes a new password, as a PHC string.
///
/// # Errors
/// No random bytes from the operating system; the process is stopping.
pub(super) async fn hash(password: String) -> Result<String, Error> {
    let _turn = TURNS.acquire().await.map_err(|_| db::Error::Stopped)?;
    tokio::task::spawn_blocking(move || hashed(&password)).await.map_err(|_| db::Error::Stopped)?
}

/// Whether `password` is the one behind `stored`. Takes the same time when there is none.
///
/// # Errors
/// The process is stopping.
pub(super) async fn verify(password: String, stored: Option<String>) -> Result<bool, Error> {
    let _turn = TURNS.acquire().await.map_err(|_| db::Error::Stopped)?;
    let task = tokio::task::spawn_blocking(move || {
        let stored = stored.filter(|hash| !hash.is_empty());
        let known = stored.is_some();
        let against = stored.unwrap_or_else(|| NOBODY.clone());
        let fits = argon2().verify_password(password.as_bytes(), against.as_str()).is_ok();
        known && fits
    });
    Ok(task.await.map_err(|_| db::Error::Stopped)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_behind_a_hash_opens_it() {
        let stored = hash("three plain words".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("three plain words".into(), Some(stored.clone())).await.unwrap());
        assert!(!verify("three plain word".into(), Some(stored)).await.unwrap());
        assert!(!verify("nobody's password".into(), None).await.unwrap());
        assert!(!verify(String::new(), Some(String::new())).await.unwrap());
    }
}
