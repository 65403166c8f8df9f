//! The `file` transport: each mail becomes one `.eml` file in a folder, for trying the program
//! out without a relay. A repeat of the same delivery replaces its file.

use std::io;
use std::path::PathBuf;

use tokio::fs;
use tokio::io::AsyncWriteExt as _;
use tokio::time::Instant;

use super::mime::Mail;
use crate::delivery::outcome::{Exchange, Verdict, printable, sha256_hex};

/// Why a mail is not in the folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The id would leave the folder, or is no file name everywhere.
    #[error("a delivery's id must consist of 1 to 100 letters, digits, - and _ to be a file name")]
    Id,
    /// The file system said no.
    #[error("the folder mail.file_dir cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// The folder that mail goes to.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Names the folder; it is made when the first mail comes.
    pub fn new(path: impl Into<PathBuf>) -> Folder {
        Folder { path: path.into() }
    }

    /// Writes a mail to `<id>.eml`. Nobody ever sees half a file under that name. A full disk is
    /// a temporary failure; an impossible id is permanent.
    pub async fn send(&self, id: &str, mail: &Mail) -> Exchange {
        let started = Instant::now();
        let (answer, verdict) = match self.write(id, &mail.bytes).await {
            Ok(name) => (format!("written to {name}"), Verdict::Accepted),
            Err(error @ FolderError::Id) => (error.to_string(), Verdict::Permanent),
            Err(error @ FolderError::Write(_)) => (error.to_string(), Verdict::RETRY),
        };
        Exchange {
            peer: None,
            tls: None,
            code: None,
            answer: printable(answer.as_bytes()),
            body_sha256: sha256_hex(&mail.bytes),
            took: started.elapsed(),
            ours: verdict != Verdict::Accepted,
            verdict,
        }
    }

    async fn write(&self, id: &str, bytes: &[u8]) -> Result<String, FolderError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if id.is_empty() || id.len() > 100 || !id.bytes().all(plain) {
            return Err(FolderError::Id);
        }
        fs::create_dir_all(&self.path).await?;
        let name = format!("{id}.eml");
        let half = self.path.join(format!(".{id}.part"));
        let mut file = fs::File::create(&half).await?;
        file.write_all(bytes).await?;
        file.sync_all().await?;
        fs::rename(&half, self.path.join(&name)).await?;
        Ok(name)
    }
}
