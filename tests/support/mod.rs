//! What the tests stand on: the real process and the real parts it talks to.

#![allow(dead_code, unused_imports)]

pub mod app;
pub mod backend;
pub mod browser;
pub mod desk;
pub mod form;
mod itself;
pub mod mail;
pub mod process;
pub mod receiver;
pub mod records;
pub mod smtp;
pub mod watched;
pub mod world;

pub use app::App;
pub use backend::Backend;
pub use browser::{Browser, Page};
pub use desk::Desk;
pub use mail::Mail;
pub use receiver::{Receiver, Reply, Request};
pub use smtp::{Answer, SmtpSink};
pub use world::World;

use std::io::Write;
use std::time::Duration;

/// How long a test waits for something that normally takes milliseconds. Long,
/// because the machine may be busy; a test that passes never waits it out.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Says something to the person at the terminal. Not `eprintln!`: the test runner swallows
/// that unless the test fails.
pub fn say_aloud(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).expect("a terminal");
}

/// Writes each test twice: once on SQLite, once on PostgreSQL.
///
/// `app` is a started [`App`]; a test that wants other settings takes the backend:
/// `fn name(backend: Backend) { let app = App::on(backend).set("notices.hold", "60").start(); … }`.
/// Without `TEST_POSTGRES_URL` the second one says so on the terminal and ends;
/// under `CI=true` it fails, so that no run can pass by having skipped.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* fn $name:ident($app:ident) $body:block)+) => {$(
        on_both! {
            $(#[$meta])*
            fn $name(backend: Backend) {
                #[allow(unused_mut)]
                let mut $app = $crate::support::App::on(backend).start();
                $body
            }
        }
    )+};
    ($($(#[$meta:meta])* fn $name:ident($backend:ident: Backend) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn run($backend: $crate::support::Backend) $body

            #[test]
            fn on_sqlite() {
                run($crate::support::Backend::Sqlite);
            }

            #[test]
            fn on_postgres() {
                if $crate::support::backend::postgres_is_there(stringify!($name)) {
                    run($crate::support::Backend::Postgres);
                }
            }
        }
    )+};
}
