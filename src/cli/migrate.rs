//! `migrate`: brings the database up to date.

use std::process::ExitCode;

use crate::app;
use crate::config::Settings;
use crate::db::Db;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print the names of the migrations as JSON
    #[arg(long)]
    json: bool,
}

/// Runs what is missing and says what it ran.
pub(super) fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let db = Db::open(&settings.database.url, settings.database.pool).map_err(app::Error::from)?;
    let ran = db.migrate().map_err(app::Error::from)?;
    if arguments.json {
        say!("{}", serde_json::json!({ "migrated": ran }));
    } else if ran.is_empty() {
        say!("The database is up to date.");
    } else {
        for name in ran {
            say!("migrated {name}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
