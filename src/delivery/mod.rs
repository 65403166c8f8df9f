//! Telling every Client: the outbox worked off, nothing held while sending.

pub mod email;
pub mod outcome;
pub mod schedule;
pub mod tls;
pub mod webhook;
