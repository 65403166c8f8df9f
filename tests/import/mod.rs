//! Real lists, taken over and brought up to date.
