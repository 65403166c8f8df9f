//! For whoever installs, starts, stops and watches it.

mod commands;
mod demo;
mod figures;
mod logs;
mod migrations;
mod start;
