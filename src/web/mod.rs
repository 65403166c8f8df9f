//! Every route on one screen.

pub mod operator;

use actix_web::web::{Data, ServiceConfig, get};

use crate::state::State;

/// What all requests share; made once, given to each worker.
#[derive(Clone)]
pub struct Shared {
    state: Data<State>,
}

/// The pages cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {}

impl Shared {
    /// Loads what pages need.
    ///
    /// # Errors
    /// It cannot be loaded.
    pub fn new(state: &State) -> Result<Self, NotReady> {
        Ok(Self { state: Data::new(state.clone()) })
    }
}

/// Every route.
pub fn configure(routes: &mut ServiceConfig, shared: &Shared) {
    routes
        .app_data(shared.state.clone())
        .route("/healthz", get().to(operator::healthz))
        .route("/readyz", get().to(operator::readyz))
        .route("/metrics", get().to(operator::metrics));
}
