//! The engine: one thread for the database (`desk`), a lane for each channel, and a task that
//! expands audiences. Started and stopped by the application; several may run on PostgreSQL.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender as Notes;
use std::thread::JoinHandle as Thread;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle as Task;
use tokio::time::{Instant, sleep, timeout_at};

use super::challenge;
use super::email::file::Folder;
use super::email::relay::{Relay, RelayError};
use super::email::smtp::{Connection, Stages};
use super::message::Writer;
use super::tls::{self, TlsError};
use super::webhook::resolve::ResolveError;
use crate::config::Transport;
use crate::db;
use crate::domain::subscription::Channel;
use crate::state::State;
use crate::templates::Templates;

mod book;
mod carrier;
mod content;
mod courier;
pub(crate) mod desk;
mod endpoint;
mod gate;
mod knell;
mod lanes;
mod pause;
mod turn;

use carrier::Way;
use content::Contents;
use courier::Courier;
use desk::{Desk, Note};
use knell::Knell;
use lanes::Lane;
pub use pause::{PAUSED, is_paused};

/// Subscriptions looked at in one transaction of an expansion.
pub const CHUNK: i64 = 1_000;
/// The engine looks by itself at least this often.
const LOOK: Duration = Duration::from_secs(1);
/// How long the database may take to record the end.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Why the engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Names cannot be resolved.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The mail relay.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// A thread cannot be started.
    #[error("the thread of the outbox cannot be started: {0}")]
    Thread(std::io::Error),
}

/// How mail leaves.
#[derive(Clone)]
enum MailWay {
    Relay(Arc<Relay>, Arc<rustls::ClientConfig>),
    Folder(PathBuf),
}

/// A running engine. Dropping it leaves what was claimed to the leases; prefer [`Engine::stop`].
#[derive(Debug)]
pub struct Engine {
    notes: Notes<Note>,
    stopping: watch::Sender<bool>,
    desk: Thread<()>,
    tasks: Vec<Task<()>>,
    ended: Arc<Notify>,
}

/// Starts the engine. On SQLite this process is the database's only one (it holds the lock
/// file), so what a predecessor left claimed when it died is taken up at once; on PostgreSQL it
/// is when its lease ends.
///
/// # Errors
/// The relay's address or TLS cannot be used; the database failed.
pub fn start(state: &State, templates: Arc<Templates>) -> Result<Engine, StartError> {
    let alone = state.db.sqlite_file().is_some();
    launch(state, templates, alone)
}

/// As [`start`]; `alone` says whether no other engine can be at work on the same database.
///
/// # Errors
/// As [`start`].
pub fn launch(state: &State, templates: Arc<Templates>, alone: bool) -> Result<Engine, StartError> {
    let sender = Arc::new(challenge::sender(state)?);
    let mail = match state.settings.mail.transport {
        Transport::Smtp => {
            MailWay::Relay(Arc::new(Relay::parse(&state.settings.mail.smtp_url)?), tls::client_config([])?)
        }
        Transport::File => MailWay::Folder(state.settings.mail.file_dir.clone()),
    };
    if alone {
        state.db.write_blocking(db::outbox::release_all)?;
    }
    let (notes, inbox) = std::sync::mpsc::channel();
    let (stopping, stop_seen) = watch::channel(false);
    let courier =
        Arc::new(Courier::new(state.clone(), Writer::new(state, templates), sender, Contents::default()));
    let (give_mail, mails) = unbounded_channel();
    let (give_webhook, webhooks) = unbounded_channel();
    let mail_lane = Lane::new(Channel::Email, courier.clone(), notes.clone(), move || match &mail {
        MailWay::Relay(relay, tls) => {
            Way::Relay(Box::new(Connection::new(relay.clone(), Stages::default(), tls.clone())))
        }
        MailWay::Folder(path) => Way::Folder(Folder::new(path.clone())),
    });
    let webhook_lane = Lane::new(Channel::Webhook, courier, notes.clone(), || Way::Post);
    let ended = Arc::new(Notify::new());
    let audience = Arc::new(Notify::new());
    let tasks = vec![
        Knell::watch("mails", &ended, mail_lane.run(mails, stop_seen.clone())),
        Knell::watch("webhooks", &ended, webhook_lane.run(webhooks, stop_seen.clone())),
        Knell::watch(
            "audiences",
            &ended,
            expand(state.clone(), notes.clone(), audience.clone(), stop_seen.clone()),
        ),
        Knell::watch("contacts", &ended, endpoint::reach_contacts(state.clone(), notes.clone(), stop_seen)),
        Knell::watch("bell", &ended, listen(state.clone(), notes.clone(), audience)),
    ];
    let desk = Desk::new(state.clone(), inbox, give_mail, give_webhook);
    let knell = Knell::new("outbox", &ended);
    let desk = std::thread::Builder::new()
        .name("outbox".to_owned())
        .spawn(move || {
            let _knell = knell;
            desk.run();
        })
        .map_err(StartError::Thread)?;
    Ok(Engine { notes, stopping, desk, tasks, ended })
}

impl Engine {
    /// Waits until a part of the engine has ended, by a panic or otherwise. Unless it was told to
    /// stop that is a fault, and a process that serves pages and sends nothing is worse than none.
    pub async fn ended(&self) {
        self.ended.notified().await;
    }

    /// From now on nothing more is claimed and no sending begins; what is under way may go on
    /// until `deadline`. [`Engine::stop`] waits for it.
    pub fn hold(&self, deadline: Instant) {
        self.stopping.send_replace(true);
        // Who does not listen has stopped already.
        let _ = self.notes.send(Note::Stop(deadline.into_std()));
    }

    /// Claims nothing more, lets what is being sent end until `deadline`, records the results,
    /// and gives back what was not begun or did not end.
    pub async fn stop(self, deadline: Instant) {
        self.hold(deadline);
        let desk = self.desk;
        let joined = tokio::task::spawn_blocking(move || desk.join());
        if !matches!(timeout_at(deadline + LAST_WORDS, joined).await, Ok(Ok(Ok(())))) {
            tracing::error!("the outbox did not stop in order; leases will run out");
        }
        for task in self.tasks {
            task.abort();
        }
    }
}

/// Passes the bell on: it wakes one listener only, and two want to hear it.
async fn listen(state: State, notes: Notes<Note>, audience: Arc<Notify>) {
    loop {
        state.outbox_bell.notified().await;
        audience.notify_one();
        if notes.send(Note::Look).is_err() {
            return;
        }
    }
}

/// Expands audiences, chunk by chunk, whenever there are any.
async fn expand(state: State, notes: Notes<Note>, bell: Arc<Notify>, mut stopping: watch::Receiver<bool>) {
    while !*stopping.borrow() {
        match step(&state).await {
            Ok(Some(progress)) => {
                if progress.created > 0 && notes.send(Note::Look).is_err() {
                    return;
                }
                continue;
            }
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "an audience could not be expanded; trying again"),
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            () = bell.notified() => {}
            _ = stopping.changed() => return,
        }
    }
}

/// One chunk of the oldest open audience; `None` if there is none.
///
/// # Errors
/// The database failed; nothing of the chunk is kept.
pub async fn step(state: &State) -> Result<Option<db::outbox::Progress>, db::Error> {
    let now = state.clock.now();
    let Some(audience) = state.db.read(move |conn| db::expansion::next_open(conn, now)).await? else {
        return Ok(None);
    };
    let company = state.settings.zone();
    let done = state.db.write(move |conn| db::outbox::expand_next(conn, CHUNK, now, &company)).await;
    let progress = match done {
        Ok(progress) => progress,
        Err(error) => {
            state.db.write(move |conn| db::expansion::stumbled(conn, audience.id, now)).await?;
            return Err(error);
        }
    };
    state.metrics.left_out(progress.map_or(0, |p| p.unreadable));
    Ok(progress)
}
