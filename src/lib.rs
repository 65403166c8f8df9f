//! A self-hosted registry of sub-processors: the public list, the change process, and proof that
//! everyone who had to be told was told in time.
//!
//! # The map
//! | folder | holds | start reading at |
//! |---|---|---|
//! | [`domain`] | the rules: pure, no I/O, no clock, no framework | [`domain::change`], [`domain::gate`], [`domain::classify`] |
//! | [`db`] | the only diesel; one query code for SQLite and PostgreSQL | [`db::conn`] |
//! | [`actions`] | one function = one thing a person does = one transaction | [`actions::approve`] |
//! | [`delivery`] | the outbox worked off: claim, send with nothing held, record | `delivery::engine` |
//! | [`exchange`] | lists in and out; which row is which vendor | `exchange::identity` |
//! | [`web`] | every route on one screen; pages, API, what operators ask | `web/mod.rs` |
//! | [`jobs`] | the alarm clock: wakes idempotent functions, holds no truth | |
//! | [`app`], [`cli`] | starts and stops it all in order; the commands | |
//!
//! Beside the folders: [`config`] (settings, all errors at once), [`state`] (what all parts
//! share), [`clock`] (the one place that reads the time), [`keys`] (signed links, sealed
//! secrets), [`templates`] (two registries: pages are escaped, mail text is not).
//!
//! # How data travels
//! edit → change (draft: before and after, classified) → submitted → a second person approves →
//! hold → **announced**, one transaction: list version with its hash, notice, audience, audit
//! event → expansion in resumable chunks → claim → send → attempt → **effective**, one
//! transaction: the next list version → follow-up.
//!
//! The public page reads one row, the current list version, rendered and compressed once per
//! version in each process.
//!
//! # Invariants, checked by the tests in `tests/architecture`
//! - Direction: `main → app → web → actions → db → domain`; `delivery → db → domain`;
//!   `jobs → actions`. `domain` names no diesel, actix, lettre, reqwest, tokio or config.
//! - Only `db` mentions diesel, only `db/conn.rs` a backend (`db/migrate.rs` tells the two trees
//!   of migrations apart).
//! - `web` opens no transaction, `actions` sees no HTTP, `delivery` holds no connection while
//!   sending.
//! - The time is read in one place and passed in.
//! - Audit events, list versions, notices and attempts are never updated or deleted.
//! - No file has more than 400 lines.
//!
//! And checked by the tests beside them:
//! - The author of a change never approves it; an edit voids what was approved.
//! - A list version, its notice, its audience and its audit event exist together or not at all.
//! - An import, a restore or a migration never enqueues a delivery.
//! - A hidden entry leaves no trace in anything public.
//! - A Client's rules are copied into what it is owed; a later DPA moves no running clock.
//! - Nothing comes into force before every Client affected may have it, is held out or consented.
//! - GET and HEAD change nothing.

pub mod actions;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod delivery;
pub mod demo;
pub mod domain;
pub mod exchange;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod metrics;
pub mod state;
pub mod templates;
pub mod web;
