//! `import FILE`: a list from a file into a draft change. Never publishes.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::actions::import_list::{self, Options, Preview, PreviewItem};
use crate::actions::{By, Error};
use crate::db;
use crate::domain::access::Role;
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::state::State;

/// Some rows wait for a person; the rest is in the draft.
pub(super) const SOME_WAIT: u8 = 2;
/// Larger files are refused before they fill the memory, in bytes.
const READ_LIMIT: u64 = 32 * 1024 * 1024;

/// The arguments of `import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// The list as CSV in UTF-8; “-” reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The product the list is about; lines of other products stay as they are
    #[arg(long, value_name = "P")]
    product: Option<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// As JSON: items and doubts
    #[arg(long)]
    json: bool,
    /// Never ask; a doubt is reported and left for a person. Nothing is asked at present
    #[arg(long)]
    no_input: bool,
    /// Mail address of the staff member who imports; may be left out while there is one editor
    #[arg(long = "as", value_name = "EMAIL")]
    author: Option<String>,
}

/// Runs `import`. Exit 0: all rows taken. 2: some wait for a person, the rest is in the draft.
///
/// # Errors
/// Nothing could be read, or nobody may import; exit 1.
pub async fn run(state: State, args: ImportArgs) -> anyhow::Result<ExitCode> {
    let bytes = read(&args.file, READ_LIMIT)?;
    let options = Options { product: args.product.clone() };
    let (preview, change, already) = if args.dry_run {
        (import_list::preview(&state, &By::operator(), bytes, options).await.map_err(told)?, None, false)
    } else {
        let by = author(&state, args.author.as_deref()).await?;
        let done = import_list::import(&state, &by, bytes, options).await.map_err(told)?;
        (done.preview, done.change, done.already)
    };
    if args.json {
        say!("{}", as_json(&preview, change.as_ref()));
    } else {
        show(&preview, change.as_ref(), already, args.dry_run);
    }
    if preview.rows_taken == 0 {
        bail!("no row could be taken; nothing was changed");
    }
    Ok(if preview.doubts.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(SOME_WAIT) })
}

/// The whole of a file or of standard input, up to `limit` bytes.
pub(super) fn read(file: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    let shown = file.display();
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(limit)
            .read_to_end(&mut bytes)
            .context("standard input cannot be read")?;
    } else {
        let opened = std::fs::File::open(file).with_context(|| format!("{shown} cannot be opened"))?;
        opened.take(limit).read_to_end(&mut bytes).with_context(|| format!("{shown} cannot be read"))?;
    }
    Ok(bytes)
}

/// A field is of no use on the command line; its sentence is.
pub(super) fn told(error: Error) -> anyhow::Error {
    match error {
        Error::Invalid(problems) => {
            anyhow::Error::msg(problems.into_iter().map(|p| p.problem).collect::<Vec<_>>().join(" "))
        }
        other => other.into(),
    }
}

async fn author(state: &State, address: Option<&str>) -> anyhow::Result<By> {
    let all = state.db.read(db::staff::all).await?;
    let mut able = all.iter().filter(|m| m.is_enabled());
    if let Some(address) = address {
        let email: Email = address.parse()?;
        let found = able.find(|m| m.email.key() == email.key());
        return found.map(By::staff).with_context(|| {
            format!("nobody here has the address {address}; add them with “subprocessors user add”")
        });
    }
    let writers: Vec<_> = able.filter(|m| matches!(m.role, Role::Editor | Role::Admin)).collect();
    match writers.as_slice() {
        [only] => Ok(By::staff(only)),
        [] => bail!(
            "the draft needs an author, and there is no editor yet; add one with “subprocessors user add --role editor”"
        ),
        _ => bail!(
            "there are several editors; say who imports with --as EMAIL (see “subprocessors user list”)"
        ),
    }
}

fn as_json(preview: &Preview, change: Option<&Change>) -> serde_json::Value {
    json!({
        "items": preview.items,
        "doubts": preview.doubts,
        "baseline": preview.baseline,
        "missing_columns": preview.missing_columns,
        "change": change.map(Change::reference),
    })
}

fn show(preview: &Preview, change: Option<&Change>, already: bool, dry_run: bool) {
    for item in &preview.items {
        say!("{}", line(item));
    }
    if !preview.missing_columns.is_empty() {
        say!("Not in the file, left as it is: {}.", preview.missing_columns.join(", "));
    }
    for doubt in &preview.doubts {
        say!("? {doubt}");
    }
    let what = if preview.baseline { "the first list" } else { "a change" };
    match change {
        Some(change) if already => {
            say!("Nothing to do: {} says so already and is {}.", change.reference(), change.state);
        }
        Some(change) => say!(
            "{} made: {what} with {} items, as a draft. A second person publishes it.",
            change.reference(),
            change.items.len()
        ),
        None if preview.items.is_empty() => say!("Nothing to do: the register says the same."),
        None if dry_run => {
            say!("Dry run: this would be {what} with {} items. Nothing was changed.", preview.items.len())
        }
        None => {}
    }
}

fn line(item: &PreviewItem) -> String {
    let name = if item.vendor.is_empty() { "Statements about the list" } else { &item.vendor };
    let mut line = format!("{:<9} {name} ({})", item.operation.as_str(), item.class);
    if let (Some(was), Some(now)) = (&item.before, &item.after) {
        let mut members: Vec<&str> = [was, now]
            .iter()
            .filter_map(|side| side.as_object())
            .flat_map(|members| members.keys().map(String::as_str))
            .collect();
        members.sort_unstable();
        members.dedup();
        line.push_str(&format!(": {}", members.join(", ")));
    }
    if item.confidence < 1.0 {
        line.push_str(&format!(" [{}, {:.0} %]", item.reason, item.confidence * 100.0));
    }
    line
}
