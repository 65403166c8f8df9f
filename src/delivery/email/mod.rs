//! The mail channel: builds a mail, and hands it to a relay over SMTP or to a folder.

pub mod mime;
