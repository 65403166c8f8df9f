//! `token create|list|revoke`: keys for programs, from the server's command line.

use std::process::ExitCode;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;

use super::user;
use crate::actions::By;
use crate::actions::staff;
use crate::db;
use crate::domain::access::Permission;
use crate::domain::deadline::start_of;
use crate::domain::id::Id;
use crate::domain::staff::ApiToken;
use crate::state::State;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a token; prints its secret, once
    Create {
        /// What it is for
        name: String,
        /// Mail address of the staff member it acts for
        #[arg(long = "for", value_name = "ADDRESS")]
        staff: String,
        /// read, write, approve or admin; several with commas
        #[arg(long, value_delimiter = ',', default_value = "read")]
        scope: Vec<Permission>,
        /// It ends by itself at the beginning of this day (UTC)
        #[arg(long, value_name = "DATE")]
        expires_on: Option<Date>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show all tokens, without their secrets
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a token back
    Revoke {
        /// Its id, from the list
        id: Id,
    },
}

pub(super) async fn run(state: State, command: Command) -> anyhow::Result<ExitCode> {
    let operator = By::operator();
    match command {
        Command::Create { name, staff, scope, expires_on, json } => {
            let member = user::find(&state, &staff).await?;
            let expires_at = expires_on.map(|day| start_of(day, &TimeZone::UTC));
            let new = staff::create_token(&state, &operator, &name, member.id, scope, expires_at).await?;
            if json {
                let mut shown = as_json(&new.token);
                if let Some(members) = shown.as_object_mut() {
                    members.insert("secret".to_owned(), json!(new.secret));
                }
                say!("{shown}");
            } else {
                say!("{}", new.secret);
                eprintln!(
                    "Shown this once. Send it as “Authorization: Bearer …”; take it back with: subprocessors token revoke {}",
                    new.token.id
                );
            }
        }
        Command::List { json } => {
            let all = state.db.read(db::token::all).await?;
            if json {
                say!("{}", serde_json::to_string_pretty(&all.iter().map(as_json).collect::<Vec<_>>())?);
            } else {
                let now = state.clock.now();
                for token in all {
                    let standing = if token.is_valid(now) { "valid" } else { "ended" };
                    let scopes: Vec<String> = token.scopes.iter().map(ToString::to_string).collect();
                    say!("{}  {standing}  {}  {}", token.id, scopes.join(","), token.name);
                }
            }
        }
        Command::Revoke { id } => {
            let token = staff::revoke_token(&state, &operator, id).await?;
            say!("“{}” opens nothing any more.", token.name);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(token: &ApiToken) -> serde_json::Value {
    let time = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string());
    json!({
        "id": token.id,
        "name": token.name,
        "scopes": token.scopes,
        "staff": token.staff_id,
        "created_at": token.created_at.to_string(),
        "expires_at": time(token.expires_at),
        "revoked_at": time(token.revoked_at),
        "used_at": time(token.used_at),
    })
}
