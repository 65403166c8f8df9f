//! Real lists, taken over and brought up to date.

mod bad_input;
mod command;
mod lists;
mod pending;
mod scope;
mod shelf;
mod successive;
