//! Every route on one screen, and what they share.
//!
//! ```text
//! GET  /                        the list, and /list.json
//! GET  /sub-processors/{slug}   one sub-processor
//! GET  /notices, /notices/{n}   announcements
//! *    /subscribe…              asking to be told; /subscriptions/…: mailed links
//! *    /client/{token}…         a Client's own pages, behind mailed links
//! GET  /webhooks                for those who receive them
//! GET  /schemas/{name}          JSON Schemas
//! *    /api/v1/…                for programs; the table is in `api`
//! GET  /assets/{name}           stylesheet and icon
//! /staff/…                      the console; its routes stand in `staff`
//! GET  /healthz /readyz /metrics
//! ```
//!
//! Every area exposes `routes`. No handler opens a writing transaction: that is what `actions`
//! are for.

pub mod api;
pub mod assets;
pub mod auth;
pub mod brand;
pub mod client;
pub mod encoded;
pub mod error;
pub mod form;
pub mod headers;
pub mod operator;
pub mod peer;
pub mod preview;
pub mod private;
pub mod public;
pub mod render;
pub mod site;
pub mod staff;
pub mod subscribe;

use std::path::Path;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig, get, resource, to};

pub use error::Error;
pub use headers::present;

use crate::actions::staff::LoginLimits;
use crate::state::State;
use crate::templates::{Templates, TemplatesError};

/// What handlers share: `Data<State>`, `Data<Pages>`, `Data<Current>`.
#[derive(Clone)]
pub struct Shared {
    state: Data<State>,
    pages: Data<render::Pages>,
    current: Data<public::Current>,
    logins: Data<LoginLimits>,
    templates: Arc<Templates>,
}

/// Why the pages could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The templates.
    #[error(transparent)]
    Templates(#[from] TemplatesError),
    /// The public address.
    #[error("server.public_url: {0}")]
    Address(#[from] url::ParseError),
}

impl Shared {
    /// Loads templates and assets as the settings say.
    ///
    /// # Errors
    /// A template of one's own cannot be used.
    pub fn new(state: &State) -> Result<Self, NotReady> {
        let settings = state.settings.clone();
        let assets = Arc::new(assets::Assets::load(settings.company.accent.parse().ok()));
        let dir = settings.templates.dir.as_str();
        let overrides = (!dir.is_empty()).then(|| Path::new(dir));
        let templates = Arc::new(render::load_templates(overrides, assets.clone())?);
        let site = site::Site::new(&settings, &state.public_url)?;
        let pages = Data::new(render::Pages::new(templates.clone(), assets, site));
        let current = Data::new(public::Current::new(state.clone(), pages.clone()));
        Ok(Self { state: Data::new(state.clone()), pages, current, logins: Data::default(), templates })
    }

    /// The templates, for mail.
    #[must_use]
    pub fn templates(&self) -> &Arc<Templates> {
        &self.templates
    }

    /// The current list version, for the task that keeps it current.
    #[must_use]
    pub fn current(&self) -> &Data<public::Current> {
        &self.current
    }
}

/// Every route. The application wraps them in [`present`].
pub fn configure(routes: &mut ServiceConfig, shared: &Shared) {
    routes.app_data(shared.state.clone()).app_data(shared.pages.clone()).app_data(shared.current.clone());
    routes.app_data(shared.logins.clone()).app_data(Data::from(shared.templates.clone()));
    public::routes(routes);
    subscribe::routes(routes);
    client::routes(routes);
    api::routes(routes);
    staff::routes(routes);
    routes
        .service(resource("/assets/{name}").route(get().to(assets::serve)))
        .route("/healthz", get().to(operator::healthz))
        .route("/readyz", get().to(operator::readyz))
        .route("/metrics", get().to(operator::metrics))
        .default_service(to(nothing_here));
}

async fn nothing_here() -> Result<HttpResponse, Error> {
    Err(Error::not_found("There is nothing at this address. It may have been mistyped."))
}
