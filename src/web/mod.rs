//! Every route on one screen.
