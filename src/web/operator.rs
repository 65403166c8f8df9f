//! For whoever watches the process: alive, ready, figures.

use std::net::IpAddr;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, FORWARDED, HOST, HeaderName};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, web};
use subtle::ConstantTimeEq;

use crate::db;
use crate::metrics::Stored;
use crate::state::State;

/// Liveness: this process answers. Asks nobody else, so that a database that is down does not
/// make a supervisor kill it.
pub async fn healthz() -> HttpResponse {
    plain(HttpResponse::Ok(), "ok\n")
}

/// Readiness: the database answers, and its schema is this release's.
pub async fn readyz(state: web::Data<State>) -> HttpResponse {
    let db = state.db.clone();
    let missing = tokio::task::spawn_blocking(move || db.missing_migrations()).await;
    match missing {
        Ok(Ok(missing)) if missing.is_empty() => plain(HttpResponse::Ok(), "ready\n"),
        Ok(Ok(_)) => plain(HttpResponse::ServiceUnavailable(), "not ready: the database lacks migrations\n"),
        Ok(Err(error)) => {
            tracing::warn!(cause = %error, "not ready");
            plain(HttpResponse::ServiceUnavailable(), "not ready: the database does not answer\n")
        }
        Err(_) => plain(HttpResponse::ServiceUnavailable(), "not ready: stopping\n"),
    }
}

/// Figures, for this machine or with `server.metrics_token`.
///
/// # Errors
/// The database failed.
pub async fn metrics(
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, actix_web::Error> {
    // Where a proxy ends TLS, it may look like this machine: then only the token counts.
    let proxied = state.public_url.starts_with("https://");
    if !may_read_metrics(&request, &state.settings.server.metrics_token, proxied) {
        return Ok(plain(
            HttpResponse::Forbidden(),
            "The figures are for this machine only. From elsewhere send server.metrics_token as a bearer token.\n",
        ));
    }
    let now = state.clock.now();
    let stored = state
        .db
        .read(move |conn| {
            Ok::<_, db::Error>(Stored {
                list_version: db::list::current_number(conn)?,
                deliveries: db::figures::deliveries_by_state(conn)?,
                oldest_due_seconds: db::figures::oldest_due_seconds(conn, now)?,
            })
        })
        .await;
    let text = stored.map(|stored| state.metrics.text(&stored));
    Ok(match text {
        Ok(Ok(text)) => HttpResponse::Ok()
            .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
            .insert_header(("cache-control", "no-store"))
            .body(text),
        _ => plain(HttpResponse::ServiceUnavailable(), "The database does not answer.\n"),
    })
}

/// Loopback means: no proxy in between, and asked under a name of this machine. A proxy on the
/// same machine, or a page that rebinds its name to it, also comes from a loopback address.
fn may_read_metrics(request: &HttpRequest, token: &str, proxied: bool) -> bool {
    let headers = request.headers();
    let bearer =
        headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    if !token.is_empty()
        && bearer.is_some_and(|given| bool::from(given.trim().as_bytes().ct_eq(token.as_bytes())))
    {
        return true;
    }
    let forwarded =
        [FORWARDED, HeaderName::from_static("x-forwarded-for"), HeaderName::from_static("x-real-ip")];
    let direct = forwarded.iter().all(|name| !headers.contains_key(name));
    let here = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    let host = headers.get(HOST).and_then(|v| v.to_str().ok()).unwrap_or_default();
    !proxied && direct && here && names_this_machine(host)
}

fn names_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or_default();
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn plain(mut answer: actix_web::HttpResponseBuilder, text: &'static str) -> HttpResponse {
    answer.content_type("text/plain; charset=utf-8").insert_header(("cache-control", "no-store")).body(text)
}

/// Counts and logs each answer, by its route's pattern: paths can hold tokens.
///
/// # Errors
/// Those of the route.
pub async fn observe<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let began = Instant::now();
    let metrics = request.app_data::<web::Data<State>>().map(|state| state.metrics.clone());
    let route = request.match_pattern();
    let method = request.method().clone();
    let outcome = next.call(request).await;
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    if let Some(metrics) = metrics {
        metrics.answered(route, method.as_str(), status.as_u16());
    }
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    if status.is_server_error() {
        tracing::error!(status = status.as_u16(), ms, "answered");
    } else if method.is_safe() {
        tracing::debug!(status = status.as_u16(), ms, "answered");
    } else {
        tracing::info!(status = status.as_u16(), ms, "answered");
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn allowed(peer: &str, host: &str, extra: (&str, &str)) -> bool {
        let request = TestRequest::get()
            .peer_addr(peer.parse().unwrap())
            .insert_header(("host", host))
            .insert_header((extra.0, extra.1))
            .to_http_request();
        may_read_metrics(&request, "s3cret", false)
    }

    #[test]
    fn figures_are_for_this_machine_or_for_the_token() {
        let none = ("accept", "*/*");
        assert!(allowed("127.0.0.1:5000", "127.0.0.1:8080", none));
        assert!(allowed("[::1]:5000", "[::1]:8080", none));
        assert!(allowed("127.0.0.1:5000", "localhost", none));
        assert!(!allowed("192.0.2.7:5000", "127.0.0.1:8080", none));
        assert!(!allowed("127.0.0.1:5000", "list.example", none));
        assert!(!allowed("127.0.0.1:5000", "127.0.0.1", ("x-forwarded-for", "192.0.2.7")));
        assert!(allowed("192.0.2.7:5000", "list.example", ("authorization", "Bearer s3cret")));
        assert!(!allowed("192.0.2.7:5000", "list.example", ("authorization", "Bearer s3cre")));
    }

    #[test]
    fn an_empty_token_opens_nothing() {
        let request = TestRequest::get()
            .peer_addr("192.0.2.7:1".parse().unwrap())
            .insert_header(("authorization", "Bearer "))
            .to_http_request();
        assert!(!may_read_metrics(&request, "", false));
        let local = TestRequest::get().peer_addr("127.0.0.1:1".parse().unwrap());
        let local = local.insert_header(("host", "127.0.0.1:8080")).to_http_request();
        assert!(may_read_metrics(&local, "", false) && !may_read_metrics(&local, "", true));
    }
}
