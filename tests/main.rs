//! The black-box tests: one binary, so that the crate is linked once.
//!
//! `support` starts the real process with a real mail server, webhook receiver and
//! database around it; every other module is an area of the product. A test that
//! needs a database is written with [`on_both!`] and runs on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[macro_use]
mod support;

mod api;
mod architecture;
mod change;
mod clients;
mod delivery;
mod import;
mod operator;
mod public;
mod staff;
mod subscribe;
mod wire;
