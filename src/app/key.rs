//! `secrets.key`: where it comes from, and that it is the one this database knows.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Error, lock};
use crate::config::Settings;
use crate::db::{self, Db};
use crate::keys::{self, Keys};

const KEY_ID: &str = "secrets.key_id";

/// The keys to use with `db`, which is migrated. For a SQLite database that was never used with
/// a key one is made and written beside it, readable by its owner only.
///
/// # Errors
/// There is no key, it is not 32 bytes of base64, or it is not the one the database knows.
pub fn of(settings: &Settings, db: &Db) -> Result<Keys, Error> {
    let known = db.read_blocking(|conn| db::setting::get(conn, KEY_ID))?;
    let (text, place) = match (settings.secrets.key.trim(), db.sqlite_file()) {
        ("", Some(database)) => {
            let path = lock::beside(database, "key");
            if known.is_none() && !path.exists() {
                write_new(&path)?;
            }
            let text = match std::fs::read_to_string(&path) {
                Ok(text) => text,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(Error::KeyLost(path)),
                Err(source) => return Err(Error::File { path, source }),
            };
            (text, path.display().to_string())
        }
        ("", None) => return Err(Error::KeyNeeded),
        (text, _) => (text.to_owned(), "secrets.key".to_owned()),
    };
    let keys = Keys::from_base64(&text)?;
    let known = match known {
        Some(known) => known,
        // Whoever comes first settles it; the other then sees whether it is the same.
        None => db.write_blocking(|conn| {
            if let Some(known) = db::setting::get(conn, KEY_ID)? {
                return Ok::<_, db::Error>(known);
            }
            db::setting::put(conn, KEY_ID, keys.id())?;
            Ok(keys.id().to_owned())
        })?,
    };
    if known == keys.id() {
        Ok(keys)
    } else {
        Err(Error::OtherKey { place, known, given: keys.id().to_owned() })
    }
}

/// Writes a fresh key, unless another process was faster. Never seen half-written.
fn write_new(path: &Path) -> Result<(), Error> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(format!(".{}", std::process::id()));
    let fresh = PathBuf::from(fresh);
    let unusable = |source| Error::File { path: path.to_owned(), source };
    private_file(&fresh, &format!("{}\n", keys::generate()?)).map_err(unusable)?;
    let linked = std::fs::hard_link(&fresh, path);
    // The name under which it was written is of no use any more, whatever became of the link.
    let _ = std::fs::remove_file(&fresh);
    match linked {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(unusable(e)),
        _ => Ok(()),
    }
}

/// Writes a file that only its owner may read (mode 0600), replacing an older one.
///
/// # Errors
/// The file cannot be written.
pub fn private_file(path: &Path, text: &str) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
