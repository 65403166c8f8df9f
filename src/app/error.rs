//! Why the program does not start, and how to mend it.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why it does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Settings cannot be used.
    #[error(transparent)]
    Config(#[from] crate::config::BadConfig),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] crate::db::Error),
    /// The key cannot be read.
    #[error(transparent)]
    Key(#[from] crate::keys::KeyError),
    /// No key for a database that cannot have one written beside it.
    #[error(
        "secrets.key is not set. A PostgreSQL database needs it configured: make one with “openssl rand -base64 32”, give it as SUBPROCESSORS__SECRETS__KEY or SUBPROCESSORS__SECRETS__KEY_FILE to every instance, and keep a copy"
    )]
    KeyNeeded,
    /// The key's file has gone.
    #[error(
        "the key file {} is missing, and this database was used with a key. Put the file back from a backup, or give the key as secrets.key; without it the webhook secrets in the database cannot be read", .0.display()
    )]
    KeyLost(PathBuf),
    /// Another key than the database knows.
    #[error(
        "{place} holds another key ({given}) than this database was used with ({known}). Give the former key; with a new one the webhook secrets in the database could not be read and mailed links would stop working"
    )]
    OtherKey {
        /// Where the key came from.
        place: String,
        /// Id of the database's key.
        known: String,
        /// Id of the key given.
        given: String,
    },
    /// Another server works on the database.
    #[error(
        "another server runs on {}: it holds {}. Stop it first; for several servers on one database use PostgreSQL", .database.display(), .lock.display()
    )]
    Locked {
        /// The database.
        database: PathBuf,
        /// The lock file.
        lock: PathBuf,
    },
    /// SQLite cannot be trusted there.
    #[error(
        "{} is on a network file system ({kind}), where SQLite’s locks do not hold. Put the database on a local disk, or use PostgreSQL", .folder.display()
    )]
    NetworkDisk {
        /// The database's folder.
        folder: PathBuf,
        /// The file system.
        kind: String,
    },
    /// The schema is older than this program.
    #[error(
        "the database lacks {0} migration(s) of this release. Take a backup, then run: subprocessors migrate"
    )]
    Outdated(usize),
    /// Demo data.
    #[error(
        "this database belongs to a demo and is full of invented people. Point database.url to another one, or go on with “subprocessors demo --data-dir”"
    )]
    DemoData,
    /// Real data.
    #[error("this database belongs to a real registry, not to a demo. Give the demo another --data-dir")]
    NotDemoData,
    /// Plain http where others could listen.
    #[error(
        "{0} would carry logins unencrypted. Set server.public_url to the https:// address that readers use; if a proxy in front ends TLS and you know what you do, name it in server.trusted_proxies"
    )]
    PlainHttp(String),
    /// Links need an address.
    #[error("server.bind is {0}, so links in mails cannot be guessed: set server.public_url")]
    PublicUrlNeeded(String),
    /// No address.
    #[error("server.bind “{0}” is no address with a port; write e.g. 127.0.0.1:8080")]
    BadBind(String),
    /// The port cannot be opened.
    #[error("cannot listen on {address}: {source}. Choose another server.bind, or stop what uses it")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file cannot be used.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Something of the system failed.
    #[error("{0}: {1}")]
    System(&'static str, std::io::Error),
    /// A part could not be started.
    #[error("{0}")]
    Part(String),
}
