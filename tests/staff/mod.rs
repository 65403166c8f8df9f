//! The console and its logins.

mod approval;
mod deliveries;
mod forms;
mod kept;
mod login;
pub mod people;
mod records;
mod routes;
mod test_mail;
