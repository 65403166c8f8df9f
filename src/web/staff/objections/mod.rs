//! Objections in the console: the inbox, one of them, entering one that came another way.

pub mod enter;
pub mod inbox;
pub mod one;
