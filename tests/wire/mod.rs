//! The bytes on the wire: mail and webhooks as their receivers judge them.

mod certificate;
mod folder;
mod http;
mod relay;
mod signature;
mod smtp;
mod smtp_tls;
mod webhook;
mod webhook_guard;
