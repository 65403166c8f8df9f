//! The demo's staff: one per role, with passwords made on the spot and kept in a file that only
//! its owner may read, so that the next start prints the same.

use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Error;
use crate::actions::By;
use crate::actions::staff;
use crate::app;
use crate::db;
use crate::domain::access::Role;
use crate::domain::email::Email;
use crate::domain::staff::Staff;
use crate::keys;
use crate::state::State;

const FILE: &str = "logins.txt";
const ROLES: [(&str, Role, &str, &str); 4] = [
    ("Editor", Role::Editor, "editor@example.com", "Erin Editor"),
    ("Approver", Role::Approver, "approver@example.com", "Ari Approver"),
    ("Dpo", Role::Dpo, "dpo@example.com", "Dana Dpo"),
    ("Admin", Role::Admin, "admin@example.com", "Ada Admin"),
];

/// Somebody to log in as.
#[derive(Clone)]
pub struct Login {
    /// What to call them: Editor, Approver, Dpo, Admin.
    pub title: &'static str,
    /// Mail address.
    pub email: &'static str,
    /// Password.
    pub password: String,
    /// The staff member.
    pub member: Staff,
}

/// Never shows the password: debug output reaches logs.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", self.title)
    }
}

impl Login {
    /// They, as actions know them.
    #[must_use]
    pub fn by(&self) -> By {
        By::staff(&self.member)
    }
}

/// Makes whoever is not there yet.
///
/// # Errors
/// The file cannot be used, or the database failed.
pub async fn welcome(state: &State, folder: &Path) -> Result<[Login; 4], Error> {
    let passwords = passwords(folder)?;
    let [editor, approver, dpo, admin] = ROLES;
    let [one, two, three, four] = passwords;
    let (one, two, three, four) = tokio::join!(
        login(state, editor, one),
        login(state, approver, two),
        login(state, dpo, three),
        login(state, admin, four)
    );
    Ok([one?, two?, three?, four?])
}

fn passwords(folder: &Path) -> Result<[String; 4], Error> {
    let path = folder.join(FILE);
    let unusable = |e| Error::File(path.clone(), e);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let of = |email: &str| {
                let line = text.lines().find(|line| line.contains(email))?;
                line.split_whitespace().last().map(str::to_owned)
            };
            let found = ROLES.map(|(_, _, email, _)| of(email));
            if let [Some(one), Some(two), Some(three), Some(four)] = found {
                return Ok([one, two, three, four]);
            }
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(unusable(e)),
    }
    let fresh = || keys::random::<15>().map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let made = [fresh()?, fresh()?, fresh()?, fresh()?];
    let mut text = String::new();
    for ((title, _, email, _), password) in ROLES.iter().zip(&made) {
        // Writing to memory cannot fail.
        let _ = writeln!(text, "{title}  {email}  {password}");
    }
    app::private_file(&path, &text).map_err(unusable)?;
    Ok(made)
}

async fn login(
    state: &State,
    (title, role, email, name): (&'static str, Role, &'static str, &str),
    password: String,
) -> Result<Login, Error> {
    let address: Email = email.parse().map_err(|e| Error::Data(format!("{e}")))?;
    let known = state.db.read(move |conn| db::staff::by_email(conn, &address)).await?;
    let member = match known {
        Some((member, _)) if member.has_password => member,
        known => {
            let operator = By::operator();
            let link = match known {
                Some((member, _)) => staff::reset(state, &operator, member.id).await?,
                None => staff::add_staff(state, &operator, name, email, role).await?.1,
            };
            staff::set_password_by_link(state, &link.token, password.clone()).await?
        }
    };
    Ok(Login { title, email, password, member })
}
