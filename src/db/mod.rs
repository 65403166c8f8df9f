//! The only diesel in the project. One file per table or two; each function takes the
//! connection of an open transaction and speaks in domain types.

pub mod acknowledgement;
pub mod agreement;
pub mod attempt;
pub mod audit;
pub mod change;
pub mod client;
pub mod client_notice;
pub mod conn;
pub mod consent;
pub mod contact;
pub mod dpa;
pub mod evidence;
pub mod expansion;
pub mod figures;
pub mod history;
pub mod hold_out;
pub mod idempotency;
pub mod import_doubt;
pub mod job;
pub mod list;
pub mod migrate;
pub mod notice;
pub mod objection;
pub mod outbox;
pub mod party;
pub mod record;
pub mod register;
#[allow(missing_docs)]
mod schema;
pub mod session;
pub mod setting;
pub mod staff;
mod stored;
pub mod subscription;
pub mod successor;
pub mod token;
pub mod unread;

pub use conn::{Conn, Db};

/// What can go wrong below a rule.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A statement failed.
    #[error("database: {0}")]
    Query(#[from] diesel::result::Error),
    /// The database cannot be reached.
    #[error("cannot connect to the database: {0}")]
    Connect(diesel::ConnectionError),
    /// No connection came free.
    #[error("no database connection: {0}")]
    Pool(String),
    /// `database.url` cannot be used.
    #[error("{0}")]
    Url(String),
    /// A stored value is not what this program writes.
    #[error("the database holds an unexpected value: {0}")]
    Corrupt(String),
    /// The schema could not be brought up to date.
    #[error("migration failed: {0}")]
    Migration(String),
    /// The database was migrated by a newer release.
    #[error(
        "this database was migrated by a newer release (it knows {0}); run that release, or restore a backup"
    )]
    Newer(String),
    /// A file or folder cannot be used.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// The operating system gave no random bytes.
    #[error("{0}")]
    Random(String),
    /// The process is stopping.
    #[error("stopping")]
    Stopped,
}

impl Error {
    /// Whether a unique key stood in the way.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        use diesel::result::{DatabaseErrorKind, Error as Diesel};
        matches!(self, Error::Query(Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }
}
