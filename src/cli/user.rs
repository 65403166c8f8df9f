//! `user add|list|disable|reset`: staff, from the server's command line.

use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;

use crate::actions::By;
use crate::actions::staff::{self, LINK_HOURS, Link};
use crate::db;
use crate::domain::access::Role;
use crate::domain::email::Email;
use crate::domain::staff::Staff;
use crate::state::State;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Add a staff member; prints a one-time link by which they choose a password
    Add {
        /// Mail address, to log in with
        address: String,
        /// What colleagues call them; the part before the @ if not given
        #[arg(long)]
        name: Option<String>,
        /// viewer, editor, approver, dpo or admin
        #[arg(long, default_value = "editor")]
        role: Role,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show everybody
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Shut somebody out: password, sessions, links and tokens end at once
    Disable {
        /// Mail address
        address: String,
    },
    /// Make a new one-time link; the old password and every session end at once
    Reset {
        /// Mail address
        address: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(state: State, command: Command) -> anyhow::Result<ExitCode> {
    let operator = By::operator();
    match command {
        Command::Add { address, name, role, json } => {
            let name = name.unwrap_or_else(|| address.split('@').next().unwrap_or_default().to_owned());
            let (member, link) = staff::add_staff(&state, &operator, &name, &address, role).await?;
            show_link(&state, &member, &link, json);
        }
        Command::List { json } => {
            let all = state.db.read(db::staff::all).await?;
            if json {
                say!("{}", serde_json::to_string_pretty(&all.iter().map(as_json).collect::<Vec<_>>())?);
            } else {
                for member in all {
                    say!("{:8}  {:30}  {}  {}", member.role, member.email, standing(&member), member.name);
                }
            }
        }
        Command::Disable { address } => {
            let member = find(&state, &address).await?;
            staff::disable(&state, &operator, member.id).await?;
            say!("{} is shut out.", member.email);
        }
        Command::Reset { address, json } => {
            let member = find(&state, &address).await?;
            let link = staff::reset(&state, &operator, member.id).await?;
            show_link(&state, &member, &link, json);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The staff member with this address.
pub(super) async fn find(state: &State, address: &str) -> anyhow::Result<Staff> {
    let email: Email = address.parse()?;
    let found = state.db.read(move |conn| db::staff::by_email(conn, &email)).await?;
    let (member, _) = found
        .with_context(|| format!("nobody here has the address {address}; see “subprocessors user list”"))?;
    Ok(member)
}

fn show_link(state: &State, member: &Staff, link: &Link, as_json: bool) {
    let url = format!("{}{}", state.public_url, link.path());
    if as_json {
        let mut shown = self::as_json(member);
        if let Some(members) = shown.as_object_mut() {
            members.insert("link".to_owned(), json!(url));
            members.insert("link_expires_at".to_owned(), json!(link.expires_at.to_string()));
        }
        say!("{shown}");
    } else {
        say!(
            "{} ({}) chooses a password here, once, within {LINK_HOURS} hours:\n{url}",
            member.email,
            member.role
        );
    }
}

fn as_json(member: &Staff) -> serde_json::Value {
    json!({
        "id": member.id,
        "email": member.email.to_string(),
        "name": member.name,
        "role": member.role,
        "has_password": member.has_password,
        "disabled": !member.is_enabled(),
    })
}

fn standing(member: &Staff) -> &'static str {
    match (member.is_enabled(), member.has_password) {
        (false, _) => "shut out   ",
        (true, true) => "active     ",
        (true, false) => "no password",
    }
}
