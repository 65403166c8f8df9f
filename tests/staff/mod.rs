//! The console and its logins.
