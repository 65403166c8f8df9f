//! One mail at once, beside the outbox: a test to the person who asks for it and waits for the
//! answer. It is owed to nobody, so it is tried once and never repeated.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::email::file::Folder;
use super::email::relay::Relay;
use super::email::smtp::{Connection, Stages};
use super::engine::StartError;
use super::message::{WriteError, Writer};
use super::outcome::{Exchange, Verdict};
use super::tls;
use crate::config::Transport;
use crate::domain::email::Email;
use crate::domain::id::Id;
use crate::domain::notice::{Happening, NoticeDocument};
use crate::state::State;
use crate::templates::Templates;

/// Somebody waits at a page.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends the mail that `notice` would become to one address, marked as a test, and answers what
/// the mail relay said. Takes up to 20 s; hold nothing meanwhile.
///
/// # Errors
/// The mail cannot be written.
pub async fn send_trial(
    state: &State,
    templates: &Arc<Templates>,
    notice: &NoticeDocument,
    happened: &Happening,
    to: &Email,
) -> Result<Exchange, WriteError> {
    let now = state.clock.now();
    let mail = Writer::new(state, templates.clone()).trial(notice, happened, to, now)?;
    let started = Instant::now();
    let failed = |why: &str| Exchange::without_answer(&mail.bytes, why, started.elapsed(), Verdict::RETRY);
    if state.settings.mail.transport == Transport::File {
        let folder = Folder::new(state.settings.mail.file_dir.clone());
        return Ok(folder.send(&Id::new(now).to_string(), &mail).await);
    }
    let mut connection = match connection(state) {
        Ok(connection) => connection,
        Err(error) => return Ok(failed(&error.to_string())),
    };
    let sent = timeout(PATIENCE, connection.send(&mail)).await;
    connection.close().await;
    Ok(sent.unwrap_or_else(|_| failed("the mail relay did not answer within 20 seconds")))
}

fn connection(state: &State) -> Result<Connection, StartError> {
    let relay = Arc::new(Relay::parse(&state.settings.mail.smtp_url)?);
    Ok(Connection::new(relay, Stages::default(), tls::client_config([])?))
}
