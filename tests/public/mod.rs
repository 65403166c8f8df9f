//! The public pages and data, as a visitor sees them.
mod days;
mod list;
mod pages;
mod pending;
pub mod seed;
