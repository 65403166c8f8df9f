//! The API for staff tools.
