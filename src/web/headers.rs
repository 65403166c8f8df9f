//! What every answer carries: security headers, a checked Host, and errors that are shown as a
//! page or as a problem document.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Version};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, web};

use super::error::{Error, Problem};
use super::render::Pages;

/// No scripts at all, nothing from other hosts, no framing (CSP level 3).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const PROBLEM_JSON: &str = "application/problem+json";

/// Wraps every route: refuses a Host that is not ours, turns errors into pages or problem
/// documents, and adds the security headers.
///
/// # Errors
/// Only what the server itself cannot answer.
pub async fn present<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(pages) = request.app_data::<web::Data<Pages>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let response = if host_is_ours(&request, &pages) {
        let (outer, answer) = match next.call(request).await {
            Ok(response) => {
                let (outer, answer) = response.map_into_boxed_body().into_parts();
                (outer, answer)
            }
            Err(error) => return Err(error),
        };
        let answer = present_error(&outer, answer, &pages);
        ServiceResponse::new(outer, answer)
    } else {
        let (outer, _) = request.into_parts();
        let answer = HttpResponse::build(StatusCode::MISDIRECTED_REQUEST)
            .content_type("text/plain; charset=utf-8")
            .body("This server answers only under the name it is configured with (server.public_url).\n");
        ServiceResponse::new(outer, answer)
    };
    Ok(secured(response, &pages))
}

/// Whether the request names a host that is ours: that of `server.public_url`, or the address
/// we listen on. Monitoring is asked under whatever name the monitor has.
fn host_is_ours(request: &ServiceRequest, pages: &Pages) -> bool {
    if matches!(request.path(), "/healthz" | "/readyz" | "/metrics") {
        return true;
    }
    let named =
        request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).or_else(|| request.uri().host());
    match named {
        Some(host) => pages.site().answers_to(host) || listens_on(request, host),
        // HTTP/1.0 knows no Host; no link of ours is made from it anyway.
        None => request.version() < Version::HTTP_11,
    }
}

/// On loopback all three of its names are ours: no other machine's name leads there but by DNS
/// rebinding, and that brings a name of its own.
fn listens_on(request: &ServiceRequest, host: &str) -> bool {
    let ours = request.app_config().local_addr();
    if ours.ip().is_loopback() {
        let names = ["localhost", "127.0.0.1", "[::1]"];
        let (name, port) = host.rsplit_once(':').unwrap_or((host, "80"));
        return port.parse() == Ok(ours.port()) && names.iter().any(|n| n.eq_ignore_ascii_case(name))
            || ours.to_string() == host;
    }
    ours.to_string() == host
}

/// Gives an error without a body the form its reader expects.
fn present_error(request: &HttpRequest, answer: HttpResponse, pages: &Pages) -> HttpResponse {
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() {
        return answer;
    }
    let problem = match answer.error() {
        Some(error) => match error.as_error::<Error>() {
            Some(ours) => {
                if let Some(cause) = ours.cause() {
                    tracing::error!(cause, "a request failed");
                }
                ours.problem()
            }
            // A page of ours, such as the login, is the answer already.
            None if is_page(&answer) => return answer,
            None => foreign(status, &error.to_string()),
        },
        None if has_content(&answer) => return answer,
        None => foreign(status, ""),
    };
    let mut shown = if wants_json(request) {
        problem_json(status, &problem)
    } else {
        match pages.problem(&problem) {
            Ok(page) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page),
            Err(error) => {
                tracing::error!(cause = %error, "the error page failed");
                problem_json(status, &problem)
            }
        }
    };
    for name in [header::RETRY_AFTER, header::WWW_AUTHENTICATE, header::ALLOW, header::SET_COOKIE] {
        for value in answer.headers().get_all(&name) {
            shown.headers_mut().append(name.clone(), value.clone());
        }
    }
    shown.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    shown
}

fn problem_json(status: StatusCode, problem: &Problem) -> HttpResponse {
    let body = serde_json::to_vec(problem).unwrap_or_default();
    HttpResponse::build(status).content_type(PROBLEM_JSON).body(body)
}

/// An error the framework answers, such as a form that cannot be read, in our words.
fn foreign(status: StatusCode, detail: &str) -> Problem {
    let detail = if detail.is_empty() || status.is_server_error() {
        match status {
            StatusCode::METHOD_NOT_ALLOWED => "This address exists, but not for this kind of request.",
            StatusCode::NOT_FOUND => "There is nothing at this address. It may have been mistyped.",
            _ => "The request could not be answered.",
        }
        .to_owned()
    } else {
        detail.to_owned()
    };
    let error = match status {
        StatusCode::NOT_FOUND => Error::NotFound(detail),
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge(detail),
        StatusCode::UNAUTHORIZED => Error::SignIn(detail),
        StatusCode::FORBIDDEN => Error::Forbidden(detail),
        s if s.is_server_error() => Error::internal(detail),
        _ => Error::Malformed(detail),
    };
    Problem { status: status.as_u16(), ..error.problem() }
}

fn is_page(answer: &HttpResponse) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

fn has_content(answer: &HttpResponse) -> bool {
    answer.headers().contains_key(header::CONTENT_TYPE)
}

/// Whether the reader is a program: below `/api/`, or asking for JSON and not for a page.
fn wants_json(request: &HttpRequest) -> bool {
    if request.path().starts_with("/api/") || request.path().ends_with(".json") {
        return true;
    }
    let accept = |kind: &str| {
        request.headers().get_all(header::ACCEPT).filter_map(|v| v.to_str().ok()).any(|v| v.contains(kind))
    };
    accept("json") && !accept("text/html")
}

fn secured(mut response: ServiceResponse<BoxBody>, pages: &Pages) -> ServiceResponse<BoxBody> {
    let headers = response.headers_mut();
    let mut add = |name: HeaderName, value: &'static str| add_unless_set(headers, name, value);
    add(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    add(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(header::REFERRER_POLICY, "same-origin");
    add(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    add(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    if pages.site().is_https() {
        add(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

fn add_unless_set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
