//! Only one server may work on a SQLite database, and only on a disk of its own machine.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::Error;

/// File systems on which locks and shared memory do not hold between machines, or at all.
const NETWORK: [&str; 16] = [
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "fuse.ceph",
    "fuse.glusterfs",
    "fuse.s3fs",
    "fuse.sshfs",
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb3",
];

/// Held as long as the server runs; the system gives it back however the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Takes the lock beside the database.
///
/// # Errors
/// Another server holds it, the database is on a network file system, or the file cannot be
/// made.
pub fn take(database: &Path) -> Result<Lock, Error> {
    let folder = database.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    if let Some(kind) = file_system(&mounts, &real).filter(|kind| NETWORK.contains(&kind.as_str())) {
        return Err(Error::NetworkDisk { folder: real, kind });
    }
    let path = beside(database, "lock");
    let unusable = |source| Error::File { path: path.clone(), source };
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(Error::Locked { database: database.to_owned(), lock: path }),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

/// `subprocessors.db` → `subprocessors.db.lock`.
#[must_use]
pub fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// The kind of file system that holds `folder`, from the text of `/proc/self/mountinfo`.
fn file_system(mounts: &str, folder: &Path) -> Option<String> {
    let parse = |line: &str| {
        let (left, right) = line.split_once(" - ")?;
        let point = left.split(' ').nth(4)?.replace("\\040", " ");
        Some((PathBuf::from(point), right.split(' ').next()?.to_owned()))
    };
    mounts
        .lines()
        .filter_map(parse)
        .filter(|(point, _)| folder.starts_with(point))
        // Of two mounts on one point the later one is seen.
        .max_by_key(|(point, _)| point.components().count())
        .map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
21 1 254:0 / / rw,relatime - ext4 /dev/root rw
40 21 0:50 / /srv/my\\040share rw shared:1 - nfs4 nas:/x rw
41 40 0:51 / /srv/my\\040share/local rw - xfs /dev/sdb rw";

    #[test]
    fn the_innermost_mount_says_what_holds_a_folder() {
        let kind = |path: &str| file_system(MOUNTS, Path::new(path)).unwrap();
        assert_eq!(kind("/var/lib"), "ext4");
        assert_eq!(kind("/srv/my share/data"), "nfs4");
        assert_eq!(kind("/srv/my share/local/data"), "xfs");
        assert!(NETWORK.contains(&kind("/srv/my share").as_str()));
    }

    #[test]
    fn a_second_lock_is_refused_until_the_first_is_gone() {
        let folder = std::env::temp_dir().join(format!("lock-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let database = folder.join("x.db");
        let first = take(&database).unwrap();
        let refused = take(&database).unwrap_err().to_string();
        assert!(refused.contains("another"), "{refused}");
        drop(first);
        take(&database).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
