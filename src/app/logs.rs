//! Log lines, on standard error. They never hold a mail address, a token or a body: requests
//! are named by their route's pattern, and libraries speak only to warn.

use std::io::IsTerminal;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use tracing::{Level, Span, field};
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{BadConfig, Log, LogFormat};

/// Begins logging.
///
/// # Errors
/// `log.level` cannot be read.
pub fn start(log: &Log) -> Result<(), BadConfig> {
    let chosen = check(log)?;
    // Below a warning libraries tell what they handle: a mail's envelope, a template's values.
    let ours = filter_fn(|meta| meta.target().starts_with("subprocessors") || *meta.level() <= Level::WARN);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match log.format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => {
            lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
        }
    };
    // A second start in one process, as in tests, keeps the first.
    let _ = tracing_subscriber::registry().with(lines.with_filter(chosen.and(ours))).try_init();
    Ok(())
}

/// What `log.level` chooses.
///
/// # Errors
/// It cannot be read.
pub fn check(log: &Log) -> Result<EnvFilter, BadConfig> {
    EnvFilter::try_new(&log.level).map_err(|e| {
        BadConfig(vec![format!(
            "log.level “{}”: {e}; write e.g. info, or info,subprocessors=debug",
            log.level
        )])
    })
}

/// The span of a request: its id and its route's pattern, never its path.
#[derive(Debug)]
pub struct Spans;

impl RootSpanBuilder for Spans {
    fn on_request_start(request: &ServiceRequest) -> Span {
        use actix_web::HttpMessage as _;
        let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
        let route = request.match_pattern().unwrap_or_default();
        tracing::info_span!("request", id, method = %request.method(), route, status = field::Empty)
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
    }
}
