//! The two databases behind one connection type. The only file that names a backend.
//!
//! Two kinds of call: [`Db::read`] sees one consistent snapshot; [`Db::write`] admits one
//! writer at a time on both databases, so that a transaction that reads before it writes never
//! fails or loses an update. Neither may be held across network I/O.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::r2d2::{ManageConnection, Pool, PooledConnection};
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};

use super::Error;

pub use both::Conn;

/// In a module of its own: what the derive generates carries no documentation.
#[allow(missing_docs)]
mod both {
    use diesel::{PgConnection, SqliteConnection};

    /// A connection to either database.
    #[derive(diesel::MultiConnection)]
    pub enum Conn {
        /// Embedded.
        Sqlite(SqliteConnection),
        /// Shared by several instances.
        Postgres(PgConnection),
    }
}

/// Where the data is, by the scheme of `database.url`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `sqlite:PATH`.
    Sqlite(PathBuf),
    /// `postgres://…`.
    Postgres(String),
}

impl Place {
    /// Reads `database.url`. The backend is chosen by the scheme, never by trying.
    ///
    /// # Errors
    /// An unknown scheme; TLS asked of a build that has none.
    pub fn parse(url: &str) -> Result<Self, Error> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(Error::Url(
                    "database.url names no file after “sqlite:”; write sqlite:data/subprocessors.db".into(),
                ));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let asks_tls = ["sslmode=require", "sslmode=verify-ca", "sslmode=verify-full", "sslrootcert="]
                .iter()
                .any(|part| url.contains(part));
            if asks_tls && !cfg!(feature = "postgres-tls") {
                return Err(Error::Url(
                    "database.url asks for TLS, and this build has none; build it with the feature postgres-tls (or vendored), or remove sslmode".into(),
                ));
            }
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err(Error::Url("database.url must begin with sqlite: or postgres://".into()))
    }
}

/// Opens connections for the pool.
#[derive(Debug, Clone)]
pub(super) struct Opener(Place);

impl ManageConnection for Opener {
    type Connection = Conn;
    type Error = Error;

    fn connect(&self) -> Result<Conn, Error> {
        match &self.0 {
            Place::Sqlite(path) => {
                let mut conn =
                    SqliteConnection::establish(&path.to_string_lossy()).map_err(Error::Connect)?;
                conn.batch_execute(
                    "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON; PRAGMA cache_size = -8000;",
                )?;
                Ok(Conn::Sqlite(conn))
            }
            Place::Postgres(url) => {
                let mut conn = PgConnection::establish(url).map_err(Error::Connect)?;
                conn.batch_execute("SET client_min_messages = warning; SET timezone = 'UTC'")?;
                Ok(Conn::Postgres(conn))
            }
        }
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), Error> {
        Ok(conn.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || conn.is_in_transaction()
    }
}

impl Conn {
    fn is_in_transaction(&mut self) -> bool {
        fn open<C: Connection<TransactionManager = AnsiTransactionManager>>(conn: &mut C) -> bool {
            AnsiTransactionManager::transaction_manager_status_mut(conn)
                .transaction_depth()
                .map_or(true, |depth| depth.is_some())
        }
        match self {
            Conn::Sqlite(c) => open(c),
            Conn::Postgres(c) => open(c),
        }
    }

    /// Whether this is PostgreSQL; for the few operations that truly differ.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self, Conn::Postgres(_))
    }

    fn begin(&mut self, kind: Kind) -> Result<(), Error> {
        match self {
            Conn::Sqlite(c) => {
                let sql = if kind == Kind::Read { "BEGIN" } else { "BEGIN IMMEDIATE" };
                AnsiTransactionManager::begin_transaction_sql(c, sql)?;
            }
            Conn::Postgres(c) => {
                let sql = if kind == Kind::Read {
                    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                } else {
                    "BEGIN ISOLATION LEVEL READ COMMITTED"
                };
                AnsiTransactionManager::begin_transaction_sql(c, sql)?;
                if kind == Kind::Write {
                    diesel::sql_query(WRITE_LOCK).execute(c)?;
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, commit: bool) -> Result<(), Error> {
        match (self, commit) {
            (Conn::Sqlite(c), true) => AnsiTransactionManager::commit_transaction(c)?,
            (Conn::Sqlite(c), false) => AnsiTransactionManager::rollback_transaction(c)?,
            (Conn::Postgres(c), true) => AnsiTransactionManager::commit_transaction(c)?,
            (Conn::Postgres(c), false) => AnsiTransactionManager::rollback_transaction(c)?,
        }
        Ok(())
    }

    fn within<T, E: From<Error>>(
        &mut self,
        kind: Kind,
        f: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        self.begin(kind)?;
        match f(self) {
            Ok(value) => {
                self.end(true)?;
                Ok(value)
            }
            Err(error) => {
                // The first error tells the story; a failed rollback closes the connection anyway.
                let _ = self.end(false);
                Err(error)
            }
        }
    }
}

/// One writer at a time, across instances, for the length of a transaction only: safe behind
/// pgbouncer. The number is the product's own.
const WRITE_LOCK: &str = "SELECT pg_advisory_xact_lock(7308332045421573486)";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
    /// The outbox's own: no advisory lock on PostgreSQL.
    Outbox,
}

/// The database.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Opener>,
    place: Place,
    /// Writers of one process queue here rather than spin on SQLite's lock.
    writer: Arc<Mutex<()>>,
}

impl Db {
    /// Opens the database at `url` with at most `size` connections. Creates a SQLite file and
    /// its folder where there is none; does not migrate.
    ///
    /// # Errors
    /// The URL is wrong or the database cannot be reached.
    pub fn open(url: &str, size: u32) -> Result<Self, Error> {
        let place = Place::parse(url)?;
        if let Place::Sqlite(path) = &place
            && let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|e| Error::File(folder.display().to_string(), e))?;
        }
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(Duration::from_secs(10))
            .build(Opener(place.clone()))
            .map_err(|e| Error::Pool(e.to_string()))?;
        Ok(Self { pool, place, writer: Arc::default() })
    }

    /// Where the data is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The SQLite file, if it is one.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<&Path> {
        match &self.place {
            Place::Sqlite(path) => Some(path),
            Place::Postgres(_) => None,
        }
    }

    pub(super) fn connection(&self) -> Result<PooledConnection<Opener>, Error> {
        self.pool.get().map_err(|e| Error::Pool(e.to_string()))
    }

    /// Runs `f` on one consistent snapshot, on the calling thread.
    ///
    /// # Errors
    /// Those of `f`, or the database is out of reach.
    pub fn read_blocking<T, E: From<Error>>(
        &self,
        f: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        self.connection()?.within(Kind::Read, f)
    }

    /// Runs `f` in one transaction, one writer at a time, on the calling thread. An error of
    /// `f` rolls everything back.
    ///
    /// # Errors
    /// Those of `f`, or the database is out of reach.
    pub fn write_blocking<T, E: From<Error>>(
        &self,
        f: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let _turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.connection()?.within(Kind::Write, f)
    }

    /// The outbox's transaction: results in, next batch claimed. Touches delivery tables only,
    /// and so needs no lock against other writers on PostgreSQL.
    ///
    /// # Errors
    /// Those of `f`, or the database is out of reach.
    pub fn outbox_blocking<T, E: From<Error>>(
        &self,
        f: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let _turn = match self.place {
            Place::Sqlite(_) => Some(self.writer.lock().unwrap_or_else(PoisonError::into_inner)),
            Place::Postgres(_) => None,
        };
        self.connection()?.within(Kind::Outbox, f)
    }

    /// As [`Db::read_blocking`], off the calling task.
    ///
    /// # Errors
    /// Those of `f`, or the database is out of reach.
    pub async fn read<T, E>(&self, f: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let db = self.clone();
        tokio::task::spawn_blocking(move || db.read_blocking(f)).await.map_err(|_| E::from(Error::Stopped))?
    }

    /// As [`Db::write_blocking`], off the calling task. Once begun it runs to its end even if
    /// the caller goes away.
    ///
    /// # Errors
    /// Those of `f`, or the database is out of reach.
    pub async fn write<T, E>(
        &self,
        f: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let db = self.clone();
        tokio::task::spawn_blocking(move || db.write_blocking(f))
            .await
            .map_err(|_| E::from(Error::Stopped))?
    }
}

/// Runs `f` in a transaction that keeps every other instance's migration out.
pub(super) fn migrating<T>(
    conn: &mut Conn,
    f: impl FnOnce(&mut Conn) -> Result<T, Error>,
) -> Result<T, Error> {
    conn.within(Kind::Write, f)
}
