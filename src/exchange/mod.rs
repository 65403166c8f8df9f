//! Lists in and out: reading what others write, and finding out whom they mean. Pure: bytes
//! and the register go in, findings come out; storing them is for `actions`.

pub mod client_file;
pub mod comparison;
pub mod csv_list;
mod engagements;
pub mod identity;
pub mod merge;
pub mod names;
mod near;
mod notes;
pub mod places;
mod purposes;
pub mod row;
mod table;

/// The file as a whole cannot be read; says why and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAList(pub String);
