//! The demonstration: a published list, invented facts around it, people and subscribers, all
//! on this machine. Mail stays in files and is read at `/demo/mailbox`; webhooks arrive at a
//! receiver of its own and are shown at `/demo/webhooks`.

pub mod clients;
pub mod hooks;
pub mod letter;
pub mod mailbox;
pub mod people;
pub mod story;

use std::path::{Path, PathBuf};

use actix_web::web::{Data, ServiceConfig, get, post, resource};

/// Where webhooks of the demo go.
pub const HOOK: &str = "/demo/hook";

/// The demo's folder, and what its receiver has got.
#[derive(Debug)]
pub struct Demo {
    folder: PathBuf,
    received: hooks::Received,
}

/// The demo cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An action refused.
    #[error(transparent)]
    Action(#[from] crate::actions::Error),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] crate::db::Error),
    /// A file cannot be used.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// It was stopped halfway.
    #[error("this demo was stopped before it was ready; remove {} or choose another --data-dir", .0.display())]
    Halfway(PathBuf),
    /// The list or its facts do not fit the program.
    #[error("the demo’s own data cannot be used: {0}")]
    Data(String),
}

impl From<crate::keys::KeyError> for Error {
    fn from(e: crate::keys::KeyError) -> Self {
        Error::Action(e.into())
    }
}

impl Demo {
    /// The demo that lives in `folder`.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn new(folder: PathBuf) -> Result<Self, Error> {
        let received = hooks::Received::open(folder.join("webhooks.jsonl"))?;
        Ok(Self { folder, received })
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where its mail is.
    #[must_use]
    pub fn mail(&self) -> PathBuf {
        self.folder.join("mail")
    }
}

/// The demo's own pages.
pub fn configure(routes: &mut ServiceConfig, demo: &Data<Demo>) {
    routes
        .app_data(demo.clone())
        .service(resource("/demo/mailbox").route(get().to(mailbox::list)))
        .service(resource("/demo/mailbox/{id}").route(get().to(mailbox::show)))
        .service(resource("/demo/mailbox/{id}/html").route(get().to(mailbox::html)))
        .service(resource("/demo/webhooks").route(get().to(hooks::list)))
        .service(resource(HOOK).route(post().to(hooks::receive)));
}
