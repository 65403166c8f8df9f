//! The outbox: retries, leases, and what a kill must not lose.

mod audience;
mod engine;
mod fairness;
mod kill;
mod outbox;
mod pause;
mod retry;
mod suspended;
