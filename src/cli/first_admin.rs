//! The first admin of a registry: a one-time link, told to whoever started the server and never
//! to the log.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::actions::staff::{self, LINK_HOURS};
use crate::actions::{By, Error};
use crate::app;
use crate::db;
use crate::domain::access::Role;
use crate::state::State;

/// No mail can ever go there (RFC 2606): the account only lets the real people in.
const ADDRESS: &str = "first-admin@registry.invalid";

/// Makes a first admin where there is no staff, and tells their link: on the terminal if there
/// is one, else in a file that only the owner of the process may read.
pub(super) async fn welcome(state: &State) -> anyhow::Result<()> {
    if !state.db.read(db::staff::all).await?.is_empty() {
        return Ok(());
    }
    let made = staff::add_staff(state, &By::operator(), "First admin", ADDRESS, Role::Admin).await;
    let (_, link) = match made {
        Ok(made) => made,
        // Another instance was faster, and tells the link itself.
        Err(Error::Invalid(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let text = format!(
        "Nobody works here yet. Open this link within {LINK_HOURS} hours to choose a password for {ADDRESS},\n\
         log in with it, and add people under their own names:\n{}{}\n\
         (For a new link: subprocessors user reset {ADDRESS})\n",
        state.public_url,
        link.path()
    );
    if std::io::stderr().is_terminal() {
        eprint!("{text}");
        return Ok(());
    }
    let path = match state.db.sqlite_file().and_then(|file| file.parent()) {
        Some(folder) => folder.join("first-admin.txt"),
        None => PathBuf::from("first-admin.txt"),
    };
    app::private_file(&path, &text)
        .with_context(|| format!("the first admin's link, to {}", path.display()))?;
    tracing::warn!(file = %path.display(), "nobody works here yet: the first admin's link is in this file");
    Ok(())
}
