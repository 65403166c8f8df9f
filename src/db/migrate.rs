//! Brings the schema up to date, under a lock held for the transaction: several instances may
//! start on an empty database at once.

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::{Conn, Db};
use super::{Error, conn};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

impl Db {
    /// Runs every migration not yet run. Answers the names of those it ran.
    ///
    /// # Errors
    /// The database is newer than this program, or a migration fails; then nothing is changed.
    pub fn migrate(&self) -> Result<Vec<String>, Error> {
        let mut conn = self.connection()?;
        conn::migrating(&mut conn, |conn| match conn {
            Conn::Sqlite(c) => run(c, || SQLITE),
            Conn::Postgres(c) => run(c, || POSTGRES),
        })
    }

    /// Names of migrations this database lacks; empty when it is up to date.
    ///
    /// # Errors
    /// The database is newer than this program, or out of reach.
    pub fn missing_migrations(&self) -> Result<Vec<String>, Error> {
        let mut conn = self.connection()?;
        match &mut *conn {
            Conn::Sqlite(c) => pending(c, &SQLITE),
            Conn::Postgres(c) => pending(c, &POSTGRES),
        }
    }

    /// Whether no migration ever ran here.
    ///
    /// # Errors
    /// The database is out of reach.
    pub fn is_empty(&self) -> Result<bool, Error> {
        let mut conn = self.connection()?;
        let failed = |e: Box<dyn std::error::Error + Send + Sync>| Error::Migration(e.to_string());
        let applied = match &mut *conn {
            Conn::Sqlite(c) => c.applied_migrations().map_err(failed)?,
            Conn::Postgres(c) => c.applied_migrations().map_err(failed)?,
        };
        Ok(applied.is_empty())
    }

    /// Takes every migration back, newest first; for tests of the way down.
    ///
    /// # Errors
    /// A migration fails.
    pub fn revert_all(&self) -> Result<(), Error> {
        let mut conn = self.connection()?;
        let failed = |e: Box<dyn std::error::Error + Send + Sync>| Error::Migration(e.to_string());
        match &mut *conn {
            Conn::Sqlite(c) => c.revert_all_migrations(SQLITE).map_err(failed)?,
            Conn::Postgres(c) => c.revert_all_migrations(POSTGRES).map_err(failed)?,
        };
        Ok(())
    }
}

fn pending<DB, C>(conn: &mut C, source: &EmbeddedMigrations) -> Result<Vec<String>, Error>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let failed = |e: Box<dyn std::error::Error + Send + Sync>| Error::Migration(e.to_string());
    let known: Vec<Box<dyn Migration<DB>>> = MigrationSource::<DB>::migrations(source).map_err(failed)?;
    let applied = conn.applied_migrations().map_err(failed)?;
    let version = |m: &dyn Migration<DB>| m.name().version().to_string();
    for stored in &applied {
        if !known.iter().any(|m| version(m.as_ref()) == stored.to_string()) {
            return Err(Error::Newer(stored.to_string()));
        }
    }
    Ok(known
        .iter()
        .filter(|m| !applied.iter().any(|a| a.to_string() == version(m.as_ref())))
        .map(|m| m.name().to_string())
        .collect())
}

fn run<DB, C>(conn: &mut C, source: impl Fn() -> EmbeddedMigrations) -> Result<Vec<String>, Error>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB> + SimpleConnection,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let missing = pending(conn, &source())?;
    if !missing.is_empty() {
        conn.run_pending_migrations(source()).map_err(|e| Error::Migration(e.to_string()))?;
    }
    Ok(missing)
}
