//! The console and its logins.

mod approval;
mod forms;
mod login;
mod people;
mod routes;
