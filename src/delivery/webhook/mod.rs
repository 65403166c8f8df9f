//! The webhook channel: Standard Webhooks over HTTPS, to public addresses only.

pub mod address;
mod clients;
pub mod resolve;
pub mod sender;
pub mod signature;
