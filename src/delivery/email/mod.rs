//! The mail channel: builds a mail, and hands it to a relay over SMTP or to a folder.

pub mod file;
pub mod mime;
pub mod relay;
pub mod smtp;
mod wire;
