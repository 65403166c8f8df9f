//! The outbox: retries, leases, and what a kill must not lose.

mod audience;
mod engine;
mod kill;
mod outbox;
mod retry;
