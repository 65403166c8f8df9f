//! `clients import FILE`: Clients, their contacts and agreements from a CSV file.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;

use super::import::{SOME_WAIT, read, told};
use crate::actions::By;
use crate::actions::clients::import::{Imported, import_clients};
use crate::state::State;

/// Larger files are refused before they fill the memory, in bytes.
const READ_LIMIT: u64 = 65 * 1024 * 1024;
/// Width of the bar on a terminal, in characters.
const BAR: usize = 30;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Take Clients from a CSV file; tells nobody, and takes no Client away
    #[command(after_help = "One row a Client, with a header row. Columns:\n  \
        reference     your own number for the Client; must be there, a later import finds it again\n  \
        name          must be there for a new Client\n  \
        role          controller (unless said) or processor\n  \
        laws, products, regions   several with semicolons between\n  \
        flags         health_data; financial_entity; or none\n  \
        time_zone     like Europe/Berlin; language like de; both default to the company’s\n  \
        holidays      days like 2026-12-25 with semicolons between\n  \
        dpa           name of the DPA version; the standard one unless said\n  \
        signed_on, effective_on, ended_on   days like 2026-03-14; effective_on makes an agreement\n  \
        contact1_email, contact1_name, contact1_role (notify or fallback), contact2_email … contact20_role\n\n\
        An empty cell leaves what is stored. Contacts are found by their address, agreements by the\n\
        day they take effect. Importing a file twice changes nothing.\n\
        Exit codes: 0 all rows taken · 1 none · 2 some rows wait for a person.")]
    Import(ImportArgs),
}

/// The arguments of `clients import`.
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// The Clients as CSV in UTF-8; “-” reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// As JSON: counts and doubts
    #[arg(long)]
    json: bool,
}

/// Runs a command about Clients.
pub(super) async fn run(state: State, command: Command) -> anyhow::Result<ExitCode> {
    let Command::Import(args) = command;
    let bytes = read(&args.file, READ_LIMIT)?;
    let bar = Bar { shown: std::io::stderr().is_terminal() };
    let imported =
        import_clients(&state, &By::operator(), &bytes, args.dry_run, |done, total| bar.show(done, total))
            .await
            .map_err(told)?;
    bar.clear();
    if args.json {
        say!("{}", serde_json::to_string(&imported)?);
    } else {
        show(&imported, args.dry_run);
    }
    if imported.taken() == 0 && !imported.doubts.is_empty() {
        bail!("no row could be taken; nothing was changed");
    }
    Ok(if imported.doubts.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(SOME_WAIT) })
}

fn show(imported: &Imported, dry_run: bool) {
    for doubt in &imported.doubts {
        say!("? {doubt}");
    }
    if dry_run {
        say!("Dry run: {}. Nothing was changed.", imported.words());
    } else {
        say!("{}", imported.words());
    }
}

/// A bar on standard error, if somebody sees it.
struct Bar {
    shown: bool,
}

impl Bar {
    fn show(&self, done: usize, total: usize) {
        if self.shown && total > 0 {
            let full = BAR * done / total;
            let (full, rest) = ("#".repeat(full), ".".repeat(BAR - full));
            let mut terminal = std::io::stderr().lock();
            // A terminal that has gone away misses nothing.
            let _ = write!(terminal, "\r[{full}{rest}] {done} of {total}");
            let _ = terminal.flush();
        }
    }

    fn clear(&self) {
        if self.shown {
            let _ = write!(std::io::stderr().lock(), "\r{:width$}\r", "", width = BAR + 30);
        }
    }
}
