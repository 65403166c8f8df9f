//! `serve`: everything in one process.

use std::process::ExitCode;

use super::first_admin;
use crate::app::{Application, Data};
use crate::config::Settings;

/// Runs until it is told to stop.
pub(super) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let application = Application::build(settings, Data::Real)?;
    first_admin::welcome(application.state()).await?;
    say!("listening on http://{}", application.address());
    application.run().await?;
    Ok(ExitCode::SUCCESS)
}
