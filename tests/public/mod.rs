//! The public pages and data, as a visitor sees them.
mod list;
mod pages;
pub mod seed;
