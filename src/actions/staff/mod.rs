//! People who work here: adding them, letting them in and out, and keys for their programs.
//! What a browser or a program holds is a random token; stored is its SHA-256 only.

mod device;
mod limits;
mod login;
mod password;
mod people;
mod token;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::{By, Error};
use crate::domain::access::Permission;
use crate::domain::audit::Actor;
use crate::domain::canonical::sha256_hex;
use crate::domain::id::Id;
use crate::domain::staff::Staff;
use crate::keys::random;

pub use device::{DEVICE_DAYS, device_mark, known_device};
pub use limits::LoginLimits;
pub use login::{NewSession, log_in, log_out, of_link, session, set_password_by_link};
pub use people::{add_staff, change_role, disable, reset};
pub use token::{NewToken, by_token, create_token, revoke_token};

/// How long a one-time link opens, in hours.
pub const LINK_HOURS: i64 = 72;

/// A one-time link by which a staff member chooses a password. Shown once.
#[derive(Clone)]
pub struct Link {
    /// Whose.
    pub staff: Id,
    /// The secret part.
    pub token: String,
    /// Opens until then.
    pub expires_at: Timestamp,
}

impl Link {
    /// Where it leads, below the public address.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/staff/welcome/{}", self.token)
    }
}

/// Never shows the token: debug output reaches logs.
impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Link({})", self.staff)
    }
}

impl By {
    /// A staff member in person.
    #[must_use]
    pub fn staff(member: &Staff) -> Self {
        Self { actor: Actor::Staff(member.id), staff: member.id, permissions: member.permissions() }
    }

    /// Somebody at the command line of the server: may everything, and is no staff member.
    #[must_use]
    pub fn operator() -> Self {
        Self {
            actor: Actor::Operator,
            staff: Id::from_bytes(&[0; 16]).unwrap_or_else(|| Id::new(Timestamp::UNIX_EPOCH)),
            permissions: Permission::ALL.to_vec(),
        }
    }
}

/// 32 random bytes as they are handed out, and the hash that is stored.
fn fresh(prefix: &str) -> Result<(String, String), Error> {
    let token = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::<32>()?));
    let hash = sha256_hex(token.as_bytes());
    Ok((token, hash))
}
