//! The outbox: retries, leases, and what a kill must not lose.

mod kill;
