//! The public pages and data, as a visitor sees them.
