//! People who work here, their passwords and the keys of their programs.

use jiff::Timestamp;

use super::access::{Permission, Role};
use super::email::Email;
use super::id::Id;
use super::text::FieldError;

/// A staff member. Name and address live in one table only, so that they can be erased; the
/// audit trail names people by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// Identity.
    pub id: Id,
    /// Where they log in with.
    pub email: Email,
    /// What colleagues call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they have chosen a password yet.
    pub has_password: bool,
    /// When they were added.
    pub created_at: Timestamp,
    /// Since when they are shut out.
    pub disabled_at: Option<Timestamp>,
}

impl Staff {
    /// Whether they may come in at all.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }

    /// Everything their role permits.
    #[must_use]
    pub fn permissions(&self) -> Vec<Permission> {
        Permission::ALL.iter().copied().filter(|p| self.role.may(*p)).collect()
    }
}

/// A program's key. It acts for a staff member and never holds more than that member's role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Identity; the audit trail names tokens by it.
    pub id: Id,
    /// What it is for.
    pub name: String,
    /// What it was given.
    pub scopes: Vec<Permission>,
    /// For whom it acts.
    pub staff_id: Id,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub used_at: Option<Timestamp>,
}

impl ApiToken {
    /// Whether it opens anything at `now`.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// The shortest password, in characters (OWASP asks for 8 with, 15 without a second factor;
/// length counts, not kinds of characters).
pub const PASSWORD_MIN: usize = 12;
/// The longest password, in bytes: hashing takes the whole of it.
pub const PASSWORD_MAX: usize = 1_000;

/// Checks a new password of `name` with the address `email`.
///
/// # Errors
/// Too short, too long, or too easily guessed; in words that say how to mend it.
pub fn check_password(password: &str, name: &str, email: &Email) -> Result<(), FieldError> {
    let refuse = |problem: String| Err(FieldError::new("password", problem));
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        return refuse(format!(
            "Is {length} characters long. Choose at least {PASSWORD_MIN}; a few words in a row are easy to remember."
        ));
    }
    if password.len() > PASSWORD_MAX {
        return refuse(format!("Is longer than {PASSWORD_MAX} bytes. Shorten it."));
    }
    let plain = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let typed = plain(password);
    let local = plain(email.local());
    if [plain(name), plain(&email.to_string()), local].contains(&typed) {
        return refuse("Is your name or address, which others know. Choose something else.".into());
    }
    let mut kinds: Vec<char> = password.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() < 4 {
        return refuse("Repeats the same few characters. Choose something less easily guessed.".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_neither_the_name_nor_the_address() {
        let email: Email = "maria.ortega-lopez@acme.example".parse().unwrap();
        let check = |password: &str| check_password(password, "Maria Ortega Lopez", &email);
        assert!(check("three plain words").is_ok());
        for bad in [
            "short",
            "maria ortega lopez",
            "Maria.Ortega-Lopez@acme.example",
            "mariaortegalopez",
            "aaaaaaaaaaaaa",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check(&"long ".repeat(300)).is_err());
    }
}
