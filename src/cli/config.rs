//! `config check`, `config show`.

use std::process::ExitCode;

use serde_json::json;

use crate::app;
use crate::config::Loaded;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Say whether the settings can be used; lists every problem at once
    Check,
    /// Print every setting, where it came from, and secrets hidden
    Show {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(loaded: &Loaded, command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Check => {
            app::check(&loaded.settings)?;
            say!("The settings are fine.");
        }
        Command::Show { json: true } => {
            let all: serde_json::Map<_, _> = loaded
                .shown
                .iter()
                .map(|s| (s.key.clone(), json!({ "value": s.value, "source": s.source })))
                .collect();
            say!("{}", serde_json::to_string_pretty(&all)?);
        }
        Command::Show { json: false } => {
            let width = |of: fn(&crate::config::Shown) -> &str| {
                loaded.shown.iter().map(|s| of(s).chars().count()).max().unwrap_or(0).min(60)
            };
            let (keys, values) = (width(|s| &s.key), width(|s| &s.value));
            for shown in &loaded.shown {
                say!("{:keys$}  {:values$}  # {}", shown.key, shown.value, shown.source);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
