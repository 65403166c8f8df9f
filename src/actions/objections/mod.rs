//! Objections: they come in from a Client's page or through staff, and staff answer them.

mod decide;
mod mails;
mod overdue;
mod receive;

pub use decide::{Decision, decide};
pub use overdue::warn_overdue;
pub use receive::{Entered, enter, object};

pub(in crate::actions) use mails::tell_desk;

use super::Error;
