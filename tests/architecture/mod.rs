//! Reads the source and holds it to the invariants written in `lib.rs`.

mod history;
mod house;
mod layers;
mod migrations;
mod source;
