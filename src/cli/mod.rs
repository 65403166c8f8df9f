//! The command line. One file a command.

/// Writes a line to standard output. A reader that has gone away, like `head`, is no error.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout().lock(), $($words)*);
    }};
}

mod clients;
mod config;
mod demo;
mod first_admin;
mod import;
mod migrate;
mod serve;
mod token;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app;
use crate::config::Loaded;
use crate::state::State;

/// Wrong usage; apart from 2, which `import` answers when rows wait for a person.
const USAGE: u8 = 64;

/// A self-hosted registry of sub-processors.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done · 1 failed, the reason is on standard error · 2 import, clients import: done, but some rows wait for a person · 64 wrong usage.\n\nEvery setting can also be given in the environment: [server] bind is SUBPROCESSORS__SERVER__BIND.\nSee “subprocessors config show” for all of them."
)]
struct Arguments {
    /// Settings to use instead of the built-in defaults (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the web server, the deliveries and the periodic work
    Serve,
    /// Try everything out on this machine: a real list, staff, subscribers; nothing leaves it
    Demo(demo::Arguments),
    /// Bring the database up to date; safe to run twice, and from two machines
    Migrate(migrate::Arguments),
    /// Staff: add, list, disable, reset
    #[command(subcommand)]
    User(user::Command),
    /// Keys for programs: create, list, revoke
    #[command(subcommand)]
    Token(token::Command),
    /// Take a list from a file into a draft change; never publishes
    Import(import::ImportArgs),
    /// Clients and their agreements: import
    #[command(subcommand)]
    Clients(clients::Command),
    /// Check the settings, or show them
    #[command(subcommand)]
    Config(config::Command),
}

/// Runs the command given by the process's arguments.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help goes to standard output, a mistake to standard error; if neither can be
            // written to, the exit code still tells.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let done = runtime.block_on(dispatch(arguments));
    // What a second signal left behind must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match done {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        // Many errors quote their cause already.
        if !text.contains(&cause) {
            let colon = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{colon}{cause}");
        }
    }
    eprintln!("error: {text}");
    ExitCode::FAILURE
}

async fn dispatch(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let loaded = crate::config::load(arguments.config.as_deref(), std::env::vars())?;
    match arguments.command {
        Command::Config(command) => config::run(&loaded, &command),
        Command::Serve => {
            app::logs::start(&loaded.settings.log)?;
            serve::run(loaded.settings).await
        }
        Command::Demo(arguments) => demo::run(loaded, arguments).await,
        Command::Migrate(arguments) => {
            quiet_logs(&loaded)?;
            migrate::run(&loaded.settings, &arguments)
        }
        Command::User(command) => user::run(open(loaded)?, command).await,
        Command::Token(command) => token::run(open(loaded)?, command).await,
        Command::Import(arguments) => import::run(open(loaded)?, arguments).await,
        Command::Clients(command) => clients::run(open(loaded)?, command).await,
    }
}

/// A command speaks through its output; from the log only warnings are worth the terminal.
fn quiet_logs(loaded: &Loaded) -> anyhow::Result<()> {
    let mut log = loaded.settings.log.clone();
    if log.level == "info" {
        log.level = "warn".to_owned();
    }
    Ok(app::logs::start(&log)?)
}

/// Opens the registry for a command.
fn open(loaded: Loaded) -> anyhow::Result<State> {
    quiet_logs(&loaded)?;
    Ok(app::open(loaded.settings)?)
}
