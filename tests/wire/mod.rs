//! The bytes on the wire: mail and webhooks as their receivers judge them.
