//! Builds the state, the server and the workers; starts and stops them in order.

mod bind;
mod error;
mod key;
mod lock;
pub mod logs;

use std::fmt::Display;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::web::Data as Shared;
use actix_web::{App, HttpServer};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tracing_actix_web::TracingLogger;

pub use error::Error;
pub use key::private_file;
pub use lock::beside;

use crate::clock::Clock;
use crate::config::Settings;
use crate::db::{self, Db};
use crate::delivery::{self, Engine};
use crate::demo::{self, Demo};
use crate::jobs::{self, Jobs};
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::state::State;
use crate::web;

const DEMO: &str = "demo";

/// How an old schema is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Brought up to date: by servers and by `migrate`.
    Upgrade,
    /// Made in an empty database, but never changed under a server that may be running.
    AsItIs,
}

/// Opens the database of the settings and sees to its schema.
///
/// # Errors
/// It cannot be opened, is newer than this program, or is older and may not be changed.
pub fn open_database(settings: &Settings, schema: Schema) -> Result<Db, Error> {
    let db = Db::open(&settings.database.url, settings.database.pool)?;
    let missing = db.missing_migrations()?;
    if !missing.is_empty() {
        if schema == Schema::AsItIs && !db.is_empty()? {
            return Err(Error::Outdated(missing.len()));
        }
        db.migrate()?;
    }
    Ok(db)
}

/// Checks settings as far as that goes without touching anything.
///
/// # Errors
/// The first thing that would keep a server from starting.
pub fn check(settings: &Settings) -> Result<(), Error> {
    bind::check(settings)?;
    logs::check(&settings.log)?;
    if let db::conn::Place::Postgres(_) = db::conn::Place::parse(&settings.database.url)?
        && settings.secrets.key.is_empty()
    {
        return Err(Error::KeyNeeded);
    }
    if !settings.secrets.key.is_empty() {
        crate::keys::Keys::from_base64(&settings.secrets.key)?;
    }
    Ok(())
}

/// The state over an open database.
///
/// # Errors
/// The key is missing or is not the one the database knows.
pub fn state(settings: Settings, db: Db, public_url: &str) -> Result<State, Error> {
    let keys = key::of(&settings, &db)?;
    let clock = Clock::system();
    Ok(State {
        db,
        limits: Arc::new(Limits::new(&clock)),
        clock,
        settings: Arc::new(settings),
        keys: Arc::new(keys),
        public_url: public_url.trim_end_matches('/').into(),
        outbox_bell: Arc::new(Notify::new()),
        list_bell: Arc::new(Notify::new()),
        metrics: Arc::new(Metrics::default()),
    })
}

/// The state for a command: no port, no lock.
///
/// # Errors
/// As [`open_database`] and [`state`].
pub fn open(settings: Settings) -> Result<State, Error> {
    let db = open_database(&settings, Schema::AsItIs)?;
    let public_url = match settings.server.public_url.as_str() {
        "" => format!("http://{}", settings.server.bind),
        given => given.to_owned(),
    };
    state(settings, db, &public_url)
}

/// Whether the data is a demo's or real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// A registry's.
    Real,
    /// Invented.
    Demo,
}

/// Everything ready to run.
#[derive(Debug)]
pub struct Application {
    state: State,
    listener: TcpListener,
    address: SocketAddr,
    lock: Option<lock::Lock>,
    demo: Option<Shared<Demo>>,
    signals: Signals,
}

impl Application {
    /// Checks the settings, takes the lock, migrates, and opens the port. Nothing is answered
    /// before [`Application::run`]. Only within a tokio runtime.
    ///
    /// # Errors
    /// Anything that keeps it from running; the text says how to mend it.
    pub fn build(settings: Settings, data: Data) -> Result<Self, Error> {
        bind::check(&settings)?;
        let (listener, address) = bind::listen(&settings.server.bind)?;
        let lock = match db::conn::Place::parse(&settings.database.url)? {
            db::conn::Place::Sqlite(path) => {
                let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
                if let Some(folder) = folder {
                    let unusable = |source| Error::File { path: folder.to_owned(), source };
                    std::fs::create_dir_all(folder).map_err(unusable)?;
                }
                Some(lock::take(&path)?)
            }
            db::conn::Place::Postgres(_) => None,
        };
        let db = open_database(&settings, Schema::Upgrade)?;
        own(&db, data)?;
        let public_url = match settings.server.public_url.as_str() {
            "" => format!("http://{address}"),
            given => given.to_owned(),
        };
        let state = state(settings, db, &public_url)?;
        // From here on a signal is kept until `run` looks: whoever reads that we listen may stop us.
        let signals = Signals::new()?;
        Ok(Self { state, listener, address, lock, demo: None, signals })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The state, for what has to be put in before the start.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Adds the demo's own pages.
    #[must_use]
    pub fn with_demo(mut self, demo: Shared<Demo>) -> Self {
        self.demo = Some(demo);
        self
    }

    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// As [`Application::run_and`].
    pub async fn run(self) -> Result<(), Error> {
        self.run_and(async { Ok::<_, Error>(()) }).await
    }

    /// Runs until SIGTERM or SIGINT, then stops in order: no new connections, requests under
    /// way end, then the jobs, then the deliveries; all within `server.stop_grace`. A second
    /// signal ends the process at once.
    ///
    /// # Errors
    /// A part cannot be started, the server broke down, or `first` failed, which is run once
    /// requests are answered.
    pub async fn run_and<E: Display>(self, first: impl Future<Output = Result<(), E>>) -> Result<(), Error> {
        let grace = Duration::from_secs(self.state.settings.server.stop_grace);
        let mut signals = self.signals;
        let shared = web::Shared::new(&self.state).map_err(|e| Error::Part(e.to_string()))?;
        let (current, templates) = (shared.current().clone(), shared.templates().clone());
        let watching = tokio::spawn(async move { current.watch().await });
        let beside = self.demo.as_ref().and_then(|_| bind::beside(self.address));
        let listeners = std::iter::once(self.listener).chain(beside);
        let server = serve(shared, self.demo, listeners, grace)?;
        let handle = server.handle();
        let mut jobs =
            jobs::start(self.state.clone()).await.map_err(|e| Error::Part(format!("periodic work: {e}")))?;
        let engine =
            delivery::start(&self.state, templates).map_err(|e| Error::Part(format!("sending: {e}")))?;
        let mut serving = tokio::spawn(server);
        tracing::info!(address = %self.address, version = env!("CARGO_PKG_VERSION"), "started");
        let mut outcome = Ok(());
        let first_then_ever = async {
            match first.await {
                Ok(()) => std::future::pending().await,
                Err(e) => Error::Part(e.to_string()),
            }
        };
        tokio::select! {
            ended = &mut serving => {
                return match ended {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(e)) => Err(Error::System("the web server broke down", e)),
                    Err(e) => Err(Error::Part(format!("the web server broke down: {e}"))),
                };
            }
            error = first_then_ever => outcome = Err(error),
            () = engine.ended() => outcome = Err(Error::Part("sending broke down; see the log before".into())),
            () = jobs.ended() => outcome = Err(Error::Part("periodic work broke down; see the log before".into())),
            () = signals.next() => {}
        }
        if let Err(error) = &outcome {
            tracing::error!(%error, alarm = "broken_down", "stopping because a part broke down");
        }
        tracing::info!("stopping");
        tokio::select! {
            () = stop(&handle, jobs, engine, grace) => {}
            () = signals.next() => tracing::warn!("stopped at once by a second signal"),
        }
        watching.abort();
        drop(self.lock);
        tracing::info!("stopped");
        outcome
    }
}

/// No sending begins any more. What feeds the next ends first, so that nothing new arrives where
/// something was stopped.
async fn stop(server: &ServerHandle, jobs: Jobs, engine: Engine, grace: Duration) {
    let deadline = tokio::time::Instant::now() + grace;
    engine.hold(deadline);
    let sources = async {
        server.stop(true).await;
        jobs.stop().await;
    };
    if tokio::time::timeout_at(deadline, sources).await.is_err() {
        tracing::warn!("not every request ended within server.stop_grace");
    }
    engine.stop(deadline).await;
}

fn serve(
    shared: web::Shared,
    demo: Option<Shared<Demo>>,
    listeners: impl Iterator<Item = TcpListener>,
    grace: Duration,
) -> Result<Server, Error> {
    let mut server = HttpServer::new(move || {
        App::new()
            .configure(|routes| {
                if let Some(demo) = &demo {
                    demo::configure(routes, demo);
                }
                web::configure(routes, &shared);
            })
            .wrap(from_fn(web::present))
            .wrap(from_fn(web::operator::observe))
            .wrap(TracingLogger::<logs::Spans>::new())
    })
    .disable_signals()
    .shutdown_timeout(grace.as_secs());
    for listener in listeners {
        server = server.listen(listener).map_err(|e| Error::System("the web server cannot be started", e))?;
    }
    Ok(server.run())
}

/// Demo data and real data never mix.
fn own(db: &Db, data: Data) -> Result<(), Error> {
    db.write_blocking(|conn| {
        let is_demo = db::setting::get(conn, DEMO)?.is_some();
        match data {
            Data::Real if is_demo => Err(Error::DemoData),
            Data::Demo if !is_demo && db::setting::get(conn, "secrets.key_id")?.is_some() => {
                Err(Error::NotDemoData)
            }
            Data::Demo => Ok(db::setting::put(conn, DEMO, "yes")?),
            Data::Real => Ok(()),
        }
    })
}

/// The two signals that ask a process to stop.
#[derive(Debug)]
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> Result<Self, Error> {
        let failed = |e| Error::System("signals cannot be received", e);
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
