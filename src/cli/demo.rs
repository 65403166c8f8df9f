//! `demo`: everything on this machine, with a list, people and subscribers to play with.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use actix_web::web::Data as Shared;
use anyhow::{Context as _, bail};

use crate::app::{self, Application, Data};
use crate::config::{Loaded, LogFormat, Settings, Transport};
use crate::demo::people::{self, Login};
use crate::demo::{Demo, story};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where the demo keeps its data, to go on with it later; without it everything is gone at
    /// the end
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// A folder that is removed at the end, or one that was given and stays.
struct Folder {
    path: PathBuf,
    stays: bool,
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.stays {
            // At worst a temporary folder stays behind.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Runs until Ctrl-C.
pub(super) async fn run(loaded: Loaded, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let given = |key: &str| loaded.shown.iter().any(|s| s.key == key && s.source != "default");
    let mut settings = loaded.settings.clone();
    if !given("log.level") {
        settings.log.level = "warn".to_owned();
    }
    app::logs::start(&settings.log)?;
    let bind: SocketAddr = settings.server.bind.parse().context("server.bind")?;
    if !bind.ip().is_loopback() {
        bail!(
            "the demo is for this machine only: server.bind is {bind}; write 127.0.0.1:8080, or leave it out"
        );
    }
    let folder = folder(arguments.data_dir)?;
    if !given("company.name") {
        settings.company.name = "Example Cloud".to_owned();
    }
    confine(&mut settings, &folder.path);
    let application = match Application::build(settings.clone(), Data::Demo) {
        Err(app::Error::Listen { .. }) if !given("server.bind") => {
            settings.server.bind = "127.0.0.1:0".to_owned();
            Application::build(settings, Data::Demo)?
        }
        built => built?,
    };
    let demo = Shared::from(Arc::new(Demo::new(folder.path.clone())?));
    let (state, address, told) = (application.state().clone(), application.address(), demo.clone());
    let stays = folder.stays;
    let ready = async move {
        let logins = people::welcome(&state, told.folder()).await?;
        story::tell(&state, &told, &logins).await?;
        print(&address, &logins, stays.then(|| told.folder()));
        Ok::<_, crate::demo::Error>(())
    };
    application.with_demo(demo).run_and(ready).await?;
    Ok(ExitCode::SUCCESS)
}

/// Nothing leaves the machine, whatever the settings say.
fn confine(settings: &mut Settings, folder: &Path) {
    settings.server.public_url = String::new();
    settings.server.trusted_proxies.clear();
    settings.database.url = format!("sqlite:{}", folder.join("demo.db").display());
    settings.secrets.key = String::new();
    settings.mail.transport = Transport::File;
    settings.mail.file_dir = folder.join("mail");
    settings.webhooks.allow_loopback = true;
    settings.webhooks.only_loopback = true;
    settings.notices.hold = 0;
    settings.approval.solo = false;
    settings.log.format = LogFormat::Text;
}

fn folder(given: Option<PathBuf>) -> anyhow::Result<Folder> {
    let stays = given.is_some();
    let path = match given {
        Some(path) => path,
        None => {
            let unique = crate::keys::random::<6>()?.map(|b| format!("{b:02x}")).concat();
            std::env::temp_dir().join(format!("subprocessors-demo-{unique}"))
        }
    };
    private(&path).with_context(|| path.display().to_string())?;
    Ok(Folder { path, stays })
}

/// Passwords and mails are inside.
fn private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn print(address: &SocketAddr, logins: &[Login; 4], kept: Option<&Path>) {
    let url = format!("http://{address}");
    say!("The demo of subprocessors is ready. Nothing leaves this machine.\n");
    say!("  Public page  {url}/");
    say!("  Staff        {url}/staff/login");
    say!("  Mailbox      {url}/demo/mailbox");
    say!("  Webhooks     {url}/demo/webhooks\n");
    for login in logins {
        say!("  {:9}  {:22}  {}", login.title, login.email, login.password);
    }
    say!(
        "\nWhat to try:\n\
         \x20 1. Open the public page: one change is announced, one vendor has ended.\n\
         \x20 2. Subscribe with any address under “Get notified”, and confirm in the mailbox.\n\
         \x20 3. Log in as approver, look at the change that waits, and approve it.\n\
         \x20 4. Read the mail it sent in the mailbox, and the signed message under webhooks.\n\
         \x20 5. Log in as editor, go on with the draft, and submit it.\n\
         \x20 6. Follow the links of a mail to a Client (dpo@…) in the mailbox, object, and answer it under Objections."
    );
    match kept {
        Some(folder) => {
            say!("\nData in {}; the next start with it goes on from here. Ctrl-C stops.", folder.display())
        }
        None => say!("\nEverything is gone at the end; keep it with --data-dir DIR. Ctrl-C stops."),
    }
    say!("listening on {url}");
}
